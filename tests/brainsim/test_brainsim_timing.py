"""Lengths of time as whole steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainsim.errors import ParameterError
from brainsim.timing import whole_steps

STEPS = [0.1, 0.05, 0.5, 0.025, 1 / 3, 0.125]


@given(st.sampled_from(STEPS), st.integers(1, 2**31 - 2))
def test_a_product_in_floating_point_is_a_whole_number_of_steps(dt, steps):
    """However the product of a step and a number rounds, that number comes back."""
    assert whole_steps(dt * steps, dt, "length") == steps
    assert whole_steps(np.nextafter(dt * steps, np.inf), dt, "length") == steps


@given(st.sampled_from(STEPS), st.integers(1, 10**8), st.floats(1e-3, 0.999))
def test_a_fraction_of_a_step_is_refused_however_long_the_run(dt, steps, fraction):
    """Nothing is rounded away: not a thousandth of a step after a hundred million of them."""
    with pytest.raises(ParameterError, match="length: must be a whole number of steps"):
        whole_steps(dt * (steps + fraction), dt, "length")


@pytest.mark.parametrize(
    ("length", "message"), [(0.04, "whole number of steps of 0.1 ms, got 0.04 ms"), (1e12, "raise dt"), (np.inf, "dt")]
)
def test_lengths_of_no_step_or_too_many_are_refused(length, message):
    """Less than a step, and more than can be numbered."""
    with pytest.raises(ParameterError, match=message):
        whole_steps(length, 0.1, "length")
