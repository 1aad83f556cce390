"""Global pooling: all places of an image become one number a channel."""

from typing import Any, ClassVar

import numpy as np

from ann.layers.layer import Layer, Shape
from ann.layers.windows import image_shape

__all__ = ["GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D"]


class _GlobalPooling(Layer):
    axes: ClassVar[int] = 2

    def __init__(self, keepdims: bool = False, input_shape: Shape | None = None, name: str | None = None):
        super().__init__(input_shape, name)
        self.keepdims = bool(keepdims)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give (channel,), or the channels at one place an axis with ``keepdims``."""
        channels = image_shape(input_shape, self.axes)[2]
        return (*(1,) * self.axes, channels) if self.keepdims else (channels,)

    def mask_after(self, x: Any, mask: np.ndarray | None) -> np.ndarray | None:
        """Give none: there are no steps left."""
        return None

    def _pooled(self, y: np.ndarray) -> np.ndarray:
        """Give (stimulus, 1, channel) its final shape."""
        return y.reshape(len(y), *(1,) * self.axes, -1) if self.keepdims else y[:, 0]


class GlobalAveragePooling2D(_GlobalPooling):
    """The mean of every channel over all places.

    Parameters
    ----------
    keepdims : bool
        Whether the output keeps the axes of places, with length 1.
    input_shape, name
        See `Layer`; a stimulus is (height, width, channel).

    Examples
    --------
    >>> GlobalAveragePooling2D().output_shape((7, 7, 16))
    (16,)
    """

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Take the mean."""
        places = _flat(x)
        return self._pooled(places.mean(axis=1, keepdims=True)), x.shape

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Share the gradient equally among all places."""
        if not inputs:
            return None, {}
        count = int(np.prod(cache[1:-1]))
        share = gradient.reshape(len(gradient), 1, -1) / count
        return np.repeat(share, count, axis=1).reshape(cache), {}


class GlobalAveragePooling1D(_GlobalPooling):
    """The mean of every feature over the steps that count: all of them, where there is no mask.

    A sequence of which no step counts gives 0.

    Parameters
    ----------
    keepdims, input_shape, name
        As in `GlobalAveragePooling2D`; a stimulus is (step, feature).

    Examples
    --------
    >>> x, mask = np.array([[[1.0], [3.0], [8.0]]]), np.array([[True, True, False]])
    >>> GlobalAveragePooling1D().forward(x, mask=mask)[0]
    array([[2.]])
    """

    axes = 1
    takes_mask = True

    def forward(
        self,
        x: np.ndarray,
        training: bool = False,
        rng: np.random.Generator | None = None,
        mask: np.ndarray | None = None,
    ) -> tuple[np.ndarray, Any]:
        """Take the mean."""
        counts = np.ones(x.shape[:2], x.dtype) if mask is None else mask.astype(x.dtype)
        share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        return self._pooled(np.matmul(share[:, None], x)), share

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Share the gradient equally among the steps that count."""
        if not inputs:
            return None, {}
        return cache[:, :, None] * gradient.reshape(len(gradient), 1, -1), {}


class GlobalMaxPooling2D(_GlobalPooling):
    """The largest number of every channel; its gradient goes to the place where that stood, the first among equals.

    Parameters
    ----------
    keepdims, input_shape, name
        As in `GlobalAveragePooling2D`.

    Examples
    --------
    >>> GlobalMaxPooling2D(keepdims=True).output_shape((7, 7, 16))
    (1, 1, 16)
    """

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Find the largest."""
        places = _flat(x)
        winners = places.argmax(axis=1)[:, None]
        return self._pooled(np.take_along_axis(places, winners, axis=1)), (x.shape, winners)

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Give the gradient to the winners."""
        if not inputs:
            return None, {}
        shape, winners = cache
        d_x = np.zeros(shape, gradient.dtype)
        np.put_along_axis(_flat(d_x), winners, gradient.reshape(len(gradient), 1, -1), axis=1)
        return d_x, {}


class GlobalMaxPooling1D(GlobalMaxPooling2D):
    """The largest number of every feature over all steps; see `GlobalMaxPooling2D`.

    Parameters
    ----------
    keepdims, input_shape, name
        As in `GlobalAveragePooling2D`; a stimulus is (step, feature).
    """

    axes = 1


def _flat(x: np.ndarray) -> np.ndarray:
    """Give (stimulus, place, channel)."""
    return x.reshape(len(x), -1, x.shape[-1])
