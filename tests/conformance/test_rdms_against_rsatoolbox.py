"""RDMs and their comparators beside rsatoolbox 0.3.2: equal where it is right, and named where it is not."""

from itertools import combinations

import numpy as np
import pytest

import compare
from compare.measures import Crossnobis, Mahalanobis
from compare.measures.distances.residuals import residuals_of
from compare.measures.distances.shrinkage import shrunk_noise

rsatoolbox = pytest.importorskip("rsatoolbox")
from rsatoolbox.data import Dataset  # noqa: E402
from rsatoolbox.data import noise as peer_noise  # noqa: E402
from rsatoolbox.rdm import calc_rdm  # noqa: E402
from rsatoolbox.rdm.compare import compare as peer_compare  # noqa: E402

pytestmark = [
    # Its own: averages begin as NaN in an array of whole numbers.
    pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning"),
]

STIMULI, TRIALS, UNITS = 9, 4, 12
METHODS = {
    "pearson": "corr",
    "spearman": "spearman",
    "cosine": "cosine",
    "rho-a": "rho-a",
    "tau-a": "tau-a",
    "tau-b": "tau-b",
    "whitened-cosine": "cosine_cov",
    "whitened-correlation": "corr_cov",
}


@pytest.fixture(scope="module")
def counts():
    """Give counts (stimulus, trial, unit)."""
    rng = np.random.default_rng(0)
    return rng.poisson(rng.gamma(2, 2, size=(STIMULI, 1, UNITS)), size=(STIMULI, TRIALS, UNITS)).astype(float)


def _dataset(x):
    """Give the same as rsatoolbox wants it: one row a stimulus and trial."""
    stimuli, trials, units = x.shape
    about = {"stimulus": np.repeat(np.arange(stimuli), trials), "fold": np.tile(np.arange(trials), stimuli)}
    return Dataset(x.reshape(-1, units).copy(), obs_descriptors=about)


def _theirs(x, method, **options):
    return calc_rdm(_dataset(x), method=method, descriptor="stimulus", **options).dissimilarities[0]


@pytest.mark.parametrize("distance", ["correlation", "euclidean", "poisson"])
def test_distance_of_means_is_rsatoolboxs(counts, distance):
    """Correlation, squared Euclidean and Poisson distances of the mean over trials."""
    np.testing.assert_allclose(compare.rdm(counts, distance), _theirs(counts, distance), rtol=1e-9)


def test_distances_in_units_of_the_noise_are_rsatoolboxs(counts):
    """Mahalanobis and crossnobis distances with one given precision."""
    precision = compare.noise_precision(counts)

    expected = _theirs(counts, "mahalanobis", noise=precision)
    np.testing.assert_allclose(compare.rdm(counts, Mahalanobis(precision)), expected, rtol=1e-9)
    expected = _theirs(counts, "crossnobis", noise=precision, cv_descriptor="fold")
    np.testing.assert_allclose(compare.rdm(counts, Crossnobis(precision)), expected, rtol=1e-9, atol=1e-12)


def test_rsatoolbox_returns_only_the_last_fold_of_the_cross_validated_poisson_distance(counts):
    """Its loop over folds overwrites the result: what it returns is the mean of folds 0 to 2 against fold 3."""
    theirs = _theirs(counts, "poisson_cv", cv_descriptor="fold")
    rates = (counts + 0.1) / 1.1

    def against(fold):
        rest = np.delete(rates, fold, axis=1).mean(axis=1)
        return [
            (rest[i] - rest[j]) @ (np.log(rates[i, fold]) - np.log(rates[j, fold])) / UNITS
            for i, j in combinations(range(STIMULI), 2)
        ]

    np.testing.assert_allclose(theirs, against(TRIALS - 1), rtol=1e-9, atol=1e-12)
    ours = compare.rdm(counts, "poisson-cv")
    np.testing.assert_allclose(ours, np.mean([against(fold) for fold in range(TRIALS)], axis=0), rtol=1e-9, atol=1e-12)
    assert np.abs(ours - theirs).max() > 0.1


def test_rsatoolbox_gives_an_infinite_mahalanobis_distance_a_euclidean_one_in_silence(counts):
    """Without noise it falls back to the Euclidean distance; here a distance that needs trials says so."""
    np.testing.assert_array_equal(_theirs(counts, "mahalanobis"), _theirs(counts, "euclidean"))
    with pytest.raises(compare.errors.TooFewStimuliError):
        compare.rdm(counts.mean(axis=1), "mahalanobis")


def test_shrinkage_of_independent_residuals_is_rsatoolboxs():
    """Of one group of residuals: its shrinkage but for n beside n - 1, which vanishes with n."""
    x = np.random.default_rng(1).normal(size=(1, 40, 6)) @ np.random.default_rng(2).normal(size=(6, 6))
    n = 40

    def strength(covariance):
        off = ~np.eye(6, dtype=bool)
        plain = peer_noise.cov_from_residuals(x[0], method="full")
        return 1 - (covariance[off] / plain[off]).mean()

    to_diagonal = strength(peer_noise.cov_from_residuals(x[0], method="shrinkage_diag"))
    to_identity = strength(peer_noise.cov_from_residuals(x[0], method="shrinkage_eye"))
    assert shrunk_noise(residuals_of([x]), "diagonal").shrinkage == pytest.approx(
        to_diagonal + 1 / (n - 1) ** 2, rel=1e-9
    )
    assert shrunk_noise(residuals_of([x]), "identity").shrinkage == pytest.approx(to_identity * n / (n - 1), rel=1e-9)


