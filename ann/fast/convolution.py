"""Convolution, image by image, as products of an image's own rows with the kernel (see `ann.fast.tile`).

- The windows are never laid side by side: a product reads them where they overlap in the image. Only the gradient for
  the image comes as windows, those of one row at a time, which are then added up where they overlap. So memory hardly
  grows with the window, and all stays in the cache.
- Filters, and on the way back the numbers of a window, are filled up with zeros to whole vectors.
- Rectification happens on a row of responses that is still in the cache, and so does its gradient.

All arrays that are made here are flat, and copied by plain loops: assignments of slices take seconds to compile.
`places` is what `ann.layers.windows.Windows.places` gives: height, width, strides, dilations, top, left.
"""

import numpy as np

from ann.fast.compiling import compiled
from ann.fast.tile import add_product, whole_vectors

__all__ = ["convolve", "convolve_gradient"]


@compiled
def convolve(x, weights, places, lowest, out):  # type: ignore[no-untyped-def]
    """Fill `out` with what every filter makes of every window, no less than `lowest` (0 or -inf).

    `x` is (n, h, w, c), `weights` (window + 1, f) with the bias in the last row, `out` (n, oh, ow, f).
    """
    height, width, stride_y, stride_x, dilation_y, dilation_x = places[:6]
    channels, window = x.shape[3], weights.shape[0] - 1
    _, out_height, out_width, filters = out.shape
    full = whole_vectors(filters, x.itemsize)
    kernel = _filled_up(weights, full)
    rows, columns = _reach(out_height, out_width, places)
    row = columns * channels
    padded = np.zeros(rows * row, x.dtype)
    runs, run = _runs(width, channels, dilation_x)
    line = np.empty(out_width * full, x.dtype)
    source, target = x.reshape(-1), out.reshape(-1)
    for n in range(x.shape[0]):
        _pad(source, n, x.shape, places, rows, columns, padded)
        for y in range(out_height):
            _repeat(kernel[window * full :], line)
            for j in range(runs):
                start = y * stride_y * row + j * dilation_x * channels
                add_product(
                    *(padded, start, stride_x * channels, dilation_y * row, 1),
                    *(kernel, j * run * full, width * channels * full, full),
                    *(line, 0, full, height, run, out_width, full),
                )
            begin = (n * out_height + y) * out_width * filters
            _hand_over(line, full, lowest, target[begin : begin + out_width * filters], filters)


@compiled
def convolve_gradient(x, weights, places, gradient, rectified, d_weights, d_x):  # type: ignore[no-untyped-def]
    """Add to `d_weights` and fill `d_x`, each unless it is empty.

    `rectified` is what `convolve` gave if it rectified, else empty; `d_weights` is (window + 1, f), the bias last.
    """
    channels, window = x.shape[3], weights.shape[0] - 1
    _, out_height, out_width, filters = gradient.shape
    full, deep = whole_vectors(filters, x.itemsize), whole_vectors(window, x.itemsize)
    rows, columns = _reach(out_height, out_width, places)
    upstream = np.zeros(out_height * out_width * full, x.dtype)
    for_weights, for_x = d_weights.size > 0, d_x.size > 0
    padded = np.zeros(rows * columns * channels if for_weights else 0, x.dtype)
    total = np.zeros((window + 1) * full if for_weights else 0, x.dtype)
    d_padded = np.empty(rows * columns * channels if for_x else 0, x.dtype)
    line = np.empty(out_width * deep if for_x else 0, x.dtype)
    back = _transposed(weights, deep if for_x else 0)
    source, target, above, reached = x.reshape(-1), d_x.reshape(-1), gradient.reshape(-1), rectified.reshape(-1)
    size = out_height * out_width * filters
    for n in range(gradient.shape[0]):
        _take_over(above[n * size : (n + 1) * size], reached[n * size : (n + 1) * size], filters, upstream, full)
        if for_weights:
            _pad(source, n, x.shape, places, rows, columns, padded)
            _add_weights(padded, columns * channels, channels, places, upstream, out_height, out_width, full, total)
            _add_rows(upstream, full, total[window * full :])
        if for_x:
            d_padded[:] = 0
            for y in range(out_height):
                line[:] = 0
                add_product(
                    *(upstream, y * out_width * full, full, 0, 1),
                    *(back, 0, 0, deep),
                    *(line, 0, deep, 1, filters, out_width, deep),
                )
                _add_windows(line, deep, y, out_width, places, channels, d_padded, columns * channels)
            _crop(d_padded, rows, columns, places, target, n, d_x.shape)
    if for_weights:
        for k in range(window + 1):
            for f in range(filters):
                d_weights[k, f] += total[k * full + f]


@compiled
def _reach(out_height, out_width, places):  # type: ignore[no-untyped-def]
    """How many rows and columns are seen through all windows."""
    height, width, stride_y, stride_x, dilation_y, dilation_x = places[:6]
    rows = (out_height - 1) * stride_y + (height - 1) * dilation_y + 1
    return rows, (out_width - 1) * stride_x + (width - 1) * dilation_x + 1


