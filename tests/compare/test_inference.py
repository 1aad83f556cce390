"""Bootstrap, permutation, partial similarity and simultaneous intervals: against theory and by simulation."""

import numpy as np
import pytest

from compare.errors import InvalidOptionError
from compare.inference import (
    Estimate,
    PairVectors,
    bootstrap_draws,
    half_draws,
    left_out_draws,
    max_statistic_p,
    pair_form,
    partial_similarity,
    percentile_interval,
    permuted_similarities,
    resampled_similarities,
)
from compare.inference.intervals import spread_ratio
from compare.measures import measure_named


def _vectors(subjects, measure="rsa"):
    form = pair_form(measure_named(measure))
    return PairVectors(np.stack([form.vector(x) for x in subjects]), form.centring)


def test_interval_of_independent_data_contains_zero_although_stimuli_are_drawn_twice():
    """200 stimuli, 1000 units: pairs of a stimulus with itself would put debiased CKA at 0.81 to 0.86."""
    rng = np.random.default_rng(0)
    vectors = _vectors(rng.normal(size=(2, 200, 1000)), "cka")

    boots = resampled_similarities(vectors, bootstrap_draws(200, 300, rng))[:, 0, 1]
    low, high = percentile_interval(boots)
    assert low < 0 < high
    assert high - low < 0.1


@pytest.mark.parametrize("measure", ["rsa", "cka"])
def test_bootstrap_covers_the_similarity_of_the_population(measure):
    """A small sibling of evidence/coverage.py: 95 % intervals hold the population's value nearly always."""
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(6, 30)), rng.normal(size=(6, 30))

    def subjects(stimuli):
        latent = rng.normal(size=(stimuli, 6))
        return np.maximum(latent @ weights[0], 0), np.maximum(latent @ weights[1] + rng.normal(size=(stimuli, 30)), 0)

    population = np.mean([_vectors(subjects(800), measure).similarity()[0, 1] for _ in range(3)])
    covered = []
    for _ in range(60):
        vectors = _vectors(subjects(50), measure)
        draws = bootstrap_draws(50, 200, rng, vectors.usable)
        left_out = resampled_similarities(vectors, left_out_draws(50))[:, 0, 1]
        low, high = Estimate(0.0, resampled_similarities(vectors, draws)[:, 0, 1], left_out).interval()
        covered.append(low <= population <= high)
    assert np.mean(covered) >= 0.87  # 0.95 less three standard errors of 60 repetitions


def test_spread_is_corrected_where_only_pairs_carry_noise():
    """For unrelated subjects the bootstrap is √3 too wide; the corrected spread is the true one over data sets."""
    rng = np.random.default_rng(4)
    seen, plain, corrected = [], [], []
    for _ in range(60):
        vectors = _vectors(rng.normal(size=(2, 40, 10)), "cka")
        boots = resampled_similarities(vectors, bootstrap_draws(40, 300, rng))[:, 0, 1]
        left_out = resampled_similarities(vectors, left_out_draws(40))[:, 0, 1]
        seen.append(vectors.similarity()[0, 1])
        plain.append(boots.std())
        corrected.append(boots.std() * spread_ratio(boots, left_out))

    assert np.mean(plain) > 1.4 * np.std(seen)
    assert np.mean(corrected) == pytest.approx(np.std(seen), rel=0.3)


def test_spread_of_a_mean_over_stimuli_is_left_as_it_is():
    """Where each stimulus carries its own share, as in a plain mean, bootstrap and jackknife agree."""
    x = np.random.default_rng(0).normal(size=200)
    boots = bootstrap_draws(200, 4000, np.random.default_rng(1)) @ x / 200
    left_out = left_out_draws(200) @ x / 199

    assert spread_ratio(boots, left_out) == pytest.approx(1, abs=0.05)
    assert spread_ratio(boots, None) == 1
    np.testing.assert_allclose(Estimate(0.0, boots, None).interval(), percentile_interval(boots), atol=1e-15)


def test_draws_are_samples_with_replacement():
    """Every bootstrap draws as many stimuli as there are, each 1 - 1/e of the time at least once."""
    draws = bootstrap_draws(100, 500, np.random.default_rng(0))

    assert (draws.sum(axis=1) == 100).all()
    assert (draws > 0).mean() == pytest.approx(1 - np.exp(-1), abs=0.01)


def test_unusable_draws_are_drawn_again():
    """With four stimuli, only draws on which debiased CKA exists are kept."""
    vectors = PairVectors(np.random.default_rng(0).normal(size=(2, 10)), "additive")

    draws = bootstrap_draws(5, 50, np.random.default_rng(0), vectors.usable)
    assert all(vectors.usable(row) for row in draws)


def test_halves_are_disjoint_and_whole():
    """The two halves of a split hold every stimulus once."""
    halves = half_draws(11, 4, np.random.default_rng(0))

    np.testing.assert_array_equal(halves[::2] + halves[1::2], 1)
    np.testing.assert_array_equal(halves[::2].sum(axis=1), 5)


