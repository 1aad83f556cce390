"""Convolution whose rectified responses are pooled while they are in the cache, and never seen as a whole.

A response is many times as large as what pooling leaves of it. Written, read, and again on the way back, it would take
longer than the convolution where there are few channels. What is kept of it is where in each window the largest stood.
"""

from ann.fast.buffers import zeros
from ann.fast.compiling import compiled
from ann.fast.convolution import add_sums, carry_back, filled_up, pad, reach, respond, way_back
from ann.fast.tile import whole_vectors
from ann.fast.windows import note_largest, put_noted

__all__ = ["convolve_pooled", "convolve_pooled_gradient"]


@compiled
def convolve_pooled(x, weights, places, lowest, out_width, pooling, out, notes):  # type: ignore[no-untyped-def]
    """Fill `out` with the largest of what `convolve` makes of every window, and `notes` with where that stood.

    Windows of pooling are apart and lie within the `out_width` columns of responses; `pooling` are their height, width
    and strides; `notes` are bytes in the shape of `out`.
    """
    high, wide, stride_y, stride_x = pooling
    channels = x.shape[3]
    images, pooled_height, pooled_width, filters = out.shape
    full = whole_vectors(filters, x.itemsize)
    kernel = filled_up(weights, full)
    rows, columns = reach((pooled_height - 1) * stride_y + high, out_width, places)
    padded = zeros(rows * columns * channels, x)
    step = out_width * full
    lines = zeros(high * step, x)
    target, where = out.reshape(-1), notes.reshape(-1)
    place = 0
    for n in range(images):
        pad(x, n, places, rows, columns, padded)
        for y in range(pooled_height):
            for i in range(high):
                row = y * stride_y + i
                respond(
                    padded, columns * channels, channels, places, row, kernel, full, lowest, lines, i * step, out_width
                )
            for k in range(pooled_width):
                note_largest(lines, k * stride_x * full, high, step, wide, full, filters, target, place, where)
                place += filters


@compiled
def convolve_pooled_gradient(x, weights, places, responses, pooling, gradient, out, notes, lowest, d_weights, d_x):  # type: ignore[no-untyped-def]
    """Do what `convolve_gradient` does, with a gradient for what was pooled of `responses`, the shape of what was not.

    What `convolve_pooled` gave counts where it is above `lowest`, the bound that it was held to.
    """
    high, wide, stride_y, stride_x = pooling
    images, pooled_height, pooled_width, filters = out.shape
    way = way_back(x, weights, places, responses, d_weights, d_x)
    upstream, start, step, full = way[:4]
    above, reached, where = gradient.reshape(-1), out.reshape(-1), notes.reshape(-1)
    place = 0
    for n in range(images):
        for y in range(pooled_height):
            for k in range(pooled_width):
                begin = start + y * stride_y * step + k * stride_x * full
                put_noted(reached, above, where, place, lowest, filters, upstream, begin, high, step, wide, full)
                place += filters
        carry_back(x, n, places, responses, way, d_weights, d_x)
    add_sums(way, d_weights)
