"""Convolution of every channel with a window of its own: no matrix product, so a loop over channels side by side."""

import numpy as np

from ann.fast.compiling import compiled

__all__ = ["convolve_depthwise", "convolve_depthwise_gradient"]


@compiled
def convolve_depthwise(x, weights, places, lowest, out):  # type: ignore[no-untyped-def]
    """Correlate each channel of `x` with its column of `weights` (window + 1, c); see `convolve`."""
    height, width, stride_y, stride_x, dilation_y, dilation_x, top, left = places
    bias = weights[height * width]
    for n in range(out.shape[0]):
        for y in range(out.shape[1]):
            for k in range(out.shape[2]):
                total = out[n, y, k]
                total[:] = bias
                for i in range(height):
                    row = y * stride_y + i * dilation_y - top
                    if row < 0 or row >= x.shape[1]:
                        continue
                    for j in range(width):
                        column = k * stride_x + j * dilation_x - left
                        if column < 0 or column >= x.shape[2]:
                            continue
                        source, weight = x[n, row, column], weights[i * width + j]
                        for c in range(total.size):
                            total[c] += source[c] * weight[c]
                for c in range(total.size):
                    total[c] = lowest if total[c] < lowest else total[c]


@compiled
def convolve_depthwise_gradient(x, weights, places, gradient, rectified, d_weights, d_x):  # type: ignore[no-untyped-def]
    """Add to `d_weights` and fill `d_x`; either is left out where it is empty; see `convolve_gradient`."""
    height, width, stride_y, stride_x, dilation_y, dilation_x, top, left = places
    upstream = np.empty(gradient.shape[3], gradient.dtype)
    d_x[:] = 0
    for n in range(gradient.shape[0]):
        for y in range(gradient.shape[1]):
            for k in range(gradient.shape[2]):
                upstream[:] = gradient[n, y, k]
                if rectified.size:
                    reached = rectified[n, y, k]
                    for c in range(upstream.size):
                        upstream[c] = upstream[c] if reached[c] > 0 else 0
                if d_weights.size:
                    d_weights[height * width] += upstream
                for i in range(height):
                    row = y * stride_y + i * dilation_y - top
                    if row < 0 or row >= x.shape[1]:
                        continue
                    for j in range(width):
                        column = k * stride_x + j * dilation_x - left
                        if column < 0 or column >= x.shape[2]:
                            continue
                        if d_weights.size:
                            source, d_weight = x[n, row, column], d_weights[i * width + j]
                            for c in range(upstream.size):
                                d_weight[c] += source[c] * upstream[c]
                        if d_x.size:
                            target, weight = d_x[n, row, column], weights[i * width + j]
                            for c in range(upstream.size):
                                target[c] += weight[c] * upstream[c]
