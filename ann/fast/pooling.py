"""Pooling: every window of an image becomes one number a channel."""

import numpy as np

from ann.fast.compiling import compiled

__all__ = ["average_pool", "average_pool_gradient", "max_pool", "max_pool_gradient"]


@compiled
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


@compiled
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


@compiled
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


@compiled
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
