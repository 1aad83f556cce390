import numpy as np
import pytest
from scipy import special, stats

from brainsim.engine import NetworkError, SparseConnections
from brainsim.engine.delivery import SynapseList
from brainsim.engine.laying import Member
from brainsim.engine.quantile import normal_quantile
from brainsim.engine.recipes import DrawnConnections, DrawnValues, UniformTargets, recipe_key

ROWS, UNITS = 60, 150
INDPTR = np.concatenate(([0], np.cumsum(np.random.default_rng(0).integers(0, 300, ROWS))))
TARGETS = UniformTargets(recipe_key(0, "targets"), UNITS)
WEIGHTS = DrawnValues(recipe_key(0, "weights"), "normal", 88.0, 9.0, low=0.0, divisor=1e12)
DELAYS = DrawnValues(recipe_key(0, "delays"), "normal", 1.5, 0.75, low=0.1, divisor=0.1)
DRAWN = DrawnConnections(INDPTR, TARGETS, WEIGHTS, DELAYS)


def test_normal_quantiles_are_wichura_s() -> None:
    """Algorithm AS 241 errs by about 1e-16 relative; SciPy's is another algorithm."""
    p = np.concatenate([np.linspace(1e-3, 1 - 1e-3, 999), 2.0 ** -np.arange(10, 36), 1 - 2.0 ** -np.arange(10, 36)])
    ours, theirs = np.array([normal_quantile(one) for one in p]), special.ndtri(p)
    assert np.allclose(ours, theirs, rtol=2e-15, atol=1e-16)


@pytest.mark.parametrize(
    ("shape", "location", "spread", "bounds", "theory"),
    [
        ("uniform", 2.0, 3.0, (-np.inf, np.inf), stats.uniform(2, 3)),
        ("normal", 2.0, 3.0, (-np.inf, np.inf), stats.norm(2, 3)),
        ("normal", 2.0, 3.0, (1.0, 4.0), stats.truncnorm(-1 / 3, 2 / 3, 2, 3)),
        ("lognormal", 0.5, 0.4, (0.0, np.inf), stats.lognorm(0.4, scale=np.exp(0.5))),
    ],
)
def test_values_follow_their_distribution(shape, location, spread, bounds, theory) -> None:
    """Kolmogorov and Smirnov's test over 40,000 synapses; bounds truncate and pile nothing up."""
    values = DrawnValues(recipe_key(1, shape), shape, location, spread, *bounds).all(np.arange(0, 40_001, 100))
    assert stats.kstest(values, theory.cdf).pvalue > 1e-3
    assert len(np.unique(values)) > 39_990


def test_without_spread_all_values_are_one() -> None:
    """Also where the one value lies on a bound."""
    assert (DrawnValues(recipe_key(1, "x"), "normal", 2.0, 0.0, low=2.0).all(INDPTR) == 2.0).all()


def test_targets_are_uniform_and_may_leave_oneself_out() -> None:
    """Pearson's chi-square over units, and no autapse."""
    key = recipe_key(3, "targets")
    wired = DrawnConnections(np.arange(0, 100_001, 1000), UniformTargets(key, 99, skips_self=True), 1.0, 1)
    targets, rows = wired.targets, np.repeat(np.arange(100), 1000)
    assert wired.reach == 100
    assert not np.any(targets == rows)
    others = targets.astype(int) - (targets > rows)
    assert stats.chisquare(np.bincount(others, minlength=99)).pvalue > 1e-3


def test_extremes_hold_for_all_that_can_be_drawn() -> None:
    """They are the values of the smallest and the largest word."""
    low, high = DELAYS.extremes
    steps = DRAWN.delays
    assert 1.0 <= low < 1.001
    assert steps.min() >= round(low)
    assert steps.max() <= round(high) == DRAWN.longest_delay < 65


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("threads", [1, 2])
def test_rows_laid_out_are_the_rows_listed(parts: int, threads: int) -> None:
    """Drawn in place or sorted from the list: the same synapses at the same places, whatever the threads."""
    size = 64
    drawn = SynapseList.of(Member(DRAWN, 0, size), parts=parts, threads=threads)
    listed = SynapseList.of(Member(DRAWN.expand(), 0, size), parts=parts, threads=threads)
    kept = np.isin(drawn.delays, listed.delays)
    rows = ROWS * parts
    assert np.array_equal(drawn.targets, listed.targets)
    assert np.array_equal(drawn.weights, listed.weights)
    assert drawn.weights.dtype == np.float32
    assert np.array_equal(drawn.bounds[:-1].reshape(rows, -1)[:, kept], listed.bounds[:-1].reshape(rows, -1))


def test_members_of_a_list_are_told_apart_by_their_offsets() -> None:
    """Each spike's synapses of one delay: those of the first projection, then of the second, each in their order."""
    first = SparseConnections(np.array([0, 2, 3]), np.array([1, 0, 1]), np.array([1.0, 2.0, 3.0]), np.array([2, 1, 1]))
    second = SparseConnections(np.array([0, 1, 3]), np.array([0, 2, 0]), np.array([4.0, 5.0, 6.0]), 2)
    both = SynapseList.of(Member(first, 0), Member(second, 8))
    assert both.delays.tolist() == [2, 1]
    assert both.bounds.tolist() == [0, 2, 3, 5, 6]
    assert both.targets.tolist() == [1, 8, 0, 10, 8, 1]
    assert both.weights.tolist() == [1.0, 4.0, 2.0, 5.0, 6.0, 3.0]


def test_a_delay_that_cannot_be_is_refused() -> None:
    """A distribution that may draw less than no step."""
    with pytest.raises(NetworkError, match="delays: must be whole steps from 0 to 1000000"):
        DrawnConnections(INDPTR, TARGETS, 1.0, DrawnValues(recipe_key(0, "d"), "normal", 1.0, 9.0))


def test_too_many_synapses_for_one_projection_are_refused() -> None:
    """Places are numbered in 32 bits."""
    with pytest.raises(NetworkError, match="fewer than 4,294,967,296 synapses, got 4,294,967,296"):
        DrawnConnections(np.array([0, 2**32]), TARGETS, 1.0, 1)
