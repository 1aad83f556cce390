"""The same layers, losses and steps as PyTorch's on the same numbers in float64; left out where it is missing."""

import numpy as np
import pytest

import ann
from ann import layers, losses, optimizers
from ann.structure import Slot

torch = pytest.importorskip("torch")
functional = torch.nn.functional

RNG = np.random.default_rng(0)
EXACT = {"rtol": 1e-10, "atol": 1e-10}


@pytest.fixture(autouse=True)
def _the_same_numbers_whatever_ran_before():
    RNG.bit_generator.state = np.random.default_rng(0).bit_generator.state


def tensor(array, channels_first=False):
    """Give an array as a tensor that collects gradients, channels first if it is of images."""
    array = np.moveaxis(array, -1, 1) if channels_first else array
    return torch.tensor(np.ascontiguousarray(array), requires_grad=True)


def back(found, channels_last=False):
    """Give a tensor as an array, channels last if it is of images."""
    array = found.detach().numpy()
    return np.moveaxis(array, 1, -1) if channels_last else array


def filled(layer, shape):
    """Give the layer with random parameters."""
    initial = layer.initial_parameters(shape, RNG)
    layer.parameters = {name: RNG.normal(size=value.shape) for name, value in initial.items()}
    return layer


@pytest.mark.parametrize(
    ("size", "stride", "padding", "beyond"),
    [(3, 1, "valid", 0), (5, 1, "same", 2), (3, 2, "valid", 0), (3, 2, "same", 1), (1, 3, "valid", 0)],
)
def test_convolution(size, stride, padding, beyond):
    """Output and all three gradients of a convolution; 9 pixels, where "same" pads alike on both sides."""
    layer = filled(layers.Conv2D(4, size, strides=stride, padding=padding), (9, 9, 3))
    x = RNG.normal(size=(2, 9, 9, 3))
    y, cache = layer.forward(x)
    gradient = RNG.normal(size=y.shape)
    d_x, own = layer.backward(gradient, cache)

    theirs = tensor(x, True)
    kernel, bias = tensor(layer.parameters["kernel"].transpose(3, 2, 0, 1)), tensor(layer.parameters["bias"])
    found = functional.conv2d(theirs, kernel, bias, stride=stride, padding=beyond)
    found.backward(torch.tensor(np.ascontiguousarray(np.moveaxis(gradient, -1, 1))))

    np.testing.assert_allclose(y, back(found, True), **EXACT)
    np.testing.assert_allclose(d_x, back(theirs.grad, True), **EXACT)
    np.testing.assert_allclose(own["kernel"], back(kernel.grad).transpose(2, 3, 1, 0), **EXACT)
    np.testing.assert_allclose(own["bias"], back(bias.grad), **EXACT)


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (2, 3)])
@pytest.mark.parametrize(
    ("kind", "function"),
    [(layers.MaxPooling2D, functional.max_pool2d), (layers.AveragePooling2D, functional.avg_pool2d)],
)
def test_pooling(kind, function, size, stride):
    """Output and gradient of pooling, windows apart, touching and overlapping."""
    layer = kind(size, strides=stride)
    x = RNG.normal(size=(2, 9, 8, 3))
    y, cache = layer.forward(x)
    gradient = RNG.normal(size=y.shape)

    theirs = tensor(x, True)
    found = function(theirs, size, stride)
    found.backward(torch.tensor(np.ascontiguousarray(np.moveaxis(gradient, -1, 1))))

    np.testing.assert_allclose(y, back(found, True), **EXACT)
    np.testing.assert_allclose(layer.backward(gradient, cache)[0], back(theirs.grad, True), **EXACT)


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 2, 1), (2, 1, 2), (3, 0, 1)])
def test_grouped_and_dilated_convolution(groups, stride, padding, dilation):
    """Output and all three gradients with groups, margins, strides and dilation, PyTorch's numbers as ours."""
    layer = layers.Conv2D(8, 3, strides=stride, padding=padding, dilation_rate=dilation, groups=groups)
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    agree(filled(layer, (9, 8, 4)), (9, 8, 4), functional.conv2d, (3, 2, 0, 1), settings)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(("stride", "padding", "beyond", "dilation"), [(1, 0, 0, 1), (2, 1, 1, 1), (3, 2, 1, 2)])
def test_transposed_convolution(groups, stride, padding, beyond, dilation):
    """Output and all three gradients of a transposed convolution."""
    layer = layers.Conv2DTranspose(6, 3, stride, padding, beyond, dilation, groups)
    settings = {"stride": stride, "padding": padding, "output_padding": beyond, "dilation": dilation, "groups": groups}
    agree(filled(layer, (5, 4, 4)), (5, 4, 4), functional.conv_transpose2d, (3, 2, 0, 1), settings)


