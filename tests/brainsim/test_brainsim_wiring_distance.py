"""Wiring by distance: the probability at every distance, open and periodic, in two and three dimensions."""

import brian2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import cdist

from brainsim import AMPA, LIF, Brain, PoissonDrive, Population, Projection, Region, simulate, wiring
from brainsim.errors import KindError, ModelError, ParameterError
from brainsim.geometry import grid_places
from brainsim.lower import lower
from brainsim.wiring import Ends
from brainsim.wiring.cells import Cells, gaps, nearest_gaps

# The formulas of NEST's spatial distributions (gaussian, exponential, linear, rectangular mask), written once more.
FORMULAS = {
    "gaussian": lambda d, sigma: np.exp(-(d**2) / (2 * sigma**2)),
    "exponential": lambda d, sigma: np.exp(-d / sigma),
    "linear": lambda d, sigma: np.clip(1 - d / sigma, 0, None),
    "boxcar": lambda d, sigma: (d <= sigma).astype(float),
}


def ends(source, target, recurrent=False):
    """Give the ends of a projection called x between units at these places."""
    return Ends((len(source),), (len(target),), recurrent, "x", source, target)


def scattered(units, axes=2, side=1.0, seed=0):
    """Give places drawn uniformly in a box."""
    return np.random.default_rng(seed).random((units, axes)) * side


def apart(source, target, box=None):
    """Give all distances, one by one: the long way."""
    if box is None:
        return cdist(source, target)
    shifts = np.stack(np.meshgrid(*[[-box, 0.0, box]] * source.shape[1]), axis=-1).reshape(-1, source.shape[1])
    return np.min([cdist(source, target + shift) for shift in shifts], axis=0)


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("box", [None, 1.0])
@pytest.mark.parametrize("profile", sorted(FORMULAS))
def test_synapses_have_the_distances_that_the_profile_gives(profile, box, axes):
    """Kolmogorov-Smirnov: the distances of synapses follow the profile times the distances there are."""
    source, target = scattered(400, axes, seed=1), scattered(500, axes, seed=2)
    rule = wiring.distance_dependent(0.6, 0.2, profile, periodic=box)
    distances = apart(source, target, box)
    chance = 0.6 * FORMULAS[profile](distances, 0.2)

    wired = rule.connect(ends(source, target), np.random.default_rng(5))

    order = np.argsort(distances, axis=None)
    share = np.cumsum(chance.ravel()[order]) / chance.sum()
    length = np.sort(distances[wired.sources, wired.targets])
    # Given the places, the cumulative share at each synapse's length is uniform, but for steps of 1 / 200,000.
    uniform = np.interp(length, distances.ravel()[order], share)
    assert stats.kstest(uniform, "uniform").pvalue > 0.01
    deviation = np.sqrt((chance * (1 - chance)).sum())
    assert abs(wired.synapses - chance.sum()) < 3.3 * deviation
    assert len(np.unique(wired.sources.astype(np.int64) * 500 + wired.targets)) == wired.synapses


def test_p_values_are_uniform_over_seeds():
    """Two levels, as NEST tests its rules: chi-square over pairs for each seed, then KS over the seeds' p-values."""
    source, target = scattered(60, seed=3), scattered(50, seed=4)
    rule = wiring.distance_dependent(0.9, 0.3)
    chance = 0.9 * FORMULAS["gaussian"](apart(source, target), 0.3)
    bins = np.digitize(chance, np.quantile(chance, np.linspace(0, 1, 21)[1:-1]))
    expected, variance = (np.bincount(bins.ravel(), value.ravel()) for value in (chance, chance * (1 - chance)))

    values = []
    for seed in range(100):
        wired = rule.connect(ends(source, target), np.random.default_rng(seed))
        found = np.bincount(bins[wired.sources, wired.targets], minlength=20)
        values.append(stats.chi2(20).sf(((found - expected) ** 2 / variance).sum()))

    assert stats.kstest(values, "uniform").pvalue > 0.01


def test_each_pair_has_its_own_probability():
    """Over many seeds every pair is connected as often as its distance asks for, near and far alike."""
    source = target = grid_places((5, 5), 0.1)
    rule = wiring.distance_dependent(0.8, 0.15, "exponential")
    chance = 0.8 * FORMULAS["exponential"](apart(source, target), 0.15)
    runs = 250
    total = np.zeros((25, 25))
    for seed in range(runs):
        wired = rule.connect(ends(source, target, recurrent=True), np.random.default_rng(seed))
        total[wired.sources, wired.targets] += 1

    score = (total - runs * chance) / np.sqrt(runs * chance * (1 - chance))

    assert np.abs(score).max() < 4.5
    assert score.std() == pytest.approx(1, abs=0.1)


def test_no_synapse_is_longer_than_allowed():
    """max_distance cuts the profile off, and autapses are left out on request."""
    places = grid_places((20, 20), 0.05)
    rule = wiring.distance_dependent(1.0, 5.0, max_distance=0.11, autapses=False)

    wired = rule.connect(ends(places, places, recurrent=True), np.random.default_rng(0))

    length = gaps(places[wired.sources], places[wired.targets])
    assert length.max() == pytest.approx(0.1)
    assert not np.any(wired.sources == wired.targets)
    assert rule.synapses(ends(places, places, recurrent=True)) == pytest.approx(wired.synapses, rel=0.02)


