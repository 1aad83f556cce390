"""Losses, activations, penalties and metrics: their mathematics, and what they refuse."""

import numpy as np
import pytest
from scipy.special import expit, softmax
from scipy.stats import entropy

from ann import activations, gradcheck, losses, metrics, regularizers
from ann.errors import DataError, InvalidTypeError, InvalidValueError, ShapeError

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(6, 4))
LABELS = np.array([0, 1, 2, 3, 0, 2])
ONE_HOT = np.eye(4)[LABELS]
SOFT = softmax(RNG.normal(size=(6, 4)), axis=1)
YES = (RNG.random((6, 4)) > 0.5).astype(float)

CASES = {
    "mean squared error": ("mean_squared_error", LOGITS, SOFT),
    "binary": ("binary_crossentropy", expit(LOGITS), YES),
    "binary, logits": (losses.BinaryCrossentropy(from_logits=True), LOGITS, YES),
    "categorical": ("categorical_crossentropy", softmax(LOGITS, axis=1), SOFT),
    "categorical, logits": (losses.CategoricalCrossentropy(from_logits=True), LOGITS, SOFT),
    "sparse": ("sparse_categorical_crossentropy", softmax(LOGITS, axis=1), LABELS),
    "sparse, logits": (losses.SparseCategoricalCrossentropy(from_logits=True), LOGITS, LABELS),
}


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_central_differences(name):
    """Every loss's gradient with respect to the outputs agrees with central differences."""
    loss, outputs, targets = CASES[name]
    loss, outputs = losses.get(loss), outputs.copy()
    _, gradient = loss.value_and_gradient(outputs, loss.targets(targets, outputs))
    numbers = gradcheck.numerical_gradient(lambda: loss.value_and_gradient(outputs, targets)[0], outputs)
    np.testing.assert_allclose(gradient.ravel(), numbers, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "activation", "targets"),
    [
        ("binary_crossentropy", "sigmoid", YES),
        ("categorical_crossentropy", "softmax", SOFT),
        ("sparse_categorical_crossentropy", "softmax", LABELS),
    ],
)
def test_the_fused_gradient_is_the_chain_rule(name, activation, targets):
    """Loss and activation differentiated as one give what the two give one after the other, and what logits give."""
    loss, function = losses.get(name), activations.get(activation)
    outputs, cache = function.forward(LOGITS.copy())
    value, gradient = loss.value_and_gradient(outputs, targets)
    fused_value, fused = loss.value_and_gradient(outputs, targets, fused=True)
    from_logits = type(loss)(from_logits=True).value_and_gradient(LOGITS, targets)
    np.testing.assert_allclose(fused, function.backward(gradient, cache), atol=1e-12)
    np.testing.assert_allclose(fused, from_logits[1], atol=1e-12)
    assert value == fused_value == pytest.approx(from_logits[0])


