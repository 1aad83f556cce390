"""Any loss, read besides the one that is minimised."""

from typing import Any

import numpy as np

from ann import losses
from ann.losses import Loss
from ann.metrics.metric import MeanMetric, snake_case

__all__ = ["OfLoss"]


class OfLoss(MeanMetric):
    """The mean of a loss over stimuli, without penalties on weights.

    Parameters
    ----------
    loss : str or ann.losses.Loss
        Which.
    name : str, optional
        See `Metric`; by default the loss as it is called in ``compile(loss=...)``.

    Examples
    --------
    >>> OfLoss("hinge")([0.5, -2.0], [1, 0])
    0.25
    """

    smaller_is_better = True

    def __init__(self, loss: Any, name: str | None = None):
        self.loss: Loss = losses.get(loss, "OfLoss.loss")
        super().__init__(name or snake_case(type(self.loss).__name__))

    def checked(self, outputs: np.ndarray, targets: Any) -> np.ndarray:
        """Give targets as the loss takes them."""
        return self.loss.targets(targets, outputs)

    def each(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Give the loss of each stimulus."""
        return self.loss.each(outputs, self.loss.targets(targets, outputs))[0]
