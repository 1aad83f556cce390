"""Convolutional layers against central differences, plain loops, and each other."""

from itertools import product

import numpy as np
import pytest

import ann
from ann import gradcheck
from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.layers import Conv1D, Conv2D, Conv2DTranspose, DepthwiseConv2D

LAYERS = {
    "dilation": (Conv2D(3, 3, dilation_rate=2), (7, 8, 2)),
    "dilation, strides, same": (Conv2D(2, (3, 2), strides=(2, 1), dilation_rate=(1, 3), padding="same"), (6, 7, 4)),
    "many channels": (Conv2D(4, 3, padding="same", activation="tanh"), (4, 4, 9)),
    "margins": (Conv2D(2, 3, padding=((2, 0), (1, 3)), activation="relu"), (4, 5, 2)),
    "one margin": (Conv2D(2, 3, padding=1, strides=2), (5, 5, 1)),
    "groups": (Conv2D(6, 3, groups=2, activation="relu"), (5, 4, 4)),
    "groups, strides, dilation": (Conv2D(6, 2, groups=3, strides=2, dilation_rate=2, padding="same"), (7, 6, 6)),
    "as many groups as channels": (Conv2D(6, 3, groups=3, activation="relu"), (5, 5, 3)),
    "depthwise": (DepthwiseConv2D(3, activation="relu"), (5, 6, 3)),
    "depthwise, one channel": (DepthwiseConv2D(3, depth_multiplier=2), (5, 6, 1)),
    "depthwise, multiplier": (
        DepthwiseConv2D((2, 3), strides=2, padding="same", depth_multiplier=3, dilation_rate=2, use_bias=False),
        (7, 6, 2),
    ),
    "sequence": (Conv1D(3, 3, activation="relu"), (7, 2)),
    "sequence, causal": (Conv1D(2, 3, padding="causal", dilation_rate=2), (6, 2)),
    "sequence, groups, margins": (Conv1D(4, 2, strides=2, padding=(3, 1), groups=2, use_bias=False), (6, 4)),
    "transpose": (Conv2DTranspose(3, 3, activation="tanh"), (4, 3, 2)),
    "transpose, strides, same": (Conv2DTranspose(2, 3, strides=2, padding="same", activation="relu"), (3, 4, 2)),
    "transpose, gaps": (Conv2DTranspose(2, 2, strides=3), (3, 2, 1)),
    "transpose, dilation, margins, groups": (
        Conv2DTranspose(
            *(4, (3, 2)), strides=2, padding=((1, 2), (0, 1)), output_padding=1, dilation_rate=2, groups=2,
            use_bias=False,
        ),
        (4, 4, 6),
    ),
    "transpose, as many groups as filters": (Conv2DTranspose(3, 3, groups=3, padding="same"), (4, 4, 6)),
}  # fmt: skip


def filled(layer, shape, seed=0, dtype=float):
    """Give the layer with random parameters, as a model would."""
    rng = np.random.default_rng(seed)
    layer = layer.copy()
    shapes = layer.parameter_shapes(shape)
    layer.parameters = {name: rng.normal(size=own).astype(dtype) for name, own in shapes.items()}
    return layer


def slow(x, kernel, bias, strides, dilation, margins, groups):
    """Correlate with plain loops over the definition."""
    x = np.pad(x, ((0, 0), *margins, (0, 0)))
    height, width, channels, filters = kernel.shape
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, (height, width), strict=True)]
    sides = [(x.shape[axis + 1] - reach[axis]) // strides[axis] + 1 for axis in (0, 1)]
    y = np.empty((len(x), *sides, filters))
    for row, column, f in product(*map(range, sides), range(filters)):
        group = f // (filters // groups)
        top, left = row * strides[0], column * strides[1]
        window = x[:, top : top + reach[0] : dilation[0], left : left + reach[1] : dilation[1]]
        window = window[..., group * channels : (group + 1) * channels]
        y[:, row, column, f] = (window * kernel[..., f]).sum(axis=(1, 2, 3)) + bias[f]
    return y


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_are_those_of_central_differences(name):
    """Every layer's gradients for its input and its parameters agree with central differences to 1e-6."""
    layer, shape = LAYERS[name]
    assert gradcheck.check_layer(layer, shape, tolerance=1e-6) < 1e-6


@pytest.mark.parametrize("name", LAYERS)
def test_layers_keep_what_they_promise(name):
    """Shapes are as announced, the input stays, float32 stays, and the input's gradient can be left out."""
    layer, shape = LAYERS[name]
    layer = filled(layer, shape, dtype=np.float32)
    assert layer.copy() == layer
    x = np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32)
    before = x.copy()
    y, cache = layer.forward(x, True)
    assert y.shape == (3, *layer.output_shape(shape))
    assert y.dtype == np.float32
    gradient = np.ones_like(y)
    d_x, full = layer.backward(gradient, cache)
    none, lean = layer.backward(gradient, cache, inputs=False)
    assert d_x.shape == x.shape
    assert none is None
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(gradient, 1)
    for part in layer.parameters:
        assert full[part].dtype == np.float32
        assert full[part].shape == layer.parameters[part].shape
        np.testing.assert_array_equal(full[part], lean[part])


