"""Measures that learn an alignment: theory, metrics, other stimuli, and what is refused."""

import numpy as np
import pytest

import compare
from compare.errors import BiasWarning, InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.measures import CCA, PWCCA, SVCCA, BuresSimilarity, Procrustes, UnitMatching

ALIGNMENTS = {
    "CCA": CCA(),
    "squared CCA": CCA(squared=True),
    "SVCCA": SVCCA(0.9),
    "PWCCA": PWCCA(),
    "Procrustes": Procrustes(),
    "Euclidean Procrustes": Procrustes("euclidean"),
    "half white": Procrustes(alpha=0.5),
    "Euclidean, half white": Procrustes("euclidean", 0.5),
    "white": Procrustes(alpha=0),
    "Bures": BuresSimilarity(),
    "matching": UnitMatching(),
    "Euclidean matching": UnitMatching("euclidean"),
}
METRICS = {name: measure for name, measure in ALIGNMENTS.items() if not measure.greater_is_closer}


@pytest.fixture
def pair():
    """Two subjects of 60 stimuli that share a part of what they do."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 8)) * np.arange(1, 9) + 2
    return x, x @ rng.normal(size=(8, 6)) + 8 * rng.normal(size=(60, 6))


@pytest.mark.parametrize("measure", ALIGNMENTS.values(), ids=ALIGNMENTS)
def test_fitted_gives_the_plain_value_on_the_stimuli_that_it_learnt_from(measure, pair):
    """Applying what was learnt to the same stimuli is the value of the formula."""
    assert measure.fit(*pair).score(*pair) == pytest.approx(measure(*pair), rel=1e-12)


@pytest.mark.parametrize("measure", ALIGNMENTS.values(), ids=ALIGNMENTS)
def test_measure_is_symmetric_where_it_says_so(measure, pair):
    """Which subject comes first changes nothing, in training and on other stimuli; for PWCCA it does."""
    (x, y), (a, b) = (array[:40] for array in pair), (array[40:] for array in pair)
    there, back = measure.fit(x, y), measure.fit(y, x)

    same = there.training_score == pytest.approx(back.training_score, rel=1e-9)
    assert same == measure.symmetric
    assert (there.score(a, b) == pytest.approx(back.score(b, a), rel=1e-9)) == measure.symmetric


@pytest.mark.parametrize("measure", ALIGNMENTS.values(), ids=ALIGNMENTS)
def test_what_was_learnt_holds_on_other_stimuli(measure):
    """Where y is x in another order, offset and sign of axes, the alignment is exact on stimuli never seen."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 5)) * [1, 2, 3, 4, 5] + 1
    y = x[:, ::-1] + 3
    best = 1.0 if measure.greater_is_closer else 0.0

    assert measure.fit(x[:30], y[:30]).score(x[30:], y[30:]) == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize(
    ("measure", "floor", "chance"),
    [
        (CCA(), 0.3, 0.0),
        (CCA(squared=True), 0.1, 0.0),
        (SVCCA(), 0.3, 0.0),
        (PWCCA(), 0.3, 0.0),
        (BuresSimilarity(), 0.3, 0.0),
        (Procrustes(), np.pi / 2 - 0.3, np.pi / 2),
        (UnitMatching(), np.pi / 2 - 0.1, np.pi / 2),
    ],
    ids=lambda value: getattr(value, "label", ""),
)
def test_independent_subjects_are_alike_in_training_and_not_on_other_stimuli(measure, floor, chance):
    """The alignment profits from its own noise; on stimuli it has not seen the mean is chance."""
    rng = np.random.default_rng(2)
    trained, tested = [], []
    for _ in range(40):
        x, y = rng.normal(size=(2, 80, 12))
        fitted = measure.fit(x[:40], y[:40])
        trained.append(fitted.training_score)
        tested.append(fitted.score(x[40:], y[40:]))
    error = np.std(tested) / np.sqrt(len(tested))

    assert (min(trained) > floor) if measure.greater_is_closer else (max(trained) < floor)
    assert abs(np.mean(tested) - chance) < 4 * error


