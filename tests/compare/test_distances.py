"""Distances between the patterns of two stimuli: definitions, what they see and do not, and 0 under the null."""

import warnings
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform

import compare
from compare.errors import (
    ActivityTypeError,
    BiasWarning,
    InvalidActivityError,
    InvalidOptionError,
    TooFewStimuliError,
)
from compare.measures import (
    TRANSFORMATIONS,
    Correlation,
    Crossnobis,
    Euclidean,
    Mahalanobis,
    Poisson,
    PoissonCV,
    invariances_of,
)
from compare.measures.distances import DISTANCES, as_distance

STIMULI, TRIALS, UNITS = 8, 6, 5

OPTIONS = {
    **DISTANCES,
    "mahalanobis to the identity": Mahalanobis(shrinkage="identity"),
    "mahalanobis as given": Mahalanobis(np.diag([1, 2, 3, 4, 5]) + 0.1),
    "crossnobis to the identity": Crossnobis(shrinkage="identity"),
    "crossnobis as given": Crossnobis([1, 2, 3, 4, 5]),
    "crossnobis of three folds": Crossnobis(folds=[0, 1, 2, 0, 1, 2]),
    "poisson-cv of three folds": PoissonCV(folds=[0, 1, 2, 0, 1, 2]),
}


@pytest.fixture
def x():
    """Give counts (stimulus, trial, unit), large enough to stay positive under every transformation."""
    rng = np.random.default_rng(0)
    rates = rng.gamma(8, 6, size=(STIMULI, 1, UNITS)) * np.arange(1, UNITS + 1)
    return rng.poisson(rates, size=(STIMULI, TRIALS, UNITS)).astype(float)


def _transformed(x, name):
    """Apply one of the named transformations to (stimulus, trial, unit), the same in every trial."""
    rng = np.random.default_rng(1)
    n, _, p = x.shape
    turn = np.eye(p)
    turn[:2, :2] = [[np.cos(0.2), -np.sin(0.2)], [np.sin(0.2), np.cos(0.2)]]
    return {
        "translation": lambda: x + rng.uniform(1, 30, size=p),
        "pattern offset": lambda: x + rng.uniform(1, 30, size=(n, 1, 1)),
        "scale": lambda: 4.2 * x,
        "pattern scale": lambda: x * rng.uniform(0.3, 3, size=(n, 1, 1)),
        "permutation": lambda: x[:, :, ::-1],
        "rotation": lambda: np.maximum(x @ turn, 0),
        "affine": lambda: x @ (rng.uniform(0, 1, size=(p, p)) + np.diag(np.arange(1.0, p + 1))),
    }[name]()


@pytest.mark.parametrize("transformation", TRANSFORMATIONS)
@pytest.mark.parametrize("name", OPTIONS)
def test_distance_sees_what_it_does_not_declare_invisible(x, name, transformation):
    """A declared invariance holds to rounding; everything else changes the distances."""
    distance = OPTIONS[name]
    before, after = distance(x), distance(_transformed(x, transformation))

    change = np.abs(after - before).max() / np.abs(before).max()
    assert (change < 1e-9) if transformation in invariances_of(distance) else (change > 1e-4)


@pytest.mark.parametrize("name", OPTIONS)
def test_rdms_only_scale_with_the_activity_where_declared(x, name):
    """A homogeneous distance of scaled activity is the same RDM times a number; the others change their shape."""
    distance = OPTIONS[name]
    before, after = distance(x), distance(4.2 * x)

    same_shape = np.abs(after / np.linalg.norm(after) - before / np.linalg.norm(before)).max() < 1e-9
    assert same_shape == (distance.homogeneous or "scale" in distance.invariances)


