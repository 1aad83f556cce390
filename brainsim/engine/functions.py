"""The functions of equation text that the mathematics module does not have, for compiled code."""

import math

from numba import njit

__all__ = ["clip", "exprel", "magnitude", "whole"]


@njit(inline="always")
def clip(x: float, low: float, high: float) -> float:
    """Give `x`, or the bound that it is beyond."""
    return min(max(x, low), high)


@njit(inline="always")
def magnitude(x: float) -> float:
    """Give `x` without its sign."""
    return math.fabs(x)


@njit(inline="always")
def whole(x: float) -> float:
    """Give `x` without its fraction, a condition as 1 or 0."""
    return math.trunc(x)


@njit
def exprel(x: float) -> float:
    """Give ``(exp(x) - 1) / x``, 1 at 0."""
    return math.expm1(x) / x if abs(x) > 1e-16 else 1.0
