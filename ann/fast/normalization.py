"""Loops of normalisation: over the rows or the columns of a matrix, or over groups of columns stimulus by stimulus.

Columns are gone through row by row, all columns of a row at once: numbers are read as they lie, and the sums of all
columns grow side by side, in float64. The normalised numbers are not kept but computed again for the gradient, which
costs less than to write and read them.
"""

import numpy as np

from ann.fast.compiling import compiled, compiled_sums

__all__ = [
    "column_moments",
    "column_sums",
    "normalize_columns",
    "normalize_columns_gradient",
    "normalize_groups",
    "normalize_groups_gradient",
    "normalize_rows",
    "normalize_rows_gradient",
]


@compiled
def column_moments(x, mean, variance):  # type: ignore[no-untyped-def]
    """Give the mean and the variance (over n, not n - 1) of every column, both float64."""
    mean[:] = 0
    variance[:] = 0
    for r in range(x.shape[0]):
        row = x[r]
        for c in range(x.shape[1]):
            mean[c] += row[c]
    mean /= x.shape[0]
    for r in range(x.shape[0]):
        row = x[r]
        for c in range(x.shape[1]):
            deviation = row[c] - mean[c]
            variance[c] += deviation * deviation
    variance /= x.shape[0]


@compiled
def normalize_columns(x, mean, factor, shift, out):  # type: ignore[no-untyped-def]
    """Give ``(x - mean) * factor + shift`` column by column; `mean`, `factor` and `shift` in the type of `x`."""
    for r in range(x.shape[0]):
        row, target = x[r], out[r]
        for c in range(x.shape[1]):
            target[c] = (row[c] - mean[c]) * factor[c] + shift[c]


@compiled
def column_sums(gradient, x, mean, total, product):  # type: ignore[no-untyped-def]
    """Give the sums of ``gradient`` and of ``gradient * (x - mean)`` down every column, both float64."""
    total[:] = 0
    product[:] = 0
    for r in range(x.shape[0]):
        row, upstream = x[r], gradient[r]
        for c in range(x.shape[1]):
            total[c] += upstream[c]
            product[c] += upstream[c] * (row[c] - mean[c])


@compiled
def normalize_columns_gradient(gradient, x, mean, factor, slope, offset, d_x):  # type: ignore[no-untyped-def]
    """Give ``factor * gradient - slope * (x - mean) - offset`` column by column."""
    for r in range(x.shape[0]):
        row, upstream, target = x[r], gradient[r], d_x[r]
        for c in range(x.shape[1]):
            target[c] = factor[c] * upstream[c] - slope[c] * (row[c] - mean[c]) - offset[c]


@compiled
def normalize_groups(x, scale, shift, epsilon, out, mean, inverse):  # type: ignore[no-untyped-def]
    """Normalise each group of neighbouring columns of each stimulus (n, row, column); `mean`, `inverse` (n, group)."""
    count, _, columns = x.shape
    groups = mean.shape[1]
    width = columns // groups
    means, variances = np.empty(columns), np.empty(columns)
    middle, factor = np.empty(columns, x.dtype), np.empty(columns, x.dtype)
    for n in range(count):
        column_moments(x[n], means, variances)
        for g in range(groups):
            own = slice(g * width, (g + 1) * width)
            center = means[own].mean()
            # The variance of a group is that inside its columns and that between them.
            spread = variances[own].mean() + ((means[own] - center) ** 2).mean()
            mean[n, g] = center
            inverse[n, g] = 1 / np.sqrt(spread + epsilon)
            middle[own] = mean[n, g]
            factor[own] = inverse[n, g] * scale[own]
        normalize_columns(x[n], middle, factor, shift, out[n])


@compiled
def normalize_groups_gradient(gradient, x, scale, mean, inverse, d_x, d_scale, d_shift):  # type: ignore[no-untyped-def]
    """Give the gradients of `normalize_groups`; those for `scale` and `shift` (float64) are added up."""
    count, rows, columns = x.shape
    groups = mean.shape[1]
    width = columns // groups
    total, product = np.empty(columns), np.empty(columns)
    middle, factor = np.empty(columns, x.dtype), np.empty(columns, x.dtype)
    slope, offset = np.empty(columns, x.dtype), np.empty(columns, x.dtype)
    for n in range(count):
        for g in range(groups):
            middle[g * width : (g + 1) * width] = mean[n, g]
        column_sums(gradient[n], x[n], middle, total, product)
        d_shift += total
        for g in range(groups):
            own = slice(g * width, (g + 1) * width)
            d_scale[own] += product[own] * inverse[n, g]
            factor[own] = inverse[n, g] * scale[own]
            slope[own] = (scale[own] * product[own]).sum() / (rows * width) * inverse[n, g] ** 3
            offset[own] = (scale[own] * total[own]).sum() / (rows * width) * inverse[n, g]
        normalize_columns_gradient(gradient[n], x[n], middle, factor, slope, offset, d_x[n])


@compiled_sums
def normalize_rows(x, scale, shift, epsilon, out, mean, inverse):  # type: ignore[no-untyped-def]
    """Normalise each row of a matrix, then scale and shift its columns."""
    columns = x.shape[1]
    for r in range(x.shape[0]):
        row, target = x[r], out[r]
        total = x.dtype.type(0)
        for c in range(columns):
            total += row[c]
        center = total / x.dtype.type(columns)
        total = x.dtype.type(0)
        for c in range(columns):
            total += (row[c] - center) * (row[c] - center)
        factor = x.dtype.type(1 / np.sqrt(total / columns + epsilon))
        for c in range(columns):
            target[c] = (row[c] - center) * factor * scale[c] + shift[c]
        mean[r], inverse[r] = center, factor


@compiled_sums
def normalize_rows_gradient(gradient, x, scale, mean, inverse, d_x, d_scale, d_shift):  # type: ignore[no-untyped-def]
    """Give the gradients of `normalize_rows`; those for `scale` and `shift` are added up."""
    columns = x.shape[1]
    for r in range(x.shape[0]):
        row, upstream, target = x[r], gradient[r], d_x[r]
        center, factor = mean[r], inverse[r]
        total, product = x.dtype.type(0), x.dtype.type(0)
        for c in range(columns):
            scaled, normalized = upstream[c] * scale[c], (row[c] - center) * factor
            total += scaled
            product += scaled * normalized
        total /= x.dtype.type(columns)
        product /= x.dtype.type(columns)
        for c in range(columns):
            normalized = (row[c] - center) * factor
            target[c] = factor * (upstream[c] * scale[c] - total - normalized * product)
            d_scale[c] += upstream[c] * normalized
            d_shift[c] += upstream[c]
