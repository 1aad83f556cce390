"""Poisson sources and backgrounds against the distributions they are named after.

Tolerances are five standard errors, derived beside each. A source spikes at most once a step, so what is geometric and
binomial here is exponential and Poisson in the limit of short steps: the difference is p = rate dt.
"""

import numpy as np
import pytest
from scipy import stats

from brainsim import LIF, Brain, ExponentialCurrent, Poisson, PoissonDrive, Population, Record, Region, simulate
from brainsim.encoders import Rate

UNITS, RATE, DT = 2000, 50.0, 0.1


@pytest.fixture(scope="module")
def recording():
    """2000 sources at 50 Hz for 2 s."""
    brain = Brain(
        "sources",
        [Region("a", [Population("x", Poisson(), size=UNITS)])],
        inputs={"a": Rate(max_rate=RATE)},
    )
    return simulate(brain, np.ones((1, UNITS)), duration=2000, dt=DT)


def test_counts_are_poisson(recording):
    """Mean rate T; variance over mean (Fano factor) 1 - p; over 2000 units, chi-squared against the binomial."""
    counts, steps, p = recording.spike_counts["a.x"][0, 0], 20_000, RATE * DT / 1e3
    mean, variance = steps * p, steps * p * (1 - p)

    assert abs(counts.mean() - mean) < 5 * np.sqrt(variance / UNITS)
    assert abs(counts.var() / counts.mean() - (1 - p)) < 5 * np.sqrt(2 / UNITS)
    edges = np.array([-1, 80, 85, 90, 95, 100, 105, 110, 115, 120, 1000])
    expected = np.diff(stats.binom.cdf(edges, steps, p)) * UNITS
    observed = np.histogram(counts, edges + 0.5)[0]
    assert stats.chi2.sf(((observed - expected) ** 2 / expected).sum(), len(expected) - 1) > 1e-4


def test_intervals_are_geometric(recording):
    """CV sqrt(1 - p), and as many of each length as there should be, over 200,000 intervals."""
    p = RATE * DT / 1e3
    intervals = np.rint(np.concatenate([np.diff(one) for one in recording.spike_trains("a.x")]) / DT)
    n = len(intervals)

    # The CV of exponential intervals has the standard error sqrt(1 / n). Long ones are cut off by the end of the trial,
    # which takes about a share 1 / 100 of the mean: one interval in the hundred of a unit.
    assert intervals.std() / intervals.mean() == pytest.approx(np.sqrt(1 - p), abs=5 / np.sqrt(n) + 0.01)
    edges = np.array([0, 20, 50, 100, 150, 200, 300, 400, 600])
    expected = np.diff(stats.geom.cdf(edges, p)) * n
    observed = np.histogram(intervals, edges + 0.5)[0]
    assert np.all(np.abs(observed - expected) < 5 * np.sqrt(expected) + 0.02 * expected)


def test_neighbours_in_time_and_space_are_independent(recording):
    """Counts in 100 ms of one unit in successive windows, and of neighbours, are uncorrelated."""
    times, units = recording.spikes("a.x")
    counts = np.zeros((UNITS, 20))
    np.add.at(counts, (units, (times / 100).astype(int)), 1)
    z = (counts - counts.mean()) / counts.std()

    for one, two in ((z[:, 1:], z[:, :-1]), (z[1:], z[:-1]), (z[64:], z[:-64])):
        assert abs((one * two).mean()) < 5 / np.sqrt(one.size)


def test_a_changing_rate_gives_its_integral():
    """Counts up to any time have the mean and the variance of the integral of the rate."""
    time = np.arange(0, 400, 4.0)
    rate = 40 * (1 + np.sin(2 * np.pi * time / 200)) + 10 * (time > 300)
    brain = Brain(
        "waves",
        [Region("a", [Population("x", Poisson(), size=UNITS)])],
        inputs={"a": Rate(max_rate=100, high=100, bin=4)},
    )
    stimulus = np.broadcast_to(rate[None, :, None], (1, 100, UNITS))
    times, units = simulate(brain, stimulus, duration=400, dt=DT).spikes("a.x")

    for end in (40, 100, 152, 232, 320, 400):
        counts = np.bincount(units[times < end - 1e-9], minlength=UNITS)
        integral = rate[: end // 4].sum() * 4e-3
        assert abs(counts.mean() - integral) < 5 * np.sqrt(integral / UNITS)
        assert abs(counts.var() / integral - 1) < 5 * np.sqrt((2 + 1 / integral) / UNITS) + 0.01


def test_a_background_counts_as_poisson():
    """An arriving current that never decays counts events: mean, variance and third moment rate T in every step."""
    events = 3000.0
    cell = LIF(V_th=1e6, V_reset=-70)
    brain = Brain(
        "background",
        [Region("a", [Population("x", cell, size=UNITS)])],
        drives=[PoissonDrive("a.x", events, ExponentialCurrent(1e9), 1.0)],
    )
    record = [Record("a.x", "ExponentialCurrent")]
    counts = simulate(brain, duration=20, dt=DT, record=record).trace("a.x", "ExponentialCurrent").values[0, 0]
    each = np.diff(counts, axis=0, prepend=0)
    mean, n = events * DT / 1e3, each.size

    assert np.allclose(each, np.rint(each), atol=1e-6)
    assert abs(each.mean() - mean) < 5 * np.sqrt(mean / n)
    assert abs(each.var() - mean) < 5 * np.sqrt((mean + 2 * mean**2) / n)
    observed = np.bincount(np.rint(each).astype(int).ravel(), minlength=8)[:4]
    expected = stats.poisson.pmf(np.arange(4), mean) * n
    assert np.all(np.abs(observed - expected) < 5 * np.sqrt(expected))
