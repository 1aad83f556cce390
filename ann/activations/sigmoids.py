"""Functions that squash into an interval."""

from typing import Any

import numpy as np

from ann.activations.activation import Activation

__all__ = ["Sigmoid", "Softsign", "Tanh", "sigmoid"]


class Sigmoid(Activation):
    r"""Logistic function, :math:`y = 1 / (1 + e^{-x})`.

    Computed from :math:`e^{-|x|}`, which cannot overflow, and so that a small output keeps its digits.

    Examples
    --------
    >>> Sigmoid()(np.array([0.0, 1e4, -700.0])) > np.array([0.4, 0.9, 0.0])
    array([ True,  True,  True])
    """

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Squash into (0, 1)."""
        y = sigmoid(x)
        return y, y

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        """Multiply by :math:`y (1 - y)`."""
        return gradient * (cache * (1 - cache))


class Tanh(Activation):
    r"""Hyperbolic tangent, :math:`y = \tanh x`."""

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Squash into (-1, 1)."""
        y = np.tanh(x, out=x if overwrite else None)
        return y, y

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        """Multiply by :math:`1 - y^2`."""
        return gradient * (1 - cache * cache)


class Softsign(Activation):
    r"""Softsign, :math:`y = x / (1 + |x|)`: like tanh, but its ends are reached slowly (Turian et al. 2009).

    Examples
    --------
    >>> Softsign()(np.array([-1.0, 3.0]))
    array([-0.5 ,  0.75])
    """

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Squash into (-1, 1)."""
        share = np.abs(x)
        share += 1
        np.reciprocal(share, out=share)
        return np.multiply(x, share, out=x if overwrite else None), share

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        """Multiply by :math:`1 / (1 + |x|)^2`."""
        return gradient * (cache * cache)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Give the logistic function of `x`, a new array.

    Examples
    --------
    >>> sigmoid(np.array([0.0, -1e4], np.float32))
    array([0.5, 0. ], dtype=float32)
    """
    small = np.abs(x)
    np.negative(small, out=small)
    np.exp(small, out=small)
    y = np.where(x < 0, small, small.dtype.type(1))
    small += 1
    y /= small
    return y