@pytest.mark.parametrize(("stride", "padding", "dilation", "groups"), [(1, 1, 1, 1), (2, 3, 2, 2)])
def test_convolution_of_sequences(stride, padding, dilation, groups):
    """Output and all three gradients of a convolution with one axis."""
    layer = layers.Conv1D(6, 4, stride, padding, dilation, groups)
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    agree(filled(layer, (12, 4)), (12, 4), functional.conv1d, (2, 1, 0), settings)


def agree(layer, shape, function, order, settings):
    """Hold a layer's output and gradients against a function of PyTorch, whose kernel has its axes in that order."""
    x = RNG.normal(size=(2, *shape))
    y, cache = layer.forward(x)
    gradient = RNG.normal(size=y.shape)
    d_x, own = layer.backward(gradient, cache)

    theirs = tensor(x, True)
    kernel, bias = tensor(layer.parameters["kernel"].transpose(order)), tensor(layer.parameters["bias"])
    found = function(theirs, kernel, bias, **settings)
    found.backward(torch.tensor(np.ascontiguousarray(np.moveaxis(gradient, -1, 1))))

    np.testing.assert_allclose(y, back(found, True), **EXACT)
    np.testing.assert_allclose(d_x, back(theirs.grad, True), **EXACT)
    np.testing.assert_allclose(own["kernel"], back(kernel.grad).transpose(np.argsort(order)), **EXACT)
    np.testing.assert_allclose(own["bias"], back(bias.grad), **EXACT)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax"])
def test_dense_with_every_activation(name):
    """Output and gradients of a dense layer and its activation."""
    layer = filled(layers.Dense(4, activation=name), (5,))
    x = RNG.normal(size=(6, 5))
    y, cache = layer.forward(x)
    gradient = RNG.normal(size=y.shape)
    d_x, own = layer.backward(gradient, cache)

    theirs, kernel, bias = tensor(x), tensor(layer.parameters["kernel"]), tensor(layer.parameters["bias"])
    z = theirs @ kernel + bias
    found = torch.softmax(z, 1) if name == "softmax" else getattr(torch, name)(z)
    found.backward(torch.tensor(gradient))

    np.testing.assert_allclose(y, back(found), **EXACT)
    np.testing.assert_allclose(d_x, back(theirs.grad), **EXACT)
    np.testing.assert_allclose(own["kernel"], back(kernel.grad), **EXACT)
    np.testing.assert_allclose(own["bias"], back(bias.grad), **EXACT)


LABELS = RNG.integers(0, 4, 6)
POSITIVE = RNG.random((6, 4))


@pytest.mark.parametrize(
    ("ours", "theirs", "targets"),
    [
        (losses.MeanSquaredError(), functional.mse_loss, RNG.normal(size=(6, 4))),
        (losses.BinaryCrossentropy(True), functional.binary_cross_entropy_with_logits, RNG.random((6, 4))),
        (losses.SparseCategoricalCrossentropy(True), functional.cross_entropy, LABELS),
        (losses.CategoricalCrossentropy(True), functional.cross_entropy, np.eye(4)[LABELS]),
        (losses.MeanAbsoluteError(), functional.l1_loss, RNG.normal(size=(6, 4))),
        (losses.Huber(0.7), lambda x, t: functional.huber_loss(x, t, delta=0.7), RNG.normal(size=(6, 4))),
        (
            losses.SparseCategoricalCrossentropy(True, 0.2),
            lambda x, t: functional.cross_entropy(x, t, label_smoothing=0.2),
            LABELS,
        ),
        (
            losses.CategoricalCrossentropy(True, 0.2),
            lambda x, t: functional.cross_entropy(x, t, label_smoothing=0.2),
            np.eye(4)[LABELS],
        ),
        (losses.NegativeLogLikelihood(), functional.nll_loss, LABELS),
        (
            losses.KLDivergence(),
            lambda x, t: functional.kl_div(torch.log(x), t, reduction="batchmean"),
            POSITIVE / POSITIVE.sum(axis=1, keepdims=True),
        ),
        (losses.Poisson(), lambda x, t: functional.poisson_nll_loss(x, t, log_input=False, eps=0), POSITIVE),
    ],
)
def test_losses(ours, theirs, targets):
    """Value and gradient of every loss, from logits, or from positive numbers where it takes their logarithm."""
    positive = isinstance(ours, (losses.KLDivergence, losses.Poisson))
    x = RNG.random((6, 4)) + 0.1 if positive else RNG.normal(size=(6, 4)) * 3
    value, gradient = ours.value_and_gradient(x, ours.targets(targets, x))

    outputs = tensor(x)
    found = theirs(outputs, torch.tensor(targets))
    found.backward()

    assert value == pytest.approx(found.item(), rel=1e-12)
    np.testing.assert_allclose(gradient, back(outputs.grad), **EXACT)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (optimizers.SGD(0.1), lambda w: torch.optim.SGD(w, 0.1)),
        (optimizers.SGD(0.1, momentum=0.9), lambda w: torch.optim.SGD(w, 0.1, momentum=0.9)),
        (optimizers.SGD(0.1, 0.9, nesterov=True), lambda w: torch.optim.SGD(w, 0.1, momentum=0.9, nesterov=True)),
        (optimizers.Adagrad(0.1, 0.2), lambda w: torch.optim.Adagrad(w, 0.1, initial_accumulator_value=0.2, eps=1e-8)),
        (optimizers.RMSprop(0.1), lambda w: torch.optim.RMSprop(w, 0.1, 0.9)),
        (optimizers.RMSprop(0.1, 0.8, 0.5), lambda w: torch.optim.RMSprop(w, 0.1, 0.8, momentum=0.5)),
        (
            optimizers.RMSprop(0.1, 0.8, 0.5, 1e-3, centered=True),
            lambda w: torch.optim.RMSprop(w, 0.1, 0.8, 1e-3, momentum=0.5, centered=True),
        ),
        (optimizers.Adam(0.01), lambda w: torch.optim.Adam(w, 0.01)),
        (optimizers.Adam(0.01, 0.5, 0.9, 1e-3), lambda w: torch.optim.Adam(w, 0.01, (0.5, 0.9), 1e-3)),
        (optimizers.Adam(0.01, 0.5, 0.3, amsgrad=True), lambda w: torch.optim.Adam(w, 0.01, (0.5, 0.3), amsgrad=True)),
        (optimizers.AdamW(0.01, weight_decay=0.3), lambda w: torch.optim.AdamW(w, 0.01, weight_decay=0.3)),
        (optimizers.Adamax(0.01, 0.5, 0.6, 1e-3), lambda w: torch.optim.Adamax(w, 0.01, (0.5, 0.6), 1e-3)),
        (optimizers.Nadam(0.01), lambda w: torch.optim.NAdam(w, 0.01)),
    ],
    ids=lambda one: type(one).__name__,
)
def test_optimisers_take_the_same_path(ours, theirs):
    """Twenty steps along the same gradients lead to the same weights, step by step."""
    start, gradients = RNG.normal(size=9), RNG.normal(size=(20, 9))
    weights, parameter = start.copy(), tensor(start)
    optimizer = theirs([parameter])
    # PyTorch holds the product of Nadam's momenta in float32.
    tolerance = {"rtol": 1e-7, "atol": 1e-9} if isinstance(ours, optimizers.Nadam) else EXACT
    for gradient in gradients:
        ours.step(weights, gradient.copy())
        parameter.grad = torch.tensor(gradient)
        optimizer.step()
        np.testing.assert_allclose(weights, back(parameter), **tolerance)


