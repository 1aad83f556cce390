"""Comparators of RDMs: against scipy, and against their definitions written out."""

import itertools

import numpy as np
import pytest
from scipy.stats import kendalltau, pearsonr, rankdata, spearmanr

from compare import cka, compare_rdms, rdm
from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.measures.rdm_comparators import COMPARATORS


@pytest.fixture
def pair():
    """Two RDMs of eight stimuli with many ties."""
    rng = np.random.default_rng(0)
    a = rng.integers(0, 6, size=28).astype(float)
    return a, np.round(a + rng.normal(0, 2, size=28))


@pytest.mark.parametrize(
    ("method", "reference"), [("pearson", pearsonr), ("spearman", spearmanr), ("tau-b", kendalltau)]
)
def test_comparator_is_scipys(pair, method, reference):
    """Pearson, Spearman and tau-b are scipy's, ties included."""
    assert compare_rdms(*pair, method) == pytest.approx(reference(*pair).statistic, abs=1e-14)


def test_tau_a_counts_all_pairs_in_its_denominator(pair):
    """Concordant minus discordant over all pairs of pairs; a tie counts as neither."""
    a, b = pair
    signs = [np.sign(a[i] - a[j]) * np.sign(b[i] - b[j]) for i, j in itertools.combinations(range(28), 2)]

    assert compare_rdms(a, b, "tau-a") == pytest.approx(np.mean(signs), abs=1e-14)


def test_rho_a_is_the_mean_spearman_over_random_tie_breaking(pair):
    """Rho-a is what Spearman's correlation is on average when ties are broken at random."""
    a, b = pair
    rng = np.random.default_rng(1)
    broken = [
        spearmanr(rankdata(a + rng.uniform(0, 0.1, 28)), rankdata(b + rng.uniform(0, 0.1, 28))).statistic
        for _ in range(2000)
    ]

    assert compare_rdms(a, b, "rho-a") == pytest.approx(np.mean(broken), abs=4 * np.std(broken) / np.sqrt(2000))


@pytest.mark.parametrize("method", ["whitened-cosine", "whitened-correlation"])
def test_whitening_is_by_the_covariance_of_distances(method):
    """The closed form is the whitening by V, the squared products of pairwise contrasts."""
    rng = np.random.default_rng(2)
    a, b = rng.uniform(1, 2, 21), rng.uniform(1, 2, 21)
    contrasts = np.array([np.eye(7)[i] - np.eye(7)[j] for i, j in itertools.combinations(range(7), 2)])
    inverse = np.linalg.inv((contrasts @ contrasts.T) ** 2)
    u, v = (a - a.mean(), b - b.mean()) if method == "whitened-correlation" else (a, b)

    expected = u @ inverse @ v / np.sqrt((u @ inverse @ u) * (v @ inverse @ v))
    assert compare_rdms(a, b, method) == pytest.approx(expected, abs=1e-12)


def test_whitened_cosine_of_euclidean_rdms_is_linear_cka():
    """Two names for one quantity."""
    x, y = np.random.default_rng(3).normal(size=(2, 10, 5))

    whitened = compare_rdms(rdm(x, "euclidean"), rdm(y, "euclidean"), "whitened-cosine")
    assert whitened == pytest.approx(cka(x, y, debiased=False), abs=1e-12)


@pytest.mark.parametrize("method", ["pearson", "spearman", "cosine", "tau-a", "tau-b", "rho-a"])
def test_unknown_pairs_are_left_out_of_both(pair, method):
    """NaN in either matrix removes the pair, as if it had never been there."""
    a, b = (array.copy() for array in pair)
    a[3], b[10] = np.nan, np.nan
    known = [index for index in range(28) if index not in (3, 10)]

    assert compare_rdms(a, b, method) == pytest.approx(COMPARATORS[method](pair[0][known], pair[1][known]), abs=1e-14)


@pytest.mark.parametrize("method", ["pearson", "spearman", "tau-b", "whitened-correlation"])
def test_no_variance_is_nan(method):
    """A constant matrix has no correlation with anything."""
    assert np.isnan(compare_rdms(np.ones(6), np.arange(6.0), method))


def test_a_zero_matrix_has_no_cosine():
    """There is no angle to a vector of no length; tau-a, which counts, is 0."""
    assert np.isnan(compare_rdms(np.zeros(6), np.arange(6.0), "cosine"))
    assert compare_rdms(np.zeros(6), np.arange(6.0), "tau-a") == 0


def test_ties_survive_rounding():
    """Distances that differ by rounding alone keep one rank."""
    a = np.array([0.1 + 0.2, 0.3, 0.5])

    assert compare_rdms(a, [1.0, 1.0, 2.0]) == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize(
    ("a", "b", "method", "error", "message"),
    [
        (np.ones(3), np.ones(3), "spearmen", InvalidOptionError, "did you mean 'spearman'"),
        (np.ones(4), np.ones(4), "spearman", InvalidActivityError, "condensed"),
        (np.ones((3, 3)), np.ones((3, 3)), "spearman", InvalidActivityError, "condensed"),
        (np.ones(3), np.ones(6), "spearman", InvalidActivityError, "same stimuli"),
        (np.full(3, np.nan), np.ones(3), "spearman", TooFewStimuliError, "0 pairs"),
        ([np.nan, 1, 2, 3, 4, 5], np.ones(6), "whitened-cosine", InvalidOptionError, "every pair"),
    ],
)
def test_what_cannot_be_compared_is_named(a, b, method, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        compare_rdms(a, b, method)