def test_a_boxcar_of_probability_one_is_everybody_within_reach():
    """Nothing is left to chance, so each pair is there or not, over the border too."""
    places = scattered(500, seed=8)
    rule = wiring.distance_dependent(1, 0.2, "boxcar", periodic=1)

    wired = rule.connect(ends(places, places), np.random.default_rng(0))

    expected = np.argwhere(apart(places, places, 1.0) <= 0.2)
    assert np.array_equal(np.stack([wired.sources, wired.targets], axis=1), expected)
    assert rule.synapses(ends(places, places)) == len(expected)


@pytest.mark.parametrize("p", [0.0, 1e-300])
def test_a_probability_however_small_ends(p):
    """Nobody is connected, and nobody waits."""
    places = scattered(300)

    wired = wiring.distance_dependent(p, 0.1).connect(ends(places, places), np.random.default_rng(0))

    assert (wired.synapses, len(wired.indptr)) == (0, 301)


def test_large_sheets_take_memory_for_synapses_only():
    """10,000 onto 10,000 units without 100 million distances: the rule asks for few of them."""
    import tracemalloc

    places = grid_places((100, 100), 0.05)
    rule = wiring.distance_dependent(0.3, 0.1, "exponential", velocity=0.3)
    tracemalloc.start()

    wired = rule.connect(ends(places, places), np.random.default_rng(0))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert wired.synapses > 50_000
    assert peak < 200e6  # 100 million distances would take four times as much
    assert rule.synapses(ends(places, places)) == pytest.approx(wired.synapses, rel=0.05)


def test_delays_are_lengths_over_velocity_and_added():
    """A synapse of 0.3 mm at 0.2 mm/ms takes 1.5 ms, plus the projection's delay, which is 0 where none is given."""
    sheet = Population("E", LIF(), shape=(6, 6), spacing=0.1)
    rule = wiring.distance_dependent(1, 0.35, "boxcar", velocity=0.2, autapses=False)

    def built(**options):
        projection = Projection("a.E", "a.E", rule, AMPA(), **options)
        one = Brain("b", [Region("a", [sheet])], [projection])
        return one.pathways[0], lower(one, 0.1).projections[0].connections

    (pathway, plain), (_, later) = built(), built(delay=2.0)
    places = sheet.coordinates
    sources = np.repeat(np.arange(36), np.diff(plain.indptr.astype(int)))
    length = np.linalg.norm(places[sources] - places[plain.targets], axis=1)
    assert plain.delays.tolist() == np.rint(length / 0.2 / 0.1).astype(int).tolist()
    assert np.array_equal(later.delays, np.rint((length / 0.2 + 2) / 0.1))
    assert pathway.mean_delay == pytest.approx((length / 0.2).mean())
    assert pathway.projection.delay == 0


def test_a_unit_that_lies_where_its_target_lies_needs_a_delay():
    """A distance of 0 is a delay of 0, and a spike cannot arrive in its own step."""
    sheet = Population("E", LIF(), shape=(3, 3), spacing=0.1)
    rule = wiring.distance_dependent(1, 0.2, velocity=0.2)
    one = Brain("b", [Region("a", [sheet])], [Projection("a.E", "a.E", rule, AMPA())])

    with pytest.raises(ParameterError, match="delay must be at least one step, got 0 ms"):
        lower(one, 0.1)


def test_a_wave_travels_at_the_velocity_of_its_axons():
    """A chain whose first unit fires: each next one follows after its distance over the velocity."""
    line = Population("E", LIF(), positions=[[0.3 * unit, 0.0] for unit in range(6)], size=6)
    first = Population("S", LIF(), positions=[[-0.3, 0.0]], size=1)
    rule = wiring.distance_dependent(1, 0.35, "boxcar", velocity=0.1, autapses=False)
    one = Brain(
        "chain",
        [Region("a", [line, first])],
        [
            Projection("a.S", "a.E", rule, AMPA(), weight=150, delay=0.1),
            Projection("a.E", "a.E", rule, AMPA(), weight=150, delay=0.1),
        ],
        [PoissonDrive("a.S", 1e5, AMPA(), 5.0)],
    )

    times, units = simulate(one, duration=40).spikes("a.E")

    onset = [times[units == unit].min() for unit in range(6)]
    assert np.all(np.diff(onset) >= 3.1)
    assert np.all(np.diff(onset) < 3.9)


