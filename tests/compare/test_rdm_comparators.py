"""Comparators of RDMs: against scipy, and against their definitions written out."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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


def _noise(kind):
    """Give a noise covariance between seven stimuli: none, variances, a matrix."""
    mixing = np.random.default_rng(8).normal(size=(7, 7))
    return {"equal": None, "variances": np.arange(1.0, 8), "matrix": mixing @ mixing.T + np.eye(7)}[kind]


@pytest.mark.parametrize("kind", ["equal", "variances", "matrix"])
@pytest.mark.parametrize("method", ["whitened-cosine", "whitened-correlation"])
def test_whitening_is_by_the_covariance_of_distances(method, kind):
    """The closed form is the whitening by V, the squared products of pairwise contrasts weighed by the noise."""
    rng = np.random.default_rng(2)
    a, b = rng.uniform(1, 2, 21), rng.uniform(1, 2, 21)
    noise = _noise(kind)
    sigma = np.eye(7) if noise is None else np.diag(noise) if noise.ndim == 1 else noise
    contrasts = np.array([np.eye(7)[i] - np.eye(7)[j] for i, j in itertools.combinations(range(7), 2)])
    inverse = np.linalg.inv((contrasts @ sigma @ contrasts.T) ** 2)
    u, v = (a - a.mean(), b - b.mean()) if method == "whitened-correlation" else (a, b)

    expected = u @ inverse @ v / np.sqrt((u @ inverse @ u) * (v @ inverse @ v))
    assert compare_rdms(a, b, method, noise) == pytest.approx(expected, abs=1e-11)


def test_whitening_is_by_the_covariance_that_distances_have():
    """V is what simulated distances of stimuli that are alike covary by, so whitened they are independent."""
    rng = np.random.default_rng(9)
    sigma = np.diag([1.0, 2, 3, 4])
    noise = rng.normal(size=(20000, 2, 4, 3)) * np.sqrt(np.diag(sigma))[:, None]
    first, second = np.triu_indices(4, 1)
    # Products of two independent measurements: mean 0, so that nothing but the covariance is left.
    difference = noise[:, :, first] - noise[:, :, second]
    distances = np.einsum("spu,spu->sp", difference[:, 0], difference[:, 1]) / 3
    contrasts = np.eye(4)[first] - np.eye(4)[second]

    expected = (contrasts @ sigma @ contrasts.T) ** 2 / 3
    np.testing.assert_allclose(np.cov(distances.T), expected, atol=0.06 * expected.max())


def test_whitened_methods_leave_out_stimuli_without_any_pair():
    """A stimulus that is silent, all of whose pairs are NaN, is as if it had not been there; so is its noise."""
    rng = np.random.default_rng(10)
    x, y = rng.normal(size=(2, 8, 6))
    silent = np.insert(x, 3, 0.0, axis=0)
    noise = np.arange(1.0, 9)
    whole = rdm(np.insert(y, 3, 1.0, axis=0), "euclidean")

    for method in ("whitened-cosine", "whitened-correlation"):
        expected = compare_rdms(rdm(x), rdm(y, "euclidean"), method)
        assert compare_rdms(rdm(silent), whole, method) == pytest.approx(expected, abs=1e-12)
        expected = compare_rdms(rdm(x), rdm(y, "euclidean"), method, noise)
        for longer in (np.insert(noise, 3, 7.0), np.diag(np.insert(noise, 3, 7.0))):
            assert compare_rdms(rdm(silent), whole, method, longer) == pytest.approx(expected, abs=1e-11)


def test_rho_a_and_tau_a_of_a_model_with_ties_do_not_reach_one():
    """The largest rho-a of a model with groups of t tied pairs is 1 - Σ(t³ - t)/(n³ - n); tau-a's, its untied share."""
    model = np.repeat([0.0, 1.0, 2.0], [5, 10, 13])
    agreeing = np.arange(28.0)
    largest = 1 - sum(t**3 - t for t in (5, 10, 13)) / (28**3 - 28)

    assert compare_rdms(model, agreeing, "rho-a") == pytest.approx(largest, abs=1e-12)
    assert compare_rdms(model, model, "rho-a") == pytest.approx(largest, abs=1e-12)
    assert compare_rdms(model, agreeing, "tau-a") == pytest.approx(1 - (10 + 45 + 78) / 378, abs=1e-12)
    assert compare_rdms(model, agreeing, "spearman") < 1
    assert compare_rdms(model, model, "spearman") == pytest.approx(1, abs=1e-12)


def test_tie_corrections_favour_the_model_that_says_less():
    """Among noisy data, Spearman prefers a coarse true model to the fine true model less than rho-a does not."""
    fine = np.arange(45.0)
    coarse = np.floor(fine / 15)
    rng = np.random.default_rng(11)
    gain = {"spearman": 0.0, "rho-a": 0.0}
    for _ in range(50):
        data = fine + 30 * rng.normal(size=45)
        for method in gain:
            gain[method] += compare_rdms(coarse, data, method) - compare_rdms(fine, data, method)

    assert gain["spearman"] > gain["rho-a"]


TRANSFORMATIONS = {"scale": lambda a: 3 * a, "offset": lambda a: a + 2, "monotonic": np.exp, "reversed": np.negative}
SEES = {
    "pearson": {"monotonic", "reversed"},
    "cosine": {"offset", "monotonic", "reversed"},
    "spearman": {"reversed"},
    "rho-a": {"reversed"},
    "tau-a": {"reversed"},
    "tau-b": {"reversed"},
    "whitened-cosine": {"offset", "monotonic", "reversed"},
    "whitened-correlation": {"monotonic", "reversed"},
}


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(sorted(SEES)), st.sampled_from(sorted(TRANSFORMATIONS)), st.integers(0, 1000))
def test_comparator_sees_what_its_page_says(method, transformation, seed):
    """Each comparator is invariant to what its family does not see, and changes with everything else."""
    a, b = np.random.default_rng(seed).uniform(0, 3, size=(2, 28))
    before, after = compare_rdms(a, b, method), compare_rdms(TRANSFORMATIONS[transformation](a), b, method)

    assert -1 - 1e-12 <= before <= 1 + 1e-12
    assert compare_rdms(b, a, method) == pytest.approx(before, abs=1e-12)
    assert (abs(after - before) > 1e-6) if transformation in SEES[method] else (abs(after - before) < 1e-9)


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
        (
            [np.nan, 1, 2, 3, 4, 5],
            np.ones(6),
            "whitened-cosine",
            InvalidOptionError,
            "every pair of its stimuli",
        ),
    ],
)
def test_what_cannot_be_compared_is_named(a, b, method, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        compare_rdms(a, b, method)


@pytest.mark.parametrize(
    ("noise", "method", "error", "message"),
    [
        (np.eye(4), "pearson", InvalidOptionError, "'pearson' knows no noise"),
        (np.eye(3), "whitened-cosine", InvalidActivityError, r"must be \(4, 4\) or \(4,\)"),
        (np.triu(np.ones((4, 4))), "whitened-cosine", InvalidOptionError, "finite and symmetric"),
        ([1, 1, 1, np.nan], "whitened-cosine", InvalidOptionError, "finite and symmetric"),
        ([1, 1, 1, -1], "whitened-correlation", InvalidOptionError, "positive definite"),
    ],
)
def test_what_is_no_noise_is_named(noise, method, error, message):
    """Each kind of bad covariance has its error."""
    with pytest.raises(error, match=message):
        compare_rdms(np.arange(6.0), np.arange(6.0), method, noise)
