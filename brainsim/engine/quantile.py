"""The standard normal distribution's quantile function: a uniform number becomes a normal one.

Wichura's algorithm AS 241 (1988, doi:10.2307/2347330), PPND16: rational functions, in the middle 85 % of one kind that
a compiler turns into vector instructions, beyond of another with a logarithm.
"""

import math

from numba import njit

__all__ = ["MIDDLE", "normal_quantile", "quantile_middle", "quantile_tail"]

MIDDLE = 0.425  # half width of what `quantile_middle` serves
A0, A1, A2, A3 = 3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125
A4, A5, A6, A7 = 45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727
B1, B2, B3, B4 = 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867
B5, B6, B7 = 39307.89580009271061, 28729.085735721942674, 5226.495278852545925
C0, C1, C2, C3 = 1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504
C4, C5, C6, C7 = 1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4
D1, D2, D3, D4 = 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459
D5, D6, D7 = 0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9


@njit(inline="always", error_model="numpy")
def quantile_middle(p: float) -> float:
    """Give the quantile of a probability within `MIDDLE` of a half."""
    q = p - 0.5
    r = 0.180625 - q * q
    above = ((((((A7 * r + A6) * r + A5) * r + A4) * r + A3) * r + A2) * r + A1) * r + A0
    below = ((((((B7 * r + B6) * r + B5) * r + B4) * r + B3) * r + B2) * r + B1) * r + 1.0
    return q * above / below


@njit(error_model="numpy")
def quantile_tail(p: float) -> float:
    """Give the quantile of a probability farther than `MIDDLE` from a half, and within 1e-11 of neither 0 nor 1."""
    r = math.sqrt(-math.log(min(p, 1.0 - p))) - 1.6
    above = ((((((C7 * r + C6) * r + C5) * r + C4) * r + C3) * r + C2) * r + C1) * r + C0
    below = ((((((D7 * r + D6) * r + D5) * r + D4) * r + D3) * r + D2) * r + D1) * r + 1.0
    return above / below if p > 0.5 else -above / below


@njit(error_model="numpy")
def normal_quantile(p: float) -> float:
    """Give the number below which a standard normal one lies with probability `p`, from 1e-11 to 1 - 1e-11.

    Examples
    --------
    >>> round(normal_quantile(0.975), 6)
    1.959964
    """
    return quantile_middle(p) if abs(p - 0.5) <= MIDDLE else quantile_tail(p)
