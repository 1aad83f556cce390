r"""Metrics made of how often each class was answered, was there, and was answered rightly.

With the number of right answers :math:`r_c` of a class, of its answers :math:`a_c` and of its stimuli :math:`n_c`,
precision is :math:`r_c / a_c`, recall :math:`r_c / n_c`, and :math:`F_1 = 2 r_c / (a_c + n_c)`, their harmonic mean.
"""

from abc import abstractmethod
from typing import Any

import numpy as np

from ann.checks import finite_number
from ann.errors import DataError, InvalidValueError
from ann.metrics.metric import Metric
from ann.metrics.targets import answers, checked_classes, checked_yes_no, classes
from isocortex.errors import nearest

__all__ = ["F1", "BalancedAccuracy", "Precision", "Recall"]

AVERAGES = ("binary", "macro", "micro", "weighted")


class PerClass(Metric):
    """A metric of every class, and what becomes of them.

    Parameters
    ----------
    average : {None, "binary", "macro", "micro", "weighted"}
        ``"binary"`` takes that of class 1, where there are two classes; ``"macro"`` the mean over the classes that
        occur in the targets or answers; ``"weighted"`` the same, each weighted by how often it is there; ``"micro"``
        adds up the classes before dividing. None is ``"binary"`` where there are two classes, and else ``"macro"``.
    threshold : float, optional
        Above which an output is yes. A single output has one by default (see `Accuracy`). Where several have one, each
        is a yes or no by itself: several labels at once, all of which count; the largest is the answer where none is
        given.
    name : str, optional
        See `Metric`.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is no such average, or the threshold is no finite number.
    """

    def __init__(self, average: str | None = None, threshold: float | None = None, name: str | None = None):
        super().__init__(name)
        kind = type(self).__name__
        if average is not None and average not in AVERAGES:
            raise InvalidValueError(f"{kind}.average: unknown {average!r}; {nearest(str(average), AVERAGES)}")
        self.average = average
        self.threshold = None if threshold is None else finite_number(threshold, f"{kind}.threshold")

    def _several_labels(self, outputs: np.ndarray) -> bool:
        return self.threshold is not None and outputs.shape[-1] > 1

    def checked(self, outputs: np.ndarray, targets: Any) -> np.ndarray:
        """Give targets of one class each, or of several labels."""
        several = self._several_labels(outputs)
        if self.average == "binary" and (several or outputs.shape[-1] > 2):
            raise DataError(
                f'{self.name}: average="binary" is for two classes, got {outputs.shape[-1]} outputs; choose "macro", '
                '"micro" or "weighted"'
            )
        return (checked_yes_no if several else checked_classes)(outputs, targets, self.name)

    def summary(self, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Give (4, class): right answers, answers, stimuli, and how much counts a class that does not occur."""
        count, inner = outputs.shape[-1], outputs.shape[:-1]
        flat = None if weights is None else np.broadcast_to(weights, inner).ravel().astype(np.float64)
        if self._several_labels(outputs):
            yes = outputs.reshape(-1, count) > self.threshold
            true = targets.reshape(-1, count) > 0.5
            own = np.ones(len(yes)) if flat is None else flat
            return np.stack([own @ (yes & true), own @ yes, own @ true, np.full(count, own.sum())])
        limit = self._boundary if self.threshold is None else self.threshold
        answered, true = answers(outputs, limit).ravel(), classes(outputs, targets).ravel()
        right = answered == true
        count = max(count, 2)
        found = np.zeros((4, count))
        found[0] = np.bincount(true[right], None if flat is None else flat[right], count)
        found[1] = np.bincount(answered, flat, count)
        found[2] = np.bincount(true, flat, count)
        return found

    @abstractmethod
    def of(self, right: np.ndarray, answered: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Give the number of each class."""

    def value(self, summary: np.ndarray) -> float:
        """Give the average over classes; NaN where nothing counts."""
        right, answered, there, counts = summary
        several = bool(counts.any())
        average = self.average or ("binary" if len(right) == 2 and not several else "macro")
        occur = (answered + there + counts) > 0
        if not occur.any():
            return float("nan")
        if average == "micro":
            return float(self.of(*summary[:3].sum(axis=1, keepdims=True))[0])
        each = self.of(right, answered, there)
        if average == "binary":
            return float(each[1])
        if average == "weighted":
            return float(_divided(np.array([(each * there).sum()]), np.array([there.sum()]))[0])
        return float(each[occur].mean())


class Precision(PerClass):
    """Share of the answers for a class that are right; 0 where it was never answered, as in scikit-learn.

    Parameters
    ----------
    average, threshold, name
        See `F1`.

    Examples
    --------
    >>> Precision()([0.9, 0.8, 0.7, 0.1], [1, 1, 0, 1])
    0.6666666666666666
    """

    def of(self, right: np.ndarray, answered: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Give right answers by answers."""
        return _divided(right, answered)


class Recall(PerClass):
    """Share of the stimuli of a class that are answered right; 0 where it has none, as in scikit-learn.

    Parameters
    ----------
    average, threshold, name
        See `F1`.
    """

    def of(self, right: np.ndarray, answered: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Give right answers by stimuli."""
        return _divided(right, there)


class F1(PerClass):
    """The harmonic mean of precision and recall.

    Parameters
    ----------
    average : {None, "binary", "macro", "micro", "weighted"}
        ``"binary"`` takes that of class 1, where there are two classes; ``"macro"`` the mean over the classes that
        occur in the targets or answers; ``"weighted"`` the same, each weighted by how often it is there; ``"micro"``
        adds up the classes before dividing. None is ``"binary"`` where there are two classes, and else ``"macro"``.
    threshold : float, optional
        Above which an output is yes. A single output has one by default (see `Accuracy`). Where several have one, each
        is a yes or no by itself: several labels at once, all of which count; the largest is the answer where none is
        given.
    name : str, optional
        See `Metric`.

    Examples
    --------
    >>> F1()([[0.9, 0.1, 0.0], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7]], [0, 1, 2])  # 2/3, 0 and 1
    0.5555555555555555
    """

    def of(self, right: np.ndarray, answered: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Give twice the right answers by answers and stimuli."""
        return _divided(2 * right, answered + there)


class BalancedAccuracy(PerClass):
    """The mean of the recall over the classes that occur in the targets: each counts as much as the others.

    Parameters
    ----------
    threshold, name
        See `Accuracy`.

    Examples
    --------
    >>> BalancedAccuracy()([0.9, 0.9, 0.9, 0.9], [1, 1, 1, 0])
    0.5
    """

    def __init__(self, threshold: float | None = None, name: str | None = None):
        super().__init__("macro", threshold, name)

    def _several_labels(self, outputs: np.ndarray) -> bool:
        return False

    def of(self, right: np.ndarray, answered: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Give right answers by stimuli."""
        return _divided(right, there)

    def value(self, summary: np.ndarray) -> float:
        """Give the mean over the classes that are there."""
        right, _, there, _ = summary
        found = there > 0
        return float((right[found] / there[found]).mean()) if found.any() else float("nan")


def _divided(share: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(share, whole, out=np.zeros(len(share)), where=whole > 0)