def test_canonical_correlations_of_independent_subjects_are_those_of_theory():
    """The squares of independent subjects average max(p, q) / (n - 1): the bias that the page gives."""
    rng = np.random.default_rng(3)
    values = [compare.cca(rng.normal(size=(60, 7)), rng.normal(size=(60, 12)), squared=True) for _ in range(200)]

    assert np.mean(values) == pytest.approx(12 / 59, abs=4 * np.std(values) / np.sqrt(200))


@pytest.mark.parametrize("measure", METRICS.values(), ids=METRICS)
def test_distance_is_a_metric(measure):
    """Zero to itself, and no detour is shorter, for subjects of different size."""
    rng = np.random.default_rng(4)
    for _ in range(25):
        latent = rng.normal(size=(12, 4))
        x, y, z = (latent @ rng.normal(size=(4, units)) + rng.normal(size=(12, units)) for units in (3, 5, 9))
        assert measure(x, x) == pytest.approx(0, abs=1e-6)
        assert measure(x, z) <= measure(x, y) + measure(y, z) + 1e-9
        assert measure(x, y) <= measure(x, z) + measure(z, y) + 1e-9


def test_squared_euclidean_procrustes_is_the_least_squares_residual(pair):
    """The distance is what is left of y after the rotation of x, and no random rotation leaves less."""
    x, y = (array[:, :6] - array[:, :6].mean(axis=0) for array in pair)
    rng = np.random.default_rng(3)
    rotations = [np.linalg.qr(rng.normal(size=(6, 6)))[0] for _ in range(200)]

    assert compare.procrustes(x, y, "euclidean") <= min(np.linalg.norm(x @ q - y) for q in rotations)
    left, _, right = np.linalg.svd(x.T @ y)
    assert compare.procrustes(x, y, "euclidean") == pytest.approx(np.linalg.norm(x @ left @ right - y), rel=1e-12)


def test_white_procrustes_is_the_angle_of_canonical_correlations(pair):
    """At alpha 0 the cosine is the sum of canonical correlations over the root of both dimensions."""
    x, y = pair

    assert np.cos(compare.procrustes(x, y, alpha=0)) == pytest.approx(compare.cca(x, y) * 6 / np.sqrt(6 * 8), rel=1e-12)


def test_whitening_goes_from_one_end_to_the_other_and_does_not_see_the_unit_of_activity(pair):
    """Near alpha 1 it is Procrustes; in between, volts and millivolts give the same angle."""
    x, y = pair

    assert compare.procrustes(x, y, alpha=1 - 1e-9) == pytest.approx(compare.procrustes(x, y), abs=1e-7)
    assert compare.procrustes(1e-6 * x, 1e6 * y, alpha=0.5) == pytest.approx(compare.procrustes(x, y, alpha=0.5))
    assert compare.procrustes(x, y, alpha=0) != pytest.approx(compare.procrustes(x, y, alpha=0.5), abs=0.01)


