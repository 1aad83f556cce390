"""The gradient check itself: it must find what is wrong, and tell a kink from a mistake."""

import numpy as np
import pytest

import ann
from ann import gradcheck, layers, regularizers
from ann.errors import GradientError, InvalidTypeError, InvalidValueError, KinkError


class Wrong(layers.Dense):
    """A dense layer whose bias gradient is off by a hundred-thousandth."""

    def backward(self, gradient, cache, *, inputs=True, activated=True):
        """Give a slightly wrong gradient."""
        d_x, gradients = super().backward(gradient, cache, inputs=inputs, activated=activated)
        gradients["bias"] = gradients["bias"] * (1 + 1e-5)
        return d_x, gradients


class Misshapen(layers.Activation):
    """An activation whose gradient has the wrong shape."""

    def backward(self, gradient, cache, *, inputs=True, activated=True):
        """Give one number."""
        return np.ones(1), {}


def test_a_small_mistake_is_found_and_named():
    """A gradient wrong by 1e-5 is found, with the array and the element."""
    with pytest.raises(GradientError, match=r"Wrong: bias, element \(\d,\): gradient .* central difference") as raised:
        gradcheck.check_layer(Wrong(3), (4,))
    assert not isinstance(raised.value, KinkError)
    assert gradcheck.check_layer(Wrong(3), (4,), tolerance=1e-3) > 1e-6


