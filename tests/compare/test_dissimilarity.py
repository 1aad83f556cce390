"""Representational dissimilarity matrices: against scipy, and what cannot be computed is NaN."""

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist

from compare import rdm, silent_patterns, silent_units
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError, TooFewStimuliError


@pytest.fixture
def x():
    """Twelve stimuli, seven units."""
    return np.random.default_rng(0).normal(size=(12, 7))


def test_correlation_distance_is_scipys(x):
    """One minus the correlation of patterns, in scipy's condensed order."""
    np.testing.assert_allclose(rdm(x), pdist(x, "correlation"), atol=1e-14)


def test_euclidean_distance_is_squared_and_per_unit(x):
    """The squared distance divided by the number of units, as rsatoolbox computes it."""
    np.testing.assert_allclose(rdm(x, "euclidean"), pdist(x, "sqeuclidean") / 7, rtol=1e-13)


def test_trials_are_averaged_before_the_distance(x):
    """With trials, the RDM is that of the mean patterns."""
    trials = np.stack([x - 1, x + 1], axis=1)

    np.testing.assert_allclose(rdm(trials, "euclidean"), rdm(x, "euclidean"))


def test_named_axes_are_found_by_name(x):
    """A DataArray may have its axes in any order."""
    named = xr.DataArray(np.stack([x, x]), dims=("trial", "stimulus", "unit"))

    np.testing.assert_array_equal(rdm(named), rdm(x))


def test_integers_and_single_precision_are_computed_in_double(x):
    """Counts and float32 activity lose nothing on the way."""
    counts = np.random.default_rng(1).integers(0, 5, size=(6, 30))

    np.testing.assert_array_equal(rdm(counts), rdm(counts.astype(float)))
    np.testing.assert_array_equal(rdm(x.astype(np.float32)), rdm(x.astype(np.float32).astype(float)))


@pytest.mark.parametrize("level", [0.0, 0.1, -7.3e5])
def test_a_pattern_without_variance_is_nan_never_zero(x, level):
    """Every pair of a silent stimulus is NaN, and no other; the mask names it."""
    x[3] = level
    first, second = np.triu_indices(12, 1)

    np.testing.assert_array_equal(np.isnan(rdm(x)), (first == 3) | (second == 3))
    np.testing.assert_array_equal(np.flatnonzero(silent_patterns(x)), [3])


def test_silence_is_told_beyond_the_first_units_and_stimuli():
    """What is constant among the first of many, and not among the rest, is no silence; rounding is."""
    x = np.random.default_rng(1).normal(size=(40, 50))
    x[:, 9] = 0.3 + 1e-15 * x[:, 9]
    x[:39, 10] = 5
    x[7] = 3.1 + 1e-14 * x[7]
    x[8, :49] = 5

    np.testing.assert_array_equal(np.flatnonzero(silent_patterns(x)), [7])
    x[7, 9] = x[8, 9] = 0.3
    np.testing.assert_array_equal(np.flatnonzero(silent_units(x)), [9])


def test_two_equal_stimuli_have_distance_zero(x):
    """The squared distance of equal patterns is exactly 0, whatever their size."""
    x[5] = x[4] = x[4] * 1e8

    assert rdm(x, "euclidean")[np.flatnonzero(np.triu_indices(12, 1)[0] == 4)[0]] == 0


@pytest.mark.parametrize(
    ("activity", "error", "message"),
    [
        (np.full((3, 2), np.nan), InvalidActivityError, "3 of 3 stimuli hold NaN"),
        (np.full((3, 2), 1e308), InvalidActivityError, "too large"),
        (np.ones(3), InvalidActivityError, "stimulus axis and a unit axis"),
        (np.ones((3, 0)), InvalidActivityError, "is empty"),
        (np.ones((1, 3)), TooFewStimuliError, "has 1 stimuli"),
        ([["a", "b"], ["c", "d"]], ActivityTypeError, "real numbers"),
        (np.ones((3, 2), complex), ActivityTypeError, "real numbers"),
    ],
)
def test_activity_that_cannot_be_used_is_named(activity, error, message):
    """Each kind of bad activity has its error."""
    with pytest.raises(error, match=message):
        rdm(activity)


def test_unknown_distance_names_the_nearest(x):
    """A misspelt distance is answered with the right one."""
    with pytest.raises(InvalidOptionError, match="did you mean 'euclidean'"):
        rdm(x, "euclidian")
