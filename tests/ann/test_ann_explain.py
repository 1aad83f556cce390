"""Explanations of single answers, against linear networks, central differences and completeness."""

import numpy as np
import pytest

import ann
from ann import explain, layers
from ann.errors import DataError, InvalidTypeError, InvalidValueError, ShapeError
from ann.gradcheck import numerical_gradient

METHODS = [
    explain.saliency,
    explain.smooth_gradients,
    explain.input_x_gradient,
    explain.occlusion,
    lambda *arguments, **named: explain.integrated_gradients(*arguments, **named).values,
]


def linear():
    """Give a linear network of two outputs with known weights, and stimuli."""
    model = ann.Sequential([layers.Dense(2, input_shape=(3,))], dtype="float64")
    kernel = np.array([[1.0, 2.0], [-3.0, 0.5], [0.0, 4.0]])
    model.set_weights({"dense_1": {"kernel": kernel, "bias": [1.0, -1.0]}})
    return model, kernel, np.random.default_rng(0).normal(size=(5, 3))


def images(activation="tanh", last="softmax"):
    """Give a residual convolutional network and images."""
    inputs = ann.Input((6, 6, 2))
    hidden = layers.Conv2D(2, 3, padding="same", activation=activation)(inputs)
    pooled = layers.Flatten()(layers.AveragePooling2D(2)(layers.Add()([inputs, hidden])))
    outputs = layers.Dense(3, activation=last)(layers.Dropout(0.5)(layers.Dense(8, activation=activation)(pooled)))
    return ann.Model(inputs, outputs, dtype="float64", seed=1), np.random.default_rng(0).normal(size=(4, 6, 6, 2))


def test_a_linear_network_is_its_weights():
    """Each method gives the weights, or weights times the way from the baseline, for each stimulus' own target."""
    model, kernel, x = linear()
    target = np.array([0, 1, 0, 0, 1])
    weights = kernel.T[target]
    np.testing.assert_allclose(explain.saliency(model, x, target), np.abs(weights))
    np.testing.assert_allclose(explain.smooth_gradients(model, x, target), weights)
    np.testing.assert_allclose(explain.input_x_gradient(model, x, target), weights * x)
    found = explain.integrated_gradients(model, x, target, baseline=[1.0, 2.0, 3.0], steps=1)
    np.testing.assert_allclose(found.values, weights * (x - [1.0, 2.0, 3.0]))
    np.testing.assert_allclose(found.delta, 0, atol=1e-12)
    np.testing.assert_allclose(explain.occlusion(model, x, target, baseline=0.5), weights * (x - 0.5))


@pytest.mark.parametrize("logits", [False, True])
def test_gradients_go_through_the_softmax_itself(logits):
    """They are those of a class's probability, or of its pre-activation, by central differences at every element."""
    model, x = images()
    bare = images(last=None)[0]
    bare.set_weights(model.get_weights())
    answered = bare if logits else model
    numbers = numerical_gradient(lambda: float(answered.predict(x)[:, 2].sum()), x)
    found = explain.output_gradients(model, x, target=2, logits=logits, batch_size=3)
    np.testing.assert_allclose(found["input"].ravel(), numbers, atol=1e-8)
    assert {name: array.shape for name, array in found.items() if name != "input"} == {
        name: array.shape for name, array in model.activations(x).items()
    }
    np.testing.assert_array_equal(found["dense_2"], np.tile([0.0, 0, 1], (4, 1)))


def test_logits_of_a_rectified_convolution_are_not_rectified():
    """Leaving out the activation also holds where a layer does it amid its own work."""
    model = ann.Sequential([layers.Conv2D(2, 2, activation="relu", input_shape=(2, 2, 1))], dtype="float64")
    kernel = -np.ones((2, 2, 1, 2))
    model.set_weights({"conv2d_1": {"kernel": kernel, "bias": [0.0, 0.0]}})
    x = np.ones((1, 2, 2, 1))
    np.testing.assert_array_equal(explain.output_gradients(model, x, (0, 0, 1))["input"], 0 * x)
    np.testing.assert_array_equal(explain.output_gradients(model, x, (0, 0, 1), logits=True)["input"], -x)


def test_the_answer_is_explained_unless_told_otherwise():
    """Without a target it is each stimulus' largest output, also for stimuli that are changed on the way."""
    model, x = images()
    answers = model.predict(x).argmax(axis=1)
    assert len(set(answers)) > 1
    for method in METHODS:
        np.testing.assert_array_equal(method(model, x), method(model, x, answers))


@pytest.mark.parametrize("logits", [False, True])
def test_integrated_gradients_add_up(logits):
    """Shares sum to the change of the output: to 1e-10 in 30 steps through tanh, to 1e-3 in 300 through kinks."""
    for activation, steps, tolerance in (("tanh", 30, 1e-10), ("relu", 300, 1e-3)):
        model, x = images(activation)
        values, delta = explain.integrated_gradients(model, x, 1, 0.3, steps, logits)
        answered, _ = images(activation, None if logits else "softmax")
        answered.set_weights(model.get_weights())
        change = answered.predict(x)[:, 1] - answered.predict(0 * x + 0.3)[:, 1]
        np.testing.assert_allclose(values.sum(axis=(1, 2, 3)) - change, delta, atol=1e-12)
        assert np.abs(delta).max() < tolerance


