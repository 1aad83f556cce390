"""Activation functions: elementwise ones, and softmax over the last axis.

`forward` gives the output and what `backward` needs; nothing is kept on the object. With ``overwrite=True`` the
output may reuse the memory of the input, which a layer allows for the array that it has just made itself.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ann.registry import Configurable, resolve

__all__ = ["Activation", "Linear", "ReLU", "Sigmoid", "Softmax", "Tanh", "get"]


class Activation(Configurable, ABC):
    """A function of the pre-activation; see `forward` and `backward`."""

    @abstractmethod
    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Give the output and the cache for `backward`; `overwrite` lets the output reuse the input's memory."""

    @abstractmethod
    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        """Turn the gradient with respect to the output into that with respect to the input."""

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Give the output for `x`."""
        return self.forward(np.asarray(x))[0]


class Linear(Activation):
    r"""The identity, :math:`y = x`."""

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Give `x` itself."""
        return x, None

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        """Give the gradient itself."""
        return gradient


class ReLU(Activation):
    r"""Rectified linear unit, :math:`y = \max(x, 0)`; its slope at 0 is taken as 0.

    Examples
    --------
    >>> ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Clip at 0 from below."""
        y = np.maximum(x, 0, out=x if overwrite else None)
        return y, y

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        """Let the gradient through where the output is positive."""
        return gradient * (cache > 0)


class Sigmoid(Activation):
    r"""Logistic function, :math:`y = 1 / (1 + e^{-x})`, written with tanh so that it never overflows."""

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Squash into (0, 1)."""
        y = np.tanh(x * 0.5)
        y += 1
        y *= 0.5
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


class Softmax(Activation):
    r"""Softmax over the last axis, :math:`y_i = e^{x_i} / \sum_j e^{x_j}`, with the largest :math:`x` taken off first.

    Examples
    --------
    >>> Softmax()(np.array([[1000.0, 1000.0]]))
    array([[0.5, 0.5]])
    """

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Turn logits into probabilities."""
        y = np.exp(x - x.max(axis=-1, keepdims=True))
        y /= y.sum(axis=-1, keepdims=True)
        return y, y

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        r"""Give :math:`y_i (g_i - \sum_j g_j y_j)`."""
        return cache * (gradient - (gradient * cache).sum(axis=-1, keepdims=True))


_CHOICES = {
    "linear": Linear,
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "softmax": Softmax,
    "tanh": Tanh,
    **{kind.__name__: kind for kind in (Linear, ReLU, Sigmoid, Softmax, Tanh)},
}


def get(activation: Any, what: str = "activation") -> Activation:
    """Give the activation that a name stands for; None is linear.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is none of that name, or it is not a name.

    Examples
    --------
    >>> get("relu")
    ReLU()
    """
    return resolve("linear" if activation is None else activation, Activation, _CHOICES, what)
