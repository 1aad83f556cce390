"""Whatever has a gradient has it checked: every public layer, activation, loss and regulariser stands here.

Each with one case at least; the files of their own try more of their options.
"""

import numpy as np
import pytest

from ann import activations, gradcheck, layers, losses, regularizers
from ann.layers import GRU, LSTM, Bidirectional, SimpleRNN
from ann.layers.recurrent.recurrence import Recurrent
from ann.registry import Configurable

RNG = np.random.default_rng(0)
VECTOR, SEQUENCE, IMAGE = (4,), (5, 3), (5, 4, 2)
WORDS = np.array([[1, 1, 5, 0], [2, 0, 1, 3]])
MASKED = np.where(RNG.random((3, 5, 1)) < 0.4, 0.0, RNG.normal(size=(3, 5, 3)))

LAYERS = [  # a layer, and the shape of its input; of the inputs and the initial states, where there are several
    (layers.Activation("tanh"), VECTOR),
    (layers.Add(), (VECTOR, VECTOR, VECTOR)),
    (layers.AveragePooling1D(2), SEQUENCE),
    (layers.AveragePooling2D(2, strides=1, padding="same"), IMAGE),
    (layers.BatchNormalization(), IMAGE),
    (Bidirectional(SimpleRNN(2, return_sequences=True)), (SEQUENCE, (2,), (2,))),
    (Bidirectional(LSTM(2)), (SEQUENCE, (2,), (2,), (2,), (2,))),
    (Bidirectional(GRU(2), merge_mode="mul"), (SEQUENCE, (2,), (2,))),
    (layers.Concatenate(), (VECTOR, (3,))),
    (layers.Conv1D(2, 3, padding="causal", activation="tanh"), SEQUENCE),
    (layers.Conv2D(2, 3, strides=2, padding="same", activation="tanh"), IMAGE),
    (layers.Conv2DTranspose(3, 2, strides=2, activation="tanh"), IMAGE),
    (layers.Dense(3, activation="tanh"), VECTOR),
    (layers.Dense(3), SEQUENCE),
    (layers.DepthwiseConv2D(2, depth_multiplier=2, activation="tanh"), IMAGE),
    (layers.Dropout(0.5), VECTOR),
    (layers.Embedding(6, 3), (4,), {"x": WORDS}),
    (layers.Flatten(), IMAGE),
    (layers.GlobalAveragePooling1D(), SEQUENCE),
    (layers.GlobalAveragePooling2D(), IMAGE),
    (layers.GlobalMaxPooling1D(), SEQUENCE),
    (layers.GlobalMaxPooling2D(), IMAGE),
    (GRU(2), (SEQUENCE, (2,))),
    (GRU(2, reset_after=False, return_sequences=True), (SEQUENCE, (2,))),
    (layers.GroupNormalization(2), (3, 3, 4)),
    (layers.LayerNormalization(), SEQUENCE),
    (LSTM(2), (SEQUENCE, (2,), (2,))),
    (layers.Masking(), SEQUENCE, {"x": np.where(MASKED == 0, 9.0, MASKED)}),
    (layers.MaxPooling1D(2), SEQUENCE),
    (layers.MaxPooling2D(2), IMAGE),
    (layers.MultiHeadAttention(2, 2), SEQUENCE),
    (layers.MultiHeadAttention(2, 2, use_causal_mask=True), (SEQUENCE, (4, 3), (4, 3))),
    (layers.Multiply(), (VECTOR, VECTOR, VECTOR)),
    (layers.Permute((2, 1)), SEQUENCE),
    (layers.Piece(3, (2, 4)), SEQUENCE),
    (layers.RepeatVector(3), VECTOR),
    (layers.Reshape((2, 2)), VECTOR),
    (SimpleRNN(2), (SEQUENCE, (2,))),
    (layers.ZeroPadding2D(1), IMAGE),
]
LABELS = RNG.integers(0, 3, 5)
LOGITS = RNG.normal(size=(5, 3))
POSITIVE = RNG.random((5, 3)) + 0.1
PROBABLE = POSITIVE / POSITIVE.sum(axis=1, keepdims=True)
SIGNS = RNG.choice([-1.0, 1.0], (5, 3))
LOSSES = [
    (losses.BinaryCrossentropy(), PROBABLE, SIGNS > 0),
    (losses.BinaryCrossentropy(from_logits=True), LOGITS, SIGNS > 0),
    (losses.CategoricalCrossentropy(), PROBABLE, PROBABLE[::-1]),
    (losses.CategoricalCrossentropy(from_logits=True), LOGITS, PROBABLE),
    (losses.CategoricalHinge(), LOGITS, np.eye(3)[LABELS]),
    (losses.Hinge(), LOGITS, SIGNS),
    (losses.Huber(), 2 * LOGITS, POSITIVE),
    (losses.KLDivergence(), PROBABLE, PROBABLE[::-1]),
    (losses.MeanAbsoluteError(), LOGITS, POSITIVE),
    (losses.MeanSquaredError(), LOGITS, POSITIVE),
    (losses.NegativeLogLikelihood(), np.log(PROBABLE), LABELS),
    (losses.Poisson(), POSITIVE, 3 * PROBABLE),
    (losses.SparseCategoricalCrossentropy(), PROBABLE, LABELS),
    (losses.SparseCategoricalCrossentropy(from_logits=True), LOGITS, LABELS),
    (losses.SquaredHinge(), LOGITS, SIGNS),
]
ACTIVATIONS = [
    activations.ELU(0.7),
    activations.GELU(),
    activations.GELU(approximate=True),
    activations.LeakyReLU(),
    activations.Linear(),
    activations.LogSoftmax(),
    activations.Mish(),
    activations.ReLU(),
    activations.SELU(),
    activations.Sigmoid(),
    activations.Softmax(),
    activations.Softplus(),
    activations.Softsign(),
    activations.Swish(),
    activations.Tanh(),
]
REGULARIZERS = [regularizers.L1(0.3), regularizers.L2(0.2), regularizers.L1L2(0.1, 0.4)]


