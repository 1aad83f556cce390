"""Distributions: their moments, their bounds, their seeds."""

import math

import brian2
import numpy as np
import pytest
from scipy import stats

from brainsim import LogNormal, Normal, Uniform
from brainsim.distributions import draw, mean_of, parameter
from brainsim.errors import KindError, ParameterError

SIZE = 20_000


@pytest.mark.parametrize(
    ("distribution", "reference"),
    [
        (Normal(-65, 5), stats.norm(-65, 5)),
        (Normal(24, 9, low=0), stats.truncnorm(-24 / 9, np.inf, 24, 9)),
        (Normal(1.5, 0.75, low=0.1, high=2), stats.truncnorm(-1.4 / 0.75, 0.5 / 0.75, 1.5, 0.75)),
        (Uniform(-60, -50), stats.uniform(-60, 10)),
        (
            LogNormal(1.5, 0.5),
            stats.lognorm(math.sqrt(math.log1p(1 / 9)), scale=1.5 / math.sqrt(1 + 1 / 9)),
        ),
    ],
    ids=lambda value: value.dist.name if hasattr(value, "dist") else str(value),
)
def test_draws_follow_the_distribution(distribution, reference):
    """A Kolmogorov-Smirnov test against SciPy finds nothing amiss; bounds truncate."""
    values = distribution.draw(np.random.default_rng(7), SIZE)

    assert stats.kstest(values, reference.cdf).pvalue > 0.01


def test_average_and_support():
    """What is known before anything is drawn."""
    assert (Normal(2, 1).average, Uniform(0, 4).average, LogNormal(3, 1).average, mean_of(5)) == (2, 2, 3, 5)
    assert Normal(0, 1, high=2).support == (-math.inf, 2)
    assert Uniform(0, 4).support == (0, 4)
    assert LogNormal(3, 1).support == (0, math.inf)


def test_a_width_of_zero_is_a_number():
    """Nothing is spread out."""
    values = Normal(3, 0, low=0).draw(np.random.default_rng(0), 5)

    assert values.tolist() == [3] * 5


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Normal("a", 1), "Normal.mean: must be a number, got 'a'"),
        (lambda: Normal(0, 1, low="a"), "Normal.low: must be a number, got 'a'"),
        (lambda: Uniform(None, 1), "Uniform.low: must be a number, got None"),
        (lambda: LogNormal(1, [1]), r"LogNormal.std: must be a number, got \[1\]"),
        (lambda: Normal(0, -1), "std not negative"),
        (lambda: Normal(math.nan, 1), "finite"),
        (lambda: Normal(0, 1, low=2, high=1), "low must not be above high"),
        (lambda: Normal(0, 1, low=10), "only a share of"),
        (lambda: Normal(5, 0, high=4), "only a share of 0"),
        (lambda: Uniform(2, 1), "low not above high"),
        (lambda: Uniform(0, math.inf), "finite"),
        (lambda: LogNormal(-1, 1), "mean must be positive"),
    ],
)
def test_distributions_that_are_none_are_refused(build, message):
    """The message shows the distribution."""
    with pytest.raises((KindError, ParameterError), match=message):
        build()


def test_quantities_are_taken_in_the_unit_of_the_parameter():
    """Brian2 quantities in a distribution mean what they say."""
    given = Normal(20 * brian2.ms, 2 * brian2.ms, low=1 * brian2.ms)

    assert parameter(given, "ms", "LIF.tau_m") == Normal(20.0, 2.0, low=1.0)
    with pytest.raises(ParameterError, match=r"LIF.tau_m.mean: must be in mV"):
        parameter(given, "mV", "LIF.tau_m")


def test_a_distribution_without_a_possible_value_is_refused():
    """What must be positive cannot be drawn from below zero."""
    with pytest.raises(ParameterError, match="x: must be positive"):
        parameter(Uniform(-2, -1), "ms", "x", positive=True)
    with pytest.raises(ParameterError, match="x: must be at least 0"):
        parameter(Uniform(-2, -1), "ms", "x", nonnegative=True)
    with pytest.raises(KindError, match="x: must be a number"):
        parameter("Normal", "ms", "x")


def test_drawn_values_out_of_range_are_refused():
    """The message shows the smallest and what to do."""
    with pytest.raises(ParameterError, match=r"LIF.tau_m: must be positive.*low="):
        draw(Normal(1, 5), np.random.default_rng(0), 100, "LIF.tau_m", positive=True)
    with pytest.raises(ParameterError, match=r"weight: must be at least 0"):
        draw(Normal(1, 5), np.random.default_rng(0), 100, "weight", nonnegative=True)
    assert draw(3.0, np.random.default_rng(0), 100, "x") == 3.0
