"""What an activation is, and the identity."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ann.registry import Configurable

__all__ = ["Activation", "Linear"]


class Activation(Configurable, ABC):
    """A function of the pre-activation; see `forward` and `backward`.

    `forward` gives the output and what `backward` needs; nothing is kept on the object. With ``overwrite=True`` the
    output may reuse the memory of the input, which a layer allows for the array that it has just made itself.
    """

    @abstractmethod
    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Give the output and the cache for `backward`; `overwrite` lets the output reuse the input's memory."""

    @abstractmethod
    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        """Turn the gradient with respect to the output into that with respect to the input."""

    def stands_for(self, kind: "type[Activation]") -> bool:
        """Tell whether a loss that is differentiated as one with a plain `kind` may be so with this."""
        return type(self) is kind

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Give the output for `x`, an array of any shape or what becomes one."""
        x = np.asarray(x)
        x = x if x.dtype.kind == "f" else x.astype(float)
        return self.forward(np.atleast_1d(x))[0].reshape(x.shape)


class Linear(Activation):
    r"""The identity, :math:`y = x`."""

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Give `x` itself."""
        return x, None

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        """Give the gradient itself."""
        return gradient
