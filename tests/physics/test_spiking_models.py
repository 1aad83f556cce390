"""Neuron models against independent integrators: scipy's LSODA, and Euler's rule written out."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import brainsim
from brainsim import AdEx, Brain, HodgkinHuxley, Izhikevich, Population, Record, Region, izhikevich_2003

ADEX = {"C_m": 281.0, "g_L": 30.0, "E_L": -70.6, "V_th": -50.4, "Delta_T": 2.0, "tau_w": 144.0}


def run(model, duration, dt, variables, size=1, **initial):
    """Simulate one population, and give its spikes (ms, units) and its traces (sample, unit)."""
    brain = Brain("one", [Region("c", [Population("E", model, size=size, initial=initial)])])
    recording = brainsim.simulate(brain, duration=duration, dt=dt, record=[Record("c.E", name) for name in variables])
    spikes = recording.spikes("c.E", stimulus=0, trial=0)
    return spikes, [recording.traces["c.E", name].values[0, 0] for name in variables]


def adex_right_side(current, a):
    """Give dv/dt and dw/dt in mV/ms and pA/ms."""
    p = ADEX

    def derivative(time, state):
        v, w = state
        spike = p["g_L"] * p["Delta_T"] * np.exp((v - p["V_th"]) / p["Delta_T"])
        return [(p["g_L"] * (p["E_L"] - v) + spike - w + current) / p["C_m"], (a * (v - p["E_L"]) - w) / p["tau_w"]]

    return derivative


@pytest.mark.parametrize("a", [4.0, 0.0, -1.5, 30.0])
def test_adex_follows_lsoda_below_threshold(a):
    """Up to the upstroke of the first spike: v to 1e-6, w to 1e-6 of their values (NEST asks for 5e-4 and 1e-4)."""
    current, dt = 720.0, 0.1
    rising = lambda time, state: state[0] + 40  # noqa: E731
    rising.terminal = True
    until = solve_ivp(
        adex_right_side(current, a), (0, 300), [-70.6, 0.0], "LSODA", rtol=1e-11, atol=1e-12, events=rising
    )
    times = np.arange(1, int(until.t[-1] / dt - 5)) * dt
    v, w = solve_ivp(
        adex_right_side(current, a), (0, times[-1]), [-70.6, 0.0], "LSODA", t_eval=times, rtol=1e-11, atol=1e-12
    ).y
    _, (ours_v, ours_w) = run(AdEx(a=a, I_e=current), 300, dt, ["v", "w"])

    assert len(times) > 100
    assert np.abs(ours_v[: len(times), 0] / v - 1).max() < 1e-6
    assert np.abs(ours_w[: len(times), 0] - w).max() <= 1e-6 * np.abs(w).max()


@pytest.mark.parametrize("dt", [0.1, 0.02])
def test_adex_spikes_when_lsoda_does(dt):
    """A spike is at most a step and a quarter late, and what follows it begins on the grid; w grows by b at each."""
    current, a, b, v_reset = 1000.0, 4.0, 80.5, -60.0
    (times, _), (v, w) = run(AdEx(a=a, b=b, I_e=current), 120, dt, ["v", "w"])
    state, start = [-70.6, 0.0], 0.0
    rising = lambda time, state: state[0] + 35  # noqa: E731
    rising.terminal = True
    assert len(times) > 5
    for time in times:
        solved = solve_ivp(
            adex_right_side(current, a), (start, start + 200), state, "LSODA", rtol=1e-10, atol=1e-12, events=rising
        )
        # The rest of the way, from -35 mV to the peak, is the exponential's alone.
        last = ADEX["C_m"] / ADEX["g_L"] * np.exp(-(-35 - ADEX["V_th"]) / ADEX["Delta_T"])
        assert -1e-3 <= (time + dt - (solved.t[-1] + last)) / dt <= 1.25
        step = round(time / dt)
        start, state = time + dt, [v[step, 0], w[step, 0]]
        assert state[0] == v_reset
        assert state[1] == pytest.approx(solved.y[1, -1] + b, abs=5e-3 * dt / 0.1 * b)


def test_adex_does_not_overflow():
    """A jump far beyond the peak is a spike in that step; nothing becomes infinite, w keeps its size."""
    (_, units), (v, w) = run(AdEx(Delta_T=0.11, t_ref=1), 5, 0.1, ["v", "w"], size=2, v=np.array([500.0, -40.0]))

    assert set(units) == {0, 1}
    assert np.isfinite(v).all()
    assert np.isfinite(w).all()
    assert np.all(np.abs(w) < 200)


def hodgkin_huxley(current):
    """Brette et al. 2007, benchmark 3, written out: rates in 1/ms with the potential in mV above -63."""

    def derivative(time, state):
        v, m, h, n = state
        u = v + 63.0
        linoid = lambda x, k: x / np.expm1(x / k) if abs(x) > 1e-9 else k  # noqa: E731
        alpha_m, beta_m = 0.32 * linoid(13 - u, 4), 0.28 * linoid(u - 40, 5)
        alpha_h, beta_h = 0.128 * np.exp((17 - u) / 18), 4 / (1 + np.exp((40 - u) / 5))
        alpha_n, beta_n = 0.032 * linoid(15 - u, 5), 0.5 * np.exp((10 - u) / 40)
        current_in = 10 * (-60 - v) + 20_000 * m**3 * h * (50 - v) + 6_000 * n**4 * (-90 - v) + current
        gates = [(alpha_m, beta_m, m), (alpha_h, beta_h, h), (alpha_n, beta_n, n)]
        return [current_in / 200, *(alpha * (1 - x) - beta * x for alpha, beta, x in gates)]

    return derivative


def hodgkin_huxley_reference(current, duration, times):
    """Give spike times (upward through -20 mV) and states at `times`, by LSODA."""
    model = HodgkinHuxley()
    rest = [float(model.resting(model.draw(1, 0))[name][0]) for name in ("v", "m", "h", "n")]
    crossing = lambda time, state: state[0] + 20  # noqa: E731
    crossing.direction = 1
    solved = solve_ivp(
        hodgkin_huxley(current), (0, duration), rest, "LSODA", rtol=1e-8, atol=1e-10, events=crossing, t_eval=times
    )
    return solved.t_events[0], solved.y


def test_the_shape_of_a_hodgkin_huxley_spike():
    """Potential and gates through two spikes to 0.02 mV and 2e-4, by rk4 at 0.01 ms."""
    times = np.arange(1, 2501) * 0.01
    spikes, reference = hodgkin_huxley_reference(1000.0, 25, times)
    (ours, _), traces = run(HodgkinHuxley(I_e=np.array([1000.0]), method="rk4"), 25, 0.01, ["v", "m", "h", "n"])
    v, *gates = (trace[:, 0] for trace in traces)

    assert len(spikes) == len(ours) > 1
    assert np.abs(v - reference[0]).max() < 0.02
    assert all(np.abs(gate - theirs).max() < 2e-4 for gate, theirs in zip(gates, reference[1:], strict=True))
    assert 45 < v.max() < 50


@pytest.mark.slow
def test_the_f_i_curve_of_hodgkin_huxley():
    """Spikes in 100 ms against LSODA's: rk4 at 0.05 ms none amiss; exponential Euler at 0.1 ms at most a tenth."""
    currents = np.array([-100.0, 100.0, 500.0, 2000.0])
    expected = np.array([len(hodgkin_huxley_reference(current, 100, None)[0]) for current in currents])
    counts = {}
    for method, dt in (("rk4", 0.05), ("exponential_euler", 0.1)):
        (_, units), _ = run(HodgkinHuxley(I_e=currents, method=method), 100, dt, [], size=len(currents))
        counts[method] = np.bincount(units, minlength=len(currents))

    assert expected[0] == 0
    assert np.all(np.diff(expected[1:]) > 0)
    assert np.all(np.abs(counts["rk4"] - expected) <= 1)
    assert np.all(np.abs(counts["exponential_euler"] - expected) <= 1 + 0.1 * expected)


