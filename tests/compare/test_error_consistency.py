"""Error consistency: Cohen's kappa against scikit-learn, its bounds, its interval, and what is undefined."""

import numpy as np
import pytest

import compare
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError, TooFewStimuliError


def _observers(rng, stimuli, share, accuracy=(0.8, 0.7)):
    """Two observers of given accuracies, of whom a share of the answers of both is decided by one and the same draw."""
    common, own_a, own_b = rng.uniform(size=(3, stimuli))
    shared = rng.uniform(size=stimuli) < share
    a, b = np.where(shared, common, own_a) < accuracy[0], np.where(shared, common, own_b) < accuracy[1]
    return a, b


def test_kappa_is_cohens():
    """The same number as scikit-learn's kappa of the two sequences."""
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(0)
    for share in (0.0, 0.3, 1.0):
        a, b = _observers(rng, 300, share)
        assert compare.error_consistency(a, b).kappa == pytest.approx(cohen_kappa_score(a, b), abs=1e-12)


def test_worked_example():
    """Six of eight alike at accuracies of 6/8: observed 0.75, expected 0.625, kappa a third."""
    result = compare.error_consistency([1, 1, 1, 0, 0, 1, 1, 1], [1, 1, 0, 0, 1, 1, 1, 1])

    assert (result.observed, result.expected) == (0.75, 0.625)
    assert result.kappa == pytest.approx(1 / 3)
    assert float(result) == result.kappa


def test_bounds_are_reached_by_the_most_and_the_least_consistent_observers():
    """At accuracies of 0.8 and 0.6, errors nested or apart as far as can be give the bounds."""
    a = np.arange(100) < 80
    nested, apart = np.arange(100) < 60, np.arange(100) >= 40
    most, least = compare.error_consistency(a, nested), compare.error_consistency(a, apart)

    assert most.kappa == pytest.approx(most.highest)
    assert least.kappa == pytest.approx(least.lowest)
    assert least.lowest < 0 < most.highest < 1


def test_anticonsistent_observers_are_negative():
    """No absolute value is taken: observers who err in turn disagree."""
    a = np.arange(40) % 2 == 0
    assert compare.error_consistency(a, ~a).kappa == -1


@pytest.mark.parametrize("answer", [0, 1])
def test_observers_who_leave_no_room_for_disagreement_have_no_kappa(answer):
    """Both always right, or both always wrong: 0/0, which is not 1."""
    result = compare.error_consistency(np.full(20, answer), np.full(20, answer))

    assert result.expected == 1
    assert np.isnan([result.kappa, result.low, result.high, result.lowest, result.highest]).all()


@pytest.mark.parametrize(("stimuli", "share"), [(100, 0.0), (100, 0.5), (300, 0.3)])
def test_interval_covers_the_populations_kappa(stimuli, share):
    """A small sibling of evidence/coverage.py: 95 % intervals hold the kappa of endless stimuli."""
    rng = np.random.default_rng(1)
    truth = compare.error_consistency(*_observers(rng, 400_000, share), bootstrap=100).kappa
    held = []
    for seed in range(200):
        result = compare.error_consistency(*_observers(rng, stimuli, share), bootstrap=400, seed=seed)
        held.append(result.low <= truth <= result.high)
    assert 0.90 <= np.mean(held) <= 0.99


def test_same_seed_same_interval():
    """The seed decides the interval and nothing else."""
    a, b = _observers(np.random.default_rng(2), 50, 0.5)
    one, again, other = (compare.error_consistency(a, b, bootstrap=101, seed=seed) for seed in (1, 1, 2))

    assert one == again
    assert (one.low, one.high) != (other.low, other.high)
    assert one.kappa == other.kappa


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: compare.error_consistency(["yes"], [1]), ActivityTypeError, "correct_a: must hold real numbers"),
        (lambda: compare.error_consistency([[1, 0]], [1]), InvalidActivityError, "one answer a stimulus"),
        (lambda: compare.error_consistency([1, 2], [1, 0]), InvalidActivityError, r"wrong \(0\) only, got \[1, 2\]"),
        (lambda: compare.error_consistency([1.0, np.nan], [1, 0]), InvalidActivityError, "only"),
        (lambda: compare.error_consistency([1, 0, 1], [1, 0]), InvalidActivityError, "correct_a has 3 .* has 2"),
        (lambda: compare.error_consistency([1], [1]), TooFewStimuliError, "at least 2 stimuli, got 1"),
        (lambda: compare.error_consistency([1, 0], [1, 0], confidence=1), InvalidOptionError, "between 0 and 1"),
        (lambda: compare.error_consistency([1, 0], [1, 0], bootstrap=5), InvalidOptionError, "at least 100, got 5"),
    ],
)
def test_what_cannot_be_used_is_named(call, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        call()
