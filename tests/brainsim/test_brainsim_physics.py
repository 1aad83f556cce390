"""Single cells and single spikes against theory, through the public names."""

import numpy as np
import pytest

from brainsim import (
    AMPA,
    LIF,
    Brain,
    Delta,
    ExponentialCurrent,
    Poisson,
    PoissonDrive,
    Population,
    Projection,
    Record,
    Region,
    analysis,
    simulate,
    wiring,
)

DT = 0.1


class SpikesAt:
    """An encoder whose units spike in the given steps and in no other: a rate of 1/dt is certainty."""

    bin = DT

    def __init__(self, *steps):
        self.steps = list(steps)

    def rates(self, stimuli, populations):
        """Give 10 kHz in those steps, 0 Hz in all others."""
        course = np.zeros((1, max(self.steps) + 2, 1))
        course[0, self.steps] = 1e3 / DT
        return {name: np.repeat(course, one.units, axis=2) for name, one in populations.items()}


def driven(cell, receptor, weight, steps, delay=1.0):
    """Give a cell that receives spikes fired in these steps."""
    regions = [Region("in", [Population("x", Poisson(), size=1)]), Region("a", [Population("x", cell, size=1)])]
    one = Projection("in.x", "a.x", wiring.one_to_one(), receptor, weight=weight, delay=delay)
    return Brain("driven", regions, [one], inputs={"in": SpikesAt(*steps)})


def trace_of(brain, variable="v", duration=60):
    """Give time at the end of each step, and the variable there."""
    trace = simulate(brain, [0], duration, DT, record=[Record("a.x", variable)]).trace("a.x", variable)
    return trace["time"].values, trace.values[0, 0, :, 0]


@pytest.mark.parametrize("drive", [1.0, 5.0, 30.0])
def test_the_rate_under_constant_drive_is_that_of_theory(drive):
    """Intervals are t_ref + tau ln((E_L - V_reset) / (E_L - V_th)), rounded up to a step."""
    cell = LIF(tau_m=20, E_L=-50 + drive, V_th=-50, V_reset=-65, t_ref=2)
    brain = Brain("one", [Region("a", [Population("x", cell, size=1, initial={"v": -65})])])

    times, _ = simulate(brain, duration=1000, dt=DT).spikes("a.x")
    theory = 2 + 20 * np.log((15 + drive) / drive)

    assert len(times) > 5
    assert np.all(np.abs(np.diff(times) - theory) <= 1.01 * DT)


@pytest.mark.parametrize("delay", [0.1, 0.3, 2.0])
def test_a_spike_arrives_after_its_delay(delay):
    """The conductance is the weight at the end of the step in which it arrives, and decays from there."""
    time, conductance = trace_of(driven(LIF(), AMPA(tau=5), 0.7, [50], delay), "AMPA")
    arrival = (50 * DT + delay) + DT

    assert conductance[time < arrival - DT / 2].max() == 0
    after = time > arrival - DT / 2
    assert np.allclose(conductance[after], 0.7 * np.exp(-(time[after] - arrival) / 5), rtol=1e-10)


def test_a_postsynaptic_potential_is_that_of_theory():
    """A current that decays exponentially gives a difference of exponentials, and its peak, exactly."""
    tau, tau_syn, capacitance, weight = 10.0, 2.0, 250.0, 100.0
    time, v = trace_of(driven(LIF(C_m=capacitance, tau_m=tau), ExponentialCurrent(tau_syn), weight, [9], 1.0))
    since = np.maximum(time - 0.9 - 1.0 - DT, 0)
    scale = weight / capacitance * tau * tau_syn / (tau - tau_syn)

    assert np.allclose(v + 70, scale * (np.exp(-since / tau) - np.exp(-since / tau_syn)), rtol=0, atol=1e-10)
    peak = np.log(tau / tau_syn) * tau * tau_syn / (tau - tau_syn)
    assert abs(since[v.argmax()] - peak) <= DT


def test_a_delta_receptor_jumps_by_its_weight():
    """Three spikes, three jumps, and decay between them."""
    time, v = trace_of(driven(LIF(tau_m=10), Delta(), 2.0, [10, 60, 200], 0.5))
    theory = sum(2.0 * np.exp(-(time - t) / 10) * (time > t - DT / 2) for t in np.array([10, 60, 200]) * DT + 0.5 + DT)

    assert np.allclose(v + 70, theory, rtol=0, atol=1e-10)


def test_a_refractory_cell_ignores_jumps():
    """The first jump makes it spike in the next step; the second falls within t_ref and leaves no trace."""
    cell = LIF(tau_m=10, E_L=-70, V_th=-60, V_reset=-70, t_ref=5)
    _, v = trace_of(driven(cell, Delta(), 20.0, [10, 30], 0.5))
    later = simulate(driven(cell, Delta(), 20.0, [10, 30, 70], 0.5), [0], 20, DT).spikes("a.x")[0]

    assert np.flatnonzero(v > -70 + 1e-9).tolist() == [15]
    assert later == pytest.approx([1.6, 7.6], abs=1e-9)


def test_subtraction_keeps_what_was_above_threshold():
    """A jump to 3 mV above threshold leaves the cell 3 mV above its reset."""
    cell = LIF(tau_m=1e6, E_L=-70, V_th=-60, V_reset=-70, t_ref=0, reset="subtract")
    _, v = trace_of(driven(cell, Delta(), 13.0, [10], 0.5), duration=5)

    assert v[-1] == pytest.approx(-67, abs=1e-3)


def test_shot_noise_has_campbells_mean_and_variance():
    """Mean tau_s rate w / g_L; variance (w / C)^2 rate tau^2 tau_s^2 / (2 (tau + tau_s)), over 2000 cells."""
    tau, tau_syn, capacitance, weight, rate = 10.0, 2.0, 250.0, 20.0, 4000.0
    cell = LIF(C_m=capacitance, tau_m=tau, V_th=100)
    brain = Brain(
        "noise",
        [Region("a", [Population("x", cell, size=2000)])],
        drives=[PoissonDrive("a.x", rate, ExponentialCurrent(tau_syn), weight)],
    )

    v = simulate(brain, duration=120, dt=DT, record=[Record("a.x", every=10)]).trace("a.x").values[0, 0, -1] + 70
    mean = tau_syn * rate / 1e3 * weight / (capacitance / tau)
    variance = (weight / capacitance) ** 2 * rate / 1e3 * (tau * tau_syn) ** 2 / (2 * (tau + tau_syn))

    assert v.mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / 2000) + 0.02 * mean)
    assert v.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / 2000))


def test_a_drive_can_differ_between_units():
    """Rates for each unit: a cell without events stays silent."""
    cell = LIF(E_L=-70, V_th=-55)
    brain = Brain(
        "half",
        [Region("a", [Population("x", cell, size=2)])],
        drives=[PoissonDrive("a.x", [0.0, 5000.0], Delta(), weight=1.0)],
    )

    recording = simulate(brain, duration=500)

    assert recording.spike_counts["a.x"][0, 0, 0] == 0
    assert analysis.mean_rates(recording)["a.x"] > 10