def test_more_steps_leave_less_out():
    """The error of integrated gradients through kinks falls with the steps."""
    model, x = images("relu")
    few, many = (np.abs(explain.integrated_gradients(model, x, 0, 0.3, n).delta).max() for n in (5, 200))
    assert many < few / 10


def test_an_element_that_does_nothing_gets_nothing():
    """What no weight leads from has no share by any method."""
    model = ann.Sequential([layers.Dense(4, activation="relu"), layers.Dense(2, activation="softmax")])
    model.build((3,))
    weights = model.get_weights()
    weights["dense_1"]["kernel"][1] = 0
    model.set_weights(weights)
    for method in METHODS:
        assert not method(model, np.random.default_rng(0).normal(size=(6, 3)))[:, 1].any()


def test_occlusion_by_hand():
    """Patches go whole through channels, are cut off at the far end, and an element is the mean of those over it."""
    model, x = images()
    found = explain.occlusion(model, x, 0, patch=4, stride=2, baseline=0.5)
    total, covered = np.zeros_like(x), np.zeros((6, 6, 1))
    for top in (0, 2):
        for left in (0, 2):
            changed = x.copy()
            changed[:, top : top + 4, left : left + 4] = 0.5
            loss = (model.predict(x) - model.predict(changed))[:, 0]
            total[:, top : top + 4, left : left + 4] += loss[:, None, None, None]
            covered[top : top + 4, left : left + 4] += 1
    np.testing.assert_allclose(found, total / covered, atol=1e-12)
    one = explain.occlusion(model, x, 0, patch=(6, 4, 1))
    changed = x.copy()
    changed[:, :, 4:, 1] = 0
    np.testing.assert_allclose(one[:, 3, 5, 1], (model.predict(x) - model.predict(changed))[:, 0], atol=1e-12)


def test_smooth_gradients_without_noise_are_gradients():
    """No noise changes nothing, and one seed gives one answer."""
    model, x = images("relu")
    np.testing.assert_allclose(
        explain.smooth_gradients(model, x, 1, noise=0, samples=2), explain.output_gradients(model, x, 1)["input"]
    )
    one, other, third = (explain.smooth_gradients(model, x, 1, samples=3, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, other)
    assert not np.allclose(one, third)


def test_batches_change_nothing():
    """Explanations do not depend on how many stimuli are computed at once."""
    model, x = images()
    for method in METHODS:
        np.testing.assert_allclose(method(model, x, batch_size=3), method(model, x), atol=1e-12)


def test_recurrent_networks_and_sequences_of_outputs():
    """An output with several axes is chosen by its position, through a recurrent layer."""
    model = ann.Sequential([layers.LSTM(4, return_sequences=True), layers.Dense(2)], dtype="float64")
    x = np.random.default_rng(0).normal(size=(3, 5, 2))
    found = explain.integrated_gradients(model, x, target=(2, 1), steps=40)
    np.testing.assert_allclose(found.delta, 0, atol=1e-10)
    assert not found.values[:, 3:].any()
    with pytest.raises(InvalidTypeError, match="must be a position"):
        explain.saliency(model, x)
    with pytest.raises(InvalidTypeError, match="must be a position"):
        explain.saliency(model, x, 1)
    with pytest.raises(InvalidValueError, match=r"\(5, 0\) is out of range"):
        explain.saliency(model, x, (5, 0))
    with pytest.raises(InvalidTypeError, match="one integer for each axis"):
        explain.saliency(model, x, (5,))


def test_what_cannot_be_explained_is_refused():
    """Targets, baselines, patches and stimuli that do not fit are refused in words."""
    model, _, x = linear()
    with pytest.raises(InvalidValueError, match="target: 2 is out of range; outputs are 0 to 1"):
        explain.saliency(model, x, 2)
    with pytest.raises(InvalidValueError, match="target: -1 is out of range"):
        explain.saliency(model, x, [-1, 0, 0, 0, 0])
    with pytest.raises(InvalidTypeError, match="one for each of 5 stimuli"):
        explain.saliency(model, x, [0, 1])
    with pytest.raises(InvalidTypeError, match="target: must be an integer"):
        explain.saliency(model, x, "cat")
    with pytest.raises(DataError, match="holds no stimulus"):
        explain.saliency(model, x[:0])
    with pytest.raises(InvalidTypeError, match="logits: must be True or False"):
        explain.saliency(model, x, logits=np.eye(2))
    with pytest.raises(DataError, match="baseline: rows of different lengths"):
        explain.integrated_gradients(model, x, baseline=[[1], [1, 2]])
    with pytest.raises(ShapeError, match="baseline"):
        explain.integrated_gradients(model, x, baseline=np.zeros(2))
    with pytest.raises(DataError, match="baseline: must be finite"):
        explain.integrated_gradients(model, x, baseline=np.nan)
    with pytest.raises(ShapeError, match="patch"):
        explain.occlusion(model, x, patch=4)
    with pytest.raises(InvalidValueError, match="stride: must be at most the patch"):
        explain.occlusion(model, x, patch=1, stride=2)
    with pytest.raises(InvalidTypeError, match="noise"):
        explain.smooth_gradients(model, x, noise="little")
    with pytest.raises(InvalidValueError, match="noise"):
        explain.smooth_gradients(model, x, noise=-1)
    flat = ann.Sequential([layers.Flatten()])
    with pytest.raises(InvalidValueError, match="logits: flatten_1"):
        explain.saliency(flat, x, 0, logits=True)
