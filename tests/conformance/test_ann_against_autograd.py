"""Gradients of layers, activations, losses and penalties against autograd, which differentiates formulas by itself.

The formulas are in autograd_formulas.py, written from the equations alone; autograd (pure Python on NumPy) is not
PyTorch, ONNX or a difference quotient, so its gradients are a fourth opinion. Left out where it is missing.
"""

import numpy as np
import pytest

import ann
from ann import activations, layers, losses, regularizers

autograd = pytest.importorskip("autograd")

import autograd_formulas as formulas  # noqa: E402

EXACT = {"rtol": 1e-10, "atol": 1e-10}


def compared(layer, shape, formula, x=None, **given):
    """Hold a layer's output and all its gradients against those of a formula, under a random linear loss.

    A tuple of shapes stands for several inputs; whole numbers have no gradient.
    """
    rng = np.random.default_rng(0)
    drawn = layer.initial_parameters(shape, rng)
    layer.parameters = {name: rng.normal(size=value.shape) for name, value in drawn.items()}
    layer.statistics = layer.initial_statistics(shape)
    several = isinstance(shape[0], tuple)
    if x is None:
        x = tuple(rng.normal(size=(3, *one)) for one in shape) if several else rng.normal(size=(3, *shape))
    y, cache = layer.forward(x, True, rng, **given)
    weight = rng.normal(size=y.shape)
    d_x, own = layer.backward(weight, cache)

    def value(parameters, x):
        return autograd.numpy.sum(formula(parameters, x) * weight)

    np.testing.assert_allclose(y, formula(layer.parameters, x), **EXACT)
    if several or x.dtype.kind == "f":
        slopes = autograd.grad(value, 1)(layer.parameters, x)
        for ours, other in zip(d_x if several else [d_x], slopes if several else [slopes], strict=True):
            np.testing.assert_allclose(ours, other, **EXACT)
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


STEPS, STATE = (5, 3), (4,)
LAYERS |= {
    "rearranged": (layers.Flatten(), (3, 2, 2), lambda p, x: formulas.np.reshape(x, (3, 12))),
    "reshaped": (layers.Reshape((2, -1)), (3, 4), lambda p, x: formulas.np.reshape(x, (3, 2, 6))),
    "permuted": (layers.Permute((2, 1)), (3, 4), lambda p, x: formulas.np.transpose(x, (0, 2, 1))),
    "repeated": (layers.RepeatVector(3), (4,), lambda p, x: formulas.np.stack([x] * 3, axis=1)),
    "a piece": (layers.Piece(2, (2, 2)), (7,), lambda p, x: formulas.np.reshape(x[:, 2:6], (3, 2, 2))),
    "zeros around": (layers.ZeroPadding2D(1), (3, 2, 2), lambda p, x: formulas.padded(x, 1, 1)),
    "sum": (layers.Add(), (STATE, STATE, STATE), lambda p, x: x[0] + x[1] + x[2]),
    "product": (layers.Multiply(), (STATE, STATE, STATE), lambda p, x: x[0] * x[1] * x[2]),
    "joined": (layers.Concatenate(), (STATE, (2,)), lambda p, x: formulas.np.concatenate(x, axis=-1)),
    "maximum of steps": (
        layers.MaxPooling1D(2),
        (6, 3),
        lambda p, x: formulas.np.max(formulas.np.reshape(x, (3, 3, 2, 3)), axis=2),
    ),
    "average of steps": (
        layers.AveragePooling1D(2),
        (6, 3),
        lambda p, x: formulas.np.mean(formulas.np.reshape(x, (3, 3, 2, 3)), axis=2),
    ),
    "global average of steps": (layers.GlobalAveragePooling1D(), STEPS, lambda p, x: formulas.np.mean(x, axis=1)),
    "global maximum of steps": (layers.GlobalMaxPooling1D(), STEPS, lambda p, x: formulas.np.max(x, axis=1)),
    "attention": (layers.MultiHeadAttention(2, 3), STEPS, lambda p, x: formulas.attention(p, x, x, 2)),
    "attention to another sequence": (
        layers.MultiHeadAttention(2, 3, value_dim=2),
        (STEPS, (4, 6)),
        lambda p, x: formulas.attention(p, *x, 2),
    ),
    "both ways": (
        layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
        STEPS,
        lambda p, x: formulas.both_ways(formulas.lstm, p, x),
    ),
    "both ways, states given": (
        layers.Bidirectional(layers.SimpleRNN(4, return_sequences=True)),
        (STEPS, STATE, STATE),
        lambda p, x: formulas.both_ways(formulas.simple_rnn, p, *x),
    ),
    "simple recurrence, state given": (
        layers.SimpleRNN(4, return_sequences=True),
        (STEPS, STATE),
        lambda p, x: formulas.simple_rnn(p, *x),
    ),
    "lstm, states given": (
        layers.LSTM(4, return_sequences=True),
        (STEPS, STATE, STATE),
        lambda p, x: formulas.lstm(p, *x),
    ),
    "gru, state given": (
        layers.GRU(4, return_sequences=True),
        (STEPS, STATE),
        lambda p, x: formulas.gru(p, x[0], True, x[1]),
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    """Output, and gradients for the inputs, initial states and every parameter."""
    layer, shape, formula = LAYERS[name]
    compared(layer.copy(), shape, formula)


def test_words_are_rows_of_the_table():
    """The table's gradient counts every place that a word stands at."""
    words = np.array([[1, 1, 5, 0], [2, 0, 1, 3]])
    compared(layers.Embedding(6, 3), (4,), lambda p, x: p["embeddings"][x], x=words)


def test_masked_steps_are_passed_over():
    """A mask of an LSTM keeps its states as they are."""
    mask = np.array([[1, 1, 0, 1, 1], [0, 0, 1, 1, 0], [1, 0, 1, 0, 0]], bool)
    compared(layers.LSTM(4), STEPS, lambda p, x: formulas.lstm(p, x, mask=mask)[:, -1], mask=mask)


def test_every_layer_and_loss_is_written_once_more():
    """Whoever adds one adds its formula; what draws or hides is held by central differences."""
    elsewhere = {"Activation", "Dropout", "Embedding", "Layer", "Masking"}
    assert {type(layer).__name__ for layer, _, _ in LAYERS.values()} == set(layers.__all__) - elsewhere
    kinds = {one for one in losses.__all__ if isinstance(getattr(losses, one), type)} - {"Loss"}
    assert {type(losses.get(name)).__name__ for name in formulas.LOSSES} == kinds
    kinds = {one for one in activations.__all__ if one not in ("Activation", "get")}
    assert {type(activations.get(name)).__name__ for name in formulas.ACTIVATIONS} == kinds


@pytest.mark.parametrize("penalty", [regularizers.L1(0.3), regularizers.L2(0.2), regularizers.L1L2(0.1, 0.4)])
def test_regularisers(penalty):
    """Value and gradient of every penalty."""
    weights = np.random.default_rng(0).normal(size=(3, 4))

    def value(w):
        return penalty.l1 * formulas.np.sum(formulas.np.abs(w)) + penalty.l2 * formulas.np.sum(w**2)

    np.testing.assert_allclose(penalty.value(weights), value(weights), **EXACT)
    np.testing.assert_allclose(penalty.gradient(weights), autograd.grad(value)(weights), **EXACT)


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
    if name == "negative_log_likelihood":
        return np.log(probabilities), classes
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