def test_izhikevich_2003_is_the_published_step():
    """v, u and spikes of the paper's equations by Euler's rule at 1 ms, written out, for the paper's cell types."""
    a, b, c, d = np.array(
        [[0.02, 0.2, -65, 8], [0.02, 0.2, -55, 4], [0.02, 0.2, -50, 2], [0.1, 0.2, -65, 2], [0.02, 0.25, -65, 2]]
    ).T
    current = np.array([9.7, 10.3, 11.1, 8.9, 3.3])
    v, u = np.full(5, -65.0), -65.0 * b
    spikes, potentials, recoveries = [], [], []
    for step in range(200):
        v, u = v + 0.04 * v**2 + 5 * v + 140 - u + current, u + a * (b * v - u)
        fired = v > 30
        spikes += [(step, unit) for unit in np.flatnonzero(fired)]
        v, u = np.where(fired, c, v), np.where(fired, u + d, u)
        potentials.append(v)
        recoveries.append(u)
    model = izhikevich_2003(a, b, c, d)
    brain = Brain(
        "types",
        [Region("c", [Population("E", model, size=5, initial={"ExponentialCurrent": current})])],
        drives=[brainsim.PoissonDrive("c.E", 0, brainsim.ExponentialCurrent(1e12), 1)],
    )
    recording = brainsim.simulate(brain, duration=200, dt=1, record=[Record("c.E", "v"), Record("c.E", "u")])
    times, units = recording.spikes("c.E", stimulus=0, trial=0)

    assert list(zip(times.round().astype(int), units, strict=True)) == spikes
    assert len({unit for _, unit in spikes}) == 5
    # Fast spiking cells amplify roundings, so that the traces agree for a while only.
    for name, expected in (("v", potentials), ("u", recoveries)):
        assert np.abs(recording.traces["c.E", name].values[0, 0, :60] - expected[:60]).max() < 1e-6


def test_izhikevich_with_a_capacitance_follows_lsoda():
    """Up to the first spike of the regular spiking cell: v to 1e-6 mV, u to 1e-6 pA, by rk4 at 0.1 ms."""
    current = 100.0

    def right_side(time, state):
        v, u = state
        return [(0.7 * (v + 60) * (v + 40) - u + current) / 100, 0.03 * (-2 * (v + 60) - u)]

    peak = lambda t, y: y[0] + 30  # noqa: E731
    peak.terminal = True
    until = solve_ivp(right_side, (0, 200), [-60.0, 0.0], "LSODA", rtol=1e-11, atol=1e-12, events=peak)
    times = np.arange(1, int(until.t[-1] / 0.1)) * 0.1
    reference = solve_ivp(right_side, (0, times[-1]), [-60.0, 0.0], "LSODA", rtol=1e-11, atol=1e-12, t_eval=times).y
    (spikes, _), traces = run(Izhikevich(I_e=current), 200, 0.1, ["v", "u"])

    assert len(times) > 100
    assert spikes[0] > until.t[-1]
    for ours, theirs in zip(traces, reference, strict=True):
        assert np.abs(ours[: len(times), 0] - theirs).max() < 1e-5
