"""Any measure on subsets of stimuli: the plain measure, the spread of theory, coverage, and distances."""

import warnings

import numpy as np
import pytest

import compare
from compare.errors import BiasWarning, InvalidOptionError, TooFewStimuliError
from compare.inference import (
    ByPatterns,
    ByRdms,
    Estimate,
    PairVectors,
    StimulusSubsets,
    bootstrap_draws,
    false_discovery_q,
    left_out_similarities,
    pair_form,
    resampled_similarities,
)
from compare.inference.resampling import second_order
from compare.mapping.cast import prepare
from compare.measures import (
    CCA,
    CKA,
    RSA,
    PLSPredictivity,
    Procrustes,
    RidgePredictivity,
    StimulusMeasure,
    measure_named,
)
from compare.measures.blocks import Patterns
from compare.measures.rotation import rotated

FEW = {"bootstrap": 100, "permutations": 100}


class MeanProduct(StimulusMeasure):
    """The mean over stimuli of the product of the first units: a mean, whose spread is known."""

    label = "mean product"

    def of_patterns(self, x, y):
        """Give the mean."""
        return float((x[:, 0] * y[:, 0]).mean())


def _planted(rng, stimuli=40, units=10):
    layers = {f"layer{index}": rng.normal(size=(stimuli, units)) for index in range(3)}
    regions = {
        name: layers[layer][:, None] @ np.linalg.qr(rng.normal(size=(units, units)))[0]
        + 0.8 * rng.normal(size=(stimuli, 4, units))
        for name, layer in (("V1", "layer0"), ("IT", "layer2"))
    }
    return layers, regions


@pytest.mark.parametrize(
    "measure",
    [
        "procrustes",
        "bures",
        "svcca",
        RSA("euclidean", "tau-a"),
        RSA("correlation", "tau-b"),
        RSA("euclidean", "rho-a"),
        RSA("euclidean", "whitened-cosine"),
        RSA("euclidean", "whitened-correlation"),
        RSA(("euclidean", "crossnobis"), "cosine"),
        CKA(debiased=False),
        CKA("rbf"),
        CKA("rbf", debiased=False),
    ],
    ids=str,
)
def test_any_measure_is_mapped(measure):
    """Cells are the plain measure, planted layers come back, intervals hold their estimates."""
    layers, regions = _planted(np.random.default_rng(0))
    measure = measure_named(measure)
    found = compare.map_layers(layers, regions, measure, **FEW)

    assert float(found.similarity[1, 0]) == pytest.approx(measure(layers["layer1"], regions["V1"]), abs=1e-9)
    assert found.assignment["best"] == {"V1": "layer0", "IT": "layer2"}
    assert {name: half["layer"] for name, half in found.held_out_half.items()} == {"V1": "layer0", "IT": "layer2"}
    assert (found.low <= found.similarity).all()
    assert (found.similarity <= found.high).all()
    assert found.greater_is_closer == measure.greater_is_closer
    assert found.to_dict()["label"] == measure.label
    assert found.drawn == ("bootstraps" if pair_form(measure) else "halves")


def test_the_smallest_distance_wins():
    """For Procrustes the named layer is the nearest, its lead positive, nulls further, and p small."""
    layers, regions = _planted(np.random.default_rng(1))
    found = compare.map_layers(
        layers, regions, "procrustes", nulls={"shuffled": compare.shuffled_stimuli(regions, seed=1)}, **FEW
    )

    assert int(found.similarity.sel(region="V1").values.argmin()) == 0
    assert found.best_minus_runner_up["V1"]["low"] > 0
    assert float(found.nulls["shuffled"].low.sel(layer="layer0", region="V1")) > 0
    assert float(found.p_value.sel(layer="layer0", region="V1")) == pytest.approx(1 / 101)
    assert float(found.p_value.sel(layer="layer1", region="V1")) > 0.05
    assert float(found.wins.sel(layer="layer0", region="V1")) == 1


