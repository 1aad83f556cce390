"""Injected and fluctuating currents, and shot noise through receptors, against closed forms.

Samples of a stationary process over independent cells: the mean has the standard error sqrt(variance / n), the
variance of a normal one sqrt(2 / n) of itself. Tolerances are five of them, and what the step adds is said.
"""

import numpy as np
import pytest

from brainsim import (
    AMPA,
    LIF,
    AlphaCurrent,
    Brain,
    CurrentDrive,
    Delta,
    ExponentialCurrent,
    OrnsteinUhlenbeckDrive,
    PoissonDrive,
    Population,
    Record,
    Region,
    SpikeDrive,
    simulate,
    theory,
)

ENGINES = ["compiled", "brian2"]
CELL = LIF(C_m=200, tau_m=10, E_L=-70, V_th=1e3, V_reset=-70)


def traces(drives, variables, size=1, duration=50.0, dt=0.1, engine="compiled", initial=None, every=None):
    """Give the values of some variables at the ends of steps: (sample, unit) each."""
    cells = Population("x", CELL, size=size, initial=initial or {})
    brain = Brain("cells", [Region("a", [cells])], drives=drives)
    records = [Record("a.x", name, every=every) for name in variables]
    recording = simulate(brain, duration=duration, dt=dt, record=records, engine=engine)
    return [recording.trace("a.x", name).values[0, 0] for name in variables]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dt", [0.1, 0.5])
def test_a_step_of_current_charges_and_discharges_the_membrane(engine, dt):
    """R I (1 - exp(-t / tau)) from its start, and the decay of that from its stop, to roundings."""
    (v,) = traces([CurrentDrive("a.x", 150, start=5, stop=30)], ["v"], dt=dt, engine=engine)
    time = dt * np.arange(1, len(v) + 1)
    on, off = np.maximum(time - 5, 0), np.maximum(time - 30, 0)
    expected = -70 + 150 * 10 / 200 * (np.exp(-off / 10) - np.exp(-on / 10))

    assert np.abs(v[:, 0] - expected).max() < 4 * len(v) * np.finfo(float).eps * 70


def test_a_waveform_is_a_sum_of_steps():
    """Superposition: the response to a waveform is the sum of the responses to its bins."""
    wave = np.random.default_rng(0).uniform(-100, 100, 20)
    (v,) = traces([CurrentDrive("a.x", wave, bin=2)], ["v"], duration=40)
    time = 0.1 * np.arange(1, 401)
    expected = -70 + sum(
        one * 10 / 200 * (np.exp(-np.maximum(time - 2 * k - 2, 0) / 10) - np.exp(-np.maximum(time - 2 * k, 0) / 10))
        for k, one in enumerate(wave)
    )

    assert np.abs(v[:, 0] - expected).max() < 1e-10


def test_a_sine_is_filtered_by_the_membrane():
    """Gain R / sqrt(1 + (omega tau)^2) and phase lag atan(omega tau), half a step later for a current that is held."""
    dt, period = 0.05, 40.0
    time = dt * np.arange(8000)
    (v,) = traces([CurrentDrive("a.x", 100 * np.sin(2 * np.pi * time / period), bin=dt)], ["v"], duration=400, dt=dt)
    omega = 2 * np.pi / period
    phase = omega * (time + dt - dt / 2) - np.arctan(omega * 10)
    expected = -70 + 100 * 10 / 200 / np.sqrt(1 + (omega * 10) ** 2) * np.sin(phase)

    # What holding does to the gain is of the order of (omega dt)^2 / 24 = 3e-6.
    assert np.abs(v[-800:, 0] - expected[-800:]).max() < 1e-4


@pytest.mark.parametrize("tau", [0.5, 5.0, 20.0])
@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_an_ornstein_uhlenbeck_current_has_its_moments(tau, dt):
    """Mean, standard deviation and autocorrelation exp(-lag / tau) at every step from the first one on, whatever dt."""
    n, mean, sigma = 4000, 120.0, 40.0
    (current,) = traces([OrnsteinUhlenbeckDrive("a.x", mean, sigma, tau)], ["I_drive"], n, 30 * dt, dt)
    z = (current - mean) / sigma

    assert np.abs(z.mean(axis=1)).max() < 5 / np.sqrt(n)
    assert np.abs(z.var(axis=1) - 1).max() < 5 * np.sqrt(2 / n)
    for lag in (1, 2, 5, 29):
        rho = np.exp(-lag * dt / tau)
        assert (z[0] * z[lag]).mean() == pytest.approx(rho, abs=5 * np.sqrt((1 + rho**2) / n))
    assert abs((z[:, 1:] * z[:, :-1]).mean()) < 5 / np.sqrt(n)


def test_an_ornstein_uhlenbeck_current_is_markov_and_normal():
    """Given the last value, the one before tells nothing; skewness and excess kurtosis vanish."""
    n = 20_000
    (current,) = traces([OrnsteinUhlenbeckDrive("a.x", 0, 1, 3)], ["I_drive"], n, 3, 1.0)
    rho = np.exp(-1 / 3)
    fresh = (current[2] - rho * current[1]) / np.sqrt(1 - rho**2)

    assert abs((fresh * current[0]).mean()) < 5 / np.sqrt(n)
    assert abs((fresh**3).mean()) < 5 * np.sqrt(15 / n)
    assert abs((fresh**4).mean() - 3) < 5 * np.sqrt(96 / n)


