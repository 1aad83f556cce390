"""Convolution, image by image, as products of an image's own rows with the kernel (see `ann.fast.tile`).

- The windows are never laid side by side: a product reads them where they overlap in the image. Only the gradient for
  the image may come as windows, those of one row at a time, which are then added up where they overlap; where channels
  fill vectors it is a convolution itself. So memory hardly grows with the window, and all stays in the cache.
- Filters, and on the way back the numbers of a window, are filled up with zeros to whole vectors.
- Rectification happens on a row of responses that is still in the cache, and so does its gradient.

All arrays that are made here are flat, and copied by plain loops: assignments of slices take seconds to compile.
`places` is what `ann.layers.windows.Windows.places` gives: height, width, strides, dilations, top, left.
"""

import numpy as np

from ann.fast.buffers import zeros
from ann.fast.compiling import compiled
from ann.fast.tile import BYTES, add_product, product_onto, whole_vectors

__all__ = [
    "add_sums",
    "carry_back",
    "convolve",
    "convolve_gradient",
    "filled_up",
    "pad",
    "reach",
    "respond",
    "way_back",
]


@compiled
def convolve(x, weights, places, lowest, out):  # type: ignore[no-untyped-def]
    """Fill `out` with what every filter makes of every window, no less than `lowest` (0 or -inf).

    `x` is (n, h, w, c), `weights` (window + 1, f) with the bias in the last row, `out` (n, oh, ow, f).
    """
    channels = x.shape[3]
    _, out_height, out_width, filters = out.shape
    full = whole_vectors(filters, x.itemsize)
    kernel = filled_up(weights, full)
    rows, columns = reach(out_height, out_width, places)
    padded = zeros(rows * columns * channels, x)
    line = zeros(out_width * full, x)
    target = out.reshape(-1)
    for n in range(x.shape[0]):
        pad(x, n, places, rows, columns, padded)
        for y in range(out_height):
            place = (n * out_height + y) * out_width * filters
            there, begin = (target, place) if full == filters else (line, 0)
            respond(padded, columns * channels, channels, places, y, kernel, full, lowest, there, begin, out_width)
            if full > filters:
                _leave_out(line, full, target, place, filters, out_width)


@compiled
def convolve_gradient(x, weights, places, gradient, rectified, d_weights, d_x):  # type: ignore[no-untyped-def]
    """Add to `d_weights` and fill `d_x`, each unless it is empty.

    `rectified` is what `convolve` gave if it rectified, else empty; `d_weights` is (window + 1, f), the bias last.
    """
    _, out_height, out_width, filters = gradient.shape
    run, size = out_width * filters, out_height * out_width * filters
    way = way_back(x, weights, places, gradient.shape, d_weights, d_x)
    upstream, start, step, full = way[:4]
    above, reached = gradient.reshape(-1), rectified.reshape(-1)
    for n in range(gradient.shape[0]):
        for y in range(out_height):
            begin = n * size + y * run
            row = upstream[start + y * step :]
            _take_over(above[begin : begin + run], reached[begin : begin + run], filters, row, full)
        carry_back(x, n, places, gradient.shape, way, d_weights, d_x)
    add_sums(way, d_weights)


@compiled
def way_back(x, weights, places, responses, d_weights, d_x):  # type: ignore[no-untyped-def]
    """Give what the way back of one image after the other needs, and uses again.

    Where an image's gradient of its responses is to be put (a flat array, where in it that begins, the steps between
    its rows and the filters to whole vectors); then what is `carry_back`'s own.
    """
    _, out_height, out_width, filters = responses
    full = whole_vectors(filters, x.itemsize)
    for_weights, for_x = d_weights.size > 0, d_x.size > 0
    # The gradient lies in the middle of zeros, as the other way round an image does.
    turned = for_x and _turns(places, d_x.shape, responses, x.itemsize)
    across = _turned(places) if turned else places
    top, left = across[6:] if turned else (0, 0)
    rows, columns = reach(d_x.shape[1], d_x.shape[2], across) if turned else (out_height, out_width)
    upstream = zeros(rows * columns * full, x)
    total, padded = _for_weights(weights, full, x, responses, places, for_weights)
    back, line, d_padded = _for_images(weights, full, places, responses, d_x, turned)
    start, step = (top * columns + left) * full, columns * full
    return upstream, start, step, full, across, turned, total, padded, back, line, d_padded