@pytest.mark.parametrize("measure", ["rsa", "cka"])
def test_threads_change_no_bit(measure):
    """One thread or three: the same numbers."""
    rng = np.random.default_rng(0)
    vectors = _vectors(rng.normal(size=(4, 40, 10)), measure)
    draws = bootstrap_draws(40, 90, rng)
    rows, columns = np.array([0, 1]), np.array([2, 3])

    for compute in (
        lambda threads: resampled_similarities(vectors, draws, threads),
        lambda threads: permuted_similarities(vectors, rows, columns, 90, np.random.default_rng(1), threads),
    ):
        np.testing.assert_array_equal(compute(1), compute(3))


def test_progress_counts_every_draw():
    """What is reported sums to the number of draws."""
    counted = []
    vectors = _vectors(np.random.default_rng(0).normal(size=(2, 10, 4)))
    resampled_similarities(vectors, np.ones((45, 10)), advance=counted.append)

    assert sum(counted) == 45


@pytest.mark.parametrize("measure", ["rsa", "cka"])
def test_permutation_is_of_the_stimuli(measure):
    """A permuted similarity is the similarity to the permuted subject."""
    x, y = np.random.default_rng(0).normal(size=(2, 12, 6))
    order = np.random.default_rng(5).permutation(12)

    permuted = permuted_similarities(
        _vectors([x, y], measure), np.array([0]), np.array([1]), 1, np.random.default_rng(5)
    )
    assert permuted[0, 0, 0] == pytest.approx(_vectors([x, y[order]], measure).similarity()[0, 1], abs=1e-12)


def test_max_statistic_holds_its_size_over_the_whole_matrix():
    """With nothing to find in 12 cells, one of them is called significant in about one of twenty matrices."""
    rng = np.random.default_rng(0)
    smallest, each = [], []
    for _ in range(120):
        subjects = [*rng.normal(size=(4, 20, 8)), *rng.normal(size=(3, 20, 8))]
        vectors = _vectors(subjects)
        null = permuted_similarities(vectors, np.arange(4), np.arange(4, 7), 99, rng, workers=1)
        corrected, uncorrected = max_statistic_p(vectors.similarity()[:4, 4:], null)
        smallest.append(corrected.min())
        each.append(uncorrected[0, 0])
    assert np.mean(np.array(smallest) <= 0.05) <= 0.11  # 0.05 plus three standard errors of 120 repetitions
    assert 0.35 < np.mean(each) < 0.65


def test_p_values_count_the_data_as_one_permutation():
    """No p-value is 0, and a cell that cannot be computed has none."""
    null = np.random.default_rng(0).normal(size=(99, 2, 2))
    null[:, 1, 1] = np.nan
    corrected, uncorrected = max_statistic_p(np.array([[50.0, 0.0], [0.0, np.nan]]), null)

    assert corrected[0, 0] == uncorrected[0, 0] == 0.01
    assert np.isnan(corrected[1, 1])
    assert (corrected[0, 1], corrected[1, 0]) >= (uncorrected[0, 1], uncorrected[1, 0])


def test_partial_similarity_is_the_correlation_of_residuals():
    """With two given RDMs: the correlation of what regression on both leaves of each."""
    values = np.random.default_rng(0).normal(size=(4, 45))
    values[:2] += values[2] - 0.5 * values[3]
    similarity = PairVectors(values, "mean").similarity()

    centred = values - values.mean(axis=1, keepdims=True)
    design = centred[2:].T
    left = [row - design @ np.linalg.lstsq(design, row, rcond=None)[0] for row in centred[:2]]
    partial = partial_similarity(similarity, np.array([0]), np.array([1]), np.array([2, 3]))
    assert partial[0, 0] == pytest.approx(np.corrcoef(left)[0, 1], abs=1e-12)


def test_partial_similarity_of_what_is_given_is_nan():
    """Nothing is left of a subject that is itself given; a given one without variance makes all unknown."""
    values = np.random.default_rng(0).normal(size=(3, 45))
    vectors = PairVectors(values[[0, 1, 1]], "ranks").similarity()
    assert np.isnan(partial_similarity(vectors, np.array([0]), np.array([1]), np.array([2])))

    values[2] = 0
    vectors = PairVectors(values, "ranks").similarity()
    assert np.isnan(partial_similarity(vectors, np.array([0]), np.array([1]), np.array([2])))


def test_simultaneous_intervals_hold_together():
    """The factor for k independent normals is the quantile of their largest absolute value; without spread it is 0."""
    from scipy.stats import norm

    draws = np.random.default_rng(0).normal(size=(20_000, 10)) * np.arange(1, 11)
    reach = Estimate(np.zeros(10), draws, None).simultaneous()
    np.testing.assert_allclose(reach, norm.ppf((1 + 0.95**0.1) / 2) * np.arange(1, 11), rtol=0.04)
    np.testing.assert_array_equal(Estimate(np.ones(3), np.ones((50, 3)), None).simultaneous(), 0)


def test_bootstraps_that_cannot_be_made_are_refused():
    """No bootstraps, or stimuli too few to be drawn, have their error."""
    with pytest.raises(InvalidOptionError, match="at least 1, got 0"):
        bootstrap_draws(5, 0, np.random.default_rng(0))
    with pytest.raises(InvalidOptionError, match="too few to be drawn"):
        bootstrap_draws(2, 1, np.random.default_rng(0), lambda draws: False)
