"""Layers that only rearrange."""

import math
from typing import Any

import numpy as np

from ann.layers.layer import Layer, Shape

__all__ = ["Flatten"]


class Flatten(Layer):
    """All axes of a stimulus become one, in C order.

    Examples
    --------
    >>> Flatten().output_shape((10, 10, 32))
    (3200,)
    """

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give one axis."""
        return (math.prod(input_shape),)

    def operations(self, input_shape: Shape) -> int:
        """Count nothing."""
        return 0

    def mask_after(self, x: Any, mask: np.ndarray | None) -> None:
        """Give none: there are no steps any more."""

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Flatten every stimulus."""
        return x.reshape(len(x), -1), x.shape

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Give every stimulus its shape again."""
        return gradient.reshape(cache), {}
