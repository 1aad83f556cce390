"""Activation functions inside compiled loops, in place on a row: those whose slope can be told from their output.

A row at a time, one function after the other: a loop over a single array vectorises, one over several gates at once
runs out of registers. In float32, tanh is x times a ratio of two polynomials of 4th degree in x², fitted (least
squares, reweighted towards the least largest error) to a relative error of 2e-8 on [-8.8, 8.8], beyond which tanh is 1
in float32; with rounding it stays below 5e-7. In float64, where gradients are checked, it is the C library's.
"""

import math

import numpy as np
from numba import njit, types
from numba.extending import overload

from ann.fast import compiling  # noqa: F401 - it loads BLAS

__all__ = ["LINEAR", "RELU", "SIGMOID", "TANH", "contracted", "slope", "sloped", "squash"]

LINEAR, TANH, SIGMOID, RELU = range(4)

contracted = njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
"""As `compiled`, but a product that is added to something may be rounded once instead of twice."""

_END = np.float32(8.8)
_P0, _P1, _P2, _P3, _P4 = map(
    np.float32, (0.999999983568, 0.133940106687, 0.00351104185313, 2.08651947989e-5, 1.37143994662e-8)
)
_Q1, _Q2, _Q3, _Q4 = map(np.float32, (0.467273295264, 0.025935686326, 0.000331097787791, 7.92267671749e-7))
_ZERO, _ONE = np.float32(0), np.float32(1)


def _tanh(x):  # type: ignore[no-untyped-def]
    """Stand for the tanh of the argument's type."""


@overload(_tanh)
def _tanh_of_type(x):  # type: ignore[no-untyped-def]
    def exact(x):  # type: ignore[no-untyped-def]
        return math.tanh(x)

    def rational(x):  # type: ignore[no-untyped-def]
        # Comparisons, not min and max, so that NaN passes through.
        x = _END if x > _END else x
        x = -_END if x < -_END else x
        u = x * x
        above = (((_P4 * u + _P3) * u + _P2) * u + _P1) * u + _P0
        below = (((_Q4 * u + _Q3) * u + _Q2) * u + _Q1) * u + _ONE
        y = x * above / below
        y = _ONE if y > _ONE else y
        return -_ONE if y < -_ONE else y

    return rational if x == types.float32 else exact


@contracted
def squash(kind, row):  # type: ignore[no-untyped-def]
    """Apply an activation to a row, in place."""
    half, zero = row.dtype.type(0.5), row.dtype.type(0)
    if kind == TANH:
        for k in range(row.size):
            row[k] = _tanh(row[k])
    elif kind == SIGMOID:
        for k in range(row.size):
            row[k] = half * _tanh(half * row[k]) + half
    elif kind == RELU:
        for k in range(row.size):
            row[k] = zero if row[k] < zero else row[k]


@contracted
def slope(kind, row, gradient):  # type: ignore[no-untyped-def]
    """Multiply a gradient, in place, by the slopes of an activation whose outputs are in `row`."""
    for k in range(row.size):
        gradient[k] = sloped(kind, row[k], gradient[k])


@contracted
def sloped(kind, y, gradient):  # type: ignore[no-untyped-def]
    """Give a gradient times the slope of an activation at its output `y`; in a loop it costs no question of the kind.

    The compiler takes that out of the loop.
    """
    if kind == TANH:
        return gradient * (_ONE - y * y)
    if kind == SIGMOID:
        return gradient * (y * (_ONE - y))
    if kind == RELU:
        return gradient if y > _ZERO else _ZERO
    return gradient
