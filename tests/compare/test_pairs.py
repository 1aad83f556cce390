"""Vectors over pairs under multiplicities: the weighted computation is the plain one on what was really drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr

from compare import cka, compare_rdms, rdm
from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.inference import PairVectors

STIMULI = 9


def _kernel_vector(x):
    return (x @ x.T)[np.triu_indices(len(x), 1)]


def _spelled_out(values, draws):
    """Write out the pairs of a bootstrap sample one by one, leaving out those of a stimulus with itself."""
    sample = np.repeat(np.arange(len(draws)), draws)
    square = np.zeros((len(draws), len(draws)))
    square[np.triu_indices(len(draws), 1)] = values
    square += square.T
    return np.array([square[a, b] for place, a in enumerate(sample) for b in sample[place + 1 :] if a != b])


multiplicities = st.lists(st.integers(0, 4), min_size=STIMULI, max_size=STIMULI).filter(
    lambda draws: sum(count > 0 for count in draws) >= 4 and 2 * max(draws) < sum(draws)
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(draws=multiplicities, seed=st.integers(0, 1000), levels=st.sampled_from([3, 10, 10_000]))
def test_weighted_ranks_are_the_ranks_of_what_was_drawn(draws, seed, levels):
    """Spearman by multiplicities equals scipy's on the pairs written out, ties within and across stimuli included."""
    draws = np.array(draws)
    values = np.random.default_rng(seed).integers(0, levels, size=(2, STIMULI * (STIMULI - 1) // 2)).astype(float)
    a, b = (_spelled_out(row, draws) for row in values)
    similarity = PairVectors(values, "ranks").similarity(draws)[0, 1]

    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert np.isnan(similarity)
    else:
        assert similarity == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(draws=multiplicities, seed=st.integers(0, 1000))
def test_weighted_pearson_and_cosine_are_those_of_what_was_drawn(draws, seed):
    """Pearson and cosine by multiplicities equal the plain ones on the pairs written out."""
    draws = np.array(draws)
    values = np.random.default_rng(seed).normal(size=(2, STIMULI * (STIMULI - 1) // 2))
    a, b = (_spelled_out(row, draws) for row in values)

    pearson = PairVectors(values, "mean").similarity(draws)[0, 1]
    cosine = PairVectors(values, "none").similarity(draws)[0, 1]
    assert pearson == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-12)
    assert cosine == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b), abs=1e-12)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(draws=multiplicities, seed=st.integers(0, 1000))
def test_additive_centring_is_the_weighted_least_squares_residual(draws, seed):
    """What is left after fitting a_i + a_j to the pairs, each as often as it was drawn, by numpy's least squares."""
    draws = np.array(draws)
    values = np.random.default_rng(seed).normal(size=(1, STIMULI * (STIMULI - 1) // 2))
    first, second = np.triu_indices(STIMULI, 1)
    weight = draws[first] * draws[second]
    design = np.eye(STIMULI)[first] + np.eye(STIMULI)[second]
    root = np.sqrt(weight)[weight > 0]
    fit = np.linalg.lstsq(root[:, None] * design[weight > 0], root * values[0, weight > 0], rcond=None)[0]

    expected = root * (values[0] - design @ fit)[weight > 0]
    np.testing.assert_allclose(PairVectors(values, "additive").centred(draws)[0], expected, atol=1e-10)


@pytest.mark.parametrize("method", ["spearman", "pearson", "cosine"])
def test_one_draw_each_is_the_plain_comparison(method):
    """With every stimulus drawn once, RSA is compare_rdms."""
    x, y = np.random.default_rng(0).normal(size=(2, 12, 5))
    vectors = PairVectors(
        np.stack([rdm(x), rdm(y)]), {"spearman": "ranks", "pearson": "mean", "cosine": "none"}[method]
    )

    for draws in (None, np.ones(12)):
        assert vectors.similarity(draws)[0, 1] == pytest.approx(compare_rdms(rdm(x), rdm(y), method), abs=1e-12)


def test_one_draw_each_is_debiased_cka():
    """With every stimulus drawn once, the additive centring is Song's estimator."""
    x, y = np.random.default_rng(0).normal(size=(2, 12, 5))
    vectors = PairVectors(np.stack([_kernel_vector(x), _kernel_vector(y)]), "additive")

    assert vectors.similarity()[0, 1] == pytest.approx(cka(x, y), abs=1e-12)
    assert vectors.similarity(np.full(12, 3))[0, 1] == pytest.approx(cka(x, y), abs=1e-12)


@pytest.mark.parametrize("centring", ["ranks", "mean", "additive"])
def test_a_stimulus_that_was_not_drawn_does_not_matter(centring):
    """Multiplicity 0 is the same as leaving the stimulus out."""
    x, y = np.random.default_rng(1).normal(size=(2, 12, 5))
    draws = np.array([1] * 8 + [0] * 4)

    whole = PairVectors(np.stack([rdm(x), rdm(y)]), centring).similarity(draws)
    part = PairVectors(np.stack([rdm(x[:8]), rdm(y[:8])]), centring).similarity()
    np.testing.assert_allclose(whole, part, atol=1e-12)


def test_average_ranks_come_out():
    """The centred vector of one row is scipy's average ranks less their mean."""
    values = np.array([3.0, 1.0, 3.0, 2.0, 5.0, 1.0])

    np.testing.assert_allclose(PairVectors(values[None], "ranks").centred()[0], rankdata(values) - 3.5)


def test_a_subject_without_variance_is_nan_and_alone_in_it():
    """A constant row has no similarity, and leaves the others theirs."""
    values = np.random.default_rng(2).normal(size=(3, 15))
    values[1] = 0.7
    for centring in ("ranks", "mean", "additive"):
        similarity = PairVectors(values, centring).similarity()
        assert np.isnan(similarity[1]).all()
        assert np.isfinite(similarity[np.ix_([0, 2], [0, 2])]).all()


def test_taking_rows_keeps_their_similarities():
    """A part of the subjects has the same similarities among itself."""
    vectors = PairVectors(np.random.default_rng(3).normal(size=(4, 15)), "ranks")

    np.testing.assert_array_equal(vectors.take([2, 0]).similarity(), vectors.similarity()[np.ix_([2, 0], [2, 0])])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: PairVectors(np.ones((2, 6)), "rank"), InvalidOptionError, "did you mean 'ranks'"),
        (lambda: PairVectors(np.ones((2, 7)), "ranks"), InvalidActivityError, "pair of stimuli"),
        (lambda: PairVectors(np.full((2, 6), np.nan), "ranks"), InvalidActivityError, "finite"),
        (lambda: PairVectors(np.ones((2, 3)), "additive"), TooFewStimuliError, "at least 4"),
        (
            lambda: PairVectors(np.ones((2, 6)), "ranks").similarity(np.ones(5)),
            InvalidActivityError,
            "4 multiplicities",
        ),
        (lambda: PairVectors(np.ones((2, 6)), "ranks").similarity([2, 2, 0, 0]), TooFewStimuliError, "2 different"),
        (lambda: PairVectors(np.ones((2, 6)), "additive").similarity([3, 1, 1, 1]), TooFewStimuliError, "half of the"),
    ],
)
def test_what_is_not_defined_is_named(call, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("centring", ["mean", "none", "additive", "gower", "mean gower"])
@pytest.mark.parametrize("stimuli", [9, 60])
def test_many_draws_at_once_are_each_by_itself(centring, stimuli):
    """The one product for all draws gives what the draws give one by one, a row without variance included."""
    rng = np.random.default_rng(4)
    values = 5 + rng.normal(size=(4, stimuli * (stimuli - 1) // 2))
    values[2] = 0.7 if centring in ("mean", "additive", "mean gower") else 0.0
    vectors = PairVectors(values, centring)
    draws = vectors.draws(7, rng)

    one_by_one = np.stack([vectors.similarity(row) for row in draws])
    np.testing.assert_allclose(vectors.similarities(draws), one_by_one, atol=1e-12)
    with pytest.raises(TooFewStimuliError, match="1 different"):
        vectors.similarities(9 * np.eye(stimuli)[:2])


@pytest.mark.parametrize("centring", ["mean", "additive", "gower", "mean gower"])
def test_what_hardly_varies_in_one_draw_keeps_its_digits(centring):
    """Where a single stimulus is all that varies, draws without it have no similarity, and near it all their digits."""
    rng = np.random.default_rng(5)
    alone = rng.normal(size=(2, 11))
    rest = 1e-6 * rng.normal(size=(2, 55))
    values = np.concatenate([alone, rest], axis=1)  # the first stimulus with the others, and those with each other
    values[1, 11:] = 0.0 if centring == "gower" else 0.3
    vectors = PairVectors(values, centring)
    draws = rng.multinomial(12, np.full(12, 1 / 12), size=6)
    draws[:3, 1] += draws[:3, 0]
    draws[:3, 0] = 0
    found = vectors.similarities(draws)

    assert np.isnan(found[:3, 1]).all()
    assert np.isfinite(found[3:]).any()
    np.testing.assert_allclose(found, np.stack([vectors.similarity(row) for row in draws]), atol=1e-12)


def test_draws_are_made_at_once_as_one_after_the_other():
    """All bootstraps come from the generator as they would row by row, those that cannot be used passed over."""
    vectors = PairVectors(np.random.default_rng(6).normal(size=(2, 10)), "additive")
    rng, expected = np.random.default_rng(7), []
    while len(expected) < 40:
        row = np.bincount(rng.integers(0, 5, 5), minlength=5)
        expected += [row] if vectors.usable(row) else []
    same = np.random.default_rng(7)

    np.testing.assert_array_equal(vectors.draws(40, same), expected)
    assert same.integers(1 << 60) == rng.integers(1 << 60)
