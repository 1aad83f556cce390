"""RSA as a measure: every distance, trials where they are needed, two distances for two kinds of subject."""

import numpy as np
import pytest

from compare import compare_rdms, rdm, rsa
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.measures import RSA, Crossnobis, Euclidean
from compare.measures.distances import DISTANCES


@pytest.fixture
def pair():
    """Give counts of two related subjects (stimulus, trial, unit)."""
    rng = np.random.default_rng(0)
    rates = rng.gamma(4, 2, size=(10, 1, 8))
    return rng.poisson(rates, size=(10, 4, 8)).astype(float), rng.poisson(rates, size=(10, 5, 8)).astype(float)


@pytest.mark.parametrize("distance", DISTANCES)
def test_rsa_is_the_comparison_of_two_rdms(pair, distance):
    """With every distance, trials and all."""
    x, y = pair

    expected = compare_rdms(rdm(x, distance), rdm(y, distance), "pearson")
    assert rsa(x, y, distance, "pearson") == expected
    assert RSA(distance, "pearson").fit(x, y).score(x, y) == expected
    assert expected > 0.3


def test_two_distances_are_xs_and_ys(pair):
    """A network that answers the same every time beside a brain that does not."""
    x, y = pair[0].mean(axis=1), pair[1]
    measure = RSA(("euclidean", Crossnobis(np.eye(8))), "cosine")

    assert measure(x, y) == compare_rdms(rdm(x, "euclidean"), rdm(y, Crossnobis(np.eye(8))), "cosine")
    assert measure.least_trials == 2
    assert not measure.symmetric
    assert RSA((Euclidean(), "euclidean")).symmetric
    assert measure.label == "RSA (euclidean distance and crossnobis distance, Cosine)"
    assert measure.invariances == {"translation", "scale"}


def test_rsa_declares_the_scale_only_where_an_rdm_keeps_its_shape():
    """The prior of the Poisson distance sees the scale of counts, so no comparator makes it invisible."""
    assert "scale" not in RSA("poisson").invariances
    assert "scale" in RSA("euclidean").invariances
    assert "scale" in RSA("crossnobis").invariances


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x, y: RSA("manhattan"), InvalidOptionError, "there is no 'manhattan'"),
        (lambda x, y: RSA(7), ActivityTypeError, "must be a name or an object"),
        (lambda x, y: RSA(("euclidean",) * 3), InvalidOptionError, "two of them are x's and y's, got 3"),
        (lambda x, y: RSA(method="tau"), InvalidOptionError, "there is no 'tau'"),
        (lambda x, y: rsa(x[:2], y[:2]), TooFewStimuliError, "x: has 2 stimuli"),
        (lambda x, y: rsa(x, y[:9]), InvalidActivityError, "x has 10 stimuli and y has 9"),
        (lambda x, y: rsa(x.mean(axis=1), y, "crossnobis"), TooFewStimuliError, "at least 2 trials, got 1"),
    ],
)
def test_what_cannot_be_compared_is_named(pair, call, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        call(*pair)