@compiled
def carry_back(x, n, places, responses, way, d_weights, d_x):  # type: ignore[no-untyped-def]
    """Carry one image's gradient back: to the sums for the weights, and to `d_x`, unless these are empty."""
    upstream, start, step, full, across, turned, total, padded, back, line, d_padded = way
    if d_weights.size:
        _add_weights(x, n, places, upstream, start, step, responses, full, padded, total)
    target, (_, height, width, channels) = d_x.reshape(-1), d_x.shape
    if turned:
        whole, least = whole_vectors(channels, x.itemsize), x.dtype.type(-np.inf)
        for y in range(height):
            place = (n * height + y) * width * channels
            there, begin = (target, place) if whole == channels else (line, 0)
            respond(upstream, step, full, across, y, back, whole, least, there, begin, width)
            if whole > channels:
                _leave_out(line, whole, target, place, channels, width)
    elif d_x.size:
        _spread(upstream, full, places, responses, back, line, d_padded, target, n, d_x.shape)


@compiled
def add_sums(way, d_weights):  # type: ignore[no-untyped-def]
    """Add what `carry_back` summed up over images to `d_weights`."""
    full, total = way[3], way[6]
    for k in range(d_weights.shape[0]):
        for f in range(d_weights.shape[1]):
            d_weights[k, f] += total[k * full + f]


@compiled
def respond(padded, row, channels, places, y, kernel, full, lowest, out, place, out_width):  # type: ignore[no-untyped-def]
    """Fill one row of responses, whole vectors of filters, which begins at `place` of `out`."""
    height, width, stride_y, stride_x, dilation_y, dilation_x = places[:6]
    runs, run = _runs(width, channels, dilation_x)
    bias, nothing = height * width * channels * full, padded.dtype.type(-np.inf)
    for j in range(runs):
        before, start, step = (kernel, bias, 0) if j == 0 else (out, place, full)
        least = lowest if j == runs - 1 else nothing
        product_onto(
            *(padded, y * stride_y * row + j * dilation_x * channels, stride_x * channels, dilation_y * row, 1),
            *(kernel, j * run * full, width * channels * full, full),
            *(before, start, step, least),
            *(out, place, full, height, run, out_width, full),
        )


@compiled
def _leave_out(line, full, out, place, filters, count):  # type: ignore[no-untyped-def]
    """Copy a row without what fills up its vectors."""
    for k in range(count):
        _copy(line[k * full :], out[place + k * filters : place + (k + 1) * filters])


@compiled
def _turned(places):  # type: ignore[no-untyped-def]
    """Give the places of the windows in which the gradient is seen from an image's places."""
    height, width, stride_y, stride_x, dilation_y, dilation_x, top, left = places
    top, left = (height - 1) * dilation_y - top, (width - 1) * dilation_x - left
    return height, width, stride_y, stride_x, dilation_y, dilation_x, top, left


