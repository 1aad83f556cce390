"""Compiled loops: convolution, pooling and Adam. The only clever file of ann, and every trick has its reason here.

- Each loop releases the interpreter and runs on one thread; `ann.parallel` gives each thread its part of a batch.
- ``error_model="numpy"``: the default check for a division by zero stops LLVM from vectorising.
- A convolution goes stimulus by stimulus: its window columns (position x window) fit in the cache, and one matrix
  product turns them into the output. The columns are made again for the gradient rather than kept, so that memory
  does not grow with the window.
- The bias is one more weight, on a column of ones: a loop that adds it takes longer than the product.
- With channels last, a window's row is one contiguous run of ``width x channels`` numbers.
- `np.dot` inside compiled code is SciPy's BLAS, which is loaded here and made known to `ann.parallel`.
"""

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401
from numba import njit

from ann.parallel import blas_on_one_thread

__all__ = [
    "adam_step",
    "average_pool",
    "average_pool_gradient",
    "convolve",
    "convolve_gradient",
    "max_pool",
    "max_pool_gradient",
]

blas_on_one_thread.look_again()

_compiled = njit(nogil=True, cache=True, error_model="numpy")


@_compiled
def _columns(padded, height, width, stride_y, stride_x, columns):  # type: ignore[no-untyped-def]
    """Copy every window of one padded stimulus into a row of `columns`."""
    channels = padded.shape[2]
    out_height = (padded.shape[0] - height) // stride_y + 1
    out_width = (padded.shape[1] - width) // stride_x + 1
    flat = padded.reshape(padded.shape[0], padded.shape[1] * channels)
    run = width * channels
    for y in range(out_height):
        for x in range(out_width):
            row = columns[y * out_width + x]
            start = x * stride_x * channels
            for i in range(height):
                source = flat[y * stride_y + i, start : start + run]
                target = row[i * run : (i + 1) * run]
                for k in range(run):
                    target[k] = source[k]


@_compiled
def _add_columns(columns, height, width, stride_y, stride_x, padded):  # type: ignore[no-untyped-def]
    """Add every row of `columns` back onto its window: the transpose of `_columns`."""
    channels = padded.shape[2]
    out_height = (padded.shape[0] - height) // stride_y + 1
    out_width = (padded.shape[1] - width) // stride_x + 1
    flat = padded.reshape(padded.shape[0], padded.shape[1] * channels)
    run = width * channels
    for y in range(out_height):
        for x in range(out_width):
            row = columns[y * out_width + x]
            start = x * stride_x * channels
            for i in range(height):
                source = row[i * run : (i + 1) * run]
                target = flat[y * stride_y + i, start : start + run]
                for k in range(run):
                    target[k] += source[k]


@_compiled
def _pad(stimulus, top, left, padded):  # type: ignore[no-untyped-def]
    for y in range(min(stimulus.shape[0], padded.shape[0] - top)):
        for x in range(min(stimulus.shape[1], padded.shape[1] - left)):
            for c in range(stimulus.shape[2]):
                padded[top + y, left + x, c] = stimulus[y, x, c]


@_compiled
def convolve(x, weights, height, width, stride_y, stride_x, top, left, out):  # type: ignore[no-untyped-def]
    """Correlate `x` (n, h, w, c) with `weights` (window + 1, f), the last row the bias, into `out` (n, oh, ow, f)."""
    channels, window = x.shape[3], weights.shape[0] - 1
    _, out_height, out_width, filters = out.shape
    padded = np.zeros(((out_height - 1) * stride_y + height, (out_width - 1) * stride_x + width, channels), x.dtype)
    columns = np.ones((out_height * out_width, window + 1), x.dtype)
    for n in range(x.shape[0]):
        _pad(x[n], top, left, padded)
        _columns(padded, height, width, stride_y, stride_x, columns)
        np.dot(columns, weights, out[n].reshape(out_height * out_width, filters))