@pytest.mark.parametrize("name", OPTIONS)
def test_order_of_stimuli_and_trials_is_no_matter(x, name):
    """Stimuli in another order give the same RDM in another order; so do trials, which are exchangeable."""
    distance = OPTIONS[name]
    order = np.random.default_rng(2).permutation(STIMULI)
    turned = x[:, ::-1] if "folds" not in name else x[:, [2, 0, 1, 5, 3, 4]]

    expected = squareform(squareform(distance(x))[np.ix_(order, order)])
    np.testing.assert_allclose(distance(turned[order]), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", OPTIONS)
def test_activity_is_left_as_it_was(x, name):
    """A distance writes nothing into what it is given."""
    before = x.copy()
    OPTIONS[name](x)

    np.testing.assert_array_equal(x, before)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 12), st.integers(1, 40), st.integers(0, 10**6), st.sampled_from([0.0, 1e-9, 1e-5, 1e-3, 1.0]))
def test_one_product_is_as_exact_as_differences_one_by_one(stimuli, units, seed, apart):
    """Patterns that are equal, near or far on any offset: ten digits of scipy's loop, and exactly 0 where it is 0."""
    rng = np.random.default_rng(seed)
    kinds = rng.normal(size=(3, units)) * 10.0 ** rng.integers(-6, 6)
    x = kinds[rng.integers(0, 3, stimuli)] + apart * rng.normal(size=(stimuli, units)) + rng.choice([0.0, 1e4])
    expected = pdist(x, "sqeuclidean") / units
    found = Euclidean()(x)

    np.testing.assert_allclose(found, expected, rtol=1e-10)
    np.testing.assert_array_equal(found == 0, expected == 0)


def test_near_patterns_beyond_one_piece_of_memory_are_exact(monkeypatch):
    """More near pairs than are taken at once are taken in pieces."""
    monkeypatch.setattr("compare.measures.distances.differences.BLOCK", 100)
    monkeypatch.setattr("compare.measures.distances.differences.ROWS", 4)
    x = 1e6 + 1e-3 * np.random.default_rng(0).normal(size=(15, 30))
    x[0] = 0

    np.testing.assert_allclose(Euclidean()(x), pdist(x, "sqeuclidean") / 30, rtol=1e-12)


def test_correlation_of_nearly_equal_patterns_keeps_its_digits():
    """Where 1 - r is all rounding, the difference of directions still has digits: a change of 1e-10 is 5e-21 off."""
    z = np.array([[1.0, -1.0, 0.0], [1.0, -1.0, 1e-10], [1.0, -1.0, 0.0]])
    near, equal = Correlation()(z)[[0, 1]]

    assert near == pytest.approx((1e-10) ** 2 / 2 / 2 * 2 / 3, rel=1e-5)
    assert equal == 0


def test_mahalanobis_is_written_out(x):
    """The definition, pair by pair, with the precision of the trials and with one that is given."""
    means, precision = x.mean(axis=1), compare.noise_precision(x)
    expected = [(a - b) @ precision @ (a - b) / UNITS for a, b in combinations(means, 2)]

    np.testing.assert_allclose(Mahalanobis()(x), expected, rtol=1e-10)
    np.testing.assert_allclose(Mahalanobis(precision)(x), expected, rtol=1e-10)


def test_mahalanobis_with_more_units_than_residuals_needs_no_square_of_them():
    """The way through the residuals' products gives what the inverse covariance gives."""
    wide = np.random.default_rng(0).normal(size=(4, 3, 60)).cumsum(axis=2)
    wide[3] = wide[2]
    means = wide.mean(axis=1)
    for target in ("diagonal", "identity"):
        precision = compare.noise_precision(wide, target)
        expected = [(a - b) @ precision @ (a - b) / 60 for a, b in combinations(means, 2)]
        np.testing.assert_allclose(Mahalanobis(shrinkage=target)(wide), expected, rtol=1e-9)


def test_crossnobis_is_the_mean_over_ordered_pairs_of_trials(x):
    """The definition written out, for a given precision."""
    precision = compare.noise_precision(x)
    expected = [
        np.mean([(a[m] - b[m]) @ precision @ (a[n] - b[n]) for m, n in permutations(range(TRIALS), 2)]) / UNITS
        for a, b in combinations(x, 2)
    ]

    np.testing.assert_allclose(Crossnobis(precision)(x), expected, rtol=1e-10)


