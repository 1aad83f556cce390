"""Which stimuli train and which judge."""

from typing import Any

import numpy as np

from ann.data import split
from ann.errors import DataError, InvalidTypeError
from isocortex.seeds import child_seed, generator

__all__ = ["Fold", "folds", "nested_order"]

Fold = tuple[np.ndarray, np.ndarray]
"""Row numbers to train on, and to judge on."""


def folds(
    splits: Any, x: np.ndarray, y: np.ndarray, groups: Any = None, seed: int = 0, measured: bool = False
) -> list[Fold]:
    """Give the pairs of training and validation rows.

    Parameters
    ----------
    splits : float, int or splitter
        The share kept for one validation; how many folds to go through in turn; or any object with
        ``split(x, y, groups)``, as those of scikit-learn. The first two are seeded, and stratified where the targets
        are labels: words or whole numbers.
    x, y : numpy.ndarray
        All data.
    groups : array-like, optional
        Handed to the splitter.
    seed : int
        For shares and folds; a splitter brings its own.
    measured : bool
        Whether whole numbers are measurements rather than labels.

    Raises
    ------
    InvalidTypeError, InvalidValueError, DataError
        If `splits` is none of these, or classes are too small for them.
    """
    labels = _labels(y) and not measured
    classes = np.unique(y, return_inverse=True)[1] if labels else np.zeros(len(y))
    if isinstance(splits, float):
        try:
            return [split(classes, splits, generator(seed, "validation"))]
        except DataError as error:
            raise DataError(f"splits: {error}; or targets as floats, if they are measurements") from error
    if isinstance(splits, int) and not isinstance(splits, bool):
        from sklearn.model_selection import KFold, StratifiedKFold

        smallest = int(np.bincount(classes).min()) if labels else len(y)
        if not 2 <= splits <= smallest:
            what = f"the smallest class has {smallest}" if labels else f"there are {smallest}"
            raise DataError(f"splits: must be at least 2 folds and at most as many as stimuli, got {splits}; {what}")
        kind = StratifiedKFold if labels else KFold
        splits = kind(splits, shuffle=True, random_state=child_seed(seed, "folds") % 2**32)
    if not hasattr(splits, "split") or isinstance(splits, (str, bytes)):
        raise InvalidTypeError(f"splits: must be a share, a number of folds or an object with split, got {splits!r}")
    return [(np.asarray(train), np.asarray(test)) for train, test in splits.split(x, y, groups)]


def nested_order(y: np.ndarray, rng: np.random.Generator, measured: bool = False) -> np.ndarray:
    """Draw an order of all stimuli whose every beginning holds the classes in about their shares.

    Parameters
    ----------
    y : numpy.ndarray
        Targets; where they are no labels, the order is any.
    rng : numpy.random.Generator
        Where it comes from.
    measured : bool
        See `folds`.

    Examples
    --------
    >>> y = np.repeat([0, 1], [40, 20])
    >>> np.bincount(y[nested_order(y, np.random.default_rng(0))[:30]]).tolist()
    [20, 10]
    """
    if measured or not _labels(y):
        return rng.permutation(len(y))
    place = np.empty(len(y))
    for label in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == label))
        place[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
    return np.argsort(place, kind="stable")


def _labels(y: np.ndarray) -> bool:
    return y.ndim == 1 and y.dtype.kind in "iubOUS"