@pytest.mark.parametrize("strides", [(1, 1), (2, 3)])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 1), (1, 2)])
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_convolution_is_the_plain_loop(strides, dilation, groups):
    """Every combination of strides, dilation, margins and groups equals the loop over the definition."""
    margins = ((1, 0), (2, 1))
    layer = Conv2D(8, (3, 2), strides=strides, dilation_rate=dilation, padding=margins, groups=groups)
    layer = filled(layer, (8, 7, 4))
    x = np.random.default_rng(1).normal(size=(2, 8, 7, 4))
    expected = slow(x, layer.parameters["kernel"], layer.parameters["bias"], strides, dilation, margins, groups)
    np.testing.assert_allclose(layer.forward(x)[0], expected, atol=1e-12)


@pytest.mark.parametrize(
    ("length", "size", "stride", "margins"), [(5, 2, 1, (0, 1)), (6, 3, 2, (0, 1)), (5, 3, 2, (1, 1))]
)
def test_same_puts_the_odd_zero_behind(length, size, stride, margins):
    """The padding that TensorFlow documents for "same": as little as needed, the odd one below and to the right."""
    same, told = (Conv2D(2, size, strides=stride, padding=p) for p in ("same", (margins, margins)))
    same = filled(same, (length, length, 2))
    told.parameters = same.parameters
    x = np.random.default_rng(0).normal(size=(1, length, length, 2))
    np.testing.assert_array_equal(same.forward(x)[0], told.forward(x)[0])


def test_halves_of_a_large_image_agree_with_the_whole():
    """A large image gives what each part of it gives alone."""
    layer = filled(Conv2D(3, 5, activation="relu"), (90, 80, 8))
    x = np.random.default_rng(0).normal(size=(1, 90, 80, 8))
    y, cache = layer.forward(x)
    halves = [layer.forward(x[:, :45])[0], layer.forward(x[:, 41:])[0]]
    np.testing.assert_allclose(y, np.concatenate(halves, axis=1), atol=1e-12)
    gradient = np.random.default_rng(1).normal(size=y.shape)
    d_x, own = layer.backward(gradient, cache)
    d_halves = []
    for part, rows in ((x[:, :45], slice(0, 41)), (x[:, 41:], slice(41, 86))):
        d_halves.append(layer.backward(gradient[:, rows], layer.forward(part)[1]))
    np.testing.assert_allclose(own["kernel"], sum(h[1]["kernel"] for h in d_halves), atol=1e-9)
    np.testing.assert_allclose(own["bias"], sum(h[1]["bias"] for h in d_halves), atol=1e-9)
    joined = np.zeros_like(x)
    joined[:, :45] += d_halves[0][0]
    joined[:, 41:] += d_halves[1][0]
    np.testing.assert_allclose(d_x, joined, atol=1e-10)


def test_few_and_many_channels_agree():
    """Images of one channel, where vectors are mostly zeros, equal the same with more channels of zeros."""
    narrow, wide = (filled(Conv2D(2, 3, padding="same"), (9, 9, c), seed=c) for c in (1, 12))
    wide.parameters["kernel"][:, :, :1] = narrow.parameters["kernel"]
    wide.parameters["bias"] = narrow.parameters["bias"]
    x = np.zeros((2, 9, 9, 12))
    x[..., 0] = np.random.default_rng(0).normal(size=(2, 9, 9))
    y, cache = narrow.forward(x[..., :1])
    wide_y, wide_cache = wide.forward(x)
    np.testing.assert_allclose(y, wide_y, atol=1e-12)
    gradient = np.random.default_rng(1).normal(size=y.shape)
    (d_x, own), (wide_d_x, wide_own) = narrow.backward(gradient, cache), wide.backward(gradient, wide_cache)
    np.testing.assert_allclose(d_x, wide_d_x[..., :1], atol=1e-12)
    np.testing.assert_allclose(own["kernel"], wide_own["kernel"][:, :, :1], atol=1e-12)


