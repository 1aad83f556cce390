"""Gradients with respect to what is inside a network, against central differences."""

import numpy as np
import pytest

import ann
from ann import layers
from ann.errors import NotCompiledError
from ann.gradcheck import numerical_gradient


class Nudge(layers.Activation):
    """Hands on what it is given plus a number for each stimulus and unit, in which to take differences."""

    nudge = 0.0

    def forward(self, x, training=False, rng=None):
        """Add."""
        return x + self.nudge, None

    def backward(self, gradient, cache, *, inputs=True, activated=True):
        """Hand back."""
        return gradient, {}


def nudged(loss="sparse_categorical_crossentropy"):
    """Give a branching network with a nudge behind a convolution, behind a hidden layer, and at the end."""
    inputs = ann.Input((4, 4, 2))
    shared = layers.Conv2D(2, 3, padding="same", activation="tanh", kernel_regularizer="l2")
    first = Nudge("linear", name="first")(shared(inputs))
    both = layers.Flatten()(layers.Add()([first, shared(first)]))
    hidden = Nudge("linear", name="second")(layers.Dense(5, activation="tanh")(layers.Dropout(0.5)(both)))
    model = ann.Model(inputs, layers.Dense(3, activation="softmax")(hidden), dtype="float64", seed=1)
    model.compile("sgd", loss)
    rng = np.random.default_rng(0)
    return model, rng.normal(size=(6, 4, 4, 2)), rng.integers(0, 3, 6)


@pytest.mark.parametrize("batch_size", [256, 4])
def test_gradients_of_activity_are_right(batch_size):
    """At a branch, at a hidden layer and at the stimuli they agree with central differences, in batches or at once."""
    model, x, y = nudged()
    found = model.gradients(x, y, batch_size=batch_size)
    for name in ("first", "second"):
        layer = model.layers[model.names.index(name)]
        layer.nudge = np.zeros_like(found.layers[name])
        numbers = numerical_gradient(lambda: model.evaluate(x, y), layer.nudge)
        np.testing.assert_allclose(found.layers[name].ravel(), numbers, atol=1e-8)
        layer.nudge = 0.0
    numbers = numerical_gradient(lambda: model.evaluate(x, y), x)
    np.testing.assert_allclose(found.inputs.ravel(), numbers, atol=1e-8)
    assert found.value == pytest.approx(model.evaluate(x, y))


def test_gradients_of_parameters_are_right():
    """They agree with central differences, penalties included, although the data came in batches."""
    model, x, y = nudged()
    found = model.gradients(x, y, batch_size=4).parameters.flat
    numbers = numerical_gradient(lambda: model.evaluate(x, y), model.flat_weights)
    np.testing.assert_allclose(found, numbers, atol=1e-8)


def test_the_last_gradient_is_that_of_the_outputs():
    """With softmax and cross-entropy it is the loss's own, -1/p, although what lies before is computed as one."""
    model, x, y = nudged()
    found = model.gradients(x, y).layers["dense_2"]
    rows, outputs = np.arange(6), model.predict(x)
    expected = np.zeros((6, 3))
    expected[rows, y] = -1 / (6 * outputs[rows, y])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_shapes_are_those_of_the_activity():
    """Every place has its gradient, and nothing that was observed or drawn has changed."""
    model, x, y = nudged()
    weights, noise = model.flat_weights.copy(), str(model.noise.bit_generator.state)
    found = model.gradients(x, y)
    assert {name: array.shape for name, array in found.layers.items()} == {
        name: array.shape for name, array in model.activations(x).items()
    }
    np.testing.assert_array_equal(model.flat_weights, weights)
    assert str(model.noise.bit_generator.state) == noise


def test_without_a_loss_there_is_no_gradient():
    """An uncompiled model says what to do."""
    with pytest.raises(NotCompiledError, match=r"call model\.compile"):
        ann.Sequential([layers.Dense(1)]).gradients(np.eye(2), np.ones(2))
