"""Convolution as matrix products with columns of windows (see `ann.fast.columns`).

- It goes image by image and, in a large image, tile by tile, so that the columns of windows stay in the cache.
- They are made again for the gradient rather than kept: memory does not grow with the window.
- The bias is one more weight, on a column of ones: a loop that adds it takes longer than the product.
- Rectification happens on a tile that is still in the cache, and so does its gradient.
"""

import numpy as np

from ann.fast.columns import add_back, add_back_planes, crop, crop_planes, gather, gather_planes, pad, pad_planes
from ann.fast.compiling import compiled

__all__ = ["convolve", "convolve_gradient"]

TILE = 160_000
"""Most numbers in the columns of one tile: 640 kB in float32, which fit into the second cache of today's cores."""


@compiled
def _tile_rows(out_height, out_width, window):  # type: ignore[no-untyped-def]
    return min(out_height, max(1, TILE // (out_width * window)))


@compiled
def _reach(count, size, stride, dilation):  # type: ignore[no-untyped-def]
    """How far the windows of one axis reach."""
    return (count - 1) * stride + (size - 1) * dilation + 1


@compiled
def _few_channels(places, channels, out_width):  # type: ignore[no-untyped-def]
    """Whether a row of windows is a longer run than a row of one window."""
    return (places[1] * channels if places[5] == 1 else channels) < out_width


@compiled
def convolve(x, weights, places, lowest, out):  # type: ignore[no-untyped-def]
    """Correlate images with a kernel, and lift what is below `lowest` to it (0 rectifies, -inf changes nothing).

    `x` is (n, h, w, c), `weights` (window + 1, f) with the bias in the last row, `out` (n, oh, ow, f).
    """
    channels, window = x.shape[3], weights.shape[0] - 1
    _, out_height, out_width, filters = out.shape
    top, left = places[6], places[7]
    planar = _few_channels(places, channels, out_width)
    reach_y = _reach(out_height, places[0], places[2], places[4])
    reach_x = _reach(out_width, places[1], places[3], places[5])
    rows = _tile_rows(out_height, out_width, window + 1)
    memory = np.empty(rows * out_width * (window + 1), x.dtype)
    padded = np.zeros((0, 0, 0) if planar else (reach_y, reach_x, channels), x.dtype)
    planes = np.zeros((channels, reach_y, reach_x) if planar else (0, 0, 0), x.dtype)
    for n in range(x.shape[0]):
        if planar:
            pad_planes(x[n], top, left, planes)
        else:
            pad(x[n], top, left, padded)
        for start in range(0, out_height, rows):
            stop = min(start + rows, out_height)
            positions = (stop - start) * out_width
            tile = out[n, start:stop].reshape(positions, filters)
            if planar:
                across = memory[: positions * (window + 1)].reshape(window + 1, positions)
                gather_planes(planes, places, start, stop, across)
                across[window] = 1
                np.dot(across.T, weights, tile)
            else:
                down = memory[: positions * (window + 1)].reshape(positions, window + 1)
                gather(padded, places, start, stop, down)
                down[:, window] = 1
                np.dot(down, weights, tile)
            flat = tile.reshape(-1)
            for k in range(flat.size):
                flat[k] = lowest if flat[k] < lowest else flat[k]


@compiled
def convolve_gradient(x, weights, places, gradient, rectified, d_weights, d_x):  # type: ignore[no-untyped-def]
    """Add to `d_weights` and fill `d_x`, the gradients of `convolve`; either is left out where it is empty.

    `rectified` is what `convolve` gave if it rectified, else empty; `d_weights` is (window + 1, f), the bias last.
    """
    channels, window = x.shape[3], weights.shape[0] - 1
    _, out_height, out_width, filters = gradient.shape
    top, left = places[6], places[7]
    planar = _few_channels(places, channels, out_width)
    reach_y = _reach(out_height, places[0], places[2], places[4])
    reach_x = _reach(out_width, places[1], places[3], places[5])
    rows = _tile_rows(out_height, out_width, window + 1)
    memory = np.empty(rows * out_width * (window + 1), x.dtype)  # for both in turn, so that it stays in the cache
    passed = np.empty(rows * out_width * filters if rectified.size else 0, x.dtype)
    part = np.empty_like(weights)
    kernel = np.ascontiguousarray(weights[:window])
    transposed = np.ascontiguousarray(kernel.T)
    padded = np.zeros((0, 0, 0) if planar else (reach_y, reach_x, channels), x.dtype)
    planes = np.zeros((channels, reach_y, reach_x) if planar else (0, 0, 0), x.dtype)
    d_padded, d_planes = np.zeros_like(padded), np.zeros_like(planes)
    for n in range(x.shape[0]):
        if planar:
            pad_planes(x[n], top, left, planes)
            d_planes[:] = 0
        else:
            pad(x[n], top, left, padded)
            d_padded[:] = 0
        for start in range(0, out_height, rows):
            stop = min(start + rows, out_height)
            positions = (stop - start) * out_width
            upstream = gradient[n, start:stop].reshape(positions, filters)
            if rectified.size:
                _masked(upstream.reshape(-1), rectified[n, start:stop].reshape(-1), passed)
                upstream = passed[: positions * filters].reshape(positions, filters)
            if planar:
                across = memory[: positions * (window + 1)].reshape(window + 1, positions)
                if d_weights.size:
                    gather_planes(planes, places, start, stop, across)
                    across[window] = 1
                    np.dot(across, upstream, part)
                    d_weights += part
                if d_x.size:
                    np.dot(kernel, upstream.T, across[:window])
                    add_back_planes(across[:window], places, start, stop, d_planes)
            else:
                if d_weights.size:
                    down = memory[: positions * (window + 1)].reshape(positions, window + 1)
                    gather(padded, places, start, stop, down)
                    down[:, window] = 1
                    np.dot(down.T, upstream, part)
                    d_weights += part
                if d_x.size:
                    d_down = memory[: positions * window].reshape(positions, window)
                    np.dot(upstream, transposed, d_down)
                    add_back(d_down, places, start, stop, d_padded)
        if d_x.size:
            if planar:
                crop_planes(d_planes, top, left, d_x[n])
            else:
                crop(d_padded, top, left, d_x[n])


@compiled
def _masked(gradient, rectified, passed):  # type: ignore[no-untyped-def]
    """Let a gradient through where the output is positive."""
    for k in range(gradient.size):
        passed[k] = gradient[k] if rectified[k] > 0 else 0