def test_depthwise_is_a_convolution_with_as_many_groups_as_channels():
    """Channel c with multiplier m gives the filters c m to c m + m - 1."""
    depthwise = filled(DepthwiseConv2D(3, padding="same", depth_multiplier=2), (6, 5, 3))
    kernel, bias = depthwise.parameters["kernel"], depthwise.parameters["bias"]
    x = np.random.default_rng(0).normal(size=(2, 6, 5, 3))
    expected = slow(x, kernel.reshape(3, 3, 1, 6), bias, (1, 1), (1, 1), ((1, 1), (1, 1)), 3)
    np.testing.assert_allclose(depthwise.forward(x)[0], expected, atol=1e-12)


def test_a_sequence_is_an_image_of_height_1():
    """Conv1D is Conv2D on one row."""
    line = filled(Conv1D(4, 3, strides=2, padding=(2, 1), dilation_rate=2, groups=2), (11, 4))
    image = Conv2D(4, (1, 3), strides=(1, 2), padding=((0, 0), (2, 1)), dilation_rate=(1, 2), groups=2)
    image.parameters = {"kernel": line.parameters["kernel"][None], "bias": line.parameters["bias"]}
    x = np.random.default_rng(0).normal(size=(2, 11, 4))
    np.testing.assert_array_equal(line.forward(x)[0], image.forward(x[:, None])[0][:, 0])