def kinds(module):
    """Give the public classes of a module that somebody can make an object of."""
    found = [getattr(module, name) for name in module.__all__]
    classes = {one for one in found if isinstance(one, type) and issubclass(one, (Configurable, layers.Layer))}
    return {one for one in classes if not getattr(one, "__abstractmethods__", None)}


@pytest.mark.parametrize(
    ("module", "checked"),
    [
        (layers, {type(case[0]) for case in LAYERS}),
        (losses, {type(case[0]) for case in LOSSES}),
        (activations, set(map(type, ACTIVATIONS))),
        (regularizers, set(map(type, REGULARIZERS))),
    ],
    ids=["layers", "losses", "activations", "regularizers"],
)
def test_nothing_is_left_out(module, checked):
    """Whoever adds a public layer, loss, activation or regulariser adds its case here."""
    assert kinds(module) == checked


def test_every_recurrent_layer_has_its_initial_states_checked():
    """Each takes its states as inputs, in the form of a tuple of shapes, which the check goes through."""
    recurrent = {SimpleRNN, LSTM, GRU, Bidirectional}
    assert {kind for kind in kinds(layers) if issubclass(kind, Recurrent)} | {Bidirectional} == recurrent
    for layer, shape, *_ in LAYERS:
        if type(layer) in recurrent:
            assert len(shape) == layer.most_inputs


@pytest.mark.parametrize("case", LAYERS, ids=lambda case: type(case[0]).__name__)
def test_layers(case):
    """Gradients for inputs, initial states and parameters agree with central differences."""
    layer, shape, *more = case
    assert gradcheck.check_layer(layer, shape, samples=20, **(more[0] if more else {})) < 1e-6


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda one: type(one).__name__)
def test_activations(activation):
    """Gradients agree with central differences, alone and behind a layer."""
    assert gradcheck.check_layer(layers.Activation(activation), VECTOR) < 1e-6
    assert gradcheck.check_layer(layers.Dense(3, activation=activation), VECTOR) < 1e-6


@pytest.mark.parametrize("case", LOSSES, ids=lambda case: type(case[0]).__name__)
def test_losses(case):
    """Gradients for the outputs agree with central differences, with weights and without."""
    assert gradcheck.check_loss(*case) < 1e-6
    assert gradcheck.check_loss(*case, weights=[1.0, 0.0, 2.0, 1.0, 0.5]) < 1e-6


@pytest.mark.parametrize("regularizer", REGULARIZERS, ids=lambda one: type(one).__name__)
def test_regularizers(regularizer):
    """Gradients for the weights agree with central differences."""
    assert gradcheck.check_regularizer(regularizer, LOGITS) < 1e-6
