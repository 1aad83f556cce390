"""Rate and irregularity of cells driven by noise, against the first-passage time of Siegert.

Theory has noise without grain and a threshold that is looked at all the time. A threshold that is looked at once a step
of length dt seems higher by 0.5826 sigma sqrt(dt / tau_m), sigma = sqrt(2) std (Chernoff 1965; Siegmund 1979: minus
zeta(1/2) over sqrt(2 pi)), which is allowed for; what is then left must be within the standard error of the count.
"""

import numpy as np
import pytest

from brainsim import LIF, Brain, Delta, ExponentialCurrent, PoissonDrive, Population, Region, simulate, theory

CELL = {"C_m": 250, "tau_m": 20, "E_L": 0, "V_reset": 10, "t_ref": 2}
GRID = 0.5826


def balanced(mean, std, weight, size, tau_syn=0.0):
    """Give cells under excitation and inhibition whose free potential has this mean and standard deviation."""
    cell = LIF(V_th=20, **CELL)
    unit = theory.shot_noise_potential(cell, 1.0, weight, tau_syn)
    both, difference = std**2 / float(unit.variance), mean / float(unit.mean)
    receptor = ExponentialCurrent(tau=tau_syn) if tau_syn else Delta()
    drives = [PoissonDrive("a.x", (both + sign * difference) / 2, receptor, sign * weight) for sign in (1, -1)]
    cells = Population("x", cell, size=size, initial={"v": mean - std})
    return Brain("noisy", [Region("a", [cells])], drives=drives)


def measured(brain, dt, duration=1100.0):
    """Give the rate after 100 ms, its relative standard error, and the CV of the intervals of all cells."""
    recording = simulate(brain, duration=duration, dt=dt, seed=5)
    late = recording.spikes("a.x")[0] >= 100
    intervals = np.concatenate([np.diff(one) for one in recording.spike_trains("a.x")])
    variation = float(intervals.std() / intervals.mean())
    rate = late.sum() / recording.sizes["a.x"] / (duration - 100) * 1e3
    return rate, variation / np.sqrt(late.sum()), variation


@pytest.mark.parametrize(("mean", "std"), [(14.0, 4.0), (18.0, 1.5), (22.0, 3.0)])
@pytest.mark.parametrize("dt", [0.1, pytest.param(0.02, marks=pytest.mark.slow)])
def test_jumps_of_the_potential_make_the_rate_of_siegert(mean, std, dt):
    """Below, near and above threshold: within 4 standard errors of theory, its threshold raised for the step."""
    rate, error, _ = measured(balanced(mean, std, weight=0.02, size=200), dt)
    seen = LIF(V_th=20 + GRID * np.sqrt(2) * std * np.sqrt(dt / 20), **CELL)
    expected = float(theory.siegert_rate(seen, mean, std))

    assert rate == pytest.approx(expected, rel=4 * error + 0.005)


@pytest.mark.parametrize(("mean", "std"), [(14.0, 4.0), (22.0, 3.0)])
def test_intervals_are_as_irregular_as_theory_says(mean, std):
    """The coefficient of variation, to 5 %: long intervals are cut off by the end of the trial."""
    brain = balanced(mean, std, weight=0.02, size=100)
    expected = float(theory.siegert_cv(LIF(V_th=20, **CELL), mean, std))

    assert measured(brain, 0.1, duration=3100)[2] == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("tau_syn", [0.5, pytest.param(2.0, marks=pytest.mark.slow)])
def test_currents_that_last_lower_the_rate(tau_syn):
    """Fourcaud and Brunel's threshold for filtered noise, to first order: errors go with tau_syn / tau_m."""
    mean, current = 16.0, 4.0
    std = current * np.sqrt(20 / (20 + tau_syn))  # white noise of this strength would give `current`
    rate, error, _ = measured(balanced(mean, std, weight=5.0 / tau_syn, size=200, tau_syn=tau_syn), 0.05)
    white, filtered = (float(theory.siegert_rate(LIF(V_th=20, **CELL), mean, current, tau)) for tau in (0, tau_syn))

    assert rate == pytest.approx(filtered, rel=4 * error + tau_syn / 20)
    assert abs(rate - filtered) < 0.3 * abs(rate - white)
