"""The reliability of units: what it is in theory, what is silent, what is only noise."""

import importlib

import numpy as np
import pytest

from compare import reliability
from compare.errors import ActivityTypeError, InvalidOptionError, TooFewStimuliError
from compare.inference.reliability import half_splits


def _noisy(seed, stimuli, trials, units, noise):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(stimuli, 1, units)) + noise * rng.normal(size=(stimuli, trials, units))


@pytest.mark.parametrize(("trials", "noise"), [(2, 1.0), (3, 1.0), (5, 2.0), (8, 2.0)])
def test_reliability_is_the_share_of_variance_that_is_signal(trials, noise):
    """Of the variance of a T-trial mean, 1 / (1 + noise²/T) is signal, for even and odd T."""
    found = reliability(_noisy(0, 400, trials, 200, noise))

    assert found.mean() == pytest.approx(1 / (1 + noise**2 / trials), abs=0.01)


def test_two_trials_are_spearman_browns_formula():
    """With two trials there is one split: 2r / (1 + r)."""
    x = _noisy(1, 30, 2, 4, 1.0)
    r = np.array([np.corrcoef(x[:, 0, unit], x[:, 1, unit])[0, 1] for unit in range(4)])

    np.testing.assert_allclose(reliability(x), 2 * r / (1 + r), rtol=1e-12)


def test_repeating_the_experiment_correlates_as_the_reliability_says():
    """The correlation of two independent T-trial means is what is estimated from one of them."""
    x = _noisy(2, 300, 8, 300, 1.5)
    r = [np.corrcoef(x[:, :4, unit].mean(1), x[:, 4:, unit].mean(1))[0, 1] for unit in range(300)]

    assert reliability(x[:, :4]).mean() == pytest.approx(np.mean(r), abs=0.02)


def test_silent_units_are_nan_and_noise_is_about_zero():
    """A unit that never varies has no reliability; one that only has noise has about none; both are counted."""
    x = np.random.default_rng(3).normal(size=(200, 4, 100))
    x[:, :, 0] = 0.1
    x[:, :, 1] = 0
    x[7, 1, 1] = 1.0  # one spike in one trial: no half ever repeats it
    found = reliability(x)

    assert np.isnan(found[0])
    assert found.attrs["silent"] == 1
    assert found[1] == 0
    assert abs(np.median(found[2:])) < 0.05
    assert found.attrs["not_above_zero"] == int((found <= 0).sum()) > 30


def test_halves_that_disagree_entirely_are_unreliable_not_infinite():
    """At r = -1 Spearman and Brown's formula has its pole; the unit is below zero, and so masked by whoever asks."""
    signal = np.random.default_rng(4).normal(size=(50, 1))
    x = np.stack([signal + 1e-3 * np.arange(50)[:, None], -signal], axis=1)

    assert reliability(x)[0] <= 0


def test_halves_are_disjoint_different_and_seeded():
    """Ten different halvings of ten trials; the same seed gives the same ones."""
    pairs = half_splits(10, 10, np.random.default_rng(0))

    assert len({(tuple(a), tuple(b)) for a, b in pairs}) == 10
    assert all(len(a) == len(b) == 5 and not set(a) & set(b) for a, b in pairs)
    x = _noisy(5, 20, 10, 3, 1.0)
    np.testing.assert_array_equal(reliability(x, seed=1), reliability(x, seed=1))
    assert (reliability(x, seed=1) != reliability(x, seed=2)).any()


def test_blocks_of_units_change_nothing(monkeypatch):
    """Units are computed some at a time, which nobody sees."""
    module = importlib.import_module("compare.inference.reliability")
    x = _noisy(6, 20, 4, 7, 1.0)
    whole = reliability(x)
    monkeypatch.setattr(module, "columns_at_once", lambda *shape: 3)
    np.testing.assert_array_equal(reliability(x), whole)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: reliability(x[:, :1]), TooFewStimuliError, "at least 2 trials"),
        (lambda x: reliability(x[:2]), TooFewStimuliError, "at least 3 stimuli, got 2"),
        (lambda x: reliability(x, splits=0), InvalidOptionError, "splits"),
        (lambda x: reliability(x.astype(str)), ActivityTypeError, "real numbers"),
    ],
)
def test_what_has_no_reliability_is_named(call, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        call(_noisy(7, 10, 4, 2, 1.0))
