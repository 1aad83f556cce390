"""Pooling: every window of an image becomes one number a channel.

The innermost loop always goes over channels, which lie side by side, so that it is vectorised. Which number of a
window was the largest is not noted but found again, by comparing with the maximum: notes are bytes, and a loop that
mixes them with numbers is slow.
"""

import numpy as np

from ann.fast.compiling import compiled

__all__ = ["average_pool", "average_pool_gradient", "max_pool", "max_pool_gradient", "max_pool_gradient_apart"]


@compiled
def max_pool(x, places, out):  # type: ignore[no-untyped-def]
    """Take the largest of every window; what lies outside the image is never that."""
    height, width, stride_y, stride_x, dilation_y, dilation_x, top, left = places
    for n in range(out.shape[0]):
        for y in range(out.shape[1]):
            for k in range(out.shape[2]):
                best = out[n, y, k]
                best[:] = -np.inf
                for i in range(height):
                    row = y * stride_y + i * dilation_y - top
                    if row < 0 or row >= x.shape[1]:
                        continue
                    for j in range(width):
                        column = k * stride_x + j * dilation_x - left
                        if column < 0 or column >= x.shape[2]:
                            continue
                        source = x[n, row, column]
                        for c in range(best.size):
                            best[c] = best[c] if source[c] <= best[c] else source[c]


@compiled
def max_pool_gradient(x, out, gradient, places, d_x):  # type: ignore[no-untyped-def]
    """Fill `d_x`: each gradient goes to the place that was largest, the first among equals."""
    height, width, stride_y, stride_x, dilation_y, dilation_x, top, left = places
    rest = np.empty(out.shape[3], gradient.dtype)
    for n in range(out.shape[0]):
        d_x[n] = 0
        for y in range(out.shape[1]):
            for k in range(out.shape[2]):
                best = out[n, y, k]
                rest[:] = gradient[n, y, k]
                for i in range(height):
                    row = y * stride_y + i * dilation_y - top
                    if row < 0 or row >= x.shape[1]:
                        continue
                    for j in range(width):
                        column = k * stride_x + j * dilation_x - left
                        if column < 0 or column >= x.shape[2]:
                            continue
                        source, target = x[n, row, column], d_x[n, row, column]
                        for c in range(rest.size):
                            given = rest[c] if source[c] == best[c] else 0
                            target[c] += given
                            rest[c] -= given


@compiled
def max_pool_gradient_apart(x, out, gradient, places, d_x):  # type: ignore[no-untyped-def]
    """Do the same for windows that have no place in common: what a place is given is written, not added."""
    height, width, stride_y, stride_x, _, _, top, left = places
    channels = out.shape[3]
    rest = np.empty(out.shape[2] * channels, gradient.dtype)
    filled = top == 0 and left == 0 and height == stride_y and width == stride_x
    filled = filled and out.shape[1] * height == x.shape[1] and out.shape[2] * width == x.shape[2]
    for n in range(out.shape[0]):
        if not filled:
            d_x[n] = 0
        for y in range(out.shape[1]):
            for k in range(out.shape[2]):
                rest[k * channels : (k + 1) * channels] = gradient[n, y, k]
            for i in range(height):
                row = y * stride_y + i - top
                if row < 0 or row >= x.shape[1]:
                    continue
                for j in range(width):
                    for k in range(out.shape[2]):
                        column = k * stride_x + j - left
                        if column < 0 or column >= x.shape[2]:
                            continue
                        source, target = x[n, row, column], d_x[n, row, column]
                        largest = out[n, y, k]
                        left_over = rest[k * channels : (k + 1) * channels]
                        for c in range(channels):
                            share = left_over[c] if source[c] == largest[c] else 0
                            target[c] = share
                            left_over[c] -= share


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