@compiled
def _turns(places, image, responses, itemsize):  # type: ignore[no-untyped-def]
    """Whether the gradient for an image is best computed as a convolution of the responses' gradient.

    Else it comes as windows, which fill vectors better where there are few channels, but must be added up.
    """
    height, width, stride_y, stride_x = places[:4]
    top, left = _turned(places)[6:]
    lanes = BYTES // itemsize
    here = image[1] * image[2] * height * width * -(-image[3] // lanes)
    there = responses[1] * responses[2] * -(-height * width * image[3] // lanes)
    return stride_y == 1 and stride_x == 1 and top >= 0 and left >= 0 and 8 * here <= 9 * there


@compiled
def _for_weights(weights, full, x, responses, places, wanted):  # type: ignore[no-untyped-def]
    """Give memory for the sums of the weights' gradient, and for an image with its margin."""
    rows, columns = reach(responses[1], responses[2], places)
    total = zeros(weights.shape[0] * full if wanted else 0, x)
    return total, zeros(rows * columns * x.shape[3] if wanted else 0, x)


@compiled
def _for_images(weights, full, places, responses, d_x, turned):  # type: ignore[no-untyped-def]
    """Give the kernel as it is needed on the way back, a row of results, and memory for an image with its margin."""
    window = weights.shape[0] - 1
    if turned:
        channels = whole_vectors(d_x.shape[3], d_x.itemsize)
        back = _turned_kernel(weights, full, d_x.shape[3], channels)
        return back, zeros(d_x.shape[2] * channels, d_x), zeros(0, d_x)
    deep = whole_vectors(window, d_x.itemsize) if d_x.size else 0
    rows, columns = reach(responses[1], responses[2], places)
    padded = zeros(rows * columns * d_x.shape[3] if d_x.size else 0, d_x)
    return _transposed(weights, deep), zeros(responses[2] * deep, d_x), padded


@compiled
def _spread(upstream, full, places, responses, back, line, padded, out, n, shape):  # type: ignore[no-untyped-def]
    """Fill an image's gradient, windows of a row at a time."""
    _, out_height, out_width, filters = responses
    deep, channels = line.size // out_width, shape[3]
    rows, columns = reach(out_height, out_width, places)
    padded[:] = 0
    for y in range(out_height):
        line[:] = 0
        add_product(
            *(upstream, y * out_width * full, full, 0, 1),
            *(back, 0, 0, deep),
            *(line, 0, deep, 1, filters, out_width, deep),
        )
        _add_windows(line, deep, y, out_width, places, channels, padded, columns * channels)
    _crop(padded, rows, columns, places, out, n, shape)


@compiled
def reach(out_height, out_width, places):  # type: ignore[no-untyped-def]
    """How many rows and columns are seen through all windows."""
    height, width, stride_y, stride_x, dilation_y, dilation_x = places[:6]
    rows = (out_height - 1) * stride_y + (height - 1) * dilation_y + 1
    return rows, (out_width - 1) * stride_x + (width - 1) * dilation_x + 1


@compiled
def _runs(width, channels, dilation):  # type: ignore[no-untyped-def]
    """Into how many runs a row of a window falls, and the numbers of each."""
    return (1, width * channels) if dilation == 1 else (width, channels)


@compiled
def filled_up(weights, full):  # type: ignore[no-untyped-def]
    """Give the kernel with as many columns as fill vectors."""
    kernel = zeros(weights.shape[0] * full, weights)
    for k in range(weights.shape[0]):
        for f in range(weights.shape[1]):
            kernel[k * full + f] = weights[k, f]
    return kernel


@compiled
def _transposed(weights, deep):  # type: ignore[no-untyped-def]
    """Give the kernel as (filter, place in the window and channel), with as many columns as fill vectors."""
    back = zeros(weights.shape[1] * deep, weights)
    if deep:
        for k in range(weights.shape[0] - 1):
            for f in range(weights.shape[1]):
                back[f * deep + k] = weights[k, f]
    return back


@compiled
def _turned_kernel(weights, full, channels, columns):  # type: ignore[no-untyped-def]
    """Give the kernel as (last to first place in the window, filter, channel), filled up, and a bias of 0."""
    window = (weights.shape[0] - 1) // channels
    back = zeros((window * full + 1) * columns, weights)
    for k in range(window):
        for f in range(weights.shape[1]):
            begin = ((window - 1 - k) * full + f) * columns
            for c in range(channels):
                back[begin + c] = weights[k * channels + c, f]
    return back


@compiled
def _copy(source, target):  # type: ignore[no-untyped-def]
    for k in range(target.size):
        target[k] = source[k]


@compiled
def pad(x, n, places, rows, columns, padded):  # type: ignore[no-untyped-def]
    """Copy an image into the middle of `padded`, whose margin stays as it is."""
    _, height, width, channels = x.shape
    top, left = places[6:]
    images, run = x.reshape(-1), min(width, columns - left) * channels
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
def _add_weights(x, n, places, upstream, start, step, responses, full, padded, total):  # type: ignore[no-untyped-def]
    """Add one image's gradient of the kernel: every number of a window, times what came of it, over all windows."""
    height, width, stride_y, stride_x, dilation_y, dilation_x = places[:6]
    _, out_height, out_width, _ = responses
    rows, columns = reach(out_height, out_width, places)
    channels = x.shape[3]
    row = columns * channels
    pad(x, n, places, rows, columns, padded)
    runs, run = _runs(width, channels, dilation_x)
    for i in range(height):
        for j in range(runs):
            add_product(
                *(padded, i * dilation_y * row + j * dilation_x * channels, 1, stride_y * row, stride_x * channels),
                *(upstream, start, step, full),
                *(total, (i * runs + j) * run * full, full, out_height, out_width, run, full),
            )
    one = np.ones(1, x.dtype)
    bias = height * width * channels * full
    add_product(one, 0, 0, 0, 0, upstream, start, step, full, total, bias, full, out_height, out_width, 1, full)


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
