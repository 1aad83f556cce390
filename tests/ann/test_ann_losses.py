"""Losses, activations and penalties: their mathematics, and what they refuse."""

import numpy as np
import pytest
from scipy.special import expit, gammaln, huber, softmax
from scipy.stats import entropy, poisson

from ann import activations, gradcheck, losses, regularizers
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
    "mean absolute error": ("mae", LOGITS, SOFT),
    "huber": (losses.Huber(delta=0.5), LOGITS, SOFT),
    "binary, smoothed": (losses.BinaryCrossentropy(label_smoothing=0.2), expit(LOGITS), YES),
    "categorical, smoothed": (losses.CategoricalCrossentropy(label_smoothing=0.2), softmax(LOGITS, axis=1), SOFT),
    "sparse, smoothed": (losses.SparseCategoricalCrossentropy(label_smoothing=0.2), softmax(LOGITS, axis=1), LABELS),
    "sparse, smoothed, logits": (losses.SparseCategoricalCrossentropy(True, 0.2), LOGITS, LABELS),
    "negative log-likelihood": ("negative_log_likelihood", np.log(softmax(LOGITS, axis=1)), LABELS),
    "divergence": ("kl_divergence", softmax(LOGITS, axis=1), SOFT),
    "poisson": ("poisson", np.exp(LOGITS), 3 * YES),
    "hinge": ("hinge", LOGITS, 2 * YES - 1),
    "squared hinge": ("squared_hinge", LOGITS, 2 * YES - 1),
    "categorical hinge": ("categorical_hinge", LOGITS, ONE_HOT),
    "categorical hinge, soft": ("categorical_hinge", LOGITS, SOFT),
}
WEIGHTS = np.array([2.0, 1.0, 1.0, 0.0, 3.0, 0.5])


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_central_differences(name):
    """Every loss's gradient with respect to the outputs agrees with central differences."""
    assert gradcheck.check_loss(*CASES[name], tolerance=1e-7) < 1e-7


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("name", CASES)
def test_weighted_gradients_are_those_of_central_differences(name, reduction):
    """So they do with a weight for every stimulus, in every reduction."""
    assert gradcheck.check_loss(*reduced(name, reduction), weights=WEIGHTS, tolerance=1e-7) < 1e-7


def reduced(name, reduction):
    """Give a case with another reduction, its outputs free to be changed."""
    loss, outputs, targets = CASES[name]
    return losses.get({**losses.get(loss).config(), "reduction": reduction}), outputs.copy(), targets


@pytest.mark.parametrize("name", CASES)
def test_the_mean_is_of_every_stimulus_alone(name):
    """The values of the stimuli are what each gives in a batch of its own, and the loss is their mean."""
    loss, outputs, targets = CASES[name]
    loss = losses.get(loss)
    values, gradients = loss.each(outputs, targets)
    alone = [loss.value_and_gradient(outputs[i : i + 1], targets[i : i + 1]) for i in range(6)]
    np.testing.assert_allclose(values, [value for value, _ in alone])
    np.testing.assert_allclose(gradients, np.concatenate([gradient for _, gradient in alone]))
    assert loss.value_and_gradient(outputs, targets)[0] == pytest.approx(values.mean())


@pytest.mark.parametrize("name", CASES)
def test_sequences_are_stimuli_one_after_the_other(name):
    """Outputs (stimulus, step, output) have the loss and gradient of (stimulus * step, output); so have weights."""
    loss, outputs, targets = CASES[name]
    loss = losses.get(loss)
    long, long_targets = outputs.reshape(3, 2, 4), targets.reshape(3, 2, *targets.shape[1:])
    long_targets = loss.targets(long_targets, long)
    for flat_weights in (None, WEIGHTS):
        weights = None if flat_weights is None else flat_weights.reshape(3, 2)
        value, gradient = loss.value_and_gradient(long, long_targets, weights=weights)
        expected = loss.value_and_gradient(outputs, targets, weights=flat_weights)
        assert value == pytest.approx(expected[0])
        np.testing.assert_allclose(gradient, expected[1].reshape(3, 2, 4))
    by_stimulus = losses.checked_weights([1, 2, 3], long)
    by_step = losses.checked_weights(np.repeat([1, 2, 3], 2).reshape(3, 2), long)
    ours, theirs = (loss.value_and_gradient(long, long_targets, weights=w) for w in (by_stimulus, by_step))
    assert ours[0] == theirs[0]
    np.testing.assert_array_equal(ours[1], theirs[1])


