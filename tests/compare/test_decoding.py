"""The linear readout: against scikit-learn, and blind to what it is scored on."""

import numpy as np
import pytest

from compare import readout
from compare.decoding import PENALTIES, _predicted
from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError


@pytest.fixture
def data():
    """Three classes in 60 units, 90 stimuli, hard to tell."""
    rng = np.random.default_rng(0)
    labels = np.tile([0, 1, 2], 30)
    return rng.normal(size=(3, 60))[labels] * 0.5 + rng.normal(size=(90, 60)), labels


@pytest.mark.parametrize("units", [10, 60])
def test_predictions_are_scikit_learns(data, units):
    """The dual form, penalty chosen by leave-one-out, predicts what RidgeClassifierCV does on standardised units."""
    from sklearn.linear_model import RidgeClassifierCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, labels = data[0][:, :units], data[1]
    reference = make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=PENALTIES * units)).fit(x[:60], labels[:60])

    np.testing.assert_array_equal(_predicted(x[:60], labels[:60], x[60:]), reference.predict(x[60:]))


def test_held_out_stimuli_are_scored(data):
    """With test stimuli given, the accuracy is the share of them that is right."""
    x, labels = data
    score = readout(x[:60], labels[:60], x[60:], labels[60:])

    assert score["accuracy"] == np.mean(_predicted(x[:60], labels[:60], x[60:]) == labels[60:])
    assert score["chance"] == pytest.approx(1 / 3)
    assert score["low"] < score["accuracy"] < score["high"]


def test_separable_classes_are_read_and_noise_is_not(data):
    """Accuracy 1 where classes are far apart, near chance where the labels mean nothing."""
    x, labels = data
    rng = np.random.default_rng(1)

    assert readout(x + 10 * np.eye(3)[labels] @ rng.normal(size=(3, 60)), labels)["accuracy"] == 1
    shuffled = readout(x, rng.permutation(labels))
    assert shuffled["low"] < 1 / 3 < shuffled["high"]


def test_units_that_carry_nothing_change_nothing(data):
    """Silent units are passed over; if all are silent, the commonest class is the answer."""
    x, labels = data
    padded = np.hstack([x, np.full((90, 5), 0.1)])

    assert readout(padded, labels) == readout(x, labels)
    assert readout(np.zeros((90, 4)), np.r_[np.zeros(60), np.ones(30)])["accuracy"] == pytest.approx(2 / 3)


def test_scale_and_trials_do_not_matter(data):
    """Units are standardised, and trials are averaged before."""
    x, labels = data
    scaled = x * np.logspace(-3, 3, 60) + 5

    assert readout(scaled, labels)["accuracy"] == pytest.approx(readout(x, labels)["accuracy"], abs=1e-12)
    assert readout(np.stack([x - 1, x + 1], 1), labels) == readout(x, labels)


def test_same_seed_same_folds(data):
    """The seed decides the folds; labels may be text."""
    x, labels = data

    assert readout(x, labels, seed=5) == readout(x, np.array(["a", "b", "c"])[labels], seed=5)


def test_any_labels_are_classes(data):
    """Whole numbers, halves and words that part the stimuli alike are read alike."""
    x, labels = data[:2]
    names, index = np.unique(labels, return_inverse=True)
    found = [readout(x, kind[index])["accuracy"] for kind in (names, names / 2 + 0.25, names.astype(str))]

    assert found[0] == found[1] == found[2]


def test_interval_is_wilsons():
    """The Wilson interval of 8 right out of 10, from its closed form."""
    from compare.decoding import wilson

    z, p, n = 1.959963984540054, 0.8, 10
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    np.testing.assert_allclose(wilson(8, 10, 0.95), (middle - half, middle + half), rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x, y: readout(x, y[:-1]), InvalidActivityError, "labels: must be one class for each of the 90"),
        (lambda x, y: readout(x, np.where(y, y, np.nan)), InvalidActivityError, "labels: 30 are NaN"),
        (lambda x, y: readout(x, y * 0), TooFewStimuliError, "only one class"),
        (lambda x, y: readout(x, y, folds=31), TooFewStimuliError, "has 30 stimuli, fewer than 31 folds"),
        (lambda x, y: readout(x, y, folds=1), InvalidOptionError, "folds"),
        (lambda x, y: readout(x, y, confidence=0), InvalidOptionError, "confidence"),
        (lambda x, y: readout(x, y, x), InvalidOptionError, "both or neither"),
        (lambda x, y: readout(x, y, x[:, :3], y), InvalidActivityError, "60 units and x_test has 3"),
        (lambda x, y: readout(x[:4], y[:4], x, y), TooFewStimuliError, "fewer than 2 stimuli to fit on"),
    ],
)
def test_what_cannot_be_read_is_named(data, call, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        call(*data)
