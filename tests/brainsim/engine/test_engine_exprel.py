"""The function (exp(x) - 1) / x that Hodgkin-Huxley rates need, in a form that vectorises."""

import mpmath
import numpy as np

from brainsim.engine.functions import exprel


def test_it_is_within_four_roundings():
    """Against 40 digits, over all magnitudes, at the seam between series and quotient, and at 0."""
    values = [*np.linspace(-40, 40, 801), *np.linspace(-0.6, 0.6, 801), *10.0 ** np.arange(-300, 3, 7), -700, 700, 0.5]
    with mpmath.workdps(40):
        for x in map(float, values):
            theory = mpmath.expm1(x) / x if x else mpmath.mpf(1)
            assert abs(exprel(x) / theory - 1) <= 4 * np.finfo(float).eps


def test_its_ends():
    """It is 1 at 0, infinite where the exponential is, falls as 1 / |x|, and passes NaN on."""
    assert exprel(0.0) == 1
    assert exprel(1e4) == np.inf
    assert exprel(-1e4) == 1e-4
    assert np.isnan(exprel(float("nan")))