def test_crossnobis_takes_its_noise_from_the_other_trials(x):
    """The noise for trials m and n is that of the rest; of folds, also that within m and within n."""
    expected = 0
    for m, n in combinations(range(TRIALS), 2):
        rest = [trial for trial in range(TRIALS) if trial not in (m, n)]
        expected = expected + Crossnobis(compare.noise_precision(x[:, rest]))(x[:, [m, n]])
    np.testing.assert_allclose(Crossnobis()(x), expected / 15, rtol=1e-10)

    halves = x[:, [0, 2, 4, 1, 3, 5]]
    two = Crossnobis(folds=[0, 1, 0, 1, 0, 1])(x)
    pooled = halves.reshape(STIMULI * 2, 3, UNITS)
    means = np.stack([halves[:, :3].mean(axis=1), halves[:, 3:].mean(axis=1)], axis=1)
    np.testing.assert_allclose(two, Crossnobis(compare.noise_precision(pooled))(means), rtol=1e-10)


def test_poisson_is_the_symmetrised_divergence():
    """Kullback-Leibler divergence both ways, of Poisson distributions with the drawn rates, from its definition."""
    counts = np.array([[0.0, 3.0, 7.0], [2.0, 2.0, 2.0], [0.0, 3.0, 7.0]])
    a, b, _ = (counts + 0.1) / 1.1
    divergence = np.sum(a * np.log(a / b) - a + b) + np.sum(b * np.log(b / a) - b + a)

    np.testing.assert_allclose(Poisson()(counts), [divergence / 3, 0, divergence / 3], rtol=1e-12)
    assert Poisson()(counts)[1] == 0


def test_poisson_cv_is_the_mean_over_ordered_pairs_of_folds(x):
    """The definition written out, trials and folds."""
    for distance, folds in ((PoissonCV(), x), (OPTIONS["poisson-cv of three folds"], (x[:, :3] + x[:, 3:]) / 2)):
        rates = (folds + 0.1) / 1.1
        pairs = list(permutations(range(folds.shape[1]), 2))
        expected = [
            np.mean([(a[m] - b[m]) @ (np.log(a[n]) - np.log(b[n])) for m, n in pairs]) / UNITS
            for a, b in combinations(rates, 2)
        ]
        np.testing.assert_allclose(distance(x), expected, rtol=1e-9, atol=1e-12)


def _null(distance, draw, repeats=150):
    """Give mean and standard error of an RDM's mean, stimuli all alike."""
    rng = np.random.default_rng(3)
    means = [distance(draw(rng)).mean() for _ in range(repeats)]
    return np.mean(means), np.std(means) / np.sqrt(repeats)


@pytest.mark.parametrize("distance", [Crossnobis(), Crossnobis(folds=[0, 0, 1, 1]), Crossnobis(np.eye(30))])
def test_crossnobis_is_zero_on_average_for_stimuli_that_are_alike(distance):
    """Correlated noise, more than there is signal: 0 within three standard errors, estimated precision and all."""
    mixing = np.random.default_rng(4).normal(size=(30, 30)) / 5 + np.eye(30)
    mean, error = _null(distance, lambda rng: rng.normal(size=(12, 4, 30)) @ mixing)

    assert abs(mean) < 3 * error
    assert error < 0.02


def test_crossnobis_with_the_noise_of_the_same_trials_is_too_large():
    """The customary precision of all trials whitens two trials by their own difference, so its zero is not zero."""
    mean, error = _null(lambda x: Crossnobis(compare.noise_precision(x))(x), lambda rng: rng.normal(size=(12, 4, 30)))

    assert mean > 10 * error
    assert mean > 0.05
    with pytest.warns(BiasWarning, match="with 3 trials"):
        few = Crossnobis()(np.random.default_rng(0).normal(size=(12, 3, 30)))
    assert few.mean() > 0