@compiled
def _runs(width, channels, dilation):  # type: ignore[no-untyped-def]
    """Into how many runs a row of a window falls, and the numbers of each."""
    return (1, width * channels) if dilation == 1 else (width, channels)


@compiled
def _filled_up(weights, full):  # type: ignore[no-untyped-def]
    """Give the kernel with as many columns as fill vectors."""
    kernel = np.zeros(weights.shape[0] * full, weights.dtype)
    for k in range(weights.shape[0]):
        for f in range(weights.shape[1]):
            kernel[k * full + f] = weights[k, f]
    return kernel


@compiled
def _transposed(weights, deep):  # type: ignore[no-untyped-def]
    """Give the kernel as (filter, place in the window and channel), with as many columns as fill vectors."""
    back = np.zeros(weights.shape[1] * deep, weights.dtype)
    if deep:
        for k in range(weights.shape[0] - 1):
            for f in range(weights.shape[1]):
                back[f * deep + k] = weights[k, f]
    return back


@compiled
def _copy(source, target):  # type: ignore[no-untyped-def]
    for k in range(target.size):
        target[k] = source[k]


@compiled
def _pad(images, n, shape, places, rows, columns, padded):  # type: ignore[no-untyped-def]
    """Copy an image into the middle of `padded`, whose margin stays as it is."""
    height, width, channels = shape[1:]
    top, left = places[6:]
    run = min(width, columns - left) * channels
    for y in range(min(height, rows - top)):
        begin, end = ((n * height + y) * width) * channels, ((top + y) * columns + left) * channels
        _copy(images[begin : begin + run], padded[end : end + run])


@compiled
def _crop(padded, rows, columns, places, images, n, shape):  # type: ignore[no-untyped-def]
    """Copy the middle of `padded` into an image, with zeros where it does not reach."""
    height, width, channels = shape[1:]
    top, left = places[6:]
    run = min(width, columns - left) * channels
    for y in range(height):
        target = images[(n * height + y) * width * channels : (n * height + y + 1) * width * channels]
        inside = run if top + y < rows else 0
        begin = ((top + y) * columns + left) * channels
        _copy(padded[begin : begin + inside], target[:inside])
        for k in range(inside, target.size):
            target[k] = 0


@compiled
def _repeat(values, line):  # type: ignore[no-untyped-def]
    """Fill a line with the same again and again."""
    for begin in range(0, line.size, values.size):
        _copy(values, line[begin : begin + values.size])


@compiled
def _hand_over(line, full, lowest, out, filters):  # type: ignore[no-untyped-def]
    """Copy a row of responses without what fills up their vectors, and no less than `lowest`."""
    step, run = (filters, filters) if full > filters else (line.size, line.size)
    for k in range(out.size // run):
        source, target = line[k * full :], out[k * step :]
        for f in range(run):
            target[f] = lowest if source[f] < lowest else source[f]


@compiled
def _take_over(gradient, rectified, filters, upstream, full):  # type: ignore[no-untyped-def]
    """Copy an image's gradient to whole vectors; behind a rectified response only where that was positive."""
    run = filters if full > filters else gradient.size
    for k in range(gradient.size // run):
        source, target = gradient[k * run : (k + 1) * run], upstream[k * full :]
        if rectified.size:
            reached = rectified[k * run : (k + 1) * run]
            for f in range(run):
                target[f] = source[f] if reached[f] > 0 else 0
        else:
            _copy(source, target[:run])


@compiled
def _add_rows(rows, length, total):  # type: ignore[no-untyped-def]
    """Add up rows of this length; four at a time, since each must wait until the one before has arrived."""
    count = rows.size // length
    for k in range(0, count - 3, 4):
        four = rows[k * length :]
        for f in range(length):
            total[f] += (four[f] + four[length + f]) + (four[2 * length + f] + four[3 * length + f])
    for k in range(count - count % 4, count):
        for f in range(length):
            total[f] += rows[k * length + f]


@compiled
def _add_weights(padded, row, channels, places, upstream, out_height, out_width, full, total):  # type: ignore[no-untyped-def]
    """Add one image's gradient of the kernel: every number of a window, times what came of it, over all windows."""
    height, width, stride_y, stride_x, dilation_y, dilation_x = places[:6]
    runs, run = _runs(width, channels, dilation_x)
    for i in range(height):
        for j in range(runs):
            add_product(
                *(padded, i * dilation_y * row + j * dilation_x * channels, 1, stride_y * row, stride_x * channels),
                *(upstream, 0, out_width * full, full),
                *(total, (i * runs + j) * run * full, full, out_height, out_width, run, full),
            )


@compiled
def _add_windows(line, deep, y, out_width, places, channels, padded, row):  # type: ignore[no-untyped-def]
    """Add a row of windows, laid side by side, where they overlap in the image."""
    height, width, stride_y, stride_x, dilation_y, dilation_x = places[:6]
    runs, run = _runs(width, channels, dilation_x)
    for i in range(height):
        for j in range(runs):
            begin = (y * stride_y + i * dilation_y) * row + j * dilation_x * channels
            for k in range(out_width):
                source = line[k * deep + (i * runs + j) * run :]
                target = padded[begin + k * stride_x * channels :]
                for f in range(run):
                    target[f] += source[f]