@pytest.mark.parametrize("tau", [1.0, 8.0])
@pytest.mark.parametrize("dt", [0.1, 0.5])
def test_a_membrane_filters_an_ornstein_uhlenbeck_current(tau, dt):
    """The variance of the potential is that of two exact recursions, which for dt to 0 is theory's."""
    n, sigma = 6000, 60.0
    (v,) = traces([OrnsteinUhlenbeckDrive("a.x", 100, sigma, tau)], ["v"], n, 80, dt, every=80 - dt)
    v = v[-1] + 70
    a, rho, gain = np.exp(-dt / 10), np.exp(-dt / tau), 10 / 200
    # v' = a v + (1 - a) R x with x' = rho x + ...: stationary covariance of v and x, then variance of v.
    held = ((1 - a) * gain * sigma) ** 2 * (1 + a * rho) / ((1 - a**2) * (1 - a * rho))
    limit = float(theory.filtered_noise_std(CELL, sigma, tau)) ** 2

    assert held == pytest.approx(limit, rel=0.6 * dt / min(tau, 10))
    assert abs(v.mean() - 100 * gain * (1 - np.exp(-8))) < 5 * np.sqrt(held / n)
    assert abs(v.var() / held - 1) < 5 * np.sqrt(2 / n)


@pytest.mark.parametrize(
    ("receptor", "weight", "tau_syn", "shape"),
    [
        (ExponentialCurrent(2), 20, 2, "exponential"),
        (AlphaCurrent(2), 15, 2, "alpha"),
        (Delta(), 0.2, 0, "exponential"),
    ],
)
def test_shot_noise_is_campbells(receptor, weight, tau_syn, shape):
    """Mean and variance of the potential, and of the current, are those of Campbell's theorem."""
    n, rate, dt = 5000, 3000.0, 0.1
    names = ["v"] if tau_syn == 0 else ["v", receptor.variable]
    values = [one[-1] for one in traces([PoissonDrive("a.x", rate, receptor, weight)], names, n, 100, dt, every=99.9)]
    moments = [theory.shot_noise_potential(CELL, rate, weight, tau_syn, shape)]
    if tau_syn:
        moments.append(theory.shot_noise_current(rate, weight, tau_syn, shape))

    for value, (mean, variance), rest, memory in zip(values, moments, (-70, 0), (10, tau_syn), strict=False):
        # Events arrive at the ends of steps: the moments are theory's up to a share dt / 2 of the shortest memory.
        grain = dt / 2 / min(memory, tau_syn or memory)
        # Excess kurtosis of shot noise is at most of the order of one over the events that are remembered.
        excess = 2 / (rate * 1e-3 * (tau_syn or memory))
        assert abs(value.mean() - rest - mean) < 5 * np.sqrt(variance / n) + grain * mean
        assert abs(value.var() / variance - 1) < 5 * np.sqrt((2 + excess) / n) + 2 * grain


def test_shot_noise_through_a_conductance():
    """A conductance has Campbell's moments; the potential's mean is where currents balance, up to the next order."""
    n, rate, weight, tau_syn, dt = 5000, 4000.0, 0.5, 3.0, 0.1
    drive = PoissonDrive("a.x", rate, AMPA(tau=tau_syn, E_rev=0), weight)
    v, g = (one[-1] for one in traces([drive], ["v", "AMPA"], n, 100, dt, every=99.9))
    mean, variance = rate * 1e-3 * weight * tau_syn, rate * 1e-3 * weight**2 * tau_syn / 2
    # At the ends of steps events have decayed by 0, 1, 2 ... steps: the geometric sums that the integrals stand for.
    decay = np.exp(-dt / tau_syn)
    on_grid = rate * 1e-3 * dt * weight / (1 - decay), rate * 1e-3 * dt * weight**2 / (1 - decay**2)

    assert on_grid == pytest.approx((mean, variance), rel=1.05 * dt / tau_syn)
    assert abs(g.mean() - on_grid[0]) < 5 * np.sqrt(on_grid[1] / n)
    assert abs(g.var() / on_grid[1] - 1) < 5 * np.sqrt((2 + 2 / (rate * 1e-3 * tau_syn)) / n)

    # During a step exponential Euler holds the conductance of its beginning, so its mean on the grid is what counts.
    # v - balance = u + w: u' = -u / tau_eff - balance (g - mean) / C to first order, w' = -w / tau_eff - (g - mean) u
    # / C to second: the variance of u, and the mean of w, follow from the exponential autocorrelation of g.
    total = 200 / 10 + on_grid[0]
    balance, tau_eff = -70 * 20 / total, 200 / total
    share = variance / total**2 * tau_syn / (tau_syn + tau_eff)
    spread = abs(balance) * np.sqrt(share)
    assert v.mean() == pytest.approx(balance * (1 + share), abs=5 * spread / np.sqrt(n))
    assert v.std() == pytest.approx(spread, rel=5 / np.sqrt(2 * n) + dt / tau_syn + np.sqrt(share))


@pytest.mark.parametrize("engine", ENGINES)
def test_listed_spikes_are_postsynaptic_potentials(engine):
    """Each event begins a postsynaptic potential at the end of its step, and they add up."""
    drive = SpikeDrive("a.x", [2.0, 2.0, 7.35], 0, ExponentialCurrent(2), [50, 30, -40])
    (v,) = traces([drive], ["v"], engine=engine)
    time = 0.1 * np.arange(1, 501)
    expected = -70 + sum(
        theory.psp(CELL, np.maximum(time - begin, 0), 2, weight) for begin, weight in ((2.1, 80), (7.4, -40))
    )

    assert np.abs(v[:, 0] - expected).max() < 1e-10
