"""Which positions of an image meet which windows, as synapses."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ann.layers.windows import Windows

__all__ = ["averaging", "correlating", "slots", "windows_of"]

Pairs = tuple[np.ndarray, np.ndarray]


def windows_of(layer: Any, size: tuple[int, int], shape: tuple[int, ...]) -> "Windows":
    """Lay the windows of a convolution or pooling over an image of this shape."""
    from ann.layers.windows import Windows, plane_padding

    return Windows.over(shape, size, layer.strides, layer.dilation_rate, plane_padding(layer.padding, 2))


def slots(windows: "Windows", shape: tuple[int, ...]) -> Iterator[Pairs]:
    """Give for each place of a window in turn which unit of an image stands there in which window's unit.

    Units are those of (height, width, channel) images, in C order; what lies outside the image is left out.
    """
    width, channels = shape[1], np.arange(shape[2])
    for i in range(windows.size[0]):
        rows, row_targets = _along(windows, shape, 0, i)
        for j in range(windows.size[1]):
            columns, column_targets = _along(windows, shape, 1, j)
            sources = (rows[:, None] * width + columns).ravel()
            targets = (row_targets[:, None] * windows.count[1] + column_targets).ravel()
            yield (
                (sources[:, None] * shape[2] + channels).ravel(),
                (targets[:, None] * shape[2] + channels).ravel(),
            )


def averaging(windows: "Windows", shape: tuple[int, ...], padding_counts: bool) -> Any:
    """Give the matrix (source, target) of an average pooling, sparse."""
    from scipy.sparse import csr_array

    sources, targets = (np.concatenate(part) for part in zip(*slots(windows, shape), strict=True))
    units = windows.count[0] * windows.count[1] * shape[2]
    seen = np.bincount(targets, minlength=units)
    whole = windows.size[0] * windows.size[1]
    weights = np.full(len(sources), 1 / whole) if padding_counts else 1 / seen[targets]
    return csr_array((weights, (sources, targets)), shape=(int(np.prod(shape)), units))


def correlating(windows: "Windows", shape: tuple[int, ...], bank: np.ndarray) -> Any:
    """Give the matrix (source, target) of a convolution with a bank (out, in, height, width), sparse.

    For windows that `brainsim.wiring.convolution` cannot lay: strides or paddings that differ between axes.
    """
    from scipy.sparse import coo_array, kron

    places = (shape[0] * shape[1], windows.count[0] * windows.count[1])
    flat = (shape[0], shape[1], 1)
    total: Any = 0
    for number, (sources, targets) in enumerate(slots(windows, flat)):
        i, j = divmod(number, windows.size[1])
        at = coo_array((np.ones(len(sources)), (sources, targets)), shape=places)
        total = total + kron(at, bank[:, :, i, j].T, format="csr")
    return total


def _along(windows: "Windows", shape: tuple[int, ...], axis: int, offset: int) -> Pairs:
    """Give positions along an axis that stand at an offset within a window, and the windows."""
    targets = np.arange(windows.count[axis])
    sources = targets * windows.strides[axis] - windows.before[axis] + offset * windows.dilation[axis]
    inside = (sources >= 0) & (sources < shape[axis])
    return sources[inside], targets[inside]