def test_places_of_a_grid():
    """X is the column, y the row, the middle is 0, and channels of one position lie in one place."""
    places = grid_places((2, 3, 2), 0.5)

    assert places[0].tolist() == places[1].tolist() == [-0.5, -0.25]
    assert places[4].tolist() == [0.5, -0.25]
    assert places[6].tolist() == [-0.5, 0.25]
    sheet = Population("E", LIF(), shape=(2, 3, 2), spacing=500 * brian2.um)
    assert np.array_equal(sheet.coordinates, places)
    assert Population("E", LIF(), size=3, spacing=2).coordinates.tolist() == [[-2, 0], [0, 0], [2, 0]]
    assert Population("E", LIF(), size=3).coordinates is None
    assert Population("E", LIF(), size=1, positions=[[1, 2, 3]] * brian2.meter).coordinates.tolist() == [
        [1e3, 2e3, 3e3]
    ]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 400), st.integers(1, 400), st.sampled_from([2, 3]), st.booleans())
def test_cells_bound_the_distances_of_their_units(seed, here, there, axes, periodic):
    """Every unit is in one cell, and no two units are nearer than their cells."""
    source, target = scattered(here, axes, seed=seed), scattered(there, axes, seed=seed + 1)
    box = 1.0 if periodic else None
    first, second = Cells.around(source), Cells.around(target)

    bound = nearest_gaps(first, second, box)

    assert np.array_equal(np.sort(first.units), np.arange(here))
    rows, columns = (np.repeat(np.arange(len(one.sizes)), one.sizes)[np.argsort(one.units)] for one in (first, second))
    assert np.all(bound[rows[:, None], columns[None, :]] <= apart(source, target, box))


def test_the_seed_alone_decides():
    """The same seed gives the same synapses, another one others."""
    places = scattered(300)
    rule = wiring.distance_dependent(0.5, 0.1)

    one, same, other = (rule.connect(ends(places, places), np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert np.array_equal(one.targets, same.targets)
    assert not np.array_equal(one.targets, other.targets)


def located(**options):
    """Give a population of four units with places."""
    return Population("E", LIF(), **{"size": 4, **options})


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: wiring.distance_dependent(1.5, 1), ParameterError, "p: must be between 0 and 1, got 1.5"),
        (lambda: wiring.distance_dependent(0.5, 0), ParameterError, "sigma: must be positive, got 0 mm"),
        (lambda: wiring.distance_dependent(0.5, 1, "gausian"), ParameterError, "did you mean 'gaussian'"),
        (lambda: wiring.distance_dependent(0.5, 1, max_distance=-1), ParameterError, "max_distance: must be positive"),
        (
            lambda: wiring.distance_dependent(0.5, 1, velocity=0),
            ParameterError,
            "velocity: must be positive, got 0 mm/ms",
        ),
        (lambda: wiring.distance_dependent(0.5, 1, velocity=3 * brian2.mV), ParameterError, "must be in mm/ms"),
        (lambda: wiring.distance_dependent(0.5, 1, profile=["boxcar"]), ParameterError, "profile: .* is unknown"),
        (lambda: wiring.distance_dependent(0.5, 1, periodic=0), ParameterError, "periodic: must be positive"),
        (lambda: wiring.distance_dependent(0.5, 1, periodic=[1, -1]), ParameterError, "periodic: must be positive"),
        (lambda: wiring.distance_dependent(0.5, 1, periodic=[1, 1, 1, 1]), KindError, "one for each of 2 or 3 axes"),
        (lambda: wiring.distance_dependent(0.5, 1, autapses=2), KindError, "autapses: must be True or False"),
        (lambda: located(spacing=0), ParameterError, "spacing: must be positive, got 0 mm"),
        (lambda: located(spacing=1, positions=[[0, 0]] * 4), ModelError, "give spacing or positions, not both"),
        (lambda: located(positions=[[0, 0]]), ParameterError, r"must be \(4, 2\) or \(4, 3\).*got \(1, 2\)"),
        (lambda: located(positions=[[0], [0, 0]]), KindError, "rows of different lengths"),
        (lambda: located(positions=[[0, np.nan]] * 4), ParameterError, "positions: must be finite"),
        (lambda: located(positions=[["a", "b"]] * 4), KindError, "positions: must be numbers in mm"),
    ],
)
def test_what_cannot_be_used_is_refused(build, error, message):
    """The message names the parameter and the value."""
    with pytest.raises(error, match=message):
        build()


@pytest.mark.parametrize(
    ("source", "target", "options", "message"),
    [
        (None, np.zeros((4, 2)), {}, "give the source population spacing= or positions="),
        (np.zeros((4, 2)), None, {}, "give the target population spacing= or positions="),
        (np.zeros((4, 2)), np.zeros((4, 3)), {}, "as many dimensions"),
        (np.zeros((4, 2)), np.ones((4, 2)), {"periodic": 0.5}, r"spread over \[1. 1.\] mm, beyond periodic=0.5 mm"),
        (np.zeros((4, 2)), np.ones((4, 2)), {"periodic": [2, 2, 2]}, "periodic has 3 axes, positions have 2"),
    ],
)
def test_populations_without_fitting_places_are_refused(source, target, options, message):
    """The message names the projection."""
    between = Ends((4,), (4,), False, "x", source, target)

    with pytest.raises(ModelError, match=f"x: .*{message}"):
        wiring.distance_dependent(0.5, 1, **options).check(between)
