"""Which stimuli train and which judge."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ann.data import split
from ann.errors import DataError, InvalidTypeError
from isocortex.seeds import child_seed, generator

__all__ = ["Fold", "folds", "nested_order"]

Fold = tuple[np.ndarray, np.ndarray]
"""Row numbers to train on, and to judge on."""


def folds(splits: Any, x: np.ndarray, y: np.ndarray, groups: Any = None, seed: int = 0) -> list[Fold]:
    """Give the pairs of training and validation rows.

    Parameters
    ----------
    splits : float, int or splitter
        The share kept for one validation; how many folds to go through in turn; or any object with
        ``split(x, y, groups)``, as those of scikit-learn. The first two are seeded, and stratified where the targets
        are labels.
    x, y : numpy.ndarray
        All data.
    groups : array-like, optional
        Handed to the splitter.
    seed : int
        For shares and folds; a splitter brings its own.

    Raises
    ------
    InvalidTypeError, DataError
        If `splits` is none of these, or classes are too small for them.
    """
    if isinstance(splits, float):
        classes = np.unique(y, return_inverse=True)[1] if _labels(y) else y
        return [split(classes, splits, generator(seed, "validation"), stratify=_labels(y))]
    if isinstance(splits, int) and not isinstance(splits, bool):
        from sklearn.model_selection import KFold, StratifiedKFold

        kind = StratifiedKFold if _labels(y) else KFold
        try:
            splits = kind(splits, shuffle=True, random_state=child_seed(seed, "folds") % 2**32)
        except ValueError as error:
            raise DataError(f"splits: {error}") from error
        smallest = np.unique(y, return_counts=True)[1].min() if _labels(y) else len(y)
        if smallest < splits.n_splits:
            raise DataError(f"splits: {splits.n_splits} folds of a class with {smallest} stimuli; take fewer folds")
    if not hasattr(splits, "split") or isinstance(splits, str):
        raise InvalidTypeError(f"splits: must be a share, a number of folds or an object with split, got {splits!r}")
    found: Sequence[Fold] = [(np.asarray(train), np.asarray(test)) for train, test in splits.split(x, y, groups)]
    return list(found)


def nested_order(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw an order of all stimuli whose every beginning holds the classes in about their shares.

    Examples
    --------
    >>> y = np.repeat([0, 1], [40, 20])
    >>> np.bincount(y[nested_order(y, np.random.default_rng(0))[:30]]).tolist()
    [20, 10]
    """
    if not _labels(y):
        return rng.permutation(len(y))
    place = np.empty(len(y))
    for label in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == label))
        place[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
    return np.argsort(place, kind="stable")


def _labels(y: np.ndarray) -> bool:
    return y.ndim == 1 and y.dtype.kind in "iubOUS"