def test_whitening_keeps_the_variance(pair):
    """Whitening turns the variance round, its sum stays: the distance to the same, doubled, is its size."""
    x, _ = pair
    size = np.linalg.norm(x - x.mean(axis=0))

    for alpha in (0, 0.3, 1):
        assert compare.procrustes(x, 2 * x, "euclidean", alpha) == pytest.approx(size, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_more_units_than_stimuli_change_no_shape(alpha):
    """A rotation into many more units is the same shape, also on other stimuli."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(24, 6)), rng.normal(size=(24, 7))
    wide = y @ np.linalg.qr(rng.normal(size=(50, 7)))[0].T
    measure = Procrustes(alpha=alpha)

    assert measure.fit(x, wide).training_score == pytest.approx(measure(x, y), rel=1e-9)
    fitted, expected = measure.fit(x[:16], wide[:16]), measure.fit(x[:16], y[:16])
    assert fitted.score(x[16:], wide[16:]) == pytest.approx(expected.score(x[16:], y[16:]), rel=1e-9)


def test_what_training_does_not_span_counts_but_is_rotated_onto_nothing():
    """A unit that is silent in training and loud later makes other stimuli no more alike."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(8, 30))
    x[:4, -1] = 0
    fitted = Procrustes().fit(x[:4], x[:4])

    inside = x[4:] - x[:4].mean(axis=0)
    basis = np.linalg.svd(x[:4] - x[:4].mean(axis=0), full_matrices=False)[2][:3]
    expected = np.arccos(np.linalg.norm(inside @ basis.T) ** 2 / np.linalg.norm(inside) ** 2)
    assert fitted.score(x[4:], x[4:]) == pytest.approx(expected, rel=1e-9)


def test_bures_similarity_is_the_fidelity_of_kernels(pair):
    """The definition by square roots of kernels over stimuli, and the cosine of the angular Procrustes distance."""
    x, y = (array - array.mean(axis=0) for array in pair)
    first, second = x @ x.T, y @ y.T
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    fidelity = np.sqrt(np.clip(np.linalg.eigvalsh(root @ second @ root), 0, None)).sum()

    expected = fidelity / np.sqrt(np.trace(first) * np.trace(second))
    assert compare.bures_similarity(x, y) == pytest.approx(expected, abs=1e-7)
    assert compare.bures_similarity(x, y) == pytest.approx(np.cos(compare.procrustes(x, y)), rel=1e-12)


def test_angles_know_their_cosine(pair):
    """Ceilings are of cosines: an angle gives its own, a Euclidean distance has none."""
    assert Procrustes().cosine(compare.procrustes(*pair)) == pytest.approx(compare.bures_similarity(*pair))
    assert UnitMatching().cosine(np.pi / 3) == pytest.approx(0.5)
    assert BuresSimilarity().cosine(0.3) == 0.3
    assert np.isnan(Procrustes("euclidean").cosine(0.3))


def test_matching_finds_units_through_noise_and_is_farther_than_a_rotation(pair):
    """Shuffled units are found again; a rotation may do at least as much."""
    rng = np.random.default_rng(7)
    x, y = pair
    order = rng.permutation(8)

    fitted = UnitMatching().fit(x, x[:, order] + 0.1 * rng.normal(size=x.shape))
    assert fitted.pairs[1].tolist() == np.argsort(order).tolist()
    assert compare.unit_matching(x, y) > compare.procrustes(x, y)


def test_unit_that_goes_against_all_others_stays_alone():
    """Silence is nearer to a unit than its own opposite, so that sizes can differ without breaking the metric."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=(30, 3))

    alone = UnitMatching("euclidean").fit(x[:, :1], -x[:, :1])
    assert len(alone.pairs[0]) == 0
    assert alone.training_score == pytest.approx(np.sqrt(2) * np.linalg.norm(x[:, 0] - x[:, 0].mean()))


def test_pwcca_is_the_weighted_mean_that_is_published(pair):
    """The weights are the sizes of the projections of x's units onto x's canonical variates of length 1."""
    x, y = (array - array.mean(axis=0) for array in pair)
    a, b = np.linalg.qr(x)[0], np.linalg.qr(y)[0]
    left, rho, _ = np.linalg.svd(a.T @ b, full_matrices=False)
    alpha = np.abs((a @ left).T @ x).sum(axis=1)

    assert compare.pwcca(x, y) == pytest.approx(alpha @ rho / alpha.sum(), rel=1e-12)
    assert compare.pwcca(x, y) == pytest.approx(compare.pwcca(x, y @ np.triu(np.ones((6, 6)))), rel=1e-9)


def test_pwcca_does_not_hang_on_the_signs_of_singular_vectors(pair, monkeypatch):
    """Another LAPACK may flip any singular vector; the weights of google/svcca change by that, these do not."""
    x, y = (array.T - array.T.mean(axis=1, keepdims=True) for array in pair)
    plain, rng = np.linalg.svd, np.random.default_rng(0)

    def flipped(matrix, full_matrices=True):
        left, sizes, right = plain(matrix, full_matrices=full_matrices)
        signs = rng.choice([-1.0, 1.0], len(sizes))
        return left[:, : len(sizes)] * signs, sizes, signs[:, None] * right[: len(sizes)]

    def without_whitening():
        # What that package does: direction coordinates from the rotation alone, the units' means added to them.
        roots = [plain(array @ array.T) for array in (x, y)]
        inverse = [(u / np.sqrt(s)) @ v for u, s, v in roots]
        left, rho, _ = flipped(inverse[0] @ x @ y.T @ inverse[1])
        means = pair[0].mean(axis=0)
        directions = left[:, : len(rho)].T @ x + means[: len(rho), None]
        basis = np.linalg.qr(directions.T)[0]
        weights = np.abs(basis.T @ pair[0]).sum(axis=1)
        return weights @ rho / weights.sum()

    theirs = [without_whitening() for _ in range(50)]
    monkeypatch.setattr(np.linalg, "svd", flipped)
    ours = [compare.pwcca(*pair) for _ in range(50)]

    assert np.ptp(ours) < 1e-12
    assert np.ptp(theirs) > 1e-3


def test_few_stimuli_to_the_dimensions_are_warned_of(pair):
    """Correlations that are 1 for whatever data are counted in the warning."""
    x, y = (array[:12] for array in pair)

    with pytest.warns(BiasWarning, match="8 and 6 dimensions from 12 stimuli, so 3 of 6 canonical correlations are 1"):
        assert compare.cca(x, y) > 0.5
    with pytest.warns(BiasWarning, match="SVCCA"):
        compare.svcca(x, y, variance=1)


@pytest.mark.parametrize("measure", [compare.procrustes, compare.bures_similarity, compare.unit_matching])
def test_more_units_than_stimuli_are_warned_of(measure):
    """Independent subjects of many units look alike after the best alignment, and the warning says what to do."""
    x, y = np.random.default_rng(9).normal(size=(2, 20, 400))

    with pytest.warns(BiasWarning, match="400 units and 20 stimuli"):
        value = measure(x, y)
    assert (value > 0.8) if measure is compare.bures_similarity else (value < 1.2)


@pytest.mark.parametrize("measure", ALIGNMENTS.values(), ids=ALIGNMENTS)
def test_no_variance_is_nan_in_training_and_later(measure, pair):
    """There is nothing to align in what is the same for every stimulus."""
    y = pair[1]
    fitted = measure.fit(np.full((60, 3), 0.1), y)

    assert np.isnan(fitted.training_score)
    assert np.isnan(fitted.score(np.full((5, 3), 0.1), y[:5]))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: CCA().fit(x, x).score(x[:, :2], x), InvalidActivityError, "x: has 2 units, but .* learnt from 3"),
        (lambda x: CCA().fit(x, x).score(x, x[:, :2]), InvalidActivityError, "y: has 2 units"),
        (lambda x: CCA().fit(x, x).score(x[:1], x[:1]), TooFewStimuliError, "at least 2"),
        (lambda x: Procrustes("angle"), InvalidOptionError, "distance: there is no 'angle'; did you mean 'angular'"),
        (lambda x: UnitMatching("cosine"), InvalidOptionError, "choose one of: angular, euclidean"),
        (lambda x: Procrustes(alpha=1.5), InvalidOptionError, "alpha: must be from 0 to 1, got 1.5"),
        (lambda x: SVCCA(components=2.5), InvalidOptionError, "components: must be a whole number .*, got 2.5"),
        (lambda x: compare.pwcca(x[:6], x[:6] ** 2), TooFewStimuliError, "3 and 3 dimensions from 6 stimuli"),
        (
            lambda x: compare.pwcca(np.hstack([x, x[:, :1] ** 2]), np.hstack([x, x[:, 1:2] ** 2])),
            InvalidActivityError,
            r"canonical correlations \d and \d are equal \(1\)",
        ),
    ],
)
def test_what_cannot_be_aligned_is_named(call, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        call(np.random.default_rng(0).normal(size=(10, 3)))
