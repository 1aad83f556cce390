"""Layers against central differences, SciPy and slow loops written out."""

import numpy as np
import pytest
from scipy.signal import correlate

from ann import gradcheck, layers
from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.layers import Activation, AveragePooling2D, Conv2D, Dense, Dropout, Flatten, MaxPooling2D

SMOOTH = {
    "dense": (Dense(3), (5,)),
    "dense, no bias": (Dense(3, use_bias=False, activation="tanh"), (5,)),
    "dense, sigmoid": (Dense(4, activation="sigmoid"), (3,)),
    "dense, softmax": (Dense(4, activation="softmax"), (3,)),
    "dense, relu": (Dense(4, activation="relu"), (3,)),
    "convolution": (Conv2D(3, 3), (6, 5, 2)),
    "convolution, same, even window": (Conv2D(2, 4, padding="same", activation="tanh"), (5, 6, 2)),
    "convolution, strides": (Conv2D(2, (3, 2), strides=(2, 3)), (8, 9, 1)),
    "convolution, strides, same": (Conv2D(2, 5, strides=2, padding="same", use_bias=False), (7, 6, 2)),
    "convolution, stride beyond the window": (Conv2D(2, 2, strides=3, padding="same"), (8, 8, 1)),
    "maximum": (MaxPooling2D(2), (5, 6, 2)),
    "maximum, overlapping, same": (MaxPooling2D(3, strides=2, padding="same"), (6, 5, 2)),
    "mean": (AveragePooling2D(2), (5, 6, 2)),
    "mean, overlapping, same": (AveragePooling2D((3, 2), strides=2, padding="same"), (6, 5, 2)),
    "flatten": (Flatten(), (2, 3, 2)),
    "activation": (Activation("tanh"), (4, 2)),
    "activation, softmax": (Activation("softmax"), (4,)),
    "activation, linear": (Activation("linear"), (4,)),
    "dropout": (Dropout(0.4), (20,)),
}


def filled(layer, shape, seed=0):
    """Give the layer with random parameters in float64, as a model would."""
    rng = np.random.default_rng(seed)
    layer = layer.copy()
    layer.parameters = {
        name: value + rng.normal(size=value.shape) for name, value in layer.initial_parameters(shape, rng).items()
    }
    return layer


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_are_those_of_central_differences(name):
    """Every layer's gradients for its input and its parameters agree with central differences to 1e-6."""
    layer, shape = SMOOTH[name]
    assert gradcheck.check_layer(layer, shape, tolerance=1e-6) < 1e-6


@pytest.mark.parametrize("name", SMOOTH)
def test_shapes_are_as_announced_and_the_input_stays(name):
    """The output has the shape that the layer announces, and the input is not written to."""
    layer, shape = SMOOTH[name]
    x = np.random.default_rng(0).normal(size=(4, *shape))
    before = x.copy()
    y, _ = filled(layer, shape).forward(x, True, np.random.default_rng(0))
    assert y.shape == (4, *layer.output_shape(shape))
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("name", SMOOTH)
def test_the_gradient_for_the_input_can_be_left_out(name):
    """Without the input's gradient the parameters' gradients are the same."""
    layer, shape = SMOOTH[name]
    layer = filled(layer, shape)
    x = np.random.default_rng(1).normal(size=(3, *shape))
    y, cache = layer.forward(x, True, np.random.default_rng(2))
    gradient = np.random.default_rng(3).normal(size=y.shape)
    _, full = layer.backward(gradient, cache)
    _, lean = layer.backward(gradient, cache, inputs=False)
    assert full.keys() == lean.keys()
    for part in full:
        np.testing.assert_array_equal(full[part], lean[part])


@pytest.mark.parametrize("mode", ["valid", "same"])
@pytest.mark.parametrize("size", [(3, 3), (5, 5), (1, 1)])
def test_convolution_is_scipys_correlation(mode, size):
    """A convolution is the sum over channels of SciPy's cross-correlations."""
    layer = filled(Conv2D(3, size, padding=mode), (9, 8, 2))
    x = np.random.default_rng(0).normal(size=(2, 9, 8, 2))
    kernel, bias = layer.parameters["kernel"], layer.parameters["bias"]
    expected = np.stack(
        [
            [sum(correlate(stimulus[..., c], kernel[..., c, f], mode) for c in range(2)) + bias[f] for f in range(3)]
            for stimulus in x
        ]
    ).transpose(0, 2, 3, 1)
    np.testing.assert_allclose(layer.forward(x)[0], expected, atol=1e-12)


def test_strided_convolution_is_every_other_place_of_the_plain_one():
    """A stride of (2, 3) picks rows 0, 2, ... and columns 0, 3, ... of the convolution without."""
    plain = filled(Conv2D(2, 3), (9, 10, 1))
    strided = Conv2D(2, 3, strides=(2, 3))
    strided.parameters = plain.parameters
    x = np.random.default_rng(0).normal(size=(2, 9, 10, 1))
    np.testing.assert_allclose(strided.forward(x)[0], plain.forward(x)[0][:, ::2, ::3], atol=1e-12)


