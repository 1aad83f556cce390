"""The compiled engine against theory: what a neuron's equation says on paper."""

import numpy as np
import pytest

from brainsim.engine import Network, NeuronGroup, Projection, Record, SourceGroup, SparseConnections, Trial, get_engine

EPS = np.finfo(float).eps
CELL = {
    "C_m": (200e-12, "farad"),
    "tau_m": (20e-3, "second"),
    "E_L": (-60e-3, "volt"),
    "V_th": (-50e-3, "volt"),
    "V_reset": (-60e-3, "volt"),
}
LEAKY = "dv/dt = (E_L - v) / tau_m + I_e / C_m : volt (unless refractory)"


def membrane(equations: str, method: str, steps: int, dt: float, threshold: str, **parameters: tuple) -> np.ndarray:
    """Run one cell: its membrane potential at the end of each step, in volt."""
    cell = NeuronGroup(
        "cell",
        1,
        equations,
        method,
        threshold,
        refractory=2e-3,
        parameters={**CELL, **parameters},
        initial={"v": -60e-3},
    )
    record = Record(0, "v", np.array([0]))
    result = get_engine("compiled").run(Network((cell,), dt=dt), {}, 1, steps, [Trial(0, 0, 0)], 0, records=[record])
    return result.traces[0][0, :, 0]


@pytest.mark.parametrize("method", ["exact", "exponential_euler"])
@pytest.mark.parametrize("dt", [1e-4, 5e-4, 0.37e-3])
def test_constant_current_charges_the_membrane_exponentially(method: str, dt: float) -> None:
    """v(t) = E_L + R I (1 - exp(-t / tau)), to within 4 roundings a step."""
    steps, current = 2000, 0.09e-9
    v = membrane(LEAKY, method, steps, dt, "v > V_th", I_e=(current, "amp"))
    time = dt * np.arange(1, steps + 1)
    theory = -60e-3 + current * 20e-3 / 200e-12 * -np.expm1(-time / 20e-3)
    assert np.abs(v - theory).max() <= 4 * steps * EPS * np.abs(theory).max()


@pytest.mark.parametrize("method", ["exact", "exponential_euler", "rk4"])
def test_firing_rate_follows_the_f_i_curve(method: str) -> None:
    """Intervals are t_ref + tau ln(R I / (R I - (V_th - V_reset))) to within a step; no spike below rheobase."""
    currents = np.array([0.05e-9, 0.0999e-9, 0.101e-9, 0.15e-9, 0.3e-9, 1e-9])
    dt, steps, t_ref = 1e-4, 20_000, 2e-3
    cells = NeuronGroup(
        "cells",
        len(currents),
        LEAKY,
        method,
        refractory=t_ref,
        parameters={**CELL, "I_e": (currents, "amp")},
        initial={"v": -60e-3},
    )
    result = get_engine("compiled").run(Network((cells,), dt=dt), {}, 1, steps, [Trial(0, 0, 0)], 0)
    assert result.spikes is not None
    when, units = result.spikes[0][0]
    assert not np.isin(units, [0, 1]).any()
    for unit in range(2, len(currents)):
        drive = currents[unit] * 20e-3 / 200e-12
        interval = t_ref + 20e-3 * np.log(drive / (drive - 10e-3))
        measured = np.diff(when[units == unit]) * dt
        assert np.all(np.abs(measured - interval) <= 1.01 * dt)


def test_one_synaptic_event_gives_the_potential_of_theory() -> None:
    """An exponential current moves the potential by the difference of two exponentials."""
    dt, steps, weight, tau_s = 1e-4, 600, 50e-12, 3e-3
    equations = f"{LEAKY}\ndI_s/dt = -I_s / tau_s : amp".replace("I_e / C_m", "(I_e + I_s) / C_m")
    cell = NeuronGroup(
        "cell",
        1,
        equations,
        "exact",
        refractory=2e-3,
        parameters={**CELL, "tau_s": (tau_s, "second"), "I_e": (0.0, "amp")},
        initial={"v": -60e-3},
    )
    once = SparseConnections(np.array([0, 1]), np.array([0]), weight, 3)
    network = Network((cell, SourceGroup("in", 1)), (Projection(1, 0, "I_s", once),), dt=dt)
    rates = np.zeros((1, steps, 1))
    rates[0, 10] = 1 / dt  # one certain spike in step 10
    records = [Record(0, "I_s", np.array([0])), Record(0, "v", np.array([0]))]
    result = get_engine("compiled").run(network, {1: rates}, 1, steps, [Trial(0, 0, 0)], 0, records=records)
    current, v = (trace[0, :, 0] for trace in result.traces)
    since = dt * (np.arange(steps) - 13)
    heard = since >= 0
    assert np.all(current[~heard] == 0)
    assert np.allclose(current[heard], weight * np.exp(-since[heard] / tau_s), rtol=1e-12)
    tau_m, c_m = 20e-3, 200e-12
    scale = weight / c_m * tau_m * tau_s / (tau_m - tau_s)
    theory = -60e-3 + scale * (np.exp(-since[heard] / tau_m) - np.exp(-since[heard] / tau_s))
    assert np.abs(v[heard] - theory).max() <= 4 * steps * EPS * 60e-3


@pytest.mark.parametrize("refractory", [0.5e-3, 2e-3, 2.25e-3])
def test_a_refractory_neuron_stands_still(refractory: float) -> None:
    """After a spike the potential stays at reset for the whole steps of the refractory period, then moves."""
    dt = 5e-4
    cell = NeuronGroup(
        "cell",
        1,
        LEAKY,
        "exact",
        refractory=refractory,
        parameters={**CELL, "I_e": (1e-9, "amp")},
        initial={"v": -60e-3},
    )
    record = Record(0, "v", np.array([0]))
    result = get_engine("compiled").run(Network((cell,), dt=dt), {}, 1, 400, [Trial(0, 0, 0)], 0, records=[record])
    assert result.spikes is not None
    spike = int(result.spikes[0][0][0][0])
    v = result.traces[0][0, :, 0]
    still = int(refractory / dt + 1e-9)
    assert np.all(v[spike : spike + still] == -60e-3)
    assert v[spike + still] > -60e-3