@pytest.mark.parametrize(("strides", "dilation"), [(1, 1), (1, 3), (2, 2)])
def test_causal_convolution_does_not_see_the_future(strides, dilation):
    """A change at one step leaves every output before it as it was, and reaches that of the step itself."""
    layer = filled(Conv1D(2, 3, strides=strides, padding="causal", dilation_rate=dilation), (12, 2))
    x = np.random.default_rng(0).normal(size=(1, 12, 2))
    later = x.copy()
    later[:, 6] += 1
    moved = (layer.forward(later)[0] != layer.forward(x)[0]).any(axis=(0, 2))
    assert layer.output_shape((12, 2)) == (-(-12 // strides), 2)
    assert not moved[: 6 // strides].any()
    assert moved[6 // strides]


@pytest.mark.parametrize("padding", ["valid", "same", 1, ((1, 0), (2, 1))])
@pytest.mark.parametrize(("size", "strides", "dilation", "groups"), [(3, 1, 1, 1), (3, 2, 1, 2), (2, (2, 1), 2, 4)])
def test_the_transpose_is_the_transpose(padding, size, strides, dilation, groups):
    """With the same kernel, <conv(x), y> is <x, transpose(y)> for whatever x and y."""
    transpose = Conv2DTranspose(4, size, strides, padding, dilation_rate=dilation, groups=groups, use_bias=False)
    transpose = filled(transpose, (5, 4, 8))
    shape = transpose.output_shape((5, 4, 8))
    conv = Conv2D(8, size, strides, padding, dilation, groups, use_bias=False)
    conv.parameters = transpose.parameters
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, *shape)), rng.normal(size=(2, 5, 4, 8))
    assert conv.output_shape(shape) == (5, 4, 8)
    np.testing.assert_allclose((conv.forward(x)[0] * y).sum(), (x * transpose.forward(y)[0]).sum(), rtol=1e-12)


@pytest.mark.parametrize(
    ("size", "stride", "padding", "beyond", "length"),
    [
        (3, 2, "valid", None, 9),
        (2, 3, "valid", None, 12),  # no less than size * stride
        (3, 2, "valid", 1, 10),
        (3, 2, "same", None, 8),
        (2, 3, "same", None, 12),
        (3, 2, "same", 0, 7),
        (4, 2, "same", 1, 7),
        (3, 2, 1, None, 7),
        (3, 2, 1, 1, 8),
    ],
)
def test_transposed_sizes_are_those_of_keras_and_pytorch(size, stride, padding, beyond, length):
    """For 4 places: Keras's rules for the words, PyTorch's for numbers."""
    layer = filled(Conv2DTranspose(2, size, stride, padding, beyond), (4, 4, 1))
    assert layer.output_shape((4, 4, 1)) == (length, length, 2)
    assert layer.forward(np.ones((1, 4, 4, 1)))[0].shape == (1, length, length, 2)


def test_masks_end_where_steps_are_lost():
    """A mask goes on behind a convolution that keeps the steps, and ends behind any other."""
    x, mask = np.ones((2, 6, 3)), np.ones((2, 6), bool)
    assert Conv1D(2, 3, padding="causal").mask_after(x, mask) is mask
    assert Conv1D(2, 3).mask_after(x, mask) is None
    assert Conv1D(2, 3, padding="same").mask_after(x, None) is None


def test_convolutions_can_be_saved(tmp_path):
    """A model of every kind comes back from its file with equal outputs, penalties and margins."""
    layers = [
        Conv2D(4, 3, padding=((1, 0), (2, 1)), groups=2, activation="relu", input_shape=(6, 6, 2)),
        DepthwiseConv2D(2, depth_multiplier=2, depthwise_regularizer="l2"),
        Conv2DTranspose(2, 3, strides=2, output_padding=(1, 0)),
        ann.layers.MaxPooling2D(2, padding=1),
        ann.layers.Flatten(),
        ann.layers.Reshape((-1, 2)),
        Conv1D(3, 2, padding="causal"),
        ann.layers.GlobalMaxPooling1D(),
    ]
    model = ann.Sequential(layers, seed=0)
    assert model.penalty() > 0
    ann.io.save(model, tmp_path / "model")
    back = ann.io.load(tmp_path / "model")
    x = np.random.default_rng(0).normal(size=(3, 6, 6, 2)).astype(np.float32)
    np.testing.assert_array_equal(back.predict(x), model.predict(x))
    assert back.penalty() == model.penalty()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Conv2D(4, 3, padding=-1), InvalidValueError, r"Conv2D.padding: must be at least 0, got -1"),
        (lambda: Conv2D(4, 3, padding=True), InvalidTypeError, r"Conv2D.padding: must be an integer, got True"),
        (lambda: Conv2D(4, 3, padding=1.5), InvalidTypeError, r"'same', 'valid', an integer or \(\(top, bottom\)"),
        (lambda: Conv2D(4, 3, padding=(1, 2)), InvalidValueError, r"must be \(\(top, bottom\), \(left, right\)\), got"),
        (lambda: Conv2D(4, 3, padding="causal"), InvalidValueError, r"Conv2D.padding: unknown padding 'causal'"),
        (lambda: Conv1D(4, 3, padding=((1, 2),)), InvalidValueError, r"Conv1D.padding: must be \(before, behind\)"),
        (lambda: Conv1D(4, (3, 3)), InvalidValueError, r"Conv1D.kernel_size: must be one integer, got \(3, 3\)"),
        (lambda: Conv2D(4, True), InvalidTypeError, r"Conv2D.kernel_size: must be one integer or two, got True"),
        (lambda: Conv2D(4, 3, dilation_rate=0), InvalidValueError, r"Conv2D.dilation_rate: must be at least 1"),
        (lambda: Conv2D(4, 3, groups=3), InvalidValueError, r"Conv2D.groups: must divide the 4 filters, got 3"),
        (lambda: Conv2D(4, 3, groups=2).output_shape((5, 5, 3)), ShapeError, r"3 channels.* 2 equal groups"),
        (lambda: Conv1D(4, 3).output_shape((5, 5, 3)), ShapeError, r"got \(5, 5, 3\).*expects \(step, feature\)"),
        (lambda: Conv1D(4, 3, dilation_rate=4).output_shape((8, 1)), ShapeError, r"1 x 8, smaller.* reaches over 9"),
        (lambda: DepthwiseConv2D(3, depth_multiplier=0), InvalidValueError, r"depth_multiplier: must be at least 1"),
        (lambda: Conv2DTranspose(4, 3, groups=3), InvalidValueError, r"Transpose.groups: must divide the 4 filters"),
        (lambda: Conv2DTranspose(4, 3, groups=2).output_shape((5, 5, 3)), ShapeError, r"3 channels.* 2 equal groups"),
        (lambda: Conv2DTranspose(4, 3, padding=9).output_shape((5, 5, 3)), ShapeError, r"padding 9 leaves nothing"),
        (lambda: Conv2DTranspose(4, 3, output_padding=-1), InvalidValueError, r"output_padding: must be at least 0"),
        (lambda: Conv2DTranspose(4, 3, output_padding=(1,)), InvalidValueError, r"output_padding: must be one integer"),
    ],
)
def test_wrong_arguments_are_named(make, error, message):
    """An argument that cannot be used is refused with its name and value."""
    with pytest.raises(error, match=message):
        make()