def test_equal_layers_count_as_one_under_any_measure():
    """Layers that give the same numbers in every subset are one candidate."""
    layers, regions = _planted(np.random.default_rng(2))
    found = compare.map_layers({**layers, "flatten": layers["layer2"].copy()}, regions, "procrustes", **FEW)

    assert found.same_activity == (("layer2", "flatten"),)
    assert found.assignment["best"]["IT"] == "layer2"


def test_what_is_given_is_not_ignored_silently():
    """A measure that is no cosine of pairs has no partial similarity, and a note says so."""
    layers, regions = _planted(np.random.default_rng(3))
    found = compare.map_layers(layers, regions, "procrustes", given={"pixels": layers["layer0"]}, **FEW)

    assert found.partial is None
    assert any(note.startswith("given (pixels): not used") for note in found.notes)


def test_units_that_outnumber_stimuli_are_warned_of_once():
    """One warning for the whole map, which names the widest subject, and a note."""
    rng = np.random.default_rng(4)
    layers, regions = {"a": rng.normal(size=(20, 30))}, {"b": rng.normal(size=(20, 25))}
    with pytest.warns(BiasWarning, match=r"network\['a'\] has 30 units, and there are 20 stimuli") as caught:
        found = compare.map_layers(layers, regions, "procrustes", **FEW)
    assert len(caught) == 1
    assert any("30 units" in note for note in found.notes)


def test_halves_have_the_spread_of_a_mean():
    """For a plain mean the recentred halves have the standard error s/√n, around the mean."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 60, 1))
    subjects = StimulusSubsets(ByPatterns(MeanProduct()), (x, y), ((0, 1),))
    observed = subjects.similarity()
    draws = resampled_similarities(subjects, subjects.draws(4000, rng))
    settled = subjects.settled(draws, observed)[:, 0, 1]

    assert settled.mean() == pytest.approx(observed[0, 1], abs=1e-12)
    assert settled.std() == pytest.approx((x * y).std(ddof=1) / np.sqrt(60), rel=0.04)


def test_halves_and_bootstrap_agree():
    """The same measure both ways, debiased CKA: intervals of much the same width after correction."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(60, 8))
    y = x @ rng.normal(size=(8, 8)) + 2 * rng.normal(size=(60, 8))
    form = pair_form(CKA())
    both = (
        PairVectors(np.stack([form.vector(x), form.vector(y)]), form.centring),
        StimulusSubsets(ByPatterns(CKA()), (x, y), ((0, 1),), 4),
    )
    widths = []
    for subjects in both:
        observed = subjects.similarity()
        draws = subjects.settled(resampled_similarities(subjects, subjects.draws(1000, rng)), observed)
        plain = isinstance(subjects, PairVectors)
        left_out = left_out_similarities(subjects, rng) if plain else None
        second = None if plain else second_order(subjects, observed, rng)
        low, high = Estimate(observed, draws, left_out, second=second).map(lambda m: m[..., 0, 1]).interval()
        widths.append(high - low)
    assert widths[0] == pytest.approx(widths[1], rel=0.15)


@pytest.mark.parametrize(
    "measure", ["procrustes", pytest.param(RSA("euclidean", "tau-a"), marks=pytest.mark.slow)], ids=str
)
def test_subsets_cover_what_so_many_stimuli_give(measure):
    """A small sibling of evidence/coverage.py: 95 % intervals hold the expected value at this number of stimuli."""
    rng = np.random.default_rng(6)
    measure = measure_named(measure)
    mixture = rng.normal(size=(5, 6))

    def subjects():
        x = rng.normal(size=(30, 5))
        return x, x @ mixture + 2 * rng.normal(size=(30, 6))

    truth = np.mean([measure(*subjects()) for _ in range(300)])
    held = []
    for seed in range(40):
        x, y = subjects()
        found = compare.map_layers({"a": x}, {"b": y}, measure, seed=seed, **FEW)
        held.append(float(found.low[0, 0]) <= truth <= float(found.high[0, 0]))
    assert np.mean(held) >= 0.84  # 0.95 less three standard errors of 40 repetitions