def test_rsatoolbox_shrinks_by_the_number_of_trials_and_not_by_what_they_are_worth():
    """Two trials a stimulus: the best shrinkage is ours; theirs is half to the identity and double to the diagonal.

    The best is known in simulation: what minimises the expected squared distance from the true covariance.
    """
    rng = np.random.default_rng(3)
    units, stimuli, repeats = 20, 60, 60
    mixing = np.eye(units) + 0.15 * rng.normal(size=(units, units))
    true, off = mixing.T @ mixing, ~np.eye(units, dtype=bool)
    found, errors = [], []
    for _ in range(repeats):
        x = rng.normal(size=(stimuli, 2, units)) @ mixing
        data = _dataset(x)
        full, *theirs = (
            peer_noise.cov_from_unbalanced(data, "stimulus", method=method)
            for method in ("full", "shrinkage_diag", "shrinkage_eye")
        )
        ours = [shrunk_noise(residuals_of([x]), target).shrinkage for target in ("diagonal", "identity")]
        found.append([*ours, *(1 - np.vdot(full[off], cov[off]) / np.vdot(full[off], full[off]) for cov in theirs)])
        diagonal = np.sqrt(np.outer(np.diag(true), np.diag(true)))
        apart = full - np.trace(full) / units * np.eye(units)
        errors.append(
            [
                np.sum(((full - true) / diagonal)[off] ** 2),
                np.sum((full / diagonal)[off] ** 2),
                np.sum((full - true) ** 2),
                np.sum(apart**2),
            ]
        )
    to_diagonal, to_identity, their_diagonal, their_identity = np.mean(found, axis=0)
    mean = np.mean(errors, axis=0)

    assert to_diagonal == pytest.approx(mean[0] / mean[1], rel=0.1)
    assert to_identity == pytest.approx(mean[2] / mean[3], rel=0.1)
    assert their_diagonal > 1.4 * mean[0] / mean[1]
    assert their_identity == pytest.approx(mean[2] / mean[3] / 2, rel=0.1)


def test_rsatoolbox_counts_degrees_of_freedom_of_measurements_the_wrong_way_round(counts):
    """Its `cov_from_measurements` divides by (stimuli - 1) trials, where stimuli (trials - 1) are free."""
    residuals = (counts - counts.mean(axis=1, keepdims=True)).reshape(-1, UNITS)
    theirs = peer_noise.cov_from_measurements(_dataset(counts), "stimulus", method="full")

    np.testing.assert_allclose(theirs * (STIMULI - 1) * TRIALS, residuals.T @ residuals, rtol=1e-9, atol=1e-9)
    ours = shrunk_noise(residuals_of([counts]))
    off = ~np.eye(UNITS, dtype=bool)
    unbiased = residuals.T @ residuals / (STIMULI * (TRIALS - 1))
    np.testing.assert_allclose(np.diag(ours.covariance()), np.diag(unbiased), rtol=1e-9)
    np.testing.assert_allclose(ours.covariance()[off], (1 - ours.shrinkage) * unbiased[off], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_comparator_is_rsatoolboxs(counts, method):
    """Every comparator, of continuous RDMs and of one with many ties."""
    # Rounded, because it ranks distances that differ by rounding errors, and we do not.
    a, b = (np.round(compare.rdm(counts[:, trial], "euclidean"), 9) for trial in (0, 1))
    for first, second in ((a, b), (np.round(a / 4), np.round(b / 4))):
        expected = peer_compare(first, second, METHODS[method])[0, 0]
        assert compare.compare_rdms(first, second, method) == pytest.approx(expected, abs=1e-12)


@pytest.fixture(scope="module")
def noise():
    """Give a noise covariance between stimuli."""
    mixing = np.random.default_rng(4).normal(size=(STIMULI, STIMULI))
    return mixing @ mixing.T / STIMULI + 0.3 * np.eye(STIMULI)


@pytest.mark.parametrize("method", ["whitened-cosine", "whitened-correlation"])
def test_whitening_by_a_noise_covariance_is_rsatoolboxs_to_its_solvers_tolerance(counts, noise, method):
    """Its conjugate gradients stop at 1e-5."""
    a, b = compare.rdm(counts[:, 0], "euclidean"), compare.rdm(counts[:, 1], "euclidean")

    expected = peer_compare(a, b, METHODS[method], sigma_k=noise)[0, 0]
    assert compare.compare_rdms(a, b, method, noise) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("method", ["whitened-cosine", "whitened-correlation"])
def test_rsatoolbox_centres_before_it_whitens_by_variances(counts, noise, method):
    """Given one variance a stimulus it disagrees with itself given the same as a diagonal matrix."""
    a, b = compare.rdm(counts[:, 0], "euclidean"), compare.rdm(counts[:, 1], "euclidean")
    variances = np.diag(noise) ** 2
    as_vector = peer_compare(a, b, METHODS[method], sigma_k=variances)[0, 0]
    as_matrix = peer_compare(a, b, METHODS[method], sigma_k=np.diag(variances))[0, 0]

    assert abs(as_vector - as_matrix) > 0.01
    assert compare.compare_rdms(a, b, method, variances) == pytest.approx(as_matrix, abs=1e-3)
