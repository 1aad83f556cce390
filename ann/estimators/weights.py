"""How much each stimulus counts in a fit: by a weight of its own, and by that of its class."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ann.data import as_array
from ann.errors import DataError, InvalidTypeError, InvalidValueError
from ann.losses import checked_weights

__all__ = ["checked_sample_weight", "with_classes"]


def checked_sample_weight(sample_weight: Any, X: np.ndarray) -> np.ndarray | None:
    """Give one float64 a stimulus, or None where all count the same.

    Parameters
    ----------
    sample_weight : array-like, float or None
        (stimulus,); a number stands for that many times the same.
    X : numpy.ndarray
        The stimuli.

    Raises
    ------
    ShapeError, DataError
        If there is not one weight a stimulus, one is negative or not finite, or all are zero.

    Examples
    --------
    >>> checked_sample_weight([2, 0], np.zeros((2, 3)))
    array([2., 0.])
    """
    if sample_weight is None:
        return None
    given = as_array(sample_weight, "sample_weight")
    weights = checked_weights(given if given.ndim else np.full(len(X), given), np.empty((len(X), 1)))
    if weights is None or not weights.any():
        raise DataError("sample_weight: all weights are zero, so nothing is left to fit")
    return weights


def with_classes(
    class_weight: Any, classes: np.ndarray, numbers: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray | None:
    """Multiply the weight of each stimulus by that of its class.

    Parameters
    ----------
    class_weight : mapping, "balanced" or None
        By label; classes that it does not name weigh 1. ``"balanced"`` lets every class weigh as much as the others
        in all, and all stimuli together as much as before.
    classes : numpy.ndarray
        All labels.
    numbers : numpy.ndarray
        The class number of each stimulus.
    weights : numpy.ndarray, optional
        Of the stimuli.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no mapping, names a label that is no class, or a weight is no number of at least 0.

    Examples
    --------
    >>> with_classes("balanced", np.array(["a", "b"]), np.array([0, 0, 0, 1])).round(3)
    array([0.667, 0.667, 0.667, 2.   ])
    """
    if class_weight is None:
        return weights
    factors = np.ones(len(classes))
    if isinstance(class_weight, str) and class_weight == "balanced":
        seen = np.bincount(numbers, weights, minlength=len(classes))
        factors = np.divide(seen.sum(), np.count_nonzero(seen) * seen, where=seen > 0, out=factors)
    elif isinstance(class_weight, Mapping):
        known = classes.tolist()
        for label, value in class_weight.items():
            if label not in known:
                raise InvalidValueError(f"class_weight: {label!r} is none of the classes {known}")
            if isinstance(value, (bool, str)) or not 0 <= value < np.inf:
                raise InvalidValueError(f"class_weight[{label!r}]: must be a number of at least 0, got {value!r}")
            factors[known.index(label)] = value
    else:
        raise InvalidTypeError(
            f"class_weight: must be a mapping from label to weight, 'balanced' or None, got {class_weight!r}"
        )
    own = factors[numbers]
    return own if weights is None else own * weights