def test_more_than_half_of_the_stimuli_are_kept_where_half_are_too_few():
    """CCA of 12 units is not defined for 10 of 20 stimuli; three quarters are taken, and spread by theory."""
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(2, 20, 12))
    subjects = StimulusSubsets(ByPatterns(measure_named("cca")), (x, y), ((0, 1),), 3)

    assert subjects.kept == 15


def test_too_few_stimuli_for_any_subset_are_refused():
    """Where no part of the stimuli can be compared, there is no interval."""
    x = np.random.default_rng(0).normal(size=(20, 17))
    subjects = StimulusSubsets(ByPatterns(measure_named("cca")), (x, x), ((0, 1),), 3)
    with pytest.raises(TooFewStimuliError, match="20 stimuli: too few to compare on part of them"):
        _ = subjects.kept


def test_what_a_measure_refuses_is_named_with_its_subjects():
    """CCA of more units than stimuli says which layer and region it was asked of."""
    x = np.random.default_rng(0).normal(size=(10, 12))
    with pytest.warns(BiasWarning), pytest.raises(TooFewStimuliError, match=r"network\['a'\] with regions\['b'\]: "):
        compare.map_layers({"a": x}, {"b": x}, "cca", **FEW)


def test_rotation_loses_nothing():
    """Many units are rotated into as many axes as there are stimuli: the measure is the same."""
    x, y = np.random.default_rng(0).normal(size=(2, 12, 50))
    thin = rotated(Patterns(x[:, None]), Procrustes().invariances)

    assert thin.shape == (12, 12)
    assert Procrustes().learnt(thin, y).training_score == pytest.approx(Procrustes().learnt(x, y).training_score)
    np.testing.assert_array_equal(rotated(Patterns(x[:, None]), MeanProduct().invariances), x)


def test_an_rdm_that_does_not_vary_is_similar_to_nothing():
    """A constant RDM has no tau."""
    flat, other, tau = np.zeros((4, 4)), np.arange(16.0).reshape(4, 4), ByRdms("tau-a")
    parts = [tau.part(square, np.arange(4), side) for side, square in enumerate((flat, other + other.T))]

    assert np.isnan(tau.between(*parts))
    assert np.isnan(tau.between(*parts[::-1]))
    assert tau.relabelled(parts[0], np.array([1, 0, 2, 3])) is None


@pytest.mark.parametrize(
    ("measure", "units"),
    [
        ("procrustes", 60),
        (Procrustes("euclidean", 0.5), 60),
        ("bures", 60),
        ("cca", 5),
        (CCA(squared=True), 5),
        ("svcca", 60),
        ("pwcca", 5),
        ("unit-matching", 12),
        (RidgePredictivity(folds=4), 60),
        (RidgePredictivity(folds=4, two_sided=True), 12),
        (PLSPredictivity(folds=4, components=3), 60),
        (RSA("euclidean", "tau-a"), 60),
        (RSA("euclidean", "tau-b"), 60),
    ],
    ids=str,
)
def test_what_is_computed_once_for_all_cells_changes_none(measure, units):
    """Cells on part of the stimuli, and with labels permuted, are the measure's own."""
    rng = np.random.default_rng(9)
    measure = measure_named(measure)
    trials = 4 if measure.sees_trials(0) else 1
    layers = {name: rng.normal(size=(40, trials, units)).round(1) for name in "ab"}
    regions = {name: rng.normal(size=(40, 4, 5)) + layers["a"][:, :1, :5] for name in "cd"}
    subjects = prepare(layers, regions, measure, None, None).subjects
    draw = subjects.draws(1, rng)
    labels = rng.permutation(40)[None]
    some = np.flatnonzero(draw[0])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BiasWarning)
        here = [[measure(x[some], y[some]) for y in regions.values()] for x in layers.values()]
        there = [[measure(x, y[labels[0]]) for y in regions.values()] for x in layers.values()]
        found = subjects.similarities(draw)[0, :2, 2:]
        permuted = subjects.permuted(np.arange(2), np.arange(2, 4), labels)[0]
    np.testing.assert_allclose(found, here, atol=1e-10)
    np.testing.assert_allclose(permuted, there, atol=1e-10)


