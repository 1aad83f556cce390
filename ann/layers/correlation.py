"""Correlation of images with windows of weights, and its gradients: what every convolutional layer is made of.

Images are (stimulus, height, width, channel), C-contiguous; a kernel is (height, width, channel of a group, filter).
Filters come in groups of equal size, and each group sees its own slice of the channels. Groups of one channel take a
loop of their own, any others one matrix product each.
"""

from collections.abc import Iterator

import numpy as np

from ann import room
from ann.layers.layer import Shape
from ann.layers.windows import Windows

__all__ = ["as_matrix", "correlate", "gradients", "spread"]


def correlate(
    x: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None, windows: Windows, groups: int = 1, rectify: bool = False
) -> np.ndarray:
    """Give every filter's response in every window, (stimulus, height, width, filter).

    Parameters
    ----------
    x : numpy.ndarray
        Images.
    kernel : numpy.ndarray
        The weights.
    bias : numpy.ndarray or None
        (filter,).
    windows : Windows
        Where they lie on an image.
    groups : int
        How many there are.
    rectify : bool
        Whether negative responses become 0.
    """
    from ann import fast

    alone = _alone(kernel, groups)
    if groups > 1 and not alone:
        parts = [
            correlate(x[..., channels].copy(), kernel[..., filters], _of(bias, filters), windows, 1, rectify)
            for channels, filters in _slices(kernel, groups)
        ]
        return np.concatenate(parts, axis=3)
    y = room.empty((len(x), *windows.count, kernel.shape[3]), x.dtype)
    lowest = x.dtype.type(0 if rectify else -np.inf)
    loop = fast.convolve_depthwise if alone else fast.convolve
    loop(_repeated(x, kernel, groups), as_matrix(kernel, bias), windows.places(), lowest, y)
    return y


def gradients(
    x: np.ndarray,
    kernel: np.ndarray,
    windows: Windows,
    groups: int,
    gradient: np.ndarray,
    rectified: np.ndarray | None = None,
    inputs: bool = True,
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """Give the gradients for the images (None unless `inputs`), the kernel and the bias.

    Parameters
    ----------
    x, kernel, windows, groups
        As `correlate` had them.
    gradient : numpy.ndarray
        With respect to the responses.
    rectified : numpy.ndarray, optional
        The responses, if they were rectified.
    inputs : bool
        Whether the gradient for the images is wanted.
    """
    if groups > 1 and not _alone(kernel, groups):
        parts = [
            gradients(
                x[..., channels].copy(),
                kernel[..., filters],
                windows,
                1,
                gradient[..., filters].copy(),
                None if rectified is None else rectified[..., filters].copy(),
                inputs,
            )
            for channels, filters in _slices(kernel, groups)
        ]
        d_xs, d_kernels, d_biases = zip(*parts, strict=True)
        d_x = np.concatenate(d_xs, axis=3) if inputs else None
        return d_x, np.concatenate(d_kernels, axis=3), np.concatenate(d_biases)
    weights = as_matrix(kernel, None)
    d_weights = np.zeros_like(weights)
    d_x = room.empty((*x.shape[:3], _repeats(kernel, groups) * x.shape[3]) if inputs else (0, 0, 0, 0), x.dtype)
    _walk_back(_repeated(x, kernel, groups), weights, windows, groups > 1, gradient, rectified, d_weights, d_x)
    d_kernel = d_weights[:-1].reshape(kernel.shape)
    return _summed(d_x, kernel, groups) if inputs else None, d_kernel, d_weights[-1]


def spread(gradient: np.ndarray, kernel: np.ndarray, windows: Windows, groups: int, shape: Shape) -> np.ndarray:
    """Give the images' gradient alone: the transpose of `correlate` as a linear map, from responses to images.

    Parameters
    ----------
    gradient, kernel, windows, groups
        As in `gradients`.
    shape : tuple of int
        (height, width, channel) of the images.
    """
    if groups > 1 and not _alone(kernel, groups):
        parts = [
            spread(gradient[..., filters].copy(), kernel[..., filters], windows, 1, (*shape[:2], kernel.shape[2]))
            for _, filters in _slices(kernel, groups)
        ]
        return np.concatenate(parts, axis=3)
    d_x = room.empty((len(gradient), *shape[:2], _repeats(kernel, groups) * shape[2]), gradient.dtype)
    nothing = np.empty((0, 0), d_x.dtype)
    # Without a gradient for the weights the images themselves are not read: any array of that shape will do.
    _walk_back(d_x, as_matrix(kernel, None), windows, groups > 1, gradient, None, nothing, d_x)
    return _summed(d_x, kernel, groups)


def _walk_back(
    x: np.ndarray,
    weights: np.ndarray,
    windows: Windows,
    alone: bool,
    gradient: np.ndarray,
    rectified: np.ndarray | None,
    d_weights: np.ndarray,
    d_x: np.ndarray,
) -> None:
    from ann import fast

    loop = fast.convolve_depthwise_gradient if alone else fast.convolve_gradient
    mask = np.empty((0, 0, 0, 0), x.dtype) if rectified is None else rectified
    loop(x, weights, windows.places(), np.ascontiguousarray(gradient), mask, d_weights, d_x)


def _alone(kernel: np.ndarray, groups: int) -> bool:
    """Whether every channel is a group of its own."""
    return groups > 1 and kernel.shape[2] == 1


def _slices(kernel: np.ndarray, groups: int) -> Iterator[tuple[slice, slice]]:
    channels, filters = kernel.shape[2], kernel.shape[3] // groups
    for group in range(groups):
        yield slice(group * channels, (group + 1) * channels), slice(group * filters, (group + 1) * filters)


def _of(bias: np.ndarray | None, filters: slice) -> np.ndarray | None:
    return None if bias is None else bias[filters]


def as_matrix(kernel: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    """Give the kernel as (window, filter) with the bias as one more row."""
    filters = kernel.shape[3]
    last = np.zeros(filters, kernel.dtype) if bias is None else bias
    return np.vstack([kernel.reshape(-1, filters), last])


def _repeats(kernel: np.ndarray, groups: int) -> int:
    """How many filters see each channel alone."""
    return kernel.shape[3] // groups if _alone(kernel, groups) else 1


def _repeated(x: np.ndarray, kernel: np.ndarray, groups: int) -> np.ndarray:
    times = _repeats(kernel, groups)
    return x if times == 1 else np.repeat(x, times, axis=3)


def _summed(d_x: np.ndarray, kernel: np.ndarray, groups: int) -> np.ndarray:
    times = _repeats(kernel, groups)
    return d_x if times == 1 else d_x.reshape(*d_x.shape[:3], -1, times).sum(axis=4)