def test_poisson_cv_is_zero_on_average_for_stimuli_that_are_alike_and_poisson_is_not():
    """Sparse counts: 0 within three standard errors; the plain divergence finds distance in noise."""
    mean, error = _null(PoissonCV(), lambda rng: rng.poisson(0.7, size=(12, 3, 30)))

    assert abs(mean) < 3 * error
    assert error < 0.02
    assert _null(Poisson(), lambda rng: rng.poisson(0.7, size=(12, 3, 30)), 5)[0] > 0.2


def test_crossnobis_recovers_the_distance_of_noise_free_patterns():
    """Its mean over repetitions is the Mahalanobis distance of the means, neither more nor less."""
    rng = np.random.default_rng(5)
    signal = rng.normal(size=(6, 1, 10))
    found = [Crossnobis(np.eye(10))(signal + 2 * rng.normal(size=(6, 4, 10))) for _ in range(400)]
    error = np.std(found, axis=0) / 20

    assert np.all(np.abs(np.mean(found, axis=0) - Euclidean()(signal)) < 4 * error)


def test_units_without_noise_are_left_out_and_not_counted(x):
    """A silent unit, and one that never differs between trials, change nothing where noise is the measure."""
    quiet = np.concatenate([x, np.zeros((STIMULI, TRIALS, 1)), np.tile(x[:, :1, :1], (1, TRIALS, 1))], axis=2)
    for name in ("mahalanobis", "crossnobis"):
        np.testing.assert_allclose(DISTANCES[name](quiet), DISTANCES[name](x), rtol=1e-9)

    precision = compare.noise_precision(quiet)
    assert not precision[UNITS:].any()
    np.testing.assert_allclose(Crossnobis(precision)(quiet), Crossnobis(compare.noise_precision(x))(x), rtol=1e-9)
    np.testing.assert_array_equal(compare.silent_units(quiet), [False] * UNITS + [True, False])


def test_diagonal_precision_may_be_given_as_a_vector(x):
    """(unit,) is the diagonal of (unit, unit)."""
    np.testing.assert_allclose(Mahalanobis([1, 2, 3, 4, 5])(x), Mahalanobis(np.diag([1, 2, 3, 4, 5]))(x), rtol=1e-12)


def test_singular_precision_takes_its_directions(x):
    """A precision of lower rank, as a pseudo-inverse is, compares in the directions that it has."""
    direction = np.array([1.0, 1, 0, 0, 0])
    expected = (pdist((x.mean(axis=1) @ direction)[:, None], "sqeuclidean")) / UNITS

    precision = np.outer(direction, direction) + 0 * np.eye(UNITS)
    np.testing.assert_allclose(Mahalanobis(precision)(x) * 2 / UNITS, expected, rtol=1e-9)