@pytest.mark.parametrize("name", CASES)
def test_a_weight_of_two_is_the_stimulus_twice(name):
    """A stimulus of weight 2 is the same one twice: in the sum, in the weighted mean, and up to n in the mean."""
    twice = np.r_[0, 0:6]
    weights = np.array([2.0, 1, 1, 1, 1, 1])
    for reduction, factor in (("sum", 1), ("mean_with_sample_weight", 1), ("sum_over_batch_size", 7 / 6)):
        loss, outputs, targets = reduced(name, reduction)
        value, gradient = loss.value_and_gradient(outputs, targets, weights=weights)
        expected, parts = loss.value_and_gradient(outputs[twice], targets[twice])
        assert value == pytest.approx(expected * factor)
        np.testing.assert_allclose(gradient[1:], parts[2:] * factor, atol=1e-15)
        np.testing.assert_allclose(gradient[0], (parts[0] + parts[1]) * factor, atol=1e-15)


def test_weights_of_nothing_but_zero_give_no_loss():
    """A batch whose weights are all 0 has loss 0 and gradient 0 in every reduction, not 0 / 0."""
    for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight"):
        value, gradient = losses.Huber(reduction=reduction).value_and_gradient(LOGITS, SOFT, weights=np.zeros(6))
        assert value == 0
        assert not gradient.any()


@pytest.mark.parametrize(
    ("name", "activation", "targets"),
    [
        ("binary_crossentropy", "sigmoid", YES),
        ("categorical_crossentropy", "softmax", SOFT),
        ("sparse_categorical_crossentropy", "softmax", LABELS),
        ("kl_divergence", "softmax", SOFT),
    ],
)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_fused_gradient_is_the_chain_rule(name, activation, targets, smoothing):
    """Loss and activation differentiated as one give what the two give one after the other, and what logits give."""
    more = {} if name == "kl_divergence" else {"label_smoothing": smoothing}
    loss, function = losses.get({"kind": name, **more}), activations.get(activation)
    outputs, cache = function.forward(LOGITS.copy())
    value, gradient = loss.value_and_gradient(outputs, targets)
    fused_value, fused = loss.value_and_gradient(outputs, targets, fused=True)
    np.testing.assert_allclose(fused, function.backward(gradient, cache), atol=1e-12)
    assert value == fused_value
    if more:
        from_logits = type(loss)(from_logits=True, **more).value_and_gradient(LOGITS, targets)
        np.testing.assert_allclose(fused, from_logits[1], atol=1e-12)
        assert value == pytest.approx(from_logits[0])


def test_the_new_losses_are_their_formulas():
    """Huber, KL, Poisson and the hinges against SciPy's functions, and by hand."""
    assert losses.Huber(0.5).each(LOGITS, SOFT)[0] == pytest.approx(huber(0.5, LOGITS - SOFT).mean(axis=1))
    p = softmax(LOGITS, axis=1)
    assert losses.get("kl_divergence").each(p, SOFT)[0] == pytest.approx(entropy(SOFT, p, axis=1))
    assert losses.get("kl_divergence").each(SOFT, SOFT)[0] == pytest.approx(0, abs=1e-15)
    counts, rates = np.array([[0.0], [3.0]]), np.array([[0.5], [2.0]])
    likelihood = poisson.logpmf(counts, rates) + gammaln(counts + 1)
    assert losses.get("poisson").each(rates, counts)[0] == pytest.approx(-likelihood[:, 0])
    one = np.array([[0.5, -2.0]])
    assert losses.get("hinge").each(one, np.array([[1.0, -1.0]]))[0] == pytest.approx(0.25)
    assert losses.get("squared_hinge").each(one, np.array([[1.0, 1.0]]))[0] == pytest.approx((0.25 + 9) / 2)
    assert losses.get("categorical_hinge").each(np.array([[0.2, 0.5, -1.0]]), np.eye(3)[:1])[0] == pytest.approx(1.3)


