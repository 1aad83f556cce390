"""RSA as a measure: every distance, trials where they are needed, two distances for two kinds of subject."""

import numpy as np
import pytest

from compare import compare_rdms, map_layers, rdm, rsa
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


@pytest.fixture
def noise():
    """Give a covariance of the noise at ten stimuli."""
    mixing = np.random.default_rng(1).normal(size=(10, 10))
    return mixing @ mixing.T + 3 * np.eye(10)


@pytest.mark.parametrize(
    ("method", "theirs"), [("whitened-cosine", "cosine_cov"), ("whitened-correlation", "corr_cov")]
)
def test_noise_covariance_is_rsatoolboxs_sigma_k(pair, noise, method, theirs):
    """The whitened measures under a noise covariance of the stimuli."""
    toolbox = pytest.importorskip("rsatoolbox.rdm")
    a, b = (toolbox.RDMs(rdm(x, "euclidean")[None]) for x in pair)
    expected = toolbox.compare(a, b, method=theirs, sigma_k=noise)

    assert rsa(*pair, "euclidean", method, noise) == pytest.approx(
        float(expected.squeeze()), rel=1e-5
    )  # they solve by iteration


def test_noise_covariance_says_how_little_a_stimulus_counts(pair, noise):
    """Its scale is not seen, equal noise is the default, and a stimulus of endless noise is as good as left out."""
    x, y = pair

    def under(covariance):
        return rsa(x, y, "euclidean", "whitened-cosine", covariance)

    assert under(7 * noise) == pytest.approx(under(noise))
    assert under(np.full(10, 2.0)) == pytest.approx(rsa(x, y, "euclidean", "whitened-cosine"))
    assert abs(under(noise) - under(np.ones(10))) > 1e-3
    last = np.where(np.arange(10) == 9, 1e9, 1.0)
    assert under(last) == pytest.approx(rsa(x[:9], y[:9], "euclidean", "whitened-cosine"), abs=1e-6)


def test_measures_differ_by_their_noise(noise):
    """Two are the same if their covariances are, and the array that was given may change later."""
    kept = noise.copy()
    one = RSA("euclidean", "whitened-cosine", noise)
    assert one == RSA("euclidean", "whitened-cosine", kept)
    assert hash(one) == hash(RSA("euclidean", "whitened-cosine"))
    assert one not in (RSA("euclidean", "whitened-cosine"), RSA("euclidean", "whitened-cosine", 2 * kept), 3)
    noise[:] = 0
    np.testing.assert_array_equal(one.noise_covariance, kept)
    assert one.label == "RSA (euclidean distance, Whitened-cosine with its noise covariance)"


@pytest.mark.parametrize(
    ("method", "covariance", "message"),
    [
        ("spearman", np.ones(10), "'spearman' knows no noise"),
        ("whitened-cosine", np.ones((10, 9)), r"\(stimulus, stimulus\) or \(stimulus,\), got shape \(10, 9\)"),
        ("whitened-cosine", -np.eye(10), "positive definite"),
    ],
)
def test_what_is_no_noise_covariance_is_refused(method, covariance, message):
    """Each when the measure is made, not when it is used."""
    with pytest.raises(InvalidOptionError, match=message):
        RSA("euclidean", method, covariance)


def test_maps_know_the_noise_of_each_stimulus(noise):
    """A map's cells are the measure's, equal noise gives the same cells as none, and noise moves with labels."""
    rng = np.random.default_rng(2)
    layers = {"a": rng.normal(size=(10, 12)), "b": rng.normal(size=(10, 12))}
    regions = {"V1": layers["a"][:, None] + 0.3 * rng.normal(size=(10, 4, 12))}
    settings = {"bootstrap": 100, "permutations": 100, "threads": 1}
    measure = RSA("euclidean", "whitened-cosine", noise)
    found = map_layers(layers, regions, measure, **settings)
    plain = map_layers(layers, regions, RSA("euclidean", "whitened-cosine"), **settings)
    equal = map_layers(layers, regions, RSA("euclidean", "whitened-cosine", np.ones(10)), **settings)

    assert float(found.similarity.sel(layer="a", region="V1")) == pytest.approx(measure(layers["a"], regions["V1"]))
    np.testing.assert_allclose(equal.similarity, plain.similarity)
    np.testing.assert_allclose(equal.ceiling["V1"], plain.ceiling["V1"])
    np.testing.assert_allclose(equal.noise_corrected, plain.noise_corrected)
    assert float(found.p_value.sel(layer="a", region="V1")) < 0.05
    assert (found.low <= found.similarity).all()
    assert (found.similarity <= found.high).all()
    with pytest.raises(InvalidActivityError, match="noise_covariance: is of 9 stimuli, but there are 10"):
        map_layers(layers, regions, RSA("euclidean", "whitened-cosine", noise[:9, :9]), **settings)
    regions["V1"][3] = 1.0
    with pytest.raises(InvalidActivityError, match="1 of 10 stimuli leave a subject silent"):
        map_layers(layers, regions, RSA("correlation", "whitened-cosine", noise), **settings)
