"""Noise ceilings bound what they are for: similarities to the mean of so many trials."""

import numpy as np
import pytest

from compare import noise_ceiling
from compare.errors import InvalidOptionError, TooFewStimuliError
from compare.inference import PairVectors, pair_form
from compare.inference.ceiling import in_own_units
from compare.measures import Procrustes, measure_named


def _cosine(measure, x, y):
    """Compare two subjects' mean patterns."""
    form = pair_form(measure_named(measure))
    return PairVectors(np.stack([form.vector(x), form.vector(y)]), form.centring).similarity()[0, 1]


@pytest.mark.parametrize("measure", ["rsa", "cka"])
@pytest.mark.parametrize("rate", [0.05, 0.3])
def test_ceiling_from_four_trials_is_what_64_more_trials_show(measure, rate):
    """Upper: similarity of the 4-trial mean to the mean of 64 other trials; lower: to that of 4 other trials."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(5):
        drive = rng.normal(size=(80, 10)) @ rng.normal(size=(10, 200)) / 3
        rates = np.minimum(rate * np.exp(0.7 * drive), 50)[:, None]
        trials, more, again = (rng.poisson(rates, size=(80, count, 200)) for count in (4, 64, 4))
        true = [_cosine(measure, trials.mean(axis=1), other.mean(axis=1)) for other in (again, more)]
        found.append(np.subtract(noise_ceiling(trials, measure), true))

    # 64 trials are not endless, so what they reach lies a little below the ceiling.
    np.testing.assert_allclose(np.mean(found, axis=0), 0, atol=0.06)


@pytest.mark.parametrize("trials", [2, 3, 4, 7])
def test_ceiling_errs_on_the_low_side_and_grows_with_trials(trials):
    """Two or three trials cannot tell the quadratic noise, so their ceiling is lower than the truth, not higher."""
    rng = np.random.default_rng(1)
    signal = rng.normal(size=(60, 1, 5)) @ rng.normal(size=(5, 80))
    differences = []
    for _ in range(6):
        x = signal + 3 * rng.normal(size=(60, trials, 80))
        lower, upper = noise_ceiling(x, "cka")
        assert 0 < lower < upper < 1
        assert lower == pytest.approx(upper**2)
        differences.append(upper - _cosine("cka", x.mean(axis=1), signal[:, 0]))

    assert np.mean(differences) < 0.05


def test_without_noise_the_ceiling_is_one():
    """Trials that are all the same leave nothing unexplained."""
    x = np.repeat(np.random.default_rng(0).normal(size=(10, 1, 5)), 4, axis=1)

    assert noise_ceiling(x) == pytest.approx((1, 1), abs=1e-9)


def test_noise_alone_has_a_ceiling_near_zero():
    """Where trials agree no more than by chance, nothing can be predicted."""
    lower, upper = noise_ceiling(np.random.default_rng(2).normal(size=(100, 4, 50)))

    assert 0 <= lower <= upper < 0.3


def test_trials_that_disagree_have_ceiling_zero():
    """A negative reliability is not extrapolated: the formula would explode."""
    for seed in range(50):
        x = np.random.default_rng(seed).normal(size=(6, 2, 3))
        if _cosine("cka", x[:, 0], x[:, 1]) < 0:
            assert noise_ceiling(x, "cka") == (0, 0)
            return
    pytest.fail("no seed gave trials that disagree")


def test_a_silent_subject_has_no_ceiling():
    """There is nothing to bound where nothing varies."""
    assert np.isnan(noise_ceiling(np.zeros((10, 4, 5)))).all()


def test_same_seed_same_ceiling():
    """The partitions of many trials are drawn, from the seed alone."""
    x = np.random.default_rng(0).normal(size=(20, 8, 10)) + np.random.default_rng(1).normal(size=(20, 1, 10))

    assert noise_ceiling(x, seed=3) == noise_ceiling(x, seed=3)
    assert noise_ceiling(x, seed=np.random.default_rng(3)) == noise_ceiling(x, seed=np.random.default_rng(3))


def test_what_has_no_repetition_is_refused():
    """One trial, and a measure that does not exist, have their errors."""
    with pytest.raises(TooFewStimuliError, match="at least 2 trials"):
        noise_ceiling(np.ones((5, 4)))
    with pytest.raises(InvalidOptionError, match="did you mean 'cka'"):
        noise_ceiling(np.ones((5, 4, 2)), measure="ckaa")


def test_a_cosine_of_one_rounded_up_is_an_angle_of_zero():
    """Rounding leaves no ceiling undefined."""
    assert in_own_units(1 + 2e-16, Procrustes()) == 0.0
