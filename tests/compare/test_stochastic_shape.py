"""Stochastic shape distance: closed forms, the metric, and how covariances are shrunk."""

import numpy as np
import pytest

import compare
from compare.errors import BiasWarning, InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.measures import TRANSFORMATIONS, StochasticShape
from compare.measures.trial_noise import pooled_shrinkage


@pytest.fixture
def pair():
    """Two subjects of 20 stimuli and 10 or 8 trials, with noise that differs from stimulus to stimulus."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 1, 4)) * 2 + rng.normal(size=(20, 10, 4)) * rng.uniform(0.5, 2, size=(20, 1, 4))
    return x, x[:, :8] @ rng.normal(size=(4, 3)) + rng.normal(size=(20, 8, 3))


def exact(variances, mean):
    """Give trials whose covariance is diagonal and exact."""
    units = len(variances)
    deviations = np.sqrt((2 * units - 1) / 2 * np.asarray(variances)) * np.eye(units)
    return mean + np.concatenate([deviations, -deviations])


def test_means_alone_are_procrustes(pair):
    """At alpha 2 it is the Euclidean Procrustes distance of the means, over the root of half the stimuli."""
    x, y = pair

    expected = compare.procrustes(x, y, "euclidean") * np.sqrt(2 / 20)
    assert compare.stochastic_shape(x, y, alpha=2) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.0, 0.7, 1.0])
def test_one_unit_is_the_distance_of_gaussians_on_a_line(alpha):
    """In one dimension the Wasserstein distance is that of means and of standard deviations."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(15, 6, 1)), 3 * rng.normal(size=(15, 7, 1))
    m, n = (array.mean(axis=1)[:, 0] - array.mean() for array in (x, y))
    s, t = (array.std(axis=1, ddof=1)[:, 0] for array in (x, y))

    squared = alpha * min(np.mean((m - n) ** 2), np.mean((m + n) ** 2)) + (2 - alpha) * np.mean((s - t) ** 2)
    assert compare.stochastic_shape(x, y, alpha, shrinkage=0) == pytest.approx(np.sqrt(squared), rel=1e-9)


def test_rotation_matches_axes_of_noise():
    """Where the means say nothing, the largest variance goes onto the largest, whichever unit holds it."""
    x = np.stack([exact([1, 9, 4], 0.0)] * 3)
    y = np.stack([exact([16, 1], 0.0)] * 3)

    squared = (3 - 4) ** 2 + (2 - 1) ** 2 + 1
    assert compare.stochastic_shape(x, y, alpha=0, shrinkage=0) == pytest.approx(np.sqrt(2 * squared), rel=1e-5)


def test_covariances_are_compared_by_the_bures_distance(pair):
    """Under the rotation that was learnt, the value is the definition by square roots of matrices."""
    from scipy.linalg import sqrtm

    x = pair[0]
    y = np.random.default_rng(2).normal(size=(20, 9, 4)) + x[:, :9]
    fitted = StochasticShape(alpha=0.6, shrinkage=0.2).fit(x, y)

    total = 0.0
    for stimulus in range(20):
        covariances = [np.cov(array[stimulus].T) for array in (x, y)]
        first, second = (0.8 * c + 0.2 * np.trace(c) / 4 * np.eye(4) for c in covariances)
        first = fitted.rotation.T @ first @ fitted.rotation
        means = [array[stimulus].mean(axis=0) - array.mean(axis=(0, 1)) for array in (x, y)]
        root = sqrtm(first).real
        bures = np.trace(first + second - 2 * sqrtm(root @ second @ root).real)
        total += 0.6 * np.sum((means[0] @ fitted.rotation - means[1]) ** 2) + 1.4 * bures
    assert fitted.training_score == pytest.approx(np.sqrt(total / 20), rel=1e-9)
    assert fitted.score(x, y) == pytest.approx(fitted.training_score, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 2.0])
def test_distance_is_a_metric(alpha):
    """Zero to itself, symmetric, and no detour is shorter, for subjects of different size."""
    rng = np.random.default_rng(3)
    measure = StochasticShape(alpha, shrinkage=0.1, starts=6)
    for _ in range(3):
        x, y, z = (rng.normal(size=(6, 5, units)) + 2 * rng.normal(size=(6, 1, units)) for units in (2, 3, 3))
        assert measure(x, x) == pytest.approx(0, abs=1e-6)
        assert measure(x, y) == pytest.approx(measure(y, x), rel=1e-7)
        assert measure(x, z) <= measure(x, y) + measure(y, z) + 1e-4
        assert measure(y, z) <= measure(y, x) + measure(x, z) + 1e-4


@pytest.mark.parametrize("transformation", [name for name in TRANSFORMATIONS if name != "pattern scale"])
def test_distance_sees_what_it_does_not_declare_invisible(transformation, pair):
    """A declared invariance holds to rounding; everything else changes the value."""
    rng = np.random.default_rng(4)
    x, y = pair
    changed = {
        "translation": x + 3 * rng.normal(size=4),
        "pattern offset": x + 3 * rng.normal(size=(20, 1, 1)),
        "scale": 1.5 * x,
        "permutation": x[:, :, [2, 0, 3, 1]],
        "rotation": x @ np.linalg.qr(rng.normal(size=(4, 4)))[0],
        "affine": x @ rng.normal(size=(4, 4)),
    }[transformation]

    difference = abs(compare.stochastic_shape(changed, y) - compare.stochastic_shape(x, y))
    assert (difference < 1e-6) if transformation in StochasticShape.invariances else (difference > 1e-2)


