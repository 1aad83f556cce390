"""Metrics that are the share of stimuli (of steps, of outputs) that are right."""

from typing import Any

import numpy as np

from ann.checks import finite_number
from ann.layers.layer import positive_integer
from ann.metrics.metric import MeanMetric
from ann.metrics.targets import answers, checked_yes_no, classes

__all__ = ["Accuracy", "BinaryAccuracy", "TopK"]


class _Thresholded(MeanMetric):
    def __init__(self, threshold: float | None = None, name: str | None = None):
        super().__init__(name)
        kind = type(self).__name__
        self.threshold = None if threshold is None else finite_number(threshold, f"{kind}.threshold")

    @property
    def _limit(self) -> float:
        return self._boundary if self.threshold is None else self.threshold


class Accuracy(_Thresholded):
    """Share of stimuli (of steps) that are classified right.

    Parameters
    ----------
    threshold : float, optional
        Above which a single output is yes: by default 0.5, or 0 where the model's loss takes log odds or margins. Of
        several outputs the largest is the answer, the first of equals.
    name : str, optional
        See `Metric`.

    Examples
    --------
    >>> Accuracy()([[0.9, 0.1], [0.4, 0.6]], [0, 0])
    0.5
    """

    def each(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Say which are right."""
        right: np.ndarray = answers(outputs, self._limit) == classes(outputs, targets)
        return right


class BinaryAccuracy(_Thresholded):
    """Share of outputs that are right, each of which is a yes or no by itself: several labels at once.

    Parameters
    ----------
    threshold, name
        See `Accuracy`.

    Examples
    --------
    >>> BinaryAccuracy()([[0.9, 0.8], [0.4, 0.6]], [[1, 1], [0, 0]])
    0.75
    """

    def checked(self, outputs: np.ndarray, targets: Any) -> np.ndarray:
        """Give targets in the outputs' shape."""
        return checked_yes_no(outputs, targets, self.name)

    def each(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Give the share that is right of each stimulus' outputs."""
        right = (outputs > self._limit) == (targets.reshape(outputs.shape) > 0.5)
        return right.mean(axis=-1)


class TopK(MeanMetric):
    """Share of stimuli whose class is among the `k` largest outputs; of equal outputs the first counts as larger.

    So ``TopK(1)`` is the accuracy, and a network that gives the same for all classes is right by chance only.

    Parameters
    ----------
    k : int
        How many.
    name : str, optional
        ``"top_k_categorical_accuracy"`` by default; name them where there are two.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If `k` is no integer of at least 1.

    Examples
    --------
    >>> TopK(2)([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]], [1, 2])
    0.5
    """

    def __init__(self, k: int = 5, name: str | None = None):
        super().__init__(name or "top_k_categorical_accuracy")
        self.k = positive_integer(k, "TopK.k")

    def each(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Say whose class is among them."""
        true = classes(outputs, targets)[..., None]
        if outputs.shape[-1] == 1:  # a yes or no has two classes, whose outputs lie on either side of the boundary
            outputs = np.concatenate([2 * self._boundary - outputs, outputs], axis=-1)
        own = np.take_along_axis(outputs, true, axis=-1)
        first = np.arange(outputs.shape[-1]) < true
        ahead = (outputs > own) | ((outputs == own) & first)
        right: np.ndarray = ahead.sum(axis=-1) < self.k
        return right
