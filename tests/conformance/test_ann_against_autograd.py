"""Gradients of layers, activations and losses against autograd, which differentiates forward formulas by itself.

The formulas are in autograd_formulas.py, written from the equations alone; autograd (pure Python on NumPy) is not
PyTorch, ONNX or a difference quotient, so its gradients are a fourth opinion. Left out where it is missing.
"""

import numpy as np
import pytest

import ann
from ann import layers, losses

autograd = pytest.importorskip("autograd")

import autograd_formulas as formulas  # noqa: E402

EXACT = {"rtol": 1e-10, "atol": 1e-10}


def compared(layer, shape, formula, training=True):
    """Hold a layer's output and all its gradients against those of a formula, under a random linear loss."""
    rng = np.random.default_rng(0)
    drawn = layer.initial_parameters(shape, rng)
    layer.parameters = {name: rng.normal(size=value.shape) for name, value in drawn.items()}
    layer.statistics = layer.initial_statistics(shape)
    x = rng.normal(size=(3, *shape))
    y, cache = layer.forward(x, training, rng)
    weight = rng.normal(size=y.shape)
    d_x, own = layer.backward(weight, cache)

    def value(parameters, x):
        return autograd.numpy.sum(formula(parameters, x) * weight)

    np.testing.assert_allclose(y, formula(layer.parameters, x), **EXACT)
    np.testing.assert_allclose(d_x, autograd.grad(value, 1)(layer.parameters, x), **EXACT)
    theirs = autograd.grad(value, 0)(layer.parameters, x) if own else {}
    assert set(own) == set(theirs)
    for name, gradient in theirs.items():
        np.testing.assert_allclose(own[name], gradient, **EXACT, err_msg=name)


