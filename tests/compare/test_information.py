"""Information in a readout: what it is in theory, its bias, its interval, its test."""

import numpy as np
import pytest

from compare import decoded_information, readout
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.information import _fano, _interval, confusion_information, jackknife


def _channel(classes, right):
    """Give p(read | true) of a readout that is right so often, and wrong alike into every other class."""
    shares = np.full((classes, classes), (1 - right) / (classes - 1))
    np.fill_diagonal(shares, right)
    return shares


def _capacity(classes, right):
    """Give the bits of that channel with equal classes: log₂ C + a log₂ a + (1 - a) log₂ (1 - a) / (C - 1)."""
    wrong = 0.0 if right == 1 else (1 - right) * np.log2((1 - right) / (classes - 1))
    return np.log2(classes) + right * np.log2(right) + wrong


def _tables(shares, each, count, seed):
    rng = np.random.default_rng(seed)
    return np.stack([np.stack([rng.multinomial(each, row) for row in shares]) for _ in range(count)])


@pytest.mark.parametrize("right", [1 / 4, 0.5, 0.9, 1.0])
def test_information_of_exact_shares_is_the_channels(right):
    """Counts in exactly the shares of a symmetric channel give its bits."""
    counts = 3600 * _channel(4, right)

    assert confusion_information(counts) == pytest.approx(_capacity(4, right), abs=1e-12)


def test_information_is_scikit_learns():
    """The plain estimate, for any table."""
    from sklearn.metrics import mutual_info_score

    counts = np.array([[5, 1, 0], [0, 7, 2], [3, 3, 9]])

    assert confusion_information(counts) == pytest.approx(mutual_info_score(None, None, contingency=counts) / np.log(2))


@pytest.mark.parametrize("right", [1 / 6, 0.5, 0.8])
def test_bias_is_what_is_subtracted(right):
    """On average the plain estimate is too high, and the corrected one is not by a sixth of that."""
    tables = _tables(_channel(6, right), 40, 400, 0)
    plain, bias = confusion_information(tables), np.array([jackknife(table)[0] for table in tables])
    excess = plain.mean() - _capacity(6, right)

    assert excess > 0.05
    assert abs((plain - bias).mean() - _capacity(6, right)) < excess / 6


def test_jackknife_is_leaving_out_each_stimulus():
    """The tables less one stimulus, weighted by their cells, are those of all stimuli in turn."""
    table = np.array([[5, 1, 0], [0, 7, 2], [3, 3, 9]])
    stimuli = np.repeat(np.indices((3, 3)).reshape(2, -1).T, table.ravel(), axis=0)
    left_out = []
    for stimulus in stimuli:
        fewer = table.copy()
        fewer[tuple(stimulus)] -= 1
        left_out.append(confusion_information(fewer))
    bias, error = jackknife(table)

    assert bias == pytest.approx(29 * (np.mean(left_out) - confusion_information(table)), rel=1e-9)
    assert error == pytest.approx(np.sqrt(29 / 30 * np.sum((left_out - np.mean(left_out)) ** 2)), rel=1e-9)


@pytest.mark.parametrize("right", [0.25, 0.6, 0.9, 0.97])
@pytest.mark.parametrize("each", [10, 20, 60])
def test_interval_covers_the_channels_information(right, each):
    """Of tables drawn from a channel, at least 93 % (of a nominal 95 %) hold it, few errors seen or many."""
    tables = _tables(_channel(5, right), each, 400, 1)
    covered = []
    for table in tables:
        bias, error = jackknife(table)
        low, high = _interval(float(confusion_information(table)) - bias, error, np.log2(5), table, 0.95)
        covered.append(low <= _capacity(5, right) <= high)

    assert np.mean(covered) > 0.93


def test_fanos_bound_is_below_the_information_of_any_channel():
    """With any confusions, the accuracy alone leaves no more than there is; with even ones, exactly that."""
    rng = np.random.default_rng(6)
    for _ in range(50):
        table = rng.gamma(0.5, size=(4, 4)) + 2 * np.eye(4)
        table /= table.sum(axis=1, keepdims=True)
        assert _fano(np.trace(table) / 4, 2.0, 4) <= confusion_information(table) + 1e-12
    assert _fano(0.7, 2.0, 4) == pytest.approx(_capacity(4, 0.7))
    assert _fano(0.2, 2.0, 4) == 0


