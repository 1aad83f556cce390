"""Pooling: every window of an image becomes one number a channel."""

from abc import abstractmethod
from typing import Any

import numpy as np

from ann.layers.layer import Layer, Shape
from ann.layers.windows import Windows, checked_padding, pair

__all__ = ["AveragePooling2D", "MaxPooling2D"]


class _Pooling2D(Layer):
    compiled = True

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        input_shape: Shape | None = None,
        name: str | None = None,
    ):
        super().__init__(input_shape, name)
        kind = type(self).__name__
        self.pool_size = pair(pool_size, f"{kind}.pool_size")
        self.strides = self.pool_size if strides is None else pair(strides, f"{kind}.strides")
        self.padding = checked_padding(padding, f"{kind}.padding")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give (height, width, channel) with as many places as there are windows."""
        windows = self._windows(input_shape)
        return (windows.out_height, windows.out_width, input_shape[2])

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Pool every window."""
        x = np.ascontiguousarray(x)
        windows = self._windows(x.shape[1:])
        y = np.empty((len(x), windows.out_height, windows.out_width, x.shape[3]), x.dtype)
        return y, (x.shape, windows, self._pool(x, windows, y))

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Give the gradient back to the places that it came from."""
        shape, windows, pooled = cache
        if not inputs:
            return None, {}
        d_x = np.zeros(shape, gradient.dtype)
        self._share(np.ascontiguousarray(gradient), windows, pooled, d_x)
        return d_x, {}

    @abstractmethod
    def _pool(self, x: np.ndarray, windows: Windows, y: np.ndarray) -> Any:
        """Fill `y` and give what `_share` needs."""

    @abstractmethod
    def _share(self, gradient: np.ndarray, windows: Windows, pooled: Any, d_x: np.ndarray) -> None:
        """Add to `d_x`, which comes in as zeros."""

    def _windows(self, shape: Shape) -> Windows:
        return Windows.over(shape, self.pool_size, self.strides, self.padding)


class MaxPooling2D(_Pooling2D):
    """The largest number of every window; its gradient goes to the place where that stood, the first among equals.

    Parameters
    ----------
    pool_size : int or tuple of int
        Height and width of the window.
    strides : int or tuple of int, optional
        Steps between windows; those of the window by default, so that none overlap.
    padding : {"valid", "same"}
        As in `Conv2D`; what lies outside the image is never the largest.
    input_shape, name
        See `Layer`.

    Examples
    --------
    >>> MaxPooling2D(2).output_shape((40, 40, 16))
    (20, 20, 16)
    """

    def _pool(self, x: np.ndarray, windows: Windows, y: np.ndarray) -> Any:
        from ann import fast

        winner = np.zeros(y.shape, np.uint8 if windows.height * windows.width <= 256 else np.uint32)
        fast.max_pool(x, *windows.places(), y, winner)
        return winner

    def _share(self, gradient: np.ndarray, windows: Windows, pooled: Any, d_x: np.ndarray) -> None:
        from ann import fast

        fast.max_pool_gradient(gradient, pooled, *windows.places()[1:], d_x)


class AveragePooling2D(_Pooling2D):
    """The mean of every window, over the part of it that lies inside the image.

    Parameters
    ----------
    pool_size, strides, padding, input_shape, name
        As in `MaxPooling2D`.
    """

    def _pool(self, x: np.ndarray, windows: Windows, y: np.ndarray) -> Any:
        from ann import fast

        fast.average_pool(x, *windows.places(), y)

    def _share(self, gradient: np.ndarray, windows: Windows, pooled: Any, d_x: np.ndarray) -> None:
        from ann import fast

        fast.average_pool_gradient(gradient, *windows.places(), d_x)
