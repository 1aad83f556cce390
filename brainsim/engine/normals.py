"""Standard normal numbers that are a function of what they are for, like all draws of `brainsim.engine.draws`.

Two words of 32 bits give two independent normals (Box and Muller 1958, doi:10.1214/aoms/1177706645)::

    r = sqrt(-2 ln u),  z1 = r cos(a),  z2 = r sin(a)          u = (first + 1/2) / 2**32,  a from the second

A chunk of 64 units has 16 counters of four words; the units of a counter's words 0 and 1 share a radius, and those of
its words 2 and 3. No number is infinite: the largest is 6.76, beyond which a normal lies once in 7e10 draws. Every
number has its mirror image, drawn as often.

Logarithm, sine and cosine are polynomials that interpolate at Chebyshev points, so that a compiler turns the loop into
vector instructions; they use only operations that IEEE 754 rounds correctly, in a fixed order, so that every machine
gives the same bits. They are within 4e-16 of the true functions (tested).
"""

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from brainsim.engine.draws import CHUNK, LANES, philox
from brainsim.engine.operation import Compiled, Operation, doubles_at, integers_at

__all__ = ["fill_normals", "normals", "normals_operation"]

LOW_BITS = 0x3FFFFFFF  # of the second word: where in a quarter turn; the two bits above: which quarter
MIDDLE, QUARTER_TURN = 2.0**29 - 0.5, np.pi / 2**31
LN2_HIGH, LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # the first has 32 bits, so that e * LN2_HIGH is exact
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD  # sqrt(1/2) as IEEE 754 writes it
EXPONENT_OF_ONE = 0x3FF0000000000000
MANTISSA = 0x000FFFFFFFFFFFFF
WHOLE_BITS, WHOLE = 0x4330000000000000, 2.0**52  # the bits of 2**52: an integer set below them is added to it
S0, S1, S2 = -0.16666666666666666, 0.008333333333330948, -0.00019841269836758574
S3, S4, S5 = 2.755731610255244e-06, -2.5051131845003624e-08, 1.5918129294866608e-10
C0, C1, C2 = 0.041666666666666664, -0.0013888888888887398, 2.480158729876569e-05
C3, C4, C5 = -2.7557317271729793e-07, 2.08761462684032e-09, -1.1382632425521717e-11
L0, L1, L2, L3 = 0.666666666666667, 0.39999999999899505, 0.28571428625975487, 0.2222221113479508
L4, L5, L6 = 0.18182889125261723, 0.15331721600556042, 0.14616449685043406


def _cast(origin: types.Type, result: types.Type) -> Any:
    """Make the compiled function that reads the same 64 bits as another type."""

    def cast(typing_context: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], context.get_value_type(result))

        return result(origin), generate

    return intrinsic(cast)


bits_of: Any = _cast(types.float64, types.int64)
double_of: Any = _cast(types.int64, types.float64)


@njit(error_model="numpy")
def real(whole: np.int64) -> float:
    """Convert a number from 0 to 2**52 in the vector unit, which the processor's own conversion would leave."""
    return double_of(whole | WHOLE_BITS) - WHOLE


@njit(error_model="numpy")
def minus_two_log(x: float) -> float:
    """Give ``-2 ln(x / 2**32)`` for x between 0 and 2**32: the square of a radius."""
    bits = bits_of(x) + (EXPONENT_OF_ONE - SQRT_HALF_BITS)  # x = 2**e m, with m between sqrt(1/2) and sqrt(2)
    e = real(bits >> 52) - (1023.0 + 32.0)
    f = double_of((bits & MANTISSA) + SQRT_HALF_BITS) - 1.0
    s = f / (2.0 + f)  # ln m = 2 artanh(s)
    z = s * s
    z2 = z * z
    odd = (L0 + L1 * z) + z2 * ((L2 + L3 * z) + z2 * ((L4 + L5 * z) + z2 * L6))
    return -2.0 * (e * LN2_HIGH + (2.0 * s + (s * z * odd + e * LN2_LOW)))


@njit(error_model="numpy")
def pair(first: int, second: int) -> tuple[float, float]:
    """Give two independent normals from two words."""
    radius = np.sqrt(minus_two_log(real(np.int64(first)) + 0.5))
    turn = np.int64(second)
    t = (real(turn & LOW_BITS) - MIDDLE) * QUARTER_TURN  # between -pi / 4 and pi / 4
    z = t * t
    z2 = z * z
    sine = t + t * z * ((S0 + S1 * z) + z2 * ((S2 + S3 * z) + z2 * (S4 + S5 * z)))
    cosine = 1.0 - (0.5 * z - z2 * ((C0 + C1 * z) + z2 * ((C2 + C3 * z) + z2 * (C4 + C5 * z))))
    # The four quarters: the angle itself, its mirror image at the diagonal, and the two turned by half a circle.
    swapped = (turn >> 30) & 1
    radius = -radius if turn >> 31 else radius
    return radius * (sine if swapped else cosine), radius * (cosine if swapped else sine)


@njit(error_model="numpy")
def fill_normals(chunk, step, key, out):  # type: ignore[no-untyped-def]
    """Write the normals of units ``64 * chunk`` to ``64 * chunk + 63`` in one step to the 64 places of `out`.

    For compiled code: `key` and `out` are arrays or pointers. It is a call, not inlined into the caller's source, so
    the caller's fast-math does not reach it and the bits stay the same.
    """
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    c1, c2, c3 = np.uint64(step), np.uint64(key[2]), np.uint64(key[3])
    for lane in range(LANES):
        w0, w1, w2, w3 = philox(np.uint64(chunk * LANES + lane), c1, c2, c3, k0, k1)
        out[lane], out[LANES + lane] = pair(w0, w1)
        out[2 * LANES + lane], out[3 * LANES + lane] = pair(w2, w3)


@njit(cache=True, nogil=True)
def normals(key: np.ndarray, size: int, steps: int, first: int = 0) -> np.ndarray:
    """Give standard normal numbers.

    Parameters
    ----------
    key : numpy.ndarray
        From `brainsim.engine.draws.stream_key`.
    size : int
        Units.
    steps, first : int
        How many steps, and which is the first.

    Returns
    -------
    numpy.ndarray
        float64 (step, unit). A unit's number in a step depends on the key, the unit and the step alone.

    Examples
    --------
    >>> from brainsim.engine.draws import stream_key
    >>> normals(stream_key(0, 0, 0, "V1.E", "noise xi"), size=3, steps=2).round(4)
    array([[-0.4806,  1.0573, -0.4068],
           [-1.3118, -1.7907, -0.2111]])
    """
    out = np.empty((steps, size))
    drawn = np.empty(CHUNK)
    for step in range(steps):
        for start in range(0, size, CHUNK):
            fill_normals(start // CHUNK, first + step, key, drawn)
            for unit in range(start, min(start + CHUNK, size)):
                out[step, unit] = drawn[unit - start]
    return out


def normals_operation(key: np.ndarray, out: np.ndarray, first: int = 0) -> Operation:
    """Give the operation that writes the step's normals of units from `first` on to `out`, float64 (unit).

    `first` is a multiple of 64, and so is the length of `out`; `key` is read in every step.
    """
    return Operation.of(draw_normals, len(out) // CHUNK, key, out, first // CHUNK)


@Compiled
def draw_normals(arguments, step, row):  # type: ignore[no-untyped-def]
    """Write a step's normals, chunk by chunk."""
    key, out, first = integers_at(arguments[1]), arguments[2], arguments[3]
    for chunk in range(arguments[0]):
        fill_normals(first + chunk, step, key, doubles_at(out + 8 * CHUNK * chunk))
    return 0