def test_noise_that_means_do_not_show_is_seen():
    """Two subjects with the same means, one of them with correlated trials."""
    rng = np.random.default_rng(5)
    noise = rng.normal(size=(20, 40, 3))
    noise -= noise.mean(axis=1, keepdims=True)
    means = 3 * rng.normal(size=(20, 1, 3))
    independent, correlated = means + noise, means + noise @ np.array([[1, 0.9, 0], [0.9, 1, 0], [0, 0, 1.0]])

    assert compare.procrustes(independent, correlated) == pytest.approx(0, abs=1e-6)
    assert compare.stochastic_shape(independent, correlated) > 0.3


def test_rotation_is_scored_on_other_stimuli():
    """A mixture of units that was learnt on half of the stimuli holds for the other half."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(40, 6, 3)) * [1, 2, 3] + 2 * rng.normal(size=(40, 1, 3))
    y = x @ np.linalg.qr(rng.normal(size=(3, 3)))[0] + 7

    fitted = StochasticShape().fit(x[:20], y[:20])
    assert fitted.score(x[20:], y[20:]) == pytest.approx(0, abs=1e-6)
    assert fitted.score(x[20:, :2], y[20:, :2]) == pytest.approx(0, abs=1e-6)


def test_shrinkage_is_that_of_ledoit_and_wolf():
    """With many trials it is scikit-learn's, with few it is unbiased; it does not see rotations of the units."""
    from sklearn.covariance import ledoit_wolf_shrinkage

    rng = np.random.default_rng(7)
    trials = rng.normal(size=(1, 80, 12)) * np.linspace(1, 1.6, 12)
    rotated = trials @ np.linalg.qr(rng.normal(size=(12, 12)))[0]

    assert pooled_shrinkage(trials) == pytest.approx(ledoit_wolf_shrinkage(trials[0]), rel=0.05)
    assert pooled_shrinkage(rotated) == pytest.approx(pooled_shrinkage(trials), rel=1e-9)
    assert pooled_shrinkage(rng.normal(size=(400, 3, 10))) == pytest.approx(1, abs=0.05)
    assert pooled_shrinkage(np.zeros((3, 4, 2))) == 1


def test_shrinkage_brings_covariances_of_few_trials_nearer_to_the_truth():
    """Two samples of the same clouds, few trials each, are nearer to each other shrunk than not."""
    rng = np.random.default_rng(8)
    means = rng.normal(size=(25, 1, 6))
    x, y = (means + rng.normal(size=(25, 4, 6)) for _ in range(2))

    assert compare.stochastic_shape(x, y) < 0.8 * compare.stochastic_shape(x, y, shrinkage=0)


def test_no_variance_is_nan(pair):
    """Neither stimuli nor trials differ: there is nothing to compare; a distance without an angle has no cosine."""
    assert np.isnan(compare.stochastic_shape(np.ones((20, 4, 2)), pair[0]))
    assert np.isnan(StochasticShape().cosine(0.5))


def test_map_of_clouds_of_trials_finds_what_was_planted():
    """Both sides' trials reach the measure and the nearest is named; a layer without trials is an error."""
    rng = np.random.default_rng(10)
    layers = {
        "one": rng.normal(size=(24, 4, 2)) + 3 * rng.normal(size=(24, 1, 2)),
        "two": rng.normal(size=(24, 4, 2)) + 3 * rng.normal(size=(24, 1, 2)),
    }
    regions = {"V1": layers["one"] + 0.1, "IT": layers["two"][:, :, ::-1]}
    measure = StochasticShape(shrinkage=0.2, starts=0)

    found = compare.map_layers(layers, regions, measure, bootstrap=100, permutations=100)
    assert found.assignment["best"] == {"V1": "one", "IT": "two"}
    assert float(found.similarity.sel(layer="one", region="V1")) == pytest.approx(0, abs=1e-6)
    means = {name: trials[:, 0] for name, trials in layers.items()}
    with pytest.raises(TooFewStimuliError, match=r"network\['one'\] with regions\['V1'\]: x: has 1 trials"):
        compare.map_layers(means, regions, measure, bootstrap=100, permutations=100)


def test_more_units_than_stimuli_are_warned_of():
    """The best rotation makes independent subjects look alike."""
    x, y = np.random.default_rng(9).normal(size=(2, 5, 3, 9))

    with pytest.warns(BiasWarning, match="9 units and 5 stimuli"):
        compare.stochastic_shape(x, y, alpha=2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: StochasticShape(alpha=3), InvalidOptionError, "alpha: must be from 0 to 2, got 3"),
        (lambda x: StochasticShape(shrinkage=-1), InvalidOptionError, "shrinkage: must be from 0 to 1, got -1"),
        (
            lambda x: StochasticShape(starts=-1),
            InvalidOptionError,
            "starts: must be a whole number of at least 0, got -1",
        ),
        (lambda x: compare.stochastic_shape(x[:, 0], x), TooFewStimuliError, "x: has 1 trials, .* at least 3"),
        (lambda x: compare.stochastic_shape(x, x[:, :2]), TooFewStimuliError, "y: has 2 trials, .* at least 3"),
        (lambda x: compare.stochastic_shape(x[:1], x), TooFewStimuliError, "x: has 1 stimuli"),
        (lambda x: compare.stochastic_shape(x, x[:9]), InvalidActivityError, "x has 10 stimuli and y has 9"),
    ],
)
def test_what_cannot_be_aligned_is_named(call, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        call(np.random.default_rng(0).normal(size=(10, 4, 3)))
