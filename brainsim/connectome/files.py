"""Connectomes from files: matrices as CSV, with or without labels, and lists of labels and levels."""

import csv
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from brainsim.connectome.matrices import Connectome
from brainsim.errors import ConnectivityFileError, ModelError, ParameterError
from isocortex.errors import nearest
from isocortex.files import existing

__all__ = ["read"]

LARGEST = 64 * 2**20  # bytes of a file; 1000 areas with 17 digits each take 20 MB
Table = tuple[list[str] | None, np.ndarray]
PathLike = str | os.PathLike[str]


def read(
    weights: Any,
    lengths: Any = None,
    *,
    labels: Any = None,
    levels: Any = None,
    rows: Literal["sources", "targets"] = "sources",
    diagonal: Literal["refuse", "drop"] = "refuse",
) -> Connectome:
    """Read a connectome.

    Parameters
    ----------
    weights, lengths : path-like or array-like (area, area)
        Matrices, lengths in mm. A file holds one row a line, separated by commas, semicolons, tabs or spaces; its
        first line and its first column may hold the areas' names.
    labels : path-like or sequence of str, optional
        The areas' names, in the order of the rows; a file holds one a line (or one line of them). Needed where the
        matrices' files hold none.
    levels : path-like or mapping of str to float, optional
        Levels in the hierarchy; a file holds lines of an area and its level. Areas that the connectome lacks are
        passed over, so one table serves many connectomes.
    rows : "sources" or "targets"
        What a row of the files is. The Virtual Brain's rows are targets.
    diagonal : "refuse" or "drop"
        What to do with weights of an area onto itself: a brain takes its local wiring from a template.

    Returns
    -------
    Connectome

    Raises
    ------
    MissingFileError
        If a file is not there.
    ConnectivityFileError
        If a file is no matrix, not square, or holds something else than numbers; says in which line.
    ModelError, ParameterError, UnknownNameError
        As :class:`Connectome`, and where labels of two files differ.

    Examples
    --------
    >>> areas = read([[0, 1], [2, 0]], labels=["A", "B"], rows="targets")
    >>> areas.weights.tolist()
    [[0.0, 2.0], [1.0, 0.0]]
    """
    for name, value, valid in (("rows", rows, ("sources", "targets")), ("diagonal", diagonal, ("refuse", "drop"))):
        if value not in valid:
            raise ParameterError(f"connectome.read: {name} {value!r} is unknown; {nearest(str(value), valid)}")
    named, strength = _table(weights)
    given = _names(labels) if labels is not None else None
    areas = given or named
    if areas is None:
        raise ModelError("connectome.read: nobody names the areas; give labels=")
    if given and named and given != named:
        raise ModelError(f"connectome.read: labels= and the labels of weights differ: {_difference(given, named)}")
    tracts = None
    if lengths is not None:
        also, tracts = _table(lengths)
        if also is not None and also != areas:
            if sorted(also) != sorted(areas) or tracts.shape != (len(areas), len(areas)):
                raise ModelError(f"connectome.read: labels of weights and lengths differ: {_difference(areas, also)}")
            order = [also.index(area) for area in areas]  # the same areas in another order
            tracts = tracts[np.ix_(order, order)]
    if rows == "targets":
        strength, tracts = strength.T, None if tracts is None else tracts.T
    if diagonal == "drop" and strength.ndim == 2:
        strength = strength.copy()
        np.fill_diagonal(strength, 0)
    return Connectome(areas, strength, tracts, _hierarchy(levels, areas))


def _table(matrix: Any) -> Table:
    """Give a matrix and its labels, if it is a file that has them."""
    if not isinstance(matrix, (str, os.PathLike)):
        try:
            return None, np.array(matrix, dtype=np.float64)
        except (TypeError, ValueError):
            raise ModelError("connectome.read: a matrix must hold numbers in rows of one length") from None
    lines = _lines(matrix)
    head = lines[0][1]
    # A head of names is one cell shorter than the rows, as R writes it, or begins with an empty or naming cell.
    columns = None
    if not all(_is_number(cell) for cell in head[1:] or head):
        columns, lines = head, lines[1:]
    rows = None
    if not all(_is_number(line[0]) for _, line in lines):
        rows = [line[0] for _, line in lines]
        lines = [(number, line[1:]) for number, line in lines]
    if columns is not None and len(columns) == len(lines) + 1:
        columns = columns[1:]
    for number, line in lines:
        if len(line) != len(lines):
            head_of = f" (line 1 was taken for names: {', '.join(head[:5])})" if columns is not None else ""
            raise ConnectivityFileError(
                f"{matrix}: must be square, but line {number} has {len(line)} numbers and there are {len(lines)} rows"
                f"{head_of}"
            )
    if rows is not None and columns is not None and rows != columns:
        raise ConnectivityFileError(f"{matrix}: rows and columns have different labels: {_difference(rows, columns)}")
    values = np.array([[_number(cell, matrix, number) for cell in line] for number, line in lines])
    return rows or columns, values


def _lines(path: PathLike) -> list[tuple[int, list[str]]]:
    """Give the cells of every line that is not empty, with its number."""
    file = existing(path)
    if file.stat().st_size > LARGEST:
        raise ConnectivityFileError(f"{file}: {file.stat().st_size} bytes, more than the {LARGEST} that are read")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConnectivityFileError(f"{file}: is no text ({error})") from error
    separator = next((sign for sign in (",", ";", "\t") if sign in text), None)
    if separator is None:
        cells = [line.split() for line in text.splitlines()]
    else:
        try:
            cells = list(csv.reader(text.splitlines(), delimiter=separator, skipinitialspace=True))
        except csv.Error as error:
            raise ConnectivityFileError(f"{file}: is no CSV, or damaged ({error})") from error
    lines = [(number, [cell.strip() for cell in line]) for number, line in enumerate(cells, 1) if any(line)]
    if not lines:
        raise ConnectivityFileError(f"{file}: is empty")
    return lines


def _names(labels: Any) -> list[str]:
    if isinstance(labels, (str, os.PathLike)):
        lines = [line for _, line in _lines(labels)]
        return lines[0] if len(lines) == 1 else [line[0] for line in lines]
    return list(labels)


def _hierarchy(levels: Any, areas: Sequence[str]) -> dict[str, Any]:
    if levels is None:
        return {}
    if isinstance(levels, Mapping):
        return {area: level for area, level in levels.items() if area in areas}
    found = {}
    for number, line in _lines(levels):
        if len(line) != 2:
            raise ConnectivityFileError(f"{levels}: line {number} must hold an area and its level, got {line}")
        if line[0] in areas:
            found[line[0]] = _number(line[1], levels, number)
    return found


def _number(cell: str, path: PathLike, line: int) -> float:
    if not _is_number(cell):
        raise ConnectivityFileError(f"{path}: line {line} holds {cell!r}, which is no number")
    value = float(cell)
    if not math.isfinite(value):
        raise ConnectivityFileError(f"{path}: line {line} holds {cell!r}; write what is known, or 0")
    return value


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell  # Python reads 1_000 as a number, a table does not


def _difference(one: Sequence[str], other: Sequence[str]) -> str:
    """Say where two lists of labels first differ."""
    if len(one) != len(other):
        return f"{len(one)} and {len(other)} areas"
    position = next(number for number, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1])
    return f"area {position + 1} is {one[position]!r} here and {other[position]!r} there"
