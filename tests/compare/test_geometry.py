"""Dimensionality, sparseness, separability: theory, what they see, and what they do not."""

import numpy as np
import pytest

from compare import (
    lifetime_sparseness,
    linear_separability,
    participation_ratio,
    population_sparseness,
    signal_dimensionality,
)
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.measures import TRANSFORMATIONS, invariances_of

LABELS = np.tile([0, 1, 2], 14)[:40]


MEASURES = {
    "participation_ratio": (participation_ratio, participation_ratio),
    "participation_ratio of the sample": (participation_ratio, lambda x: participation_ratio(x, debiased=False)),
    "signal_dimensionality": (signal_dimensionality, signal_dimensionality),
    "lifetime_sparseness": (lifetime_sparseness, lambda x: np.sort(lifetime_sparseness(x).values)),
    "population_sparseness": (population_sparseness, lambda x: population_sparseness(x).values),
    "treves-rolls": (population_sparseness, lambda x: population_sparseness(x, "treves-rolls").values),
    "linear_separability": (linear_separability, lambda x: np.nan_to_num(linear_separability(x, LABELS))),
}


@pytest.mark.parametrize("transformation", TRANSFORMATIONS)
@pytest.mark.parametrize("name", MEASURES)
def test_measure_sees_what_it_does_not_declare_invisible(name, transformation):
    """A declared invariance of all trials holds to rounding; everything else changes the value."""
    from test_activity_measures import _transformed

    rng = np.random.default_rng(0)
    signal = rng.gamma(1, size=(40, 6)) * np.arange(1, 7) + np.eye(6)[LABELS % 6]
    trials = [signal + rng.gamma(1, size=(40, 6)) for _ in range(4)]
    declared, measure = MEASURES[name]
    x, after = np.stack(trials, axis=1), np.stack([_transformed(trial, transformation) for trial in trials], axis=1)
    if "sparseness" in name or "treves" in name:
        after = np.abs(after)
    change = np.max(np.abs(measure(after) - measure(x)))

    assert (change < 1e-9) if transformation in invariances_of(declared) else (change > 1e-4)


@pytest.mark.parametrize("units", [5, 50, 200])
def test_participation_ratio_of_isotropic_gaussians_is_their_number(units):
    """P independent units of one variance: p, whether stimuli are more or fewer; of the sample, n p / (n + p)."""
    rng = np.random.default_rng(0)
    samples = [rng.normal(size=(100, units)) + 7 for _ in range(20)]

    assert np.mean([participation_ratio(x) for x in samples]) == pytest.approx(units, rel=0.04)
    plain = np.mean([participation_ratio(x, debiased=False) for x in samples])
    assert plain == pytest.approx(99 * units / (99 + units), rel=0.03)


def test_participation_ratio_of_a_spectrum():
    """Of variances λ it is (Σ λ)² / Σ λ²; of a line 1."""
    rng = np.random.default_rng(1)
    variances = np.array([9.0, 4, 1, 1, 0.25])
    samples = [rng.normal(size=(200, 5)) * np.sqrt(variances) for _ in range(60)]

    assert np.mean([participation_ratio(x) for x in samples]) == pytest.approx(
        variances.sum() ** 2 / (variances**2).sum(), rel=0.04
    )
    line = np.outer(rng.normal(size=30), [1.0, 2, 3])
    assert participation_ratio(line) == pytest.approx(1, rel=1e-9) == participation_ratio(line, debiased=False)


def test_both_traces_are_means_over_different_stimuli():
    """The closed forms against the sums over four different stimuli that they stand for."""
    from itertools import permutations

    from compare.measures.geometry.dimensionality import _squared_trace, _trace_of_square

    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 6, 3))
    across = a @ b.T
    quadruples = list(permutations(range(6), 4))
    d = lambda x, i, j: x[i] - x[j]  # noqa: E731
    squared = [d(a, i, j) @ d(b, i, j) * (d(a, k, m) @ d(b, k, m)) / 4 for i, j, k, m in quadruples]
    square = [d(a, i, j) @ d(a, k, m) * (d(b, i, j) @ d(b, k, m)) / 4 for i, j, k, m in quadruples]

    assert _squared_trace((across + across.T) / 2) == pytest.approx(np.mean(squared), rel=1e-10)
    assert _trace_of_square(a @ a.T, b @ b.T) == pytest.approx(np.mean(square), rel=1e-10)