def test_separable_classes_give_what_the_labels_have_and_say_so():
    """Four classes that are never mistaken: 2 bits, saturated."""
    labels = np.tile(list("abcd"), 20)
    x = 20 * (labels[:, None] == list("abcd")) + np.random.default_rng(0).normal(size=(80, 4))
    found = decoded_information(x, labels, permutations=19)

    assert found.low < 2 == found.high
    assert found.bits + found.bias == pytest.approx(2, abs=1e-12)
    assert found.entropy == pytest.approx(2)
    assert found.saturated
    assert found.p_value == pytest.approx(1 / 20)
    assert found.confusion.sel(true="a", read="a") == 20
    assert "saturated" in repr(found)


def test_reading_is_the_readouts_own():
    """The confusions are those of the cross-validated readout, and unequal classes have less entropy."""
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1, 2], [20, 30, 40])
    x = rng.normal(size=(90, 30)) + 0.3 * rng.normal(size=(3, 30))[labels]
    found = decoded_information(x, labels, permutations=0, seed=3)

    assert found.accuracy == readout(x, labels, seed=3)["accuracy"]
    assert found.entropy == pytest.approx(-sum(p * np.log2(p) for p in np.array([20, 30, 40]) / 90))
    assert 0 < found.low < found.bits < found.high < found.entropy
    assert np.isnan(found.p_value)
    assert float(found) == found.bits
    assert "p =" not in repr(found)


def test_information_of_nothing_is_found_as_often_as_the_test_says():
    """Under the null p <= 0.2 in about a fifth of experiments, never many more."""
    rng = np.random.default_rng(2)
    labels = np.tile([0, 1, 2], 12)
    found = [
        decoded_information(rng.normal(size=(36, 10)), labels, folds=3, permutations=49, seed=seed)
        for seed in range(100)
    ]
    p = np.array([one.p_value for one in found])

    assert 0.1 < np.mean(p <= 0.2) < 0.3


def test_permutations_are_those_of_fitting_anew(monkeypatch):
    """The permuted labels give what reading them one by one gives, some at a time or all at once."""
    from compare.decoding import class_folds, read_classes

    rng = np.random.default_rng(3)
    x, labels = rng.normal(size=(40, 60)), np.tile([0, 1], 20)
    parts = class_folds(labels, 4, 0)
    assignments = np.stack([labels, *(rng.permutation(labels) for _ in range(5))])

    together = read_classes(x, assignments, parts)
    alone = np.concatenate([read_classes(x, row[None], parts) for row in assignments])
    np.testing.assert_array_equal(together, alone)


def test_seed_decides_and_progress_is_told():
    """The same seed gives the same numbers; each fold is reported."""
    rng = np.random.default_rng(4)
    x, labels = rng.normal(size=(40, 5)), np.tile([0, 1], 20)
    done = []
    a, b = (decoded_information(x, labels, permutations=29, seed=1, advance=done.append) for _ in range(2))

    assert (a.bits, a.p_value) == (b.bits, b.p_value)
    assert sum(done) == 10


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x, y: decoded_information(x, y[:-1]), InvalidActivityError, "one class for each of the 40"),
        (lambda x, y: decoded_information(x, y * 0), TooFewStimuliError, "only one class"),
        (lambda x, y: decoded_information(x, y, folds=21), TooFewStimuliError, "fewer than 21 folds"),
        (lambda x, y: decoded_information(x, y, folds=1), InvalidOptionError, "folds"),
        (lambda x, y: decoded_information(x, y, permutations=-1), InvalidOptionError, "permutations"),
        (lambda x, y: decoded_information(x, y, confidence=1), InvalidOptionError, "confidence"),
        (lambda x, y: decoded_information(x.astype(str), y), ActivityTypeError, "real numbers"),
    ],
)
def test_what_cannot_be_estimated_is_named(call, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        call(np.random.default_rng(5).normal(size=(40, 5)), np.tile([0, 1], 20))
