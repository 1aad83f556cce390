"""Convolution, stimulus by stimulus, as window columns and one matrix product."""

import numpy as np

from ann.fast.compiling import compiled

__all__ = ["convolve", "convolve_gradient"]


@compiled
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


@compiled
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


@compiled
def _pad(stimulus, top, left, padded):  # type: ignore[no-untyped-def]
    for y in range(min(stimulus.shape[0], padded.shape[0] - top)):
        for x in range(min(stimulus.shape[1], padded.shape[1] - left)):
            for c in range(stimulus.shape[2]):
                padded[top + y, left + x, c] = stimulus[y, x, c]


@compiled
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


@compiled
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
