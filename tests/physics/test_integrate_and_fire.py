"""The integrate-and-fire unit without a leak: its rate is its input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainsim import LIF, Brain, CurrentDrive, Delta, IntegrateAndFire, Population, Projection, Region, simulate, wiring
from brainsim.encoders import Current

ROUNDING = 1e-9


def fired(currents, steps, model=None, start=0.0):
    """Count the spikes of units under constant currents (unit), in pA, of 1 mV thresholds at 1 ms steps."""
    cells = Population("IF", model or IntegrateAndFire(), size=len(currents), initial={"v": start})
    driven = Brain("law", [Region("c", [cells])], drives=[CurrentDrive("c.IF", currents)])
    return simulate(driven, duration=steps, dt=1).spike_counts["c.IF"][0, 0]


@settings(max_examples=40, deadline=None)
@given(
    inputs=st.lists(st.floats(0, 1), min_size=1, max_size=20),
    steps=st.integers(1, 300),
    start=st.floats(0, 1),
)
def test_the_rate_is_the_input_to_within_a_spike(inputs, steps, start):
    """For x in [0, 1] and any start below threshold, |count / T - x| <= 1 / T."""
    x = np.array(inputs)
    error = np.abs(fired(x, steps, start=start) / steps - x)
    assert (error <= 1 / steps + ROUNDING).all()


def test_half_a_threshold_ahead_halves_the_error():
    """From V_th / 2 the count is the input rounded to the nearest, and its mean error vanishes."""
    x = (np.arange(1000) + 0.5) / 1000
    low, middle = (fired(x, 20, start=start) / 20 - x for start in (0.0, 0.5))
    assert np.abs(middle).max() <= 0.5 / 20 + ROUNDING
    assert abs(middle.mean()) < 1e-3 < 0.02 < -low.mean()


def test_what_lies_beyond_the_law():
    """Above one threshold a step the unit saturates at one spike a step; below 0 it is silent."""
    assert fired(np.array([-0.5, 1.7]), 50).tolist() == [0, 50]


def test_reset_to_a_potential_loses_what_was_above_threshold():
    """By subtraction 0.7 a step fires 70 times in 100; reset to 0 only every second step."""
    exact, lossy = (fired(np.array([0.7001]), 100, IntegrateAndFire(reset=reset))[0] for reset in ("subtract", "to"))
    assert (exact, lossy) == (70, 50)


def test_a_leaky_unit_breaks_the_law():
    """With a leak the rate is no longer the input, however weak the input is."""
    leaky = LIF(C_m=1, tau_m=20, E_L=0, V_th=1, V_reset=0, t_ref=0, reset="subtract")
    x = np.array([0.04, 0.2])
    assert (np.abs(fired(x, 100, leaky) / 100 - x) > 1 / 100).all()


def test_spikes_sum_as_currents_do():
    """Spikes of weight w arrive as charge: two layers pass a rate on, to within a spike each and the delay."""
    x = np.linspace(0.1, 0.9, 9)
    regions = [Region(name, [Population("IF", IntegrateAndFire(), size=9)]) for name in ("first", "second")]
    relay = Projection("first.IF", "second.IF", wiring.one_to_one(), Delta(), weight=0.5, delay=1)
    chain = Brain("chain", regions, [relay], inputs={"first": Current()})
    counts = simulate(chain, x[None], duration=201, dt=1).spike_counts
    assert (np.abs(counts["second.IF"][0, 0] / 200 - x / 2) <= 2 / 200).all()


@pytest.mark.parametrize("size", [1, 5])
def test_a_stimulus_is_a_current_on_both_engines(size):
    """Currents of a stimulus, constant or in bins, beside a drive's: identical spikes on both engines."""
    x = np.random.default_rng(0).uniform(-0.2, 1, (3, 4, size))
    cells = Region("c", [Population("IF", IntegrateAndFire(C_m=1.07), size=size)])
    shown = Brain("shown", [cells], drives=[CurrentDrive("c.IF", 0.113)], inputs={"c": Current(0.93, bin=7)})
    ours, theirs = (simulate(shown, x, duration=40, dt=1, engine=engine) for engine in ("compiled", "brian2"))
    for stimulus in range(3):
        for mine, yours in zip(ours.spikes("c.IF", stimulus, 0), theirs.spikes("c.IF", stimulus, 0), strict=True):
            assert np.array_equal(mine, yours)
    assert ours.spike_counts["c.IF"].sum() > 0
