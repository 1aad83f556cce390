"""Cells under constant current against closed forms, at fourteen step sizes, on both engines."""

import numpy as np
import pytest

from brainsim import LIF, Brain, Population, Record, Region, simulate, theory

EPS = np.finfo(float).eps
STEPS = [2.0**-power for power in range(14)]  # ms
DRIVE = 6.5  # mV: what the current would move the potential by in the end


def charged(threshold, size=1, t_ref=2.0, drive=DRIVE, capacitance=200.0):
    """Cells that rest at -60 mV and are pulled up by a constant current: as if they rested higher."""
    cell = LIF(C_m=capacitance, tau_m=20, E_L=-60 + np.asarray(drive), V_th=threshold, V_reset=-60, t_ref=t_ref)
    return Brain("charged", [Region("a", [Population("x", cell, size=size, initial={"v": -60})])])


# Brian2's NumPy target takes about 0.1 ms a step: it covers as many steps, not as many milliseconds.
@pytest.mark.parametrize(
    ("engine", "steps", "dt"),
    [
        *(("compiled", 1 << 17, dt) for dt in STEPS),
        *(("brian2", 1 << 9, dt) for dt in STEPS[::6]),
        *(pytest.param("brian2", 1 << 9, dt, marks=pytest.mark.slow) for dt in STEPS if dt not in STEPS[::6]),
    ],
)
def test_the_potential_is_that_of_theory(engine, steps, dt):
    """|v - theory| <= 4 steps eps max|v|: every step rounds, and nothing else is wrong."""
    every = max(1, steps // 512)
    recording = simulate(
        charged(-50), duration=steps * dt, dt=dt, engine=engine, record=[Record("a.x", "v", every=every * dt)]
    )
    trace = recording.trace("a.x", "v")
    time = trace["time"].values
    cell = LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60)
    expected = theory.lif_potential(cell, time, DRIVE * 200 / 20)

    error = np.abs(trace.values[0, 0, :, 0] - expected)
    taken = np.rint(time / dt)
    assert np.all(error <= 4 * taken * EPS * 60)


@pytest.mark.parametrize("dt", STEPS)
def test_the_first_spike_comes_in_the_step_that_passes_threshold(dt):
    """It is stamped with the start of the step in which -tau ln(1 - (V_th - V_reset) / R I) lies."""
    drives = np.array([10.1, 12.3, 17.7, 31.0, 99.9])
    recording = simulate(charged(-50, drives.size, drive=drives), duration=128, dt=dt)
    crossing = -20 * np.log1p(-10 / drives)

    for unit, expected in enumerate(crossing):
        times, units = recording.spikes("a.x")
        assert times[units == unit][0] == pytest.approx(np.floor(expected / dt) * dt, abs=1e-9)


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_the_rate_follows_the_f_i_curve(engine):
    """Forty drives from below rheobase to saturation: intervals are theory's, less than a step shorter.

    The refractory period counts from the start of the step of the spike, integration begins anew from its end: so a
    cell stands still for a step less than t_ref, and the way to threshold is rounded up to a step.
    """
    dt, t_ref, duration = 0.1, 2.0, 400.0
    drives = np.concatenate([[2.0, 9.99], np.geomspace(10.05, 400, 38)])
    recording = simulate(charged(-50, drives.size, t_ref, drives), duration=duration, dt=dt, engine=engine)
    cell = LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60, t_ref=t_ref)
    rate = theory.lif_rate(cell, drives * 200 / 20)
    times, units = recording.spikes("a.x")

    assert not np.isin([0, 1], units).any()
    for unit in range(2, drives.size):
        own, interval = times[units == unit], 1e3 / rate[unit]
        assert own.size == pytest.approx(duration / interval, abs=1 + duration * dt / interval**2)
        assert np.all((np.diff(own) > interval - dt - 1e-9) & (np.diff(own) < interval + 1e-9))