@pytest.mark.parametrize("kind", ["global_clipnorm", "clipnorm", "clipvalue"])
def test_clipping_is_the_same(kind):
    """By value, by the norm of each parameter and by that of all."""
    gradient, clip = RNG.normal(size=9), torch.nn.utils
    parameters = [tensor(np.zeros(5)), tensor(np.zeros(4))]
    for parameter, own in zip(parameters, (gradient[:5], gradient[5:]), strict=True):
        parameter.grad = torch.tensor(own.copy())
    if kind == "clipvalue":
        clip.clip_grad_value_(parameters, 0.5)
    for group in {"global_clipnorm": [parameters], "clipnorm": [[one] for one in parameters]}.get(kind, []):
        clip.clip_grad_norm_(group, 0.5)
    weights = np.zeros(9)
    parts = [Slot("kernel", 0, 5, (5,)), Slot("bias", 5, 9, (4,))]
    optimizers.SGD(1.0, **{kind: 0.5}).step(weights, gradient.copy(), parts)
    expected = np.concatenate([back(parameter.grad) for parameter in parameters])
    np.testing.assert_allclose(weights, -expected, rtol=1e-5)  # PyTorch adds 1e-6 to the norm


def test_a_network_learns_along_the_same_path():
    """A convolutional network from the same weights has the same losses over ten steps of Adam."""
    model = ann.Sequential(
        [
            layers.Conv2D(4, 3, padding="same", activation="relu", input_shape=(8, 8, 1)),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        dtype="float64",
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    x, y = RNG.normal(size=(12, 8, 8, 1)), RNG.integers(0, 3, 12)
    weights = model.get_weights()
    kernel, bias = tensor(weights["conv2d_1"]["kernel"].transpose(3, 2, 0, 1)), tensor(weights["conv2d_1"]["bias"])
    matrix, offset = tensor(weights["dense_1"]["kernel"]), tensor(weights["dense_1"]["bias"])
    optimizer = torch.optim.Adam([kernel, bias, matrix, offset], 0.001)
    images, labels = torch.tensor(np.moveaxis(x, -1, 1).copy()), torch.tensor(y)
    for _ in range(10):
        optimizer.zero_grad()
        pooled = functional.max_pool2d(torch.relu(functional.conv2d(images, kernel, bias, padding=1)), 2)
        loss = functional.cross_entropy(pooled.permute(0, 2, 3, 1).flatten(1) @ matrix + offset, labels)
        loss.backward()
        optimizer.step()
        assert model.train_on_batch(x, y) == pytest.approx(loss.item(), rel=1e-9)
