"""Pooling: every window of an image becomes one number a channel.

A mean's innermost loop goes over channels, which lie side by side, so that it is vectorised; a maximum is taken a
vector of channels at a time (`ann.fast.windows`). Which number of a window was the largest is not noted but found
again, by comparing with the maximum.
"""

import numpy as np

from ann.fast.compiling import compiled
from ann.fast.windows import add_shares, largest, put_shares

__all__ = ["average_pool", "average_pool_gradient", "max_pool", "max_pool_gradient", "max_pool_gradient_apart"]


@compiled
def max_pool(x, places, out):  # type: ignore[no-untyped-def]
    """Take the largest of every window; what lies outside the image is never that."""
    height, width, stride_y, stride_x, dilation_y, dilation_x, top, left = places
    _, rows, columns, channels = x.shape
    source, target = x.reshape(-1), out.reshape(-1)
    place = 0
    for n in range(out.shape[0]):
        for y in range(out.shape[1]):
            upper, high = _part_inside(y * stride_y - top, height, dilation_y, rows)
            for k in range(out.shape[2]):
                first, wide = _part_inside(k * stride_x - left, width, dilation_x, columns)
                start = ((n * rows + upper) * columns + first) * channels
                row, column = dilation_y * columns * channels, dilation_x * channels
                largest(source, start, high, row, wide, column, channels, target, place)
                place += channels


@compiled
def max_pool_gradient(x, out, gradient, places, d_x):  # type: ignore[no-untyped-def]
    """Fill `d_x`: each gradient goes to the place that was largest, the first among equals."""
    height, width, stride_y, stride_x, dilation_y, dilation_x, top, left = places
    _, rows, columns, channels = x.shape
    source, best, above, target = x.reshape(-1), out.reshape(-1), gradient.reshape(-1), d_x.reshape(-1)
    place = 0
    for n in range(out.shape[0]):
        d_x[n] = 0
        for y in range(out.shape[1]):
            upper, high = _part_inside(y * stride_y - top, height, dilation_y, rows)
            for k in range(out.shape[2]):
                first, wide = _part_inside(k * stride_x - left, width, dilation_x, columns)
                start = ((n * rows + upper) * columns + first) * channels
                row, column = dilation_y * columns * channels, dilation_x * channels
                add_shares(source, start, high, row, wide, column, channels, best, above, place, target)
                place += channels


@compiled
def max_pool_gradient_apart(x, out, gradient, places, d_x):  # type: ignore[no-untyped-def]
    """Do the same for windows that have no place in common: what a place is given is written, not added."""
    height, width, stride_y, stride_x, _, _, top, left = places
    _, rows, columns, channels = x.shape
    source, best, above, target = x.reshape(-1), out.reshape(-1), gradient.reshape(-1), d_x.reshape(-1)
    filled = top == 0 and left == 0 and height == stride_y and width == stride_x
    filled = filled and out.shape[1] * height == rows and out.shape[2] * width == columns
    place = 0
    for n in range(out.shape[0]):
        if not filled:
            d_x[n] = 0
        for y in range(out.shape[1]):
            upper, high = _part_inside(y * stride_y - top, height, 1, rows)
            for k in range(out.shape[2]):
                first, wide = _part_inside(k * stride_x - left, width, 1, columns)
                start = ((n * rows + upper) * columns + first) * channels
                row = columns * channels
                put_shares(source, start, high, row, wide, channels, channels, best, above, place, target)
                place += channels


@compiled
def _part_inside(start, size, dilation, length):  # type: ignore[no-untyped-def]
    """Give the first place of a window that lies within an axis, and how many do."""
    before = 0 if start >= 0 else -(start // dilation)
    first = start + before * dilation
    return first, max(min(size - before, -((first - length) // dilation)), 0)


@compiled
def _inside(start, size, dilation, length):  # type: ignore[no-untyped-def]
    """How many places of a window lie within an axis."""
    count = 0
    for i in range(size):
        count += 0 <= start + i * dilation < length
    return count


@compiled
def average_pool(x, places, padding_counts, out):  # type: ignore[no-untyped-def]
    """Take the mean of every window, over the part of it that lies inside the image unless zeros around it count."""
    height, width, stride_y, stride_x, dilation_y, dilation_x, top, left = places
    for y in range(out.shape[1]):
        rows = height if padding_counts else _inside(y * stride_y - top, height, dilation_y, x.shape[1])
        for k in range(out.shape[2]):
            columns = width if padding_counts else _inside(k * stride_x - left, width, dilation_x, x.shape[2])
            for n in range(out.shape[0]):
                mean = out[n, y, k]
                mean[:] = 0
                for i in range(height):
                    row = y * stride_y + i * dilation_y - top
                    if row < 0 or row >= x.shape[1]:
                        continue
                    for j in range(width):
                        column = k * stride_x + j * dilation_x - left
                        if column < 0 or column >= x.shape[2]:
                            continue
                        source = x[n, row, column]
                        for c in range(mean.size):
                            mean[c] += source[c]
                mean /= rows * columns


@compiled
def average_pool_gradient(gradient, places, padding_counts, d_x):  # type: ignore[no-untyped-def]
    """Fill `d_x`: each gradient is shared among its window."""
    height, width, stride_y, stride_x, dilation_y, dilation_x, top, left = places
    share = np.empty(d_x.shape[3], gradient.dtype)
    d_x[:] = 0
    for y in range(gradient.shape[1]):
        rows = height if padding_counts else _inside(y * stride_y - top, height, dilation_y, d_x.shape[1])
        for k in range(gradient.shape[2]):
            columns = width if padding_counts else _inside(k * stride_x - left, width, dilation_x, d_x.shape[2])
            for n in range(gradient.shape[0]):
                share[:] = gradient[n, y, k] / (rows * columns)
                for i in range(height):
                    row = y * stride_y + i * dilation_y - top
                    if row < 0 or row >= d_x.shape[1]:
                        continue
                    for j in range(width):
                        column = k * stride_x + j * dilation_x - left
                        if column < 0 or column >= d_x.shape[2]:
                            continue
                        target = d_x[n, row, column]
                        for c in range(share.size):
                            target[c] += share[c]
