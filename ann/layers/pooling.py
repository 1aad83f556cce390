"""Pooling: every window of an image becomes one number a channel."""

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from ann import room
from ann.layers.layer import Layer, Shape
from ann.layers.windows import (
    Padding,
    Windows,
    as_images,
    checked_padding,
    image_shape,
    lengths,
    plane,
    plane_padding,
    unlike_images,
)

__all__ = ["AveragePooling1D", "AveragePooling2D", "MaxPooling1D", "MaxPooling2D"]


class _Pooling(Layer):
    compiled = True
    axes: ClassVar[int] = 2

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: Padding = "valid",
        dilation_rate: Any = 1,
        input_shape: Shape | None = None,
        name: str | None = None,
    ):
        super().__init__(input_shape, name)
        kind = type(self).__name__
        self.pool_size = lengths(pool_size, self.axes, f"{kind}.pool_size")
        self.strides = self.pool_size if strides is None else lengths(strides, self.axes, f"{kind}.strides")
        self.padding = checked_padding(padding, self.axes, f"{kind}.padding")
        self.dilation_rate = lengths(dilation_rate, self.axes, f"{kind}.dilation_rate")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give as many places an axis as there are windows, and the channels."""
        image = image_shape(input_shape, self.axes)
        windows = self._windows(image)
        windows.require_content(image)
        return (*windows.count[2 - self.axes :], image[2])

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Pool every window."""
        images = as_images(x)
        windows = self._windows(images.shape[1:])
        y = room.empty((len(x), *windows.count, x.shape[-1]), x.dtype)
        self._pool(images, windows, y)
        return unlike_images(y, self.axes), (images, windows, y)

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Give the gradient back to the places that it came from."""
        if not inputs:
            return None, {}
        images, windows, y = cache
        d_x = room.empty_like(images)
        self._share(images, windows, y, as_images(gradient), d_x)
        return unlike_images(d_x, self.axes), {}

    def mask_after(self, x: Any, mask: np.ndarray | None) -> np.ndarray | None:
        """Keep the mask of a sequence that keeps its steps; any other ends here."""
        keeps = self.axes == 1 and mask is not None and self.output_shape(x.shape[1:])[0] == x.shape[1]
        return mask if keeps else None

    @abstractmethod
    def _pool(self, x: np.ndarray, windows: Windows, y: np.ndarray) -> None:
        """Fill `y`."""

    @abstractmethod
    def _share(self, x: np.ndarray, windows: Windows, y: np.ndarray, gradient: np.ndarray, d_x: np.ndarray) -> None:
        """Fill `d_x`."""

    def _windows(self, image: Shape) -> Windows:
        padding = plane_padding(self.padding, self.axes)
        return Windows.over(image, *map(plane, (self.pool_size, self.strides, self.dilation_rate)), padding)


class MaxPooling2D(_Pooling):
    """The largest number of every window; its gradient goes to the place where that stood, the first among equals.

    Parameters
    ----------
    pool_size : int or tuple of int
        Height and width of the window.
    strides : int or tuple of int, optional
        Steps between windows; those of the window by default, so that none overlap.
    padding : {"valid", "same"}, int or ((int, int), (int, int))
        As in `Conv2D`; what lies outside the image is never the largest.
    dilation_rate : int or tuple of int
        Steps between the places that a window looks at.
    input_shape, name
        See `Layer`; a stimulus is (height, width, channel).

    Examples
    --------
    >>> MaxPooling2D(2).output_shape((40, 40, 16))
    (20, 20, 16)
    """

    def _pool(self, x: np.ndarray, windows: Windows, y: np.ndarray) -> None:
        from ann import fast

        fast.max_pool(x, windows.places(), y)

    def _share(self, x: np.ndarray, windows: Windows, y: np.ndarray, gradient: np.ndarray, d_x: np.ndarray) -> None:
        from ann import fast

        share = fast.max_pool_gradient_apart if windows.apart else fast.max_pool_gradient
        share(x, y, gradient, windows.places(), d_x)


class MaxPooling1D(MaxPooling2D):
    """The largest number of every window of steps: `MaxPooling2D` with one axis.

    Parameters
    ----------
    pool_size, strides, dilation_rate : int
        As in `MaxPooling2D`.
    padding : {"valid", "same"}, int or (int, int)
        As in `Conv1D`.
    input_shape, name
        See `Layer`; a stimulus is (step, feature).

    Examples
    --------
    >>> MaxPooling1D(2).output_shape((40, 16))
    (20, 16)
    """

    axes = 1


class AveragePooling2D(_Pooling):
    """The mean of every window.

    Parameters
    ----------
    pool_size, strides, padding, dilation_rate, input_shape, name
        As in `MaxPooling2D`.
    padding_counts : bool
        Whether the zeros around the image count as places of the window. By default the mean is over what lies inside,
        as in Keras and ONNX; PyTorch counts them.

    Examples
    --------
    >>> AveragePooling2D(2).forward(np.arange(4.0).reshape(1, 2, 2, 1))[0].ravel()
    array([1.5])
    """

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: Padding = "valid",
        dilation_rate: Any = 1,
        padding_counts: bool = False,
        input_shape: Shape | None = None,
        name: str | None = None,
    ):
        super().__init__(pool_size, strides, padding, dilation_rate, input_shape, name)
        self.padding_counts = bool(padding_counts)

    def _pool(self, x: np.ndarray, windows: Windows, y: np.ndarray) -> None:
        from ann import fast

        fast.average_pool(x, windows.places(), self.padding_counts, y)

    def _share(self, x: np.ndarray, windows: Windows, y: np.ndarray, gradient: np.ndarray, d_x: np.ndarray) -> None:
        from ann import fast

        fast.average_pool_gradient(gradient, windows.places(), self.padding_counts, d_x)


class AveragePooling1D(AveragePooling2D):
    """The mean of every window of steps: `AveragePooling2D` with one axis.

    Parameters
    ----------
    pool_size, strides, dilation_rate : int
        As in `MaxPooling2D`.
    padding : {"valid", "same"}, int or (int, int)
        As in `Conv1D`.
    padding_counts
        As in `AveragePooling2D`.
    input_shape, name
        See `Layer`; a stimulus is (step, feature).

    Examples
    --------
    >>> AveragePooling1D(3, strides=1, padding="same").output_shape((40, 16))
    (40, 16)
    """

    axes = 1