def test_units_that_never_vary_are_left_out_and_counted():
    """Silent units change nothing, under the correlation distance either, and are told."""
    layers, regions = _planted(np.random.default_rng(8))
    wider = {name: np.concatenate([x, np.zeros((40, 4, 3))], axis=2) for name, x in regions.items()}
    plain, found = (compare.map_layers(layers, each, **FEW) for each in (regions, wider))

    np.testing.assert_allclose(found.similarity, plain.similarity, atol=1e-12)
    assert "V1 (regions): 3 of 13 units never vary; left out" in found.notes


def test_q_values_are_scipys_without_what_is_unknown():
    """Benjamini-Hochberg by hand; Yekutieli's are larger by the harmonic sum; NaN is no test."""
    p = np.array([[0.01, np.nan], [0.02, 0.3]])

    np.testing.assert_allclose(false_discovery_q(p), [[0.03, np.nan], [0.03, 0.3]])
    np.testing.assert_allclose(false_discovery_q(p, "by")[0, 0], 0.03 * (1 + 1 / 2 + 1 / 3))
    assert np.isnan(false_discovery_q(np.array([np.nan]))).all()
    with pytest.raises(InvalidOptionError, match="fdr: there is no 'bonferroni'"):
        false_discovery_q(p, "bonferroni")


def test_more_stimuli_than_are_left_out_have_the_same_jackknife():
    """250 of 400 stimuli left out, stretched, have the variance of leaving out all, nearly."""
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=(2, 400, 1))
    subjects = StimulusSubsets(ByPatterns(MeanProduct()), (x, y), ((0, 1),))
    left_out = left_out_similarities(subjects, rng)[:, 0, 1]

    assert left_out.shape == (250,)
    assert 249 * left_out.var() == pytest.approx((x * y).var(ddof=1) / 400, rel=0.15)


def test_weighted_whitening_is_the_plain_one_and_debiased_by_draws():
    """Whitened comparators by weights equal compare_rdms; duplicates add no likeness to independent subjects."""
    rng = np.random.default_rng(10)
    for method, centring in (("whitened-cosine", "gower"), ("whitened-correlation", "mean gower")):
        values = rng.normal(size=(2, 45)) + 3
        assert PairVectors(values, centring).similarity()[0, 1] == pytest.approx(
            compare.compare_rdms(*values, method), abs=1e-12
        )
    x, y = rng.normal(size=(2, 100, 400))
    vectors = PairVectors(np.stack([compare.rdm(x, "euclidean"), compare.rdm(y, "euclidean")]), "mean gower")
    draws = resampled_similarities(vectors, bootstrap_draws(100, 100, rng))[:, 0, 1]
    assert abs(draws.mean() - vectors.similarity()[0, 1]) < 0.02


def test_rho_a_by_weights_is_the_plain_one():
    """Ties shorten rho-a, also of an RDM with itself, but its geometry is its own."""
    values = np.random.default_rng(11).integers(0, 4, size=(2, 45)).astype(float)
    vectors = PairVectors(values, "untied ranks")

    assert vectors.similarity()[0, 1] == pytest.approx(compare.compare_rdms(*values, "rho-a"), abs=1e-12)
    assert vectors.similarity()[0, 0] < 0.99
    assert vectors.alike()[0, 0] == pytest.approx(1)
