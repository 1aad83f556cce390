"""Data on its way into a model: checked once, shuffled with a seed, cut into batches, split by class."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ann.errors import DataError, InvalidValueError

__all__ = ["as_array", "as_stimuli", "batches", "cast", "require_finite", "split"]

BLOCK_BYTES = 4 * 2**20
"""How much is gathered at once when shuffled data are cut into batches."""


def as_stimuli(x: Any, dtype: np.dtype, what: str = "x") -> np.ndarray:
    """Give an array (stimulus, ...) of the model's type.

    Raises
    ------
    DataError
        If it is not numeric, has no axis of stimuli, or its numbers are too large for the type.
    """
    if type(x) is np.ndarray and x.dtype == dtype and x.ndim:
        return x
    array = as_array(x, what)
    if array.dtype.kind not in "fiub":
        raise DataError(f"{what}: must be numbers, got {array.dtype}")
    if array.ndim == 0:
        raise DataError(f"{what}: must have an axis of stimuli, got the single number {array}")
    return cast(array, dtype, what)


def as_array(x: Any, what: str) -> np.ndarray:
    """Give an array of whatever type.

    Raises
    ------
    DataError
        If rows have different lengths.
    """
    try:
        return np.asarray(x)
    except ValueError as error:
        raise DataError(f"{what}: rows of different lengths make no array ({error})") from error


def cast(array: np.ndarray, dtype: np.dtype, what: str) -> np.ndarray:
    """Give the same numbers in another type, uncopied where they have it already.

    Raises
    ------
    DataError
        If finite numbers would become infinite.
    """
    try:
        with np.errstate(over="raise"):
            return array.astype(dtype, copy=False)
    except FloatingPointError:
        raise DataError(f"{what}: numbers too large for {dtype}; scale them, or make the model of float64") from None


def require_finite(array: np.ndarray, what: str) -> None:
    """Check that no number is NaN or infinite.

    Raises
    ------
    DataError
        Naming the first such number and where it stands.
    """
    # The extremes carry a NaN along, and need no second array as large as the data.
    if array.size and array.dtype.kind == "f" and not (np.isfinite(array.min()) and np.isfinite(array.max())):
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise DataError(f"{what}: must be finite, got {array[place]} at {place}; drop or fill such stimuli first")


def batches(
    x: np.ndarray, y: np.ndarray, size: int, rng: np.random.Generator | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Cut `x` and `y` into batches of `size` stimuli, the last maybe smaller, in an order drawn from `rng`.

    Rows are gathered several batches at a time, so that small data cost one gathering an epoch and large data
    are never copied whole.

    Examples
    --------
    >>> x = np.arange(5)
    >>> [part.tolist() for part, _ in batches(x, x, 2)]
    [[0, 1], [2, 3], [4]]
    >>> sorted(int(i) for part, _ in batches(x, x, 2, np.random.default_rng(0)) for i in part)
    [0, 1, 2, 3, 4]
    """
    count = len(x)
    if rng is None:
        for start in range(0, count, size):
            yield x[start : start + size], y[start : start + size]
        return
    order = rng.permutation(count)
    row_bytes = max(x[:1].nbytes, 1)
    block = max(BLOCK_BYTES // (row_bytes * size), 1) * size
    for begin in range(0, count, block):
        rows = order[begin : begin + block]
        x_block, y_block = x.take(rows, axis=0), y.take(rows, axis=0)
        for start in range(0, len(rows), size):
            yield x_block[start : start + size], y_block[start : start + size]


def split(
    y: np.ndarray, share: float, rng: np.random.Generator, stratify: bool | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the rows that are kept for validation.

    Parameters
    ----------
    y : numpy.ndarray
        Targets (stimulus, ...).
    share : float
        Share of stimuli kept, above 0 and below 1.
    rng : numpy.random.Generator
        Where the choice comes from.
    stratify : bool, optional
        Whether every class gives its share; by default where `y` holds whole numbers (stimulus,).

    Returns
    -------
    training, validation : numpy.ndarray
        Row numbers, ascending.

    Raises
    ------
    InvalidValueError, DataError
        If the share is not between 0 and 1 or leaves a side empty, or a class is too small to be on both sides.

    Examples
    --------
    >>> training, validation = split(np.repeat([0, 1], 10), 0.2, np.random.default_rng(0))
    >>> len(training), len(validation), int((validation < 10).sum())
    (16, 4, 2)
    """
    if isinstance(share, (str, bool)) or not 0 < share < 1:
        raise InvalidValueError(f"validation_split: must lie between 0 and 1, got {share!r}")
    if stratify is None:
        stratify = y.ndim == 1 and y.dtype.kind in "iub"
    groups = [np.arange(len(y))]
    if stratify:
        groups = [np.flatnonzero(y == label) for label in np.unique(y)]
    chosen = []
    for rows in groups:
        kept = round(share * len(rows))
        if not 0 < kept < len(rows):
            which = f"class {y[rows[0]]} has {len(rows)} stimuli, which" if stratify else f"{len(rows)} stimuli"
            raise DataError(f"validation_split: {which} cannot be split {share:g} to {1 - share:g}")
        chosen.append(rng.permutation(rows)[:kept])
    validation = np.sort(np.concatenate(chosen))
    return np.setdiff1d(np.arange(len(y)), validation, assume_unique=True), validation