@pytest.mark.parametrize("kind", [layers.Conv2D, layers.AveragePooling2D, layers.Dropout, layers.Activation])
def test_a_mistake_inside_a_model_is_found(monkeypatch, kind):
    """One layer amid others that passes on a gradient wrong by a thousandth is found in what lies before it."""
    right = kind.backward

    def wrong(self, gradient, cache, **options):
        d_x, gradients = right(self, gradient, cache, **options)
        return None if d_x is None else d_x * 1.001, gradients

    rng = np.random.default_rng(0)
    model = ann.Sequential(
        [
            layers.Conv2D(3, 2, activation="tanh", input_shape=(6, 6, 1)),
            layers.Conv2D(2, 2),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Activation("sigmoid"),
            layers.Dense(3, activation="softmax"),
        ],
        seed=1,
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, y = 3 * rng.normal(size=(4, 6, 6, 1)), np.array([0, 1, 2, 1])
    assert gradcheck.check_model(model, x, y) < 1e-6
    monkeypatch.setattr(kind, "backward", wrong)
    with pytest.raises(GradientError, match="central difference"):
        gradcheck.check_model(model, x, y)


def test_a_kink_is_told_from_a_mistake():
    """At 0 a rectifier has no gradient: this is said, rather than that the gradient is wrong."""
    model = ann.Sequential([layers.Dense(2, use_bias=False, input_shape=(1,)), layers.Activation("relu")])
    model.compile("sgd", "mean_squared_error")
    with pytest.raises(KinkError, match="kink"):
        gradcheck.check_model(model, np.zeros((1, 1)), np.ones((1, 2)))


def test_a_tie_in_a_maximum_is_a_kink():
    """Equal numbers in a pooling window have no gradient either."""
    model = ann.Sequential([layers.MaxPooling2D(2, input_shape=(2, 2, 1)), layers.Flatten()])
    model.compile("sgd", "mean_squared_error")
    with pytest.raises(KinkError):
        gradcheck.check_model(model, np.ones((1, 2, 2, 1)), np.zeros((1, 1)))


@pytest.mark.parametrize("way", [1e-8, 1.7e-7, 2.2e-7, 6e-7, 9e-7])
def test_a_kink_beside_the_data_is_a_kink(way):
    """A rectifier that bends within the step of the difference is named too, however near or far."""
    for x in (way, -way):
        with pytest.raises(KinkError):
            gradcheck.check_layer(layers.Activation("relu"), (1,), x=[[x]])


def test_a_mistake_on_a_bent_function_is_no_kink():
    """A wrong gradient of a smooth function stays a mistake, however much that is curved."""

    class Curved(layers.Activation):
        """A parabola as steep as a wall, whose gradient is doubled."""

        def forward(self, x, training=False, rng=None):
            """Give 1000 times the square."""
            return 1000 * x**2, x

        def backward(self, gradient, cache, *, inputs=True, activated=True):
            """Give twice the slope."""
            return gradient * 4000 * cache, {}

    with pytest.raises(GradientError) as raised:
        gradcheck.check_layer(Curved("tanh"), (3,))
    assert not isinstance(raised.value, KinkError)


def test_losses_and_regularisers_are_checked(monkeypatch):
    """A wrong gradient of a loss or a penalty is found, a kink is named, and what is none is refused."""
    assert gradcheck.check_loss("mae", [[1.0, 2.0]], [[0.0, 5.0]], weights=[2]) < 1e-6
    with pytest.raises(KinkError, match=r"Hinge: the outputs, element \(0, 0\)"):
        gradcheck.check_loss("hinge", [[1.0, 0.0]], [[1.0, 1.0]])
    assert gradcheck.check_regularizer("l1", [0.5, -2.0]) < 1e-6
    with pytest.raises(KinkError, match=r"L1: the weights, element \(1,\)"):
        gradcheck.check_regularizer("l1", [0.5, 1e-7])
    monkeypatch.setattr(regularizers.L2, "gradient", lambda self, weights: weights)
    with pytest.raises(GradientError, match=r"L2: the weights, element \(0,\): gradient 1, central difference 0.02"):
        gradcheck.check_regularizer("l2", [1.0])
    with pytest.raises(InvalidTypeError, match="needs a regulariser, got None"):
        gradcheck.check_regularizer(None, [1.0])


def test_a_wrong_shape_is_named():
    """A gradient of another shape than its array is refused."""
    with pytest.raises(GradientError, match=r"the input: its gradient has shape \(1,\), expects \(3, 4\)"):
        gradcheck.check_layer(Misshapen("tanh"), (4,))


def test_the_model_stays_as_it_is():
    """The check runs on a copy in float64: weights, noise and type of the model do not change."""
    model = ann.Sequential([layers.Dense(3, input_shape=(2,)), layers.Dropout(0.5), layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
    before = model.flat_weights.copy()
    noise = model.noise.bit_generator.state
    gradcheck.check_model(model, np.random.default_rng(0).normal(size=(4, 2)), np.ones(4))
    np.testing.assert_array_equal(model.flat_weights, before)
    assert model.noise.bit_generator.state == noise
    assert model.dtype == np.float32


def test_at_least_one_element_is_checked():
    """Checking nothing is not a check."""
    with pytest.raises(InvalidValueError, match="samples: must be at least 1"):
        gradcheck.check_layer(layers.Dense(1), (2,), samples=0)


def test_float32_gradients_are_those_of_float64():
    """The same model in float32 gives the float64 gradients to single precision."""
    rng = np.random.default_rng(0)
    model = ann.Sequential(
        [layers.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)), layers.Flatten(), layers.Dense(3, "softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    twin = model.untrained("float64")
    twin.set_weights(model.get_weights())
    x, y = rng.normal(size=(5, 8, 8, 1)).astype(np.float32), rng.integers(0, 3, 5)
    found = []
    for one in (model, twin):
        outputs, cache = one.forward(x)
        found.append(one.backward(one.loss(outputs, y)[1], cache).flat)
    assert found[0].dtype == np.float32
    np.testing.assert_allclose(found[0], found[1], atol=2e-6)


def test_a_mistake_in_one_of_several_inputs_is_found(monkeypatch):
    """A wrong gradient for the second of two inputs is found there; a missing one is named."""
    right = layers.Multiply.backward

    def wrong(self, gradient, cache, **options):
        (first, second), own = right(self, gradient, cache, **options)
        return (first, second * 1.001), own

    assert gradcheck.check_layer(layers.Multiply(), ((4,), (4,))) < 1e-6
    monkeypatch.setattr(layers.Multiply, "backward", wrong)
    with pytest.raises(GradientError, match=r"Multiply: input 2, element"):
        gradcheck.check_layer(layers.Multiply(), ((4,), (4,)))
    monkeypatch.setattr(layers.Dense, "backward", lambda self, gradient, cache, **options: (gradient, {}))
    with pytest.raises(GradientError, match=r"Dense: kernel: its gradient has shape None"):
        gradcheck.check_layer(layers.Dense(4), (4,))


def test_stimuli_can_be_given():
    """The check takes stimuli as they are given: at 0 the rectifier's kink is found, and a relu of 3 is fine."""
    with pytest.raises(KinkError):
        gradcheck.check_layer(layers.Activation("relu"), (2,), x=np.zeros((1, 2)))
    assert gradcheck.check_layer(layers.Activation("relu"), (2,), x=[[3.0, -2.0]]) < 1e-6


def test_whole_numbers_have_no_gradient():
    """Stimuli that are whole numbers are not checked themselves; the weights that see them are."""
    model = ann.Sequential([layers.Dense(2, input_shape=(3,))])
    model.compile("sgd", "mean_squared_error")
    assert gradcheck.check_model(model, np.arange(6).reshape(2, 3), np.ones((2, 2))) < 1e-6
    layer = layers.Dense(2)
    assert gradcheck.check_layer(layer, (3,), x=np.arange(6).reshape(2, 3)) < 1e-6