def test_hinges_take_yes_and_no_for_signs():
    """Targets of 0 and 1 are -1 and 1; those that are signs already stay."""
    loss = losses.get("hinge")
    np.testing.assert_array_equal(loss.targets([[0, 1, 1]], OUT[:1]), [[-1, 1, 1]])
    np.testing.assert_array_equal(loss.targets([[1, 1, 1]], OUT[:1]), [[1, 1, 1]])
    np.testing.assert_array_equal(loss.targets([[-1, 1, 1]], OUT[:1]), [[-1, 1, 1]])


@pytest.mark.parametrize("name", CASES)
def test_float32_stays_float32(name):
    """In float32 the values and gradients are float32, with and without weights, and agree with float64."""
    loss, outputs, targets = CASES[name]
    loss, single = losses.get(loss), outputs.astype(np.float32)
    small = loss.targets(targets, single)
    weights = losses.checked_weights(WEIGHTS, single)
    for given in (None, weights):
        value, gradient = loss.value_and_gradient(single, small, weights=given)
        assert gradient.dtype == np.float32
        assert value == pytest.approx(loss.value_and_gradient(outputs, targets, weights=given)[0], rel=1e-5)
    assert loss.each(single, small)[0].dtype == np.float32


@pytest.mark.parametrize("name", CASES)
def test_a_loss_is_its_configuration(name):
    """A loss is rebuilt from its configuration."""
    loss = losses.get(CASES[name][0])
    assert losses.get(loss.config()) == loss == loss.copy()


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        (np.ones(2), ShapeError, r"got \(2,\), expects one weight a stimulus \(3,\), or one a step \(3, 2\)"),
        (np.ones((3, 2, 4)), ShapeError, r"got \(3, 2, 4\)"),
        (["a", "b", "c"], DataError, r"must be numbers"),
        ([1, -1, 1], DataError, r"must not be negative, got -1"),
        ([1, np.nan, 1], DataError, r"must be finite, got nan"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(weights, error, message):
    """Weights of another shape, kind or range are named."""
    with pytest.raises(error, match=f"sample_weight: {message}"):
        losses.checked_weights(weights, np.zeros((3, 2, 4)))


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
    assert gradcheck.check_regularizer(regularizer, RNG.normal(size=(3, 4)), tolerance=1e-8) < 1e-8
    assert regularizers.get(regularizer.config()) == regularizer


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
        ("negative_log_likelihood", np.array([0, 3]), DataError, r"class 3 is out of range"),
        ("kl_divergence", np.full((2, 3), 0.5), DataError, r"kl_divergence: row 0 sums to 1.5"),
        ("poisson", np.full((2, 3), -1), DataError, r"poisson: must not be negative, got -1"),
        ("hinge", np.full((2, 3), 0.5), DataError, r"hinge: must be -1 and 1, or 0 and 1, got 0.5"),
        ("squared_hinge", np.array([[-1, 0, 1]] * 2), DataError, r"squared_hinge.*got all three"),
        ("categorical_hinge", np.array([0, 1]), ShapeError, r"expects the shape of the outputs"),
        ("mae", np.ones((2, 4)), ShapeError, r"mean_absolute_error: got \(2, 4\)"),
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
        (lambda: losses.Huber(delta=0), InvalidValueError, r"Huber.delta: must be positive"),
        (lambda: losses.Hinge("mean"), InvalidValueError, r"Hinge.reduction: unknown 'mean'"),
        (lambda: losses.BinaryCrossentropy(label_smoothing=1), InvalidValueError, r"label_smoothing: must be at least"),
        (lambda: regularizers.L2(-1), InvalidValueError, r"L2.l2: must be finite and at least 0"),
        (lambda: regularizers.get("l3"), InvalidValueError, r"unknown name 'l3'"),
        (lambda: activations.get("sofmax"), InvalidValueError, r"did you mean 'softmax'"),
    ],
)
def test_unknown_names_are_answered_with_the_nearest(make, error, message):
    """A name that is not there is answered with one that is."""
    with pytest.raises(error, match=message):
        make()