def test_what_stands_in_without_noise():
    """Each cross-validated distance names the one that it is of a subject that answers the same every time."""
    rates = np.random.default_rng(0).gamma(2, 2, size=(5, 1, 4)).repeat(3, axis=1)
    for distance in (Crossnobis([1, 2, 1, 1]), PoissonCV(2, 0.5)):
        np.testing.assert_allclose(distance(rates), distance.without_noise(rates), rtol=1e-12)
    assert as_distance("mahalanobis").without_noise == as_distance("crossnobis").without_noise == Euclidean()
    given = Mahalanobis([1, 2, 1, 1])
    assert given.without_noise is given
    assert as_distance("correlation").without_noise == Correlation()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: compare.rdm(x, "crossnobbis"), InvalidOptionError, "did you mean 'crossnobis'"),
        (lambda x: compare.rdm(x, 3), ActivityTypeError, "must be a name or an object"),
        (lambda x: compare.rdm(x[:, 0], "crossnobis"), TooFewStimuliError, "at least 2 trials, got 1"),
        (lambda x: compare.rdm(x[:, 0], "mahalanobis"), TooFewStimuliError, "at least 2 trials, got 1"),
        (lambda x: compare.rdm(x[:, 0], "poisson-cv"), TooFewStimuliError, "at least 2 trials, got 1"),
        (lambda x: compare.rdm(x[:1], "crossnobis"), TooFewStimuliError, "has 1 stimuli"),
        (lambda x: compare.rdm(-x, "poisson"), InvalidActivityError, "negative numbers"),
        (lambda x: compare.rdm(-x, "poisson-cv"), InvalidActivityError, "negative numbers"),
        (lambda x: compare.rdm(x * 1e200, "euclidean"), InvalidActivityError, "too large to be squared"),
        (lambda x: compare.rdm(_unbalanced(x), "crossnobis"), InvalidActivityError, "stimulus 2 has 4 trials"),
        (lambda x: compare.rdm(_broken(x), "crossnobis"), InvalidActivityError, "1 of 8 stimuli hold NaN"),
        (lambda x: compare.rdm(x[:, :1].repeat(3, 1), "mahalanobis"), InvalidActivityError, "no unit ever differs"),
        (lambda x: compare.rdm(_two_kinds(), "mahalanobis"), InvalidActivityError, "has no inverse"),
        (lambda x: compare.noise_precision(x, "eye"), InvalidOptionError, "there is no target 'eye'"),
        (lambda x: compare.noise_precision(x[:, :1]), TooFewStimuliError, "noise_precision: needs"),
        (lambda x: Mahalanobis(shrinkage="full"), InvalidOptionError, "there is no target 'full'"),
        (lambda x: Mahalanobis(np.ones((2, 3))), InvalidOptionError, "got shape"),
        (lambda x: Mahalanobis([1, np.nan]), InvalidOptionError, "NaN or infinite"),
        (lambda x: Mahalanobis([[1, 1], [0, 1]]), InvalidOptionError, "symmetric"),
        (Mahalanobis(np.eye(3)), InvalidActivityError, "x has 5 units and the precision has 3"),
        (Mahalanobis(np.zeros(5)), InvalidOptionError, "all zeros"),
        (Mahalanobis([1, 1, 1, 1, -1]), InvalidOptionError, "must not be negative, got -1"),
        (Mahalanobis(np.diag([1, 1, 1, 1, -1])), InvalidOptionError, "positive semi-definite"),
        (lambda x: Crossnobis(folds=[0, 0]), InvalidOptionError, "at least 2 different folds"),
        (lambda x: Crossnobis(folds=[0, 0, 1]), InvalidOptionError, "equally many trials"),
        (PoissonCV(folds=[0, 1]), InvalidActivityError, "x has 6 trials and folds names 2"),
        (lambda x: Poisson(prior=0), InvalidOptionError, "prior: must be positive and finite, got 0"),
        (lambda x: PoissonCV(weight=-1), InvalidOptionError, "weight: must be positive"),
    ],
)
def test_what_no_distance_can_use_is_named(x, call, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        call(x)


def _unbalanced(x):
    x[2, 4:] = np.nan
    return x


def _broken(x):
    x[2, 4, 1] = np.nan
    return x


def _two_kinds():
    """Residuals along one line only, all of one length: nothing says how far to shrink."""
    x = np.zeros((3, 2, 2))
    x[:, 0], x[:, 1] = 1, -1
    return x


def test_too_few_degrees_of_freedom_are_named():
    """One residual has no spread."""
    from compare.measures.distances.residuals import residuals_of
    from compare.measures.distances.shrinkage import shrunk_noise

    with pytest.raises(TooFewStimuliError, match="1 degrees of freedom"):
        shrunk_noise(residuals_of([np.arange(6.0).reshape(1, 2, 3)]))


def test_distances_need_no_warning(x):
    """None of them computes with what it should not."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for distance in OPTIONS.values():
            assert np.isfinite(distance(x)).all()