def test_sparse_and_categorical_are_one_loss():
    """Class numbers and one-hot rows give the same value, which is SciPy's relative entropy to the one-hot rows."""
    outputs = softmax(LOGITS, axis=1)
    value = losses.get("categorical_crossentropy").value_and_gradient(outputs, ONE_HOT)[0]
    assert value == pytest.approx(losses.get("sparse_categorical_crossentropy").value_and_gradient(outputs, LABELS)[0])
    assert value == pytest.approx(entropy(ONE_HOT, outputs, axis=1).mean())


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("name", ["binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_vanished_probabilities_keep_the_loss_finite(name, kind):
    """A probability of exactly 0 where 1 is right gives a large finite loss and a finite gradient."""
    outputs = np.array([[1.0, 0.0]], kind)
    targets = np.array([1]) if name.startswith("sparse") else np.array([[0.0, 1.0]], kind)
    loss = losses.get(name)
    value, gradient = loss.value_and_gradient(outputs, loss.targets(targets, outputs), fused=True)
    assert 10 < value < 1000
    assert np.isfinite(gradient).all()


def test_extreme_logits_do_not_overflow():
    """Logits of plus and minus a thousand give finite losses, without a warning."""
    logits = np.array([[1000.0, -1000.0]])
    assert losses.BinaryCrossentropy(True).value_and_gradient(logits, np.array([[1.0, 0.0]]))[0] == 0
    assert losses.SparseCategoricalCrossentropy(True).value_and_gradient(logits, np.array([1]))[0] == 2000
    np.testing.assert_array_equal(activations.get("sigmoid")(logits), [[1, 0]])


def test_softmax_knows_no_shift():
    """Adding a constant to all logits changes nothing; adding one to a single logit does."""
    function = activations.get("softmax")
    np.testing.assert_allclose(function(LOGITS + 100), function(LOGITS), rtol=1e-10)
    np.testing.assert_allclose(function(LOGITS), softmax(LOGITS, axis=1), rtol=1e-12)
    assert not np.allclose(function(LOGITS + np.eye(4)[0]), function(LOGITS))


def test_sigmoid_is_scipys():
    """The logistic function through tanh equals SciPy's."""
    x = np.linspace(-30, 30, 101)
    np.testing.assert_allclose(activations.get("sigmoid")(x), expit(x), atol=1e-15)


@pytest.mark.parametrize("regularizer", [regularizers.L1(0.3), regularizers.L2(0.2), regularizers.L1L2(0.1, 0.4)])
def test_penalties_have_their_gradient(regularizer):
    """Every penalty's gradient agrees with central differences."""
    weights = RNG.normal(size=(3, 4))
    numbers = gradcheck.numerical_gradient(lambda: regularizer.value(weights), weights)
    np.testing.assert_allclose(regularizer.gradient(weights).ravel(), numbers, atol=1e-8)
    assert regularizers.get(regularizer.config()) == regularizer


def test_accuracy_counts_every_form_of_target():
    """Class numbers, one-hot rows and yes-or-no columns are counted alike."""
    outputs = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
    assert metrics.accuracy(outputs, np.array([0, 1, 1, 1])) == 0.75
    assert metrics.accuracy(outputs, np.eye(2)[[0, 1, 1, 1]]) == 0.75
    assert metrics.accuracy(outputs[:, 1:], np.array([[0], [1], [1], [1]])) == 0.75


def test_r2_is_one_for_the_truth_and_zero_for_the_mean():
    """R² is 1 for perfect predictions, 0 for the mean, and undefined for targets that do not vary."""
    targets = np.array([[1.0], [2.0], [4.0]])
    assert metrics.r2(targets, targets) == 1
    assert metrics.r2(np.full((3, 1), targets.mean()), targets) == pytest.approx(0)
    assert np.isnan(metrics.r2(np.ones((2, 1)), np.ones((2, 1))))


OUT = np.full((2, 3), 1 / 3)


@pytest.mark.parametrize(
    ("loss", "targets", "error", "message"),
    [
        ("mse", np.ones((2, 4)), ShapeError, r"got \(2, 4\), expects the shape of the outputs \(2, 3\)"),
        ("mse", np.array([["a"] * 3] * 2), DataError, r"must be numbers"),
        ("binary_crossentropy", np.full((2, 3), 2), DataError, r"between 0 and 1, got 2"),
        ("binary_crossentropy", np.full((2, 3), -1), DataError, r"between 0 and 1, got -1"),
        ("categorical_crossentropy", np.full((2, 3), 0.5), DataError, r"row 0 sums to 1.5.*sparse"),
        ("categorical_crossentropy", np.array([0, 1]), ShapeError, r"got \(2,\).*use sparse_categorical"),
        ("sparse_categorical_crossentropy", np.array([0, 3]), DataError, r"class 3 is out of range.*0 to 2"),
        ("sparse_categorical_crossentropy", np.array([-1, 2]), DataError, r"class -1 is out of range"),
        ("sparse_categorical_crossentropy", np.array([0.5, 1]), DataError, r"whole class numbers"),
        ("sparse_categorical_crossentropy", np.eye(3)[:2], ShapeError, r"one class number a stimulus"),
        ("sparse_categorical_crossentropy", np.array([0]), ShapeError, r"got \(1,\) beside outputs \(2, 3\)"),
    ],
)
def test_targets_that_do_not_fit_are_refused(loss, targets, error, message):
    """Targets of another shape, kind or range are named."""
    with pytest.raises(error, match=message):
        losses.get(loss).targets(targets, OUT)


def test_whole_numbers_of_any_type_are_class_numbers():
    """Labels may be floats that are whole, or a column."""
    loss = losses.get("sparse_categorical_crossentropy")
    np.testing.assert_array_equal(loss.targets([1.0, 2.0], OUT), [1, 2])
    np.testing.assert_array_equal(loss.targets([[1], [2]], OUT), [1, 2])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: losses.get("mean_squared_eror"), InvalidValueError, r"did you mean 'mean_squared_error'"),
        (lambda: losses.get(None), InvalidTypeError, r"loss: must be a name"),
        (lambda: metrics.get(["acuracy"]), InvalidValueError, r"did you mean 'accuracy'"),
        (lambda: metrics.get([3]), InvalidTypeError, r"metrics: must be names"),
        (lambda: regularizers.L2(-1), InvalidValueError, r"L2.l2: must not be negative"),
        (lambda: regularizers.get("l3"), InvalidValueError, r"unknown name 'l3'"),
        (lambda: activations.get("sofmax"), InvalidValueError, r"did you mean 'softmax'"),
    ],
)
def test_unknown_names_are_answered_with_the_nearest(make, error, message):
    """A name that is not there is answered with one that is."""
    with pytest.raises(error, match=message):
        make()
