"""Units: checked where they come in, converted in one place."""

import brian2
import numpy as np
import pytest

from brainsim.errors import KindError, ParameterError
from brainsim.units import DIVISORS, SI_NAMES, number, numbers, to_si


@pytest.mark.parametrize("unit", sorted(set(DIVISORS) - {"1"}))
def test_conversion_agrees_with_brian2(unit):
    """One in the public unit is what Brian2 has for that unit, in SI."""
    expected = {
        "ms": brian2.ms,
        "mV": brian2.mV,
        "nS": brian2.nS,
        "pA": brian2.pA,
        "pF": brian2.pF,
        "Hz": brian2.Hz,
        "mm": brian2.mm,
        "mm/ms": brian2.mm / brian2.ms,
    }[unit]

    assert to_si(1.0, unit) == pytest.approx(float(expected), rel=1e-15)
    above, *below = (getattr(brian2, name).dim for name in SI_NAMES[unit].split("/"))
    assert (above / below[0] if below else above) == expected.dim


@pytest.mark.parametrize(
    ("given", "unit", "expected"),
    [
        (20 * brian2.ms, "ms", 20.0),
        (0.02 * brian2.second, "ms", 20.0),
        (200 * brian2.pF, "pF", 200.0),
        (-60 * brian2.mV, "mV", -60.0),
        (0.1 * brian2.nsiemens, "nS", 0.1),
        (3 * brian2.kHz, "Hz", 3000.0),
    ],
)
def test_quantities_become_the_number_that_was_meant(given, unit, expected):
    """A Brian2 quantity gives the same bits as the plain number."""
    assert number(given, unit, "x") == expected


def test_a_quantity_of_another_dimension_is_refused():
    """A voltage is no time."""
    with pytest.raises(ParameterError, match=r"LIF.tau_m: must be in ms, got 20. mV"):
        number(20 * brian2.mV, "ms", "LIF.tau_m")


@pytest.mark.parametrize(
    ("value", "options", "message"),
    [
        (float("nan"), {}, "x: must be finite, got nan ms"),
        (float("inf"), {}, "x: must be finite, got inf ms"),
        (0, {"positive": True}, "x: must be positive, got 0 ms"),
        (-1, {"nonnegative": True}, "x: must not be negative, got -1 ms"),
    ],
)
def test_values_out_of_range_are_refused(value, options, message):
    """The message names the thing, the value and its unit."""
    with pytest.raises(ParameterError, match=message):
        number(value, "ms", "x", **options)


@pytest.mark.parametrize("value", ["20", None, [1, 2], True, np.True_, b"20", np.array([20.0]), 1j])
def test_what_is_no_number_is_refused(value):
    """Text, lists and truth values are no numbers."""
    with pytest.raises(KindError, match="x: must be a number in ms"):
        number(value, "ms", "x")


def test_arrays_of_quantities_become_the_numbers_meant():
    """The same bits as plain numbers, in a copy that nobody can change."""
    given = np.array([-60.0, -55.5])

    plain, quantities = numbers(given, "mV", "x", 2), numbers(given * brian2.mV, "mV", "x", 2)
    given[0] = 0

    assert plain.tolist() == quantities.tolist() == [-60.0, -55.5]
    with pytest.raises(ValueError, match="read-only"):
        plain[0] = 1


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ([1, 2, 3], ParameterError, r"x: must be one number or 2, got shape \(3,\)"),
        ([1, np.nan], ParameterError, "x: must be finite"),
        ([1, -2], ParameterError, "x: must not be negative, got -2 Hz"),
        (["a", "b"], KindError, "x: must be numbers in Hz"),
        (np.array([1, 2]) * brian2.mV, ParameterError, "x: must be in Hz"),
    ],
)
def test_arrays_that_cannot_be_are_refused(value, error, message):
    """The message names the thing and what is wrong with it."""
    with pytest.raises(error, match=message):
        numbers(value, "Hz", "x", 2, nonnegative=True)
