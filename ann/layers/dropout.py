"""Dropout."""

from typing import Any

import numpy as np

from ann.checks import share
from ann.errors import InvalidTypeError
from ann.layers.layer import Layer, Shape

__all__ = ["Dropout"]


class Dropout(Layer):
    """Sets each unit to 0 with probability `rate` in training, and divides the others by ``1 - rate``.

    So the expected activity is that of inference, where nothing is dropped (Srivastava et al. 2014, JMLR 15:1929,
    in the inverted form that all packages use).

    Parameters
    ----------
    rate : float
        Share of units dropped, at least 0 and below 1.
    input_shape, name
        See `Layer`.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If `rate` is outside [0, 1).
    """

    random = True

    def __init__(self, rate: float, input_shape: Shape | None = None, name: str | None = None):
        super().__init__(input_shape, name)
        self.rate = share(rate, "Dropout.rate")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give the shape of the input."""
        return input_shape

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Drop units in training, from `rng`; give `x` itself otherwise."""
        if not training or self.rate == 0:
            return x, None
        if rng is None:
            raise InvalidTypeError("Dropout.forward: needs rng=, a numpy.random.Generator, in training")
        kept = rng.random(x.shape, np.float32) >= self.rate
        mask = kept * x.dtype.type(1 / (1 - self.rate))
        return x * mask, mask

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Let the gradient through where the activity went through."""
        return gradient if cache is None else gradient * cache, {}
