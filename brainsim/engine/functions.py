"""The functions of equation text that the mathematics module does not have, for compiled code."""

import math

from numba import njit

from brainsim.engine.exponential import exp

__all__ = ["clip", "exprel", "magnitude", "whole"]

R1, R2, R3, R4, R5, R6, R7 = (1 / math.factorial(k + 1) for k in range(1, 8))
R8, R9, R10, R11, R12, R13 = (1 / math.factorial(k + 1) for k in range(8, 14))


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


@njit(inline="always", error_model="numpy")
def exprel(x: float) -> float:
    """Give ``(exp(x) - 1) / x``, 1 at 0.

    Below 0.5 its series to the thirteenth power, above it the quotient, both within 4 ulp (tested); both are computed
    and one is chosen, so that a compiler turns the loop around it into vector instructions.
    """
    small = abs(x) < 0.5
    z = x if small else 0.0
    z2 = z * z
    z4 = z2 * z2
    low = (1.0 + z * R1) + z2 * (R2 + z * R3) + z4 * ((R4 + z * R5) + z2 * (R6 + z * R7))
    high = (R8 + z * R9) + z2 * (R10 + z * R11) + z4 * (R12 + z * R13)
    far = 1.0 if small else x
    quotient = (exp(far) - 1.0) / far
    return low + z4 * z4 * high if small else quotient