@_compiled
def convolve_gradient(x, weights, height, width, stride_y, stride_x, top, left, gradient, d_weights, d_x):  # type: ignore[no-untyped-def]
    """Add up the gradients of `convolve` for the weights, and fill that for `x` unless `d_x` is empty."""
    channels, window = x.shape[3], weights.shape[0] - 1
    _, out_height, out_width, filters = gradient.shape
    positions = out_height * out_width
    transposed = np.ascontiguousarray(weights[:window].T)
    part = np.empty_like(weights)
    padded = np.zeros(((out_height - 1) * stride_y + height, (out_width - 1) * stride_x + width, channels), x.dtype)
    d_padded = np.zeros_like(padded)
    memory = np.empty(positions * (window + 1), x.dtype)  # for both in turn, so that it stays in the cache
    columns = memory.reshape(positions, window + 1)
    d_columns = memory[: positions * window].reshape(positions, window)
    for n in range(x.shape[0]):
        upstream = gradient[n].reshape(positions, filters)
        _pad(x[n], top, left, padded)
        _columns(padded, height, width, stride_y, stride_x, columns)
        columns[:, window] = 1
        np.dot(columns.T, upstream, part)
        d_weights += part
        if d_x.size:
            np.dot(upstream, transposed, d_columns)
            d_padded[:] = 0
            _add_columns(d_columns, height, width, stride_y, stride_x, d_padded)
            for y in range(min(x.shape[1], padded.shape[0] - top)):
                for k in range(min(x.shape[2], padded.shape[1] - left)):
                    for c in range(channels):
                        d_x[n, y, k, c] = d_padded[top + y, left + k, c]


@_compiled
def max_pool(x, height, width, stride_y, stride_x, top, left, out, winner):  # type: ignore[no-untyped-def]
    """Take the largest of every window, and note which it was: its place in the window, row by row."""
    count, out_height, out_width, channels = out.shape
    for n in range(count):
        for y in range(out_height):
            for k in range(out_width):
                best, place = out[n, y, k], winner[n, y, k]
                best[:] = -np.inf
                for i in range(height):
                    row = y * stride_y + i - top
                    if row < 0 or row >= x.shape[1]:
                        continue
                    for j in range(width):
                        column = k * stride_x + j - left
                        if column < 0 or column >= x.shape[2]:
                            continue
                        source = x[n, row, column]
                        offset = i * width + j
                        for c in range(channels):
                            larger = source[c] > best[c]
                            best[c] = source[c] if larger else best[c]
                            place[c] = offset if larger else place[c]


@_compiled
def max_pool_gradient(gradient, winner, width, stride_y, stride_x, top, left, d_x):  # type: ignore[no-untyped-def]
    """Give each gradient to the place that won; `d_x` comes in as zeros."""
    count, out_height, out_width, channels = gradient.shape
    for n in range(count):
        for y in range(out_height):
            for k in range(out_width):
                for c in range(channels):
                    offset = winner[n, y, k, c]
                    row = y * stride_y + offset // width - top
                    column = k * stride_x + offset % width - left
                    d_x[n, row, column, c] += gradient[n, y, k, c]


@_compiled
def average_pool(x, height, width, stride_y, stride_x, top, left, out):  # type: ignore[no-untyped-def]
    """Take the mean of every window, over the part of it that lies inside the stimulus."""
    count, out_height, out_width, channels = out.shape
    for n in range(count):
        for y in range(out_height):
            first, last = max(y * stride_y - top, 0), min(y * stride_y - top + height, x.shape[1])
            for k in range(out_width):
                start, stop = max(k * stride_x - left, 0), min(k * stride_x - left + width, x.shape[2])
                mean = out[n, y, k]
                mean[:] = 0
                for row in range(first, last):
                    for column in range(start, stop):
                        for c in range(channels):
                            mean[c] += x[n, row, column, c]
                mean /= (last - first) * (stop - start)


@_compiled
def average_pool_gradient(gradient, height, width, stride_y, stride_x, top, left, d_x):  # type: ignore[no-untyped-def]
    """Share each gradient among its window; `d_x` comes in as zeros."""
    count, out_height, out_width, channels = gradient.shape
    for n in range(count):
        for y in range(out_height):
            first, last = max(y * stride_y - top, 0), min(y * stride_y - top + height, d_x.shape[1])
            for k in range(out_width):
                start, stop = max(k * stride_x - left, 0), min(k * stride_x - left + width, d_x.shape[2])
                inside = (last - first) * (stop - start)
                for row in range(first, last):
                    for column in range(start, stop):
                        for c in range(channels):
                            d_x[n, row, column, c] += gradient[n, y, k, c] / inside


@_compiled
def adam_step(weights, gradient, mean, square, rate, keep_1, new_1, keep_2, new_2, scale_1, scale_2, epsilon):  # type: ignore[no-untyped-def]
    """One step of Adam over flat arrays, in one pass instead of a dozen; every number in the weights' own type."""
    for i in range(weights.size):
        mean[i] = keep_1 * mean[i] + new_1 * gradient[i]
        square[i] = keep_2 * square[i] + new_2 * gradient[i] * gradient[i]
        weights[i] -= rate * (mean[i] * scale_1) / (np.sqrt(square[i] * scale_2) + epsilon)
