"""Metrics of outputs that are numbers: errors, and the share of variance that is explained."""

from typing import Any

import numpy as np

from ann.losses.loss import numbers
from ann.metrics.metric import MeanMetric, Metric

__all__ = ["R2", "MeanAbsoluteError", "MeanSquaredError", "RootMeanSquaredError"]


class MeanSquaredError(MeanMetric):
    r"""The mean of :math:`(y - t)^2` over stimuli and outputs.

    Parameters
    ----------
    name : str, optional
        See `Metric`.
    """

    smaller_is_better = True

    def checked(self, outputs: np.ndarray, targets: Any) -> np.ndarray:
        """Give numbers in the outputs' shape."""
        return numbers(targets, outputs, self.name)

    def each(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Give the squared error of each stimulus."""
        return np.square(outputs - targets.reshape(outputs.shape)).mean(axis=-1)


class RootMeanSquaredError(MeanSquaredError):
    """The root of the mean squared error, in the targets' unit.

    Parameters
    ----------
    name : str, optional
        See `Metric`.

    Examples
    --------
    >>> RootMeanSquaredError()([3.0, 1.0], [0.0, 1.0]) == 4.5**0.5
    True
    """

    def value(self, summary: tuple[float, float]) -> float:
        """Give the root of the mean."""
        return float(np.sqrt(super().value(summary)))


class MeanAbsoluteError(MeanMetric):
    r"""The mean of :math:`|y - t|` over stimuli and outputs.

    Parameters
    ----------
    name : str, optional
        See `Metric`.
    """

    smaller_is_better = True

    def checked(self, outputs: np.ndarray, targets: Any) -> np.ndarray:
        """Give numbers in the outputs' shape."""
        return numbers(targets, outputs, self.name)

    def each(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Give the absolute error of each stimulus."""
        return np.abs(outputs - targets.reshape(outputs.shape)).mean(axis=-1)


class R2(Metric):
    r"""Share of the targets' variance that is explained, :math:`1 - \sum (y - t)^2 / \sum (t - \bar t)^2`.

    The mean over outputs; NaN where one's targets do not vary (scikit-learn says 0 or 1 there).

    Parameters
    ----------
    name : str, optional
        See `Metric`.

    Examples
    --------
    >>> R2()([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]).__round__(3)
    0.786
    """

    def checked(self, outputs: np.ndarray, targets: Any) -> np.ndarray:
        """Give numbers in the outputs' shape."""
        return numbers(targets, outputs, self.name)

    def summary(self, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Give (4, output): how much counts, the targets' mean, their squared distances from it, and the errors."""
        count = outputs.shape[-1]
        given = outputs.reshape(-1, count).astype(np.float64)
        wanted = targets.reshape(-1, count).astype(np.float64)
        each = np.ones(len(given)) if weights is None else np.broadcast_to(weights, outputs.shape[:-1]).ravel()
        found = np.zeros((4, count))
        found[0] = total = each.sum()
        if total:
            found[1] = each @ wanted / total
            found[2] = each @ np.square(wanted - found[1])
            found[3] = each @ np.square(given - wanted)
        return found

    def merge(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Put two together without losing digits (Chan, Golub and LeVeque 1979, COMPSTAT)."""
        total = first + second
        if total[0, 0]:
            apart = second[1] - first[1]
            total[1] = (first[0] * first[1] + second[0] * second[1]) / total[0]
            total[2] += np.square(apart) * first[0] * second[0] / total[0]
        return total

    def value(self, summary: np.ndarray) -> float:
        """Give the mean over outputs."""
        count, mean, spread, error = summary
        # What rounding leaves of targets that are all the same is no variance.
        varies = spread > count * np.square(16 * np.finfo(np.float64).eps * mean)
        return float((1 - np.divide(error, spread, out=np.full(len(error), np.nan), where=varies)).mean())
