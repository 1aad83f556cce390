"""The two halves of softmax along the rows of a matrix, in place, and its gradient.

The exponential between the halves is NumPy's, which is vectorised; the C library's, inside a compiled loop, is not.
"""

import numpy as np

from ann.fast.compiling import compiled, compiled_sums

__all__ = ["divide_by_sum", "softmax_gradient", "subtract_largest"]

LANES = 16


@compiled
def subtract_largest(rows):  # type: ignore[no-untyped-def]
    """Take off each row its largest number, so that no exponential overflows; nothing where that is minus infinity."""
    count, length = rows.shape
    whole = length - length % LANES
    best = np.empty(LANES, rows.dtype)
    for r in range(count):
        row = rows[r]
        # As many largest numbers as a register holds: a single one would be compared number by number.
        best[:] = -np.inf
        for start in range(0, whole, LANES):
            for lane in range(LANES):
                best[lane] = row[start + lane] if row[start + lane] > best[lane] else best[lane]
        largest = best[0]
        for lane in range(1, LANES):
            largest = best[lane] if best[lane] > largest else largest
        for k in range(whole, length):
            largest = row[k] if row[k] > largest else largest
        if largest > -np.inf:
            for k in range(length):
                row[k] -= largest


@compiled_sums
def divide_by_sum(rows):  # type: ignore[no-untyped-def]
    """Divide each row by its sum; a row of zeros stays one."""
    one = rows.dtype.type(1)
    for r in range(rows.shape[0]):
        row = rows[r]
        total = rows.dtype.type(0)
        for k in range(row.size):
            total += row[k]
        factor = one if total == 0 else one / total
        for k in range(row.size):
            row[k] *= factor


@compiled_sums
def softmax_gradient(weights, gradient):  # type: ignore[no-untyped-def]
    """Turn the gradient for `weights`, the rows of softmax, into that for what softmax was taken of, in place."""
    for r in range(weights.shape[0]):
        row, upstream = weights[r], gradient[r]
        total = weights.dtype.type(0)
        for k in range(row.size):
            total += row[k] * upstream[k]
        for k in range(row.size):
            upstream[k] = row[k] * (upstream[k] - total)
