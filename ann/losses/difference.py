"""Losses of the difference between output and target, for regression."""

from typing import Any

import numpy as np

from ann.checks import positive
from ann.losses.loss import Loss, numbers
from ann.products import constant

__all__ = ["Huber", "MeanAbsoluteError", "MeanSquaredError"]


class MeanSquaredError(Loss):
    r"""The mean of :math:`(y - t)^2` over the outputs.

    Parameters
    ----------
    reduction : str
        See `Loss`.

    Examples
    --------
    >>> MeanSquaredError().value_and_gradient(np.array([[3.0]]), np.array([[1.0]]))
    (4.0, array([[4.]]))
    """

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give numbers in the shape of the outputs; (stimulus,) serves a single output."""
        return numbers(y, outputs, "mean_squared_error")

    def each(self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Give the loss and :math:`2 (y - t)` over the number of outputs."""
        difference = outputs - targets
        return np.square(difference).mean(axis=-1), difference * (2 / outputs.shape[-1])

    def value_and_gradient(
        self,
        outputs: np.ndarray,
        targets: np.ndarray,
        fused: bool = False,
        weights: np.ndarray | None = None,
        mask: np.ndarray | None = None,
    ) -> tuple[float, np.ndarray]:
        """Give the loss as one number, and its gradient; without weights, by a single product."""
        if weights is not None or mask is not None:
            return super().value_and_gradient(outputs, targets, fused, weights, mask)
        difference = outputs - targets
        flat = difference.ravel()
        factor = 1 / (outputs.shape[-1] if self.reduction == "sum" else flat.size)
        value = float(flat.dot(flat)) * factor
        difference *= constant(2 * factor, difference.dtype)
        return value, difference


class MeanAbsoluteError(Loss):
    r"""The mean of :math:`|y - t|` over the outputs; the slope where they are equal is taken as 0.

    Parameters
    ----------
    reduction : str
        See `Loss`.
    """

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give numbers in the shape of the outputs; (stimulus,) serves a single output."""
        return numbers(y, outputs, "mean_absolute_error")

    def each(self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Give the loss and the sign of :math:`y - t` over the number of outputs."""
        difference = outputs - targets
        return np.abs(difference).mean(axis=-1), np.sign(difference) / outputs.shape[-1]


class Huber(Loss):
    r"""The mean over outputs of a square near the target and a line away from it (Huber 1964, Ann. Math. Stat. 35).

    .. math::
        \tfrac12 (y - t)^2 \text{ where } |y - t| \le \delta, \qquad
        \delta |y - t| - \tfrac12 \delta^2 \text{ elsewhere}

    Parameters
    ----------
    delta : float
        :math:`\delta`.
    reduction : str
        See `Loss`.
    """

    def __init__(self, delta: float = 1.0, reduction: str = "sum_over_batch_size"):
        super().__init__(reduction)
        self.delta = positive(delta, "Huber.delta")

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give numbers in the shape of the outputs; (stimulus,) serves a single output."""
        return numbers(y, outputs, "huber")

    def each(self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False) -> tuple[np.ndarray, np.ndarray]:
        r"""Give the loss and :math:`y - t`, cut at :math:`\pm \delta`, over the number of outputs."""
        difference = outputs - targets
        slope = np.clip(difference, -self.delta, self.delta)
        # delta |d| - delta^2 / 2 and d^2 / 2 are one: s d - s^2 / 2 with the slope s.
        values = slope * (difference - slope / 2)
        return values.mean(axis=-1), slope / outputs.shape[-1]
