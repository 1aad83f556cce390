"""Which class is taken for which."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ann.checks import finite_number
from ann.errors import InvalidValueError
from ann.losses import checked_weights
from ann.metrics.targets import answers, checked_classes, checked_outputs, classes
from isocortex.errors import nearest

__all__ = ["confusion_matrix"]

NORMALIZE = ("true", "pred", "all")


def confusion_matrix(
    outputs: Any,
    targets: Any,
    labels: Sequence[int] | None = None,
    normalize: str | None = None,
    threshold: float = 0.5,
    sample_weight: Any = None,
) -> np.ndarray:
    """Count how often stimuli of each class (row) are taken for each class (column).

    `ann.plots.confusion_matrix` draws it.

    Parameters
    ----------
    outputs : array
        (stimulus, class), whose largest is the answer, or (stimulus, 1) or (stimulus,), which are yes (class 1) above
        `threshold`; or sequences of such.
    targets : array
        Class numbers, one-hot rows, or 0 and 1.
    labels : sequence of int, optional
        The classes that are counted, in the order of rows and columns; all by default.
    normalize : {"true", "pred", "all"}, optional
        Shares of the class (of a row), of the answer (of a column) or of all instead of counts; 0 where there are
        none.
    threshold : float
        0 for log odds.
    sample_weight : array, optional
        (stimulus,), or (stimulus, step).

    Raises
    ------
    ShapeError, DataError, InvalidValueError, InvalidTypeError
        If outputs and targets do not fit each other, or a setting is none.

    Examples
    --------
    >>> confusion_matrix([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]], [0, 0, 1])
    array([[1, 1],
           [0, 1]])
    """
    if normalize is not None and normalize not in NORMALIZE:
        raise InvalidValueError(f"normalize: unknown {normalize!r}; {nearest(str(normalize), NORMALIZE)}")
    outputs = checked_outputs(outputs, "confusion_matrix")
    true = classes(outputs, checked_classes(outputs, targets, "confusion_matrix")).ravel()
    answered = answers(outputs, finite_number(threshold, "threshold")).ravel()
    weights = checked_weights(sample_weight, outputs)
    if weights is not None:
        weights = np.broadcast_to(weights, outputs.shape[:-1]).ravel()
    count = max(outputs.shape[-1], 2)
    found = np.bincount(true * count + answered, weights, count * count).reshape(count, count)
    if labels is not None:
        chosen = np.asarray(labels)
        if chosen.ndim != 1 or not np.isin(chosen, np.arange(count)).all() or len(set(chosen.tolist())) < len(chosen):
            raise InvalidValueError(f"labels: must be different classes of 0 to {count - 1}, got {labels!r}")
        found = found[np.ix_(chosen, chosen)]
    if normalize is None:
        return found
    whole = found.sum(axis={"true": 1, "pred": 0, "all": None}[normalize], keepdims=True)
    return np.divide(found, whole, out=np.zeros(found.shape), where=whole > 0)