LAYERS = {
    "dense": (layers.Dense(4), (5,), formulas.dense),
    "dense on sequences": (layers.Dense(4), (3, 5), formulas.dense),
    "conv": (layers.Conv2D(4, 3), (6, 5, 2), lambda p, x: formulas.correlation(p["kernel"], p["bias"], x)),
    "conv, strides": (
        layers.Conv2D(4, 3, strides=2),
        (8, 7, 2),
        lambda p, x: formulas.correlation(p["kernel"], p["bias"], x, stride=2),
    ),
    "conv, dilation": (
        layers.Conv2D(4, 2, dilation_rate=2),
        (6, 5, 2),
        lambda p, x: formulas.correlation(p["kernel"], p["bias"], x, dilation=2),
    ),
    "conv, same": (
        layers.Conv2D(4, 3, padding="same"),
        (6, 5, 2),
        lambda p, x: formulas.correlation(p["kernel"], p["bias"], formulas.padded(x, 1, 1)),
    ),
    "conv, same and strides": (
        layers.Conv2D(4, 3, strides=2, padding="same"),
        (6, 6, 2),
        lambda p, x: formulas.correlation(p["kernel"], p["bias"], formulas.padded(x, 0, 1), stride=2),
    ),
    "conv, groups": (layers.Conv2D(6, 3, groups=2), (5, 5, 4), lambda p, x: formulas.grouped(p, x, 2)),
    "conv of one axis": (
        layers.Conv1D(4, 3),
        (7, 2),
        lambda p, x: formulas.correlation(p["kernel"][None], p["bias"], x[:, None])[:, 0],
    ),
    "depthwise": (layers.DepthwiseConv2D(3, depth_multiplier=2), (5, 6, 3), formulas.depthwise),
    "transposed": (layers.Conv2DTranspose(3, 3, strides=2), (3, 4, 2), lambda p, x: formulas.transposed(p, x, 2)),
    "maximum": (layers.MaxPooling2D(2), (6, 4, 3), lambda p, x: formulas.np.max(formulas.windows(x, 2, 2), axis=0)),
    "overlapping maximum": (
        layers.MaxPooling2D(3, strides=2),
        (7, 7, 2),
        lambda p, x: formulas.np.max(formulas.windows(x, 3, 2), axis=0),
    ),
    "average": (
        layers.AveragePooling2D(2),
        (6, 4, 3),
        lambda p, x: formulas.np.mean(formulas.windows(x, 2, 2), axis=0),
    ),
    "global average": (layers.GlobalAveragePooling2D(), (4, 5, 3), lambda p, x: formulas.np.mean(x, axis=(1, 2))),
    "global maximum": (layers.GlobalMaxPooling2D(), (4, 5, 3), lambda p, x: formulas.np.max(x, axis=(1, 2))),
    "batch normalisation": (
        layers.BatchNormalization(),
        (4, 5, 3),
        lambda p, x: formulas.normalised(p, x, (0, 1, 2)),
    ),
    "layer normalisation": (layers.LayerNormalization(), (4, 6), lambda p, x: formulas.normalised(p, x, (-1,))),
    "group normalisation": (
        layers.GroupNormalization(groups=2),
        (4, 3, 6),
        lambda p, x: formulas.groups_normalised(p, x, 2),
    ),
    "simple recurrence": (layers.SimpleRNN(4, return_sequences=True), (5, 3), formulas.simple_rnn),
    "its last state": (layers.SimpleRNN(4), (5, 3), lambda p, x: formulas.simple_rnn(p, x)[:, -1]),
    "backwards": (
        layers.SimpleRNN(4, go_backwards=True),
        (5, 3),
        lambda p, x: formulas.simple_rnn(p, x[:, ::-1])[:, -1],
    ),
    "lstm": (layers.LSTM(4, return_sequences=True), (5, 3), formulas.lstm),
    "gru, reset after": (layers.GRU(4, return_sequences=True), (5, 3), lambda p, x: formulas.gru(p, x, True)),
    "gru, reset before": (
        layers.GRU(4, return_sequences=True, reset_after=False),
        (5, 3),
        lambda p, x: formulas.gru(p, x, False),
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    """Output, and gradients for the input and every parameter."""
    layer, shape, formula = LAYERS[name]
    compared(layer.copy(), shape, formula)


@pytest.mark.parametrize("name", formulas.ACTIVATIONS)
def test_activations(name):
    """Output and gradient of every activation, as a layer of its own and inside a dense one."""
    compared(layers.Activation(name), (6,), lambda p, x: formulas.ACTIVATIONS[name](x))
    compared(layers.Dense(4, activation=name), (5,), lambda p, x: formulas.ACTIVATIONS[name](formulas.dense(p, x)))


def targets(name, rng):
    """Give outputs and targets of the kind that a loss takes."""
    outputs, classes = rng.normal(size=(5, 4)), rng.integers(0, 4, 5)
    probabilities = formulas.softmax(outputs)
    if name == "sparse_categorical_crossentropy":
        return probabilities, classes
    if name == "categorical_crossentropy":
        return probabilities, np.eye(4)[classes]
    if name == "kl_divergence":
        return probabilities, formulas.softmax(rng.normal(size=(5, 4)))
    if name == "binary_crossentropy":
        return probabilities, rng.integers(0, 2, (5, 4)).astype(float)
    if name == "poisson":
        return np.exp(outputs), rng.poisson(2, (5, 4)).astype(float)
    if name == "categorical_hinge":
        return outputs, np.eye(4)[classes]
    if name in ("hinge", "squared_hinge"):
        return outputs, rng.choice([-1.0, 1.0], (5, 4))
    return outputs, rng.normal(size=(5, 4))


@pytest.mark.parametrize("name", formulas.LOSSES)
def test_losses(name):
    """Value and gradient of every loss."""
    outputs, wanted = targets(name, np.random.default_rng(1))
    loss = losses.get(name)
    value, gradient = loss.value_and_gradient(outputs, loss.targets(wanted, outputs))
    np.testing.assert_allclose(value, formulas.LOSSES[name](outputs, wanted), **EXACT)
    np.testing.assert_allclose(gradient, autograd.grad(formulas.LOSSES[name])(outputs, wanted), **EXACT)


@pytest.mark.parametrize("fused", [("sigmoid", "binary_crossentropy"), ("softmax", "sparse_categorical_crossentropy")])
@pytest.mark.parametrize("from_logits", [False, True])
def test_cross_entropies_as_one_with_their_activation(fused, from_logits):
    """Gradients through a network agree whether activation and loss are taken as one, or the loss takes logits."""
    activation, name = fused
    rng = np.random.default_rng(2)
    kind = type(losses.get(name))
    model = ann.Sequential(
        [layers.Dense(6, activation="tanh"), layers.Dense(4, activation=None if from_logits else activation)],
        dtype="float64",
    )
    model.compile("sgd", kind(from_logits=from_logits))
    x = rng.normal(size=(5, 3))
    y = rng.integers(0, 4, 5) if name.startswith("sparse") else rng.integers(0, 2, (5, 4)).astype(float)
    found = model.gradients(x, y)

    def value(parameters, x):
        hidden = formulas.np.tanh(formulas.dense(parameters["dense_1"], x))
        return formulas.LOSSES[name](formulas.ACTIVATIONS[activation](formulas.dense(parameters["dense_2"], hidden)), y)

    weights = model.get_weights()
    np.testing.assert_allclose(found.value, value(weights, x), **EXACT)
    np.testing.assert_allclose(found.inputs, autograd.grad(value, 1)(weights, x), **EXACT)
    for layer, own in autograd.grad(value, 0)(weights, x).items():
        for part, gradient in own.items():
            np.testing.assert_allclose(found.parameters[layer][part], gradient, **EXACT)