@pytest.mark.parametrize("noise", [0.5, 2.0])
def test_signal_dimensionality_does_not_see_noise(noise):
    """Three dimensions of signal stay three under noise in forty, which raises the dimensionality of the mean."""
    rng = np.random.default_rng(3)
    found, plain = [], []
    for _ in range(20):
        signal = rng.normal(size=(200, 1, 3)) @ np.linalg.qr(rng.normal(size=(40, 3)))[0].T
        x = signal + noise * rng.normal(size=(200, 4, 40)) / 2
        found.append(signal_dimensionality(x))
        plain.append(participation_ratio(x))

    assert np.mean(found) == pytest.approx(3, rel=0.05)
    assert np.mean(plain) > 3.5


def test_dimensionality_of_nothing_is_nan():
    """What does not vary has no dimension, and trials that share nothing mostly have none that could be told."""
    assert np.isnan(participation_ratio(np.full((10, 3), 0.1)))
    assert np.isnan(participation_ratio(np.full((10, 3), 0.1), debiased=False))
    assert np.isnan(signal_dimensionality(np.full((10, 4, 3), 0.1)))


def test_sparseness_by_hand():
    """One of n answers: 1; all alike: 0; k of n alike: a = k / n."""
    x = np.zeros((10, 8))
    x[:, 0] = 3
    x[0, 1] = 2
    x[:5, 2] = 1e-200
    found, share = lifetime_sparseness(x), lifetime_sparseness(x, "treves-rolls")

    np.testing.assert_allclose(found[:3], [0, 1, (1 - 0.5) / (1 - 0.1)], atol=1e-12)
    np.testing.assert_allclose(share[:3], [1, 0.1, 0.5], rtol=1e-12)
    assert np.isnan(found[3:]).all()
    assert found.attrs["silent"] == 5
    assert population_sparseness(x)[9] == pytest.approx(1)
    assert population_sparseness(x).dims == ("stimulus",)


def test_sparseness_of_exponential_rates_is_a_half():
    """Exponential rates have E r² = 2 (E r)²."""
    rates = np.random.default_rng(4).exponential(size=(100_000, 2))

    np.testing.assert_allclose(lifetime_sparseness(rates, "treves-rolls"), 0.5, atol=0.01)


def test_separability_parts_what_is_apart_and_no_more():
    """Balanced accuracy of each pair: 1 where far apart, about half where the labels mean nothing, in any dimension."""
    rng = np.random.default_rng(5)
    labels = np.repeat(["a", "b", "c"], [30, 30, 90])
    x = rng.normal(size=(150, 400))
    x[labels == "c"] += 1
    found = linear_separability(x, labels)

    assert found.sel({"class": "a", "other": "c"}) > 0.95
    assert abs(float(found.sel({"class": "a", "other": "b"})) - 0.5) < 0.2
    assert found.attrs["mean"] == pytest.approx(np.nanmean(found))
    np.testing.assert_array_equal(found, found.T)
    assert np.isnan(np.diag(found)).all()


def test_a_class_within_another_is_not_linearly_separable():
    """A ball inside a shell, which a curved surface would part, is told by no hyperplane."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(400, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    labels = np.tile([0, 1], 200)

    assert linear_separability(x * (1 + 4 * labels[:, None]), labels).attrs["mean"] < 0.6


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: participation_ratio(x[:3]), TooFewStimuliError, "at least 4"),
        (signal_dimensionality, TooFewStimuliError, "at least 2 trials"),
        (lambda x: signal_dimensionality(x[:3, None].repeat(2, axis=1)), TooFewStimuliError, "at least 4 stimuli"),
        (lambda x: participation_ratio(x.astype(str)), ActivityTypeError, "real numbers"),
        (lambda x: lifetime_sparseness(x, "gini"), InvalidOptionError, "method: there is no 'gini'"),
        (lambda x: lifetime_sparseness(x - 9), InvalidActivityError, "values are below 0"),
        (lambda x: population_sparseness(x[:, :1]), InvalidActivityError, "at least 2"),
        (lambda x: linear_separability(x, LABELS[:10] * 0), TooFewStimuliError, "only one class"),
        (lambda x: linear_separability(x, LABELS[:10], folds=4), TooFewStimuliError, "fewer than 4 folds"),
        (lambda x: linear_separability(x, LABELS[:10], folds=1), InvalidOptionError, "folds"),
        (lambda x: linear_separability(x, LABELS[:9]), InvalidActivityError, "one class for each of the 10"),
    ],
)
def test_what_has_no_geometry_is_named(call, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        call(np.random.default_rng(7).gamma(1, size=(10, 3)))
