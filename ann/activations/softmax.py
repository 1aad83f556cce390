"""Softmax and its logarithm, over one axis."""

from typing import Any

import numpy as np

from ann.activations.activation import Activation
from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.products import row_sums

__all__ = ["LogSoftmax", "Softmax"]

NARROW = 32
"""Outputs up to which a row is summed as a product and its largest found column by column."""


class _OverAxis(Activation):
    """What both share: the axis."""

    def __init__(self, axis: int = -1):
        kind = type(self).__name__
        if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
            raise InvalidTypeError(f"{kind}.axis: must be an integer, got {axis!r}")
        if axis == 0:
            raise InvalidValueError(f"{kind}.axis: 0 is the axis of stimuli; 1 is the first axis of a stimulus")
        self.axis = int(axis)

    def stands_for(self, kind: type[Activation]) -> bool:
        """Tell whether this is a plain `kind`, over the last axis."""
        return type(self) is kind and self.axis == -1

    def _shifted(self, x: np.ndarray) -> np.ndarray:
        """Take the largest number off, so that no exponential overflows."""
        axes = max(x.ndim, 2)  # a single vector has no axis of stimuli
        if not -axes < self.axis < axes:
            raise ShapeError(
                f"{type(self).__name__}: got {x.shape[1:]} a stimulus, which has no axis {self.axis} besides that of "
                "stimuli"
            )
        if self._narrow(x):  # NumPy reduces a short last axis one row at a time
            return x - np.maximum.reduce(x.T.copy(), axis=0)[:, None]
        return x - x.max(axis=self.axis, keepdims=True)

    def _sum(self, x: np.ndarray) -> np.ndarray:
        return row_sums(x)[:, None] if self._narrow(x) else x.sum(axis=self.axis, keepdims=True)

    def _narrow(self, x: np.ndarray) -> bool:
        return x.ndim == 2 and self.axis == -1 and 0 < x.shape[1] <= NARROW


class Softmax(_OverAxis):
    r"""Softmax over one axis, :math:`y_i = e^{x_i} / \sum_j e^{x_j}`, with the largest :math:`x` taken off first.

    Parameters
    ----------
    axis : int
        Of the array (stimulus, ...), the last by default; not 0.

    Examples
    --------
    >>> Softmax()(np.array([[1000.0, 1000.0]]))
    array([[0.5, 0.5]])
    """

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Turn logits into probabilities."""
        y = self._shifted(x)
        np.exp(y, out=y)
        y /= self._sum(y)
        return y, y

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        r"""Give :math:`y_i (g_i - \sum_j g_j y_j)`."""
        return cache * (gradient - (gradient * cache).sum(axis=self.axis, keepdims=True))


class LogSoftmax(_OverAxis):
    r"""The logarithm of softmax over one axis, :math:`y_i = x_i - \log \sum_j e^{x_j}`; no digits are lost on the way.

    Parameters
    ----------
    axis : int
        Of the array (stimulus, ...), the last by default; not 0.

    Examples
    --------
    >>> LogSoftmax()(np.array([[0.0, 1000.0]]))
    array([[-1000.,     0.]])
    """

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Turn logits into log probabilities."""
        y = self._shifted(x)
        y -= np.log(self._sum(np.exp(y)))
        return y, y

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        r"""Give :math:`g_i - e^{y_i} \sum_j g_j`."""
        return gradient - np.exp(cache) * gradient.sum(axis=self.axis, keepdims=True)
