"""Trials in a folder, one file each, written whole the moment a trial ends."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ann.checks import finite_number
from ann.errors import SearchError
from ann.search.trial import Trial, described
from isocortex.files import as_path, read_json, write_json

__all__ = ["Store", "fingerprint"]

MOST_TEXT = 16 * 2**20
"""Bytes that a file of a search may have; those that are written have some hundred, but for a long list of choices."""


class Store:
    """A folder that remembers the trials of one search.

    Parameters
    ----------
    folder : path-like
        Made if it is missing.
    about : mapping
        What must be the same for trials to be taken over: data, folds, score, settings.

    Raises
    ------
    SearchError
        If the folder holds another search.
    InvalidTypeError, InvalidValueError, UnreadableFileError, UnwritableFileError
        If it is no path, or cannot be read or written.
    """

    def __init__(self, folder: str | os.PathLike[str], about: Mapping[str, Any]):
        self.folder = as_path(folder, "folder")
        wanted = described(about)
        head = self.folder / "search.json"
        if head.exists():
            stored = read_json(head, MOST_TEXT)
            known = stored if isinstance(stored, dict) else {}
            other = sorted(name for name in wanted if known.get(name) != wanted[name])
            if other:
                raise SearchError(
                    f"{self.folder}: holds a search that differs in {', '.join(other)}; "
                    "choose another folder, or delete this one"
                )
        else:
            write_json(head, wanted)

    def __call__(self, trial: Trial) -> None:
        """Write a trial that has ended."""
        result = {"scores": list(trial.scores), "seconds": trial.seconds, "error": trial.error}
        write_json(self._path(trial), trial.plan() | result)

    def finished(self, trial: Trial) -> Trial | None:
        """Give the planned trial with its results, if they are here.

        Raises
        ------
        SearchError
            If the file of this number belongs to another plan, or says no result.
        UnreadableFileError
            If it is damaged.
        """
        path = self._path(trial)
        if not path.exists():
            return None
        stored = read_json(path, MOST_TEXT)
        plan = trial.plan()
        if not isinstance(stored, dict) or {name: stored.get(name) for name in plan} != plan:
            raise SearchError(f"{path}: is not the trial {plan}; choose another folder, or delete this one")
        try:
            scores = tuple(finite_number(score, "scores") for score in list(stored["scores"]))
            seconds, problem = finite_number(stored["seconds"], "seconds", least=0), stored["error"]
            if (problem is None) == (not scores) or not isinstance(problem, str | None):
                raise ValueError("neither scores nor an error")
        except (KeyError, TypeError, ValueError) as error:
            raise SearchError(f"{path}: holds no result ({error!r}); delete it, and the trial runs again") from error
        return replace(trial, scores=scores, seconds=seconds, error=problem)

    def _path(self, trial: Trial) -> Path:
        return self.folder / f"trial_{trial.number:05d}.json"


def fingerprint(*arrays: np.ndarray) -> str:
    """Give a text that differs where shapes, types or numbers differ.

    Examples
    --------
    >>> fingerprint(np.zeros(3)) == fingerprint(np.zeros(3)), fingerprint(np.zeros(3)) == fingerprint(np.zeros(4))
    (True, False)
    """
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(repr(array.tolist()).encode() if array.dtype.hasobject else np.ascontiguousarray(array).data)
    return digest.hexdigest()
