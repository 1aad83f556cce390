"""The binary cross-entropy."""

from typing import Any

import numpy as np

from ann.activations import Sigmoid
from ann.checks import share
from ann.losses.loss import Loss, numbers, smoothed, within_unit

__all__ = ["BinaryCrossentropy"]


class BinaryCrossentropy(Loss):
    r"""The mean of :math:`-t \log p - (1 - t) \log (1 - p)` over the outputs, each its own yes or no.

    Parameters
    ----------
    from_logits : bool
        Whether the outputs are log odds rather than probabilities.
    label_smoothing : float
        Targets are moved towards 1/2 by this share of the way.
    reduction : str
        See `Loss`.
    """

    partner = Sigmoid

    def __init__(self, from_logits: bool = False, label_smoothing: float = 0.0, reduction: str = "sum_over_batch_size"):
        super().__init__(reduction)
        self.from_logits = bool(from_logits)
        self.label_smoothing = share(label_smoothing, "BinaryCrossentropy.label_smoothing")

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give numbers between 0 and 1 in the shape of the outputs."""
        return within_unit(numbers(y, outputs, "binary_crossentropy"), "binary_crossentropy")

    def each(self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Give the loss and its gradient."""
        targets, count = smoothed(targets, self.label_smoothing, 2), outputs.shape[-1]
        if self.from_logits:
            # log(1 + exp(-|z|)) never overflows; the rest is linear.
            values = np.maximum(outputs, 0) - outputs * targets + np.log1p(np.exp(-np.abs(outputs)))
            return values.mean(axis=-1), (Sigmoid()(outputs) - targets) / count
        kind = np.finfo(outputs.dtype)
        inside = np.clip(outputs, kind.tiny, 1 - kind.epsneg)
        values = -(targets * np.log(inside) + (1 - targets) * np.log1p(-inside)).mean(axis=-1)
        gradient = outputs - targets if fused else (inside - targets) / (inside * (1 - inside))
        return values, gradient / count
