"""Nulls: what each keeps, exactly, and what it destroys."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import chisquare

import ann
import brainsim
import compare
from brainsim import AMPA, LIF, Brain, Delta, LogNormal, Normal, Population, Projection, Region, wiring
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError, NullError, NullWarning
from compare.nulls import poisson_surrogate, rewired, shuffled_weights, untrained

CELL = LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60, t_ref=5)
BANK = np.random.default_rng(0).normal(size=(3, 1, 3, 3))
MATRIX = np.random.default_rng(1).random((144, 20)) * (np.random.default_rng(2).random((144, 20)) < 0.2)


def brain(*projections, seed=0):
    """Make a brain of a sheet, a deeper sheet of three channels, and a population without places."""
    sheet = Population("E", CELL, shape=(12, 12), spacing=0.1)
    deep = Population("E", CELL, shape=(12, 12, 3))
    regions = [Region("V1", [sheet]), Region("V2", [deep]), Region("PFC", [Population("E", CELL, size=20)])]
    return Brain("b", regions, projections, seed=seed)


LOCAL = Projection("V1.E", "V1.E", wiring.distance_dependent(0.5, 0.1, velocity=0.3), AMPA(), weight=LogNormal(1, 0.5))
FILTERS = Projection("V1.E", "V2.E", wiring.convolution(BANK), Delta(), weight=0.1)
LISTED = Projection("V1.E", "PFC.E", wiring.from_matrix(MATRIX), AMPA(), name="readout")
RANDOM = Projection("PFC.E", ["PFC.E", "V1.E"], wiring.fixed_probability(0.2, autapses=False), AMPA(), weight=0.5)
DRAWN = Projection("PFC.E", "PFC.E", wiring.fixed_indegree(5, autapses=False, multapses=False), AMPA(),
                   weight=Normal(1, 0.1, low=0))  # fmt: skip
WHOLE = brain(LOCAL, FILTERS, LISTED, RANDOM)


def dense(pathway):
    """Count the synapses of every pair, (source, target)."""
    found = pathway.connect()
    counts = np.zeros((pathway.ends.sources, pathway.ends.targets))
    np.add.at(counts, (found.sources, found.targets), 1)
    return counts


@pytest.mark.parametrize("seed", [0, 1])
def test_rewiring_keeps_every_degree(seed):
    """In every projection each unit sends and receives as many synapses, with the weights and delays that it sent."""
    other = rewired(WHOLE, seed)
    assert len(other.pathways) == len(WHOLE.pathways) == 5
    for before, after in zip(WHOLE.pathways, other.pathways, strict=True):
        was, now = dense(before), dense(after)
        np.testing.assert_array_equal(was.sum(axis=0), now.sum(axis=0))
        np.testing.assert_array_equal(was.sum(axis=1), now.sum(axis=1))
        assert now.max() == 1
        if before.ends.recurrent:
            assert np.trace(now) == np.trace(was) or np.trace(was) > 0
        a, b = before.connect(), after.connect()
        for name in ("factors", "delays"):
            if getattr(a, name) is not None:
                for row in range(before.ends.sources):
                    own = slice(a.indptr[row], a.indptr[row + 1])
                    np.testing.assert_array_equal(getattr(a, name)[own], getattr(b, name)[own])
    assert np.trace(dense(other.pathways[3])) == 0


def test_rewiring_destroys_who_meets_whom():
    """Neighbours are neighbours no more, filters see everywhere, and only chance leaves a synapse in its place."""
    other = rewired(WHOLE)
    for before, after in zip(WHOLE.pathways, other.pathways, strict=True):
        was, now = dense(before), dense(after)
        by_degree = np.minimum(was.sum(axis=1, keepdims=True) * was.sum(axis=0) / was.sum(), 1)
        left = (was * now).sum() / was.sum()
        assert abs(left - (was * by_degree).sum() / was.sum()) < 0.1
    places = WHOLE.populations["V1.E"].coordinates
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    lengths = [(dense(one.pathways[0]) * apart).sum() / dense(one.pathways[0]).sum() for one in (WHOLE, other)]
    assert lengths[0] < 0.2 < 0.4 < lengths[1]


def test_all_wirings_of_the_same_degrees_are_alike():
    """Three units onto three, one synapse each: the six wirings come equally often (chi-square)."""
    cells = [Region(name, [Population("E", CELL, size=3)]) for name in "ab"]
    small = Brain("small", cells, [Projection("a.E", "b.E", wiring.one_to_one(), AMPA())])
    kinds = list(permutations(range(3)))
    found = [kinds.index(tuple(rewired(small, seed).pathways[0].connect().targets)) for seed in range(600)]
    assert chisquare(np.bincount(found, minlength=6)).pvalue > 0.01


def test_seeds_and_projections_are_chosen():
    """The same seed gives the same brain; other projections, and all else, stay bit for bit."""
    once, twice, third = rewired(WHOLE, 1), rewired(WHOLE, 1), rewired(WHOLE, 2)
    targets = [one.pathways[1].connect().targets for one in (once, twice, third)]
    assert np.array_equal(targets[0], targets[1])
    assert not np.array_equal(targets[0], targets[2])
    only = rewired(WHOLE, projections=["readout"])
    pairs = zip(WHOLE.pathways, only.pathways, strict=True)
    assert [one.projection.wiring is two.projection.wiring for one, two in pairs] == [True, True, False, True, True]
    assert [one.seed for one in only.pathways] == [one.seed for one in WHOLE.pathways]
    assert rewired(WHOLE, projections="readout").name == "b, rewired"
    with pytest.raises(InvalidOptionError, match=r"projections: there is no 'read'.*readout"):
        rewired(WHOLE, projections=["read"])
    for wrong in (0, "x", float("inf")):
        with pytest.raises(InvalidOptionError, match="swaps: must be a positive number"):
            rewired(WHOLE, swaps=wrong)


def test_multapses_stay_allowed_where_they_were():
    """A rule that draws pairs twice keeps its degrees too, and may draw them twice again."""
    many = brain(Projection("PFC.E", "PFC.E", wiring.fixed_indegree(60), AMPA()))
    was, now = (dense(one.pathways[0]) for one in (many, rewired(many)))
    np.testing.assert_array_equal(was.sum(axis=0), now.sum(axis=0))
    np.testing.assert_array_equal(was.sum(axis=1), now.sum(axis=1))
    assert now.max() > 1


def test_what_cannot_be_rewired_is_told():
    """Where all meet all there is no other wiring: alone an error, beside others a warning that names it."""
    full = Projection("V1.E", "PFC.E", wiring.all_to_all(), AMPA(), name="full")
    with pytest.raises(NullError, match="no other wiring has the degrees of full; take shuffled_weights"):
        rewired(brain(full))
    with pytest.raises(NullError, match="of no projection"):
        rewired(brain())
    with pytest.raises(NullError, match="of none"):
        rewired(brain(Projection("V1.E", "PFC.E", wiring.from_pairs([], []), AMPA(), name="none")))
    with pytest.warns(NullWarning, match="has the degrees of full, so there it stays"):
        other = rewired(brain(full, DRAWN))
    assert np.array_equal(dense(other.pathways[0]), dense(brain(full).pathways[0]))


def test_shuffled_weights_keep_the_wiring():
    """Who meets whom, the weights as a set and shared filters stay; which weight stands where does not."""
    other = shuffled_weights(WHOLE)
    for number, (before, after) in enumerate(zip(WHOLE.pathways, other.pathways, strict=True)):
        a, b = before.connect(), after.connect()
        np.testing.assert_array_equal(a.indptr, b.indptr)
        np.testing.assert_array_equal(a.targets, b.targets)
        if number in (1, 2):
            assert not np.array_equal(a.factors, b.factors)
    kept = other.pathways[1].projection.wiring.bank
    np.testing.assert_array_equal(np.sort(kept, axis=None), np.sort(BANK, axis=None))
    listed = other.pathways[2].connect().factors
    np.testing.assert_array_equal(np.sort(listed), np.sort(WHOLE.pathways[2].connect().factors))
    assert abs(np.corrcoef(listed, WHOLE.pathways[2].connect().factors)[0, 1]) < 0.15
    assert other.pathways[0].projection is WHOLE.pathways[0].projection
    assert other.name == "b, weights shuffled"


def test_zeros_of_a_filter_stay_no_synapses():
    """Entries that are 0 are no synapses, before and after."""
    bank = BANK * (np.arange(9).reshape(3, 3) % 2)
    holes = brain(Projection("V1.E", "V2.E", wiring.convolution(bank), Delta()))
    found = shuffled_weights(holes).pathways[0].projection.wiring.bank
    np.testing.assert_array_equal(found == 0, bank == 0)
    assert not np.array_equal(found, bank)


def test_weights_given_synapse_by_synapse_are_shuffled():
    """An array of weights is permuted; equal or drawn weights leave nothing to shuffle, which is an error."""
    given = np.linspace(0.1, 2, 144 * 20)
    one = brain(Projection("V1.E", "PFC.E", wiring.all_to_all(), AMPA(), weight=given))
    found = shuffled_weights(one, 3).pathways[0].projection.weight
    np.testing.assert_array_equal(np.sort(found), given)
    assert abs(np.corrcoef(found, given)[0, 1]) < 0.1
    with pytest.raises(NullError, match=r"V1\.E -> V1\.E weigh the same, or what is drawn"):
        shuffled_weights(brain(LOCAL))
    with pytest.raises(NullError, match="no projection"):
        shuffled_weights(brain())
    with pytest.raises(InvalidOptionError, match="there is no 'x'"):
        shuffled_weights(WHOLE, projections=["x"])


def test_poisson_surrogates_keep_rates_or_tuning():
    """The mean over stimuli stays, tuning with it where it is kept; variance is the mean, correlations are gone."""
    rng = np.random.default_rng(0)
    tuning = rng.uniform(0, 40, (30, 1, 12))
    shared = rng.normal(1, 0.3, (30, 200, 1)).clip(0)
    counts = rng.poisson(tuning * shared)
    for keep in ("rates", "tuning"):
        found = poisson_surrogate({"V1": counts}, seed=1, keep=keep)["V1"]
        assert found.shape == counts.shape
        np.testing.assert_allclose(found.mean(axis=(0, 1)), counts.mean(axis=(0, 1)), rtol=0.05)
        r = np.corrcoef(found.mean(axis=1).ravel(), (counts.mean(axis=1) - counts.mean(axis=(0, 1))).ravel())[0, 1]
        assert (r > 0.7) == (keep == "tuning")
        alike = found - found.mean(axis=1, keepdims=True)
        assert abs(np.corrcoef(alike[..., 0].ravel(), alike[..., 1].ravel())[0, 1]) < 0.06
        fano = found.var(axis=1, ddof=1) / np.maximum(found.mean(axis=1), 0.5)
        assert abs(np.median(fano) - 1) < 0.1
    noisy = counts - counts.mean(axis=1, keepdims=True)
    assert np.corrcoef(noisy[..., 0].ravel(), noisy[..., 1].ravel())[0, 1] > 0.2


def test_poisson_surrogates_take_recordings_and_refuse_what_are_no_counts():
    """Counts come from a recording or a mapping; rates, negative numbers and unknown options are refused."""
    driven = brain().replace(drives=[brainsim.PoissonDrive("V1.E", 3000, AMPA(), 1.0)])
    recording = brainsim.simulate(driven, duration=50, trials=2)
    found = poisson_surrogate(recording, trials=5)
    assert {name: one.shape for name, one in found.items()} == {"V1": (1, 5, 144), "V2": (1, 5, 432), "PFC": (1, 5, 20)}
    assert found["V1"].sum() > 0 == found["PFC"].sum()
    same = [poisson_surrogate(recording, np.random.default_rng(4))["V1"] for _ in range(2)]
    np.testing.assert_array_equal(*same)
    for values in ([[0.5], [1.0]], [[-1], [1]]):
        with pytest.raises(InvalidActivityError, match=r"counts\['V1'\]: must be spike counts"):
            poisson_surrogate({"V1": values})
    with pytest.raises(InvalidOptionError, match="keep: 'tunning' is unknown"):
        poisson_surrogate(recording, keep="tunning")
    with pytest.raises(InvalidOptionError, match="trials: must be a whole number"):
        poisson_surrogate(recording, trials=0)


def test_untrained_networks_keep_the_architecture():
    """Shapes stay, weights are drawn anew or are those of the beginning; graphs as chains."""
    stimulus = ann.Input((4,))
    hidden = ann.layers.Dense(6, "relu")(stimulus)
    graph = ann.Model(stimulus, ann.layers.Add()([hidden, ann.layers.Dense(6)(stimulus)]), seed=5)
    chain = ann.Sequential([ann.layers.Dense(6, "relu", input_shape=(4,)), ann.layers.Dense(2)], seed=5)
    chain.compile("sgd", "mean_squared_error")
    initial = chain.flat_weights.copy()
    chain.fit(np.ones((8, 4)), np.ones((8, 2)), epochs=2)
    np.testing.assert_array_equal(untrained(chain).flat_weights, initial)
    for model in (graph, chain):
        fresh = untrained(model, seed=6)
        assert [one.output_shape for one in fresh.places] == [one.output_shape for one in model.places]
        assert not np.array_equal(fresh.flat_weights, model.flat_weights)
        assert fresh.seed == 6
    with pytest.raises(ActivityTypeError, match="must be a network of ann, got Brain"):
        untrained(WHOLE)


def test_every_null_stands_in_for_a_side():
    """A brain of learned filters beside its network: each null is taken by map_layers and falls behind."""
    rng = np.random.default_rng(0)
    images = rng.random((40, 8, 8, 1))
    stack = [ann.layers.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)), ann.layers.AveragePooling2D(2),
             ann.layers.Flatten(), ann.layers.Dense(10, "relu")]  # fmt: skip
    model = ann.Sequential(stack, seed=0)
    spiking = compare.to_spiking(model, images)
    shown = {"duration": 60, "dt": 1, "threads": 1}

    def seen(subject):
        """Give the activity of a brain, its regions named otherwise than the layers."""
        return {f"spiking {name}": one for name, one in compare.activity(subject, images, **shown).items()}

    layers, regions = compare.activity(model, images), seen(spiking)
    with pytest.warns(NullWarning, match="dense_1"):
        elsewhere = rewired(spiking)
    nulls = {
        "rewired": seen(elsewhere),
        "weights shuffled": seen(shuffled_weights(spiking)),
        "Poisson, rates": poisson_surrogate(regions),
        "untrained": compare.activity(untrained(model, seed=9), images),
        "shuffled stimuli": compare.shuffled_stimuli(regions),
    }
    found = compare.map_layers(layers, regions, nulls=nulls, bootstrap=100, permutations=100, threads=1)
    assert list(found.nulls) == list(nulls)
    for name in ("rewired", "weights shuffled", "Poisson, rates", "shuffled stimuli"):
        assert float(found.nulls[name].low.sel(layer="dense_1", region="spiking dense_1")) > 0, name
    assert float(found.similarity.sel(layer="dense_1", region="spiking dense_1")) > 0.95