@pytest.mark.parametrize(("layer", "reduce"), [(MaxPooling2D, np.max), (AveragePooling2D, np.mean)])
@pytest.mark.parametrize(
    ("size", "stride", "padding"), [(2, 2, "valid"), (3, 2, "valid"), (3, 2, "same"), (2, 3, "same")]
)
def test_pooling_is_the_slow_loop(layer, reduce, size, stride, padding):
    """Pooling equals a loop over windows, cut to the image where they reach beyond it."""
    x = np.random.default_rng(0).normal(size=(2, 7, 6, 3))
    y = layer(size, strides=stride, padding=padding).forward(x)[0]
    before = [
        max((n - 1) * stride + size - length, 0) // 2 if padding == "same" else 0
        for n, length in zip(y.shape[1:3], (7, 6), strict=True)
    ]
    for row in range(y.shape[1]):
        for column in range(y.shape[2]):
            top, left = row * stride - before[0], column * stride - before[1]
            window = x[:, max(top, 0) : top + size, max(left, 0) : left + size]
            np.testing.assert_allclose(y[:, row, column], reduce(window, axis=(1, 2)), atol=1e-12)


def test_the_first_among_equals_wins_the_maximum():
    """A tie gives the whole gradient to the first place of the window."""
    layer = MaxPooling2D(2)
    _, cache = layer.forward(np.ones((1, 2, 2, 1)))
    gradient, _ = layer.backward(np.full((1, 1, 1, 1), 3.0), cache)
    np.testing.assert_array_equal(gradient[0, :, :, 0], [[3, 0], [0, 0]])


def test_dropout_keeps_the_mean_and_is_nothing_at_inference():
    """Half the units fall, the others double; without training the input passes unchanged."""
    x = np.ones((200, 500), np.float32)
    y, _ = Dropout(0.5).forward(x, True, np.random.default_rng(0))
    assert set(np.unique(y)) == {0, 2}
    assert abs(y.mean() - 1) < 5 / np.sqrt(x.size)
    assert y.dtype == np.float32
    assert Dropout(0.5).forward(x)[0] is x


def test_dropout_in_training_asks_for_a_generator():
    """Dropout never draws from a global state."""
    with pytest.raises(InvalidTypeError, match="needs rng="):
        Dropout(0.5).forward(np.ones((1, 2)), training=True)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Dense(0), InvalidValueError, r"Dense.units: must be at least 1, got 0"),
        (lambda: Dense(2.5), InvalidTypeError, r"Dense.units: must be an integer, got 2.5"),
        (lambda: Dense(2, activation="rellu"), InvalidValueError, r"Dense.activation: unknown name 'rellu'.*'relu'"),
        (lambda: Dense(2, activation=3), InvalidTypeError, r"Dense.activation: must be a name"),
        (lambda: Dense(2, kernel_regularizer={"kind": "L2", "l3": 1}), InvalidValueError, r"L2 does not take"),
        (lambda: Dense(2, kernel_initializer="he"), InvalidValueError, r"kernel_initializer: unknown name 'he'"),
        (lambda: Dense(2, name="a/b"), InvalidValueError, r"Dense.name: must be letters"),
        (lambda: Dense(2, input_shape="x"), InvalidTypeError, r"Dense.input_shape: must be a tuple"),
        (lambda: Dense(2, input_shape=()), ShapeError, r"at least one axis"),
        (lambda: Dense(2, input_shape=(0,)), InvalidValueError, r"must be at least 1, got 0"),
        (lambda: Conv2D(2, (1, 2, 3)), InvalidValueError, r"Conv2D.kernel_size: must be one integer or two"),
        (lambda: Conv2D(2, "3"), InvalidTypeError, r"Conv2D.kernel_size: must be one integer or two"),
        (lambda: Conv2D(2, 3, padding="some"), InvalidValueError, r"Conv2D.padding: unknown padding 'some'.*'same'"),
        (lambda: MaxPooling2D(2, strides=0), InvalidValueError, r"MaxPooling2D.strides: must be at least 1"),
        (lambda: Dropout(1.0), InvalidValueError, r"Dropout.rate: must be at least 0 and below 1, got 1.0"),
        (lambda: Dense(2).output_shape((4, 4, 1)), ShapeError, r"got \(4, 4, 1\) a stimulus.*Flatten"),
        (lambda: Conv2D(2, 3).output_shape((4, 4)), ShapeError, r"expects \(height, width, channel\)"),
        (lambda: Conv2D(2, 5).output_shape((4, 4, 1)), ShapeError, r"smaller than the window"),
    ],
)
def test_wrong_arguments_are_named(make, error, message):
    """An argument that cannot be used is refused with its name and value."""
    with pytest.raises(error, match=message):
        make()


def test_a_layer_is_told_by_its_arguments():
    """Configuration, copy and text hold every argument of the constructor."""
    layer = Conv2D(4, 3, activation="relu", kernel_regularizer="l2", name="edges")
    assert layer.copy() == layer
    assert layer.copy() is not layer
    assert layer != Conv2D(4, 3)
    assert "filters=4" in repr(layer)
    assert layer.config()["activation"] == {"kind": "ReLU"}
    assert len({layer, layer.copy()}) == 2


def test_public_layers_are_layers():
    """Every public name of the folder is a kind of layer."""
    for name in layers.__all__:
        assert issubclass(getattr(layers, name), layers.Layer)
