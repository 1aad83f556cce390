"""Every parameter of every layer can begin, be penalised and be held as its arguments say."""

import inspect

import numpy as np
import pytest

import ann
from ann import constraints, gradcheck, layers, regularizers
from ann.errors import InvalidTypeError, InvalidValueError, KinkError

RNG = np.random.default_rng(4)
IMAGE, SEQUENCE, VECTOR = (6, 6, 2), (5, 3), (4,)
KERNEL_AND_BIAS = ("kernel", "bias")
RECURRENT = ("kernel", "recurrent", "bias")
CASES = {
    "Dense": ((3,), VECTOR, KERNEL_AND_BIAS),
    "Conv1D": ((3, 2), SEQUENCE, KERNEL_AND_BIAS),
    "Conv2D": ((3, 2), IMAGE, KERNEL_AND_BIAS),
    "Conv2DTranspose": ((3, 2), IMAGE, KERNEL_AND_BIAS),
    "DepthwiseConv2D": ((2,), IMAGE, ("depthwise", "bias")),
    "SimpleRNN": ((3,), SEQUENCE, RECURRENT),
    "LSTM": ((3,), SEQUENCE, RECURRENT),
    "GRU": ((3,), SEQUENCE, RECURRENT),
    "MultiHeadAttention": ((2, 3), SEQUENCE, KERNEL_AND_BIAS),
    "Embedding": ((7, 3), VECTOR, ("embeddings",)),
    "BatchNormalization": ((), VECTOR, ("gamma", "beta")),
    "LayerNormalization": ((), VECTOR, ("gamma", "beta")),
    "GroupNormalization": ((2,), VECTOR, ("gamma", "beta")),
}
PENALTY = regularizers.L1L2(0.01, 0.02)
every = pytest.mark.parametrize("name", [*CASES, "Bidirectional"])


def holding(name, regularizer=PENALTY, constraint="non_negative"):
    """Give a layer whose every parameter is penalised and held, the shape of its input, and stimuli."""
    inner, shape, words = CASES[name if name in CASES else "GRU"]
    arguments = {f"{word}_regularizer": regularizer for word in words}
    arguments |= {f"{word}_constraint": constraint for word in words}
    layer = getattr(layers, name if name in CASES else "GRU")(*inner, **arguments)
    layer = layer if name in CASES else layers.Bidirectional(layer)
    x = RNG.integers(0, 7, (8, *shape)) if name == "Embedding" else RNG.normal(size=(8, *shape))
    return layer, shape, x


def test_whatever_is_drawn_can_be_penalised_and_held():
    """Every argument that says how a parameter begins has partners for its penalty and its constraint."""
    found = set()
    for name in layers.__all__:
        arguments = set(inspect.signature(getattr(layers, name)).parameters)
        words = {argument.removesuffix("_initializer") for argument in arguments if argument.endswith("_initializer")}
        if words:
            found.add(name)
            assert {f"{word}_{what}" for word in words for what in ("regularizer", "constraint")} <= arguments, name
            assert words == set(CASES[name][2])
    assert found == set(CASES)


@every
def test_each_parameter_has_its_own(name):
    """Penalties and constraints stand under the names of all the parameters that the layer has."""
    layer, shape, _ = holding(name)
    assert set(layer.regularizers) == set(layer.constraints) == set(layer.parameter_shapes(shape))
    assert layer.copy() == layer


@every
def test_the_penalty_is_that_of_all_parameters(name):
    """It is the sum over them, and its gradient is added to theirs, part by part."""
    model, x = build(name)
    for array in (array for layer in model.layers for array in layer.parameters.values()):
        array[...] = RNG.normal(size=array.shape)
    parameters = model.get_weights()
    held = [parameters[model.names[0]][part] for part in model.layers[0].regularizers]
    assert model.penalty() == pytest.approx(sum(PENALTY.value(array) for array in held))
    outputs, cache = model.forward(x)
    with_penalty = model.backward(np.zeros_like(outputs), cache)
    for part in model.layers[0].regularizers:
        array = parameters[model.names[0]][part]
        np.testing.assert_allclose(with_penalty[model.names[0]][part], PENALTY.gradient(array), atol=1e-12)


@every
def test_training_holds_every_parameter(name, tmp_path):
    """After every step no weight is negative, and a model that was saved knows why."""
    model, x = build(name)
    y = RNG.normal(size=(len(x), 1)) * 5
    for _ in range(3):
        model.train_on_batch(x, y)
        parameters = model.get_weights()[model.names[0]]
        assert all((parameters[part] >= 0).all() for part in model.layers[0].constraints)
        assert (parameters[next(iter(model.layers[0].constraints))] > 0).any()
    model.save(tmp_path / "model.npz")
    again = ann.io.load(tmp_path / "model.npz").layers[0]
    assert again.constraints == model.layers[0].constraints
    assert again.regularizers == model.layers[0].regularizers


def build(name):
    """Give a compiled network of float64 that begins with that layer, and stimuli."""
    layer, shape, x = holding(name)
    model = ann.Sequential([layer, layers.Flatten(), layers.Dense(1)], seed=2, dtype="float64")
    model.build(shape)
    model.compile(ann.optimizers.SGD(0.05), "mean_squared_error")
    return model, x


def test_a_weight_of_nothing_has_no_slope():
    """The gradient of an L1 penalty at 0 is 0, on either side the factor; a weight that the loss leaves stays 0."""
    np.testing.assert_array_equal(regularizers.L1(0.5).gradient(np.array([-2.0, 0.0, 1e-300])), [-0.5, 0, 0.5])
    assert gradcheck.check_regularizer(regularizers.L1(0.5), np.zeros(3)) < 1e-6
    with pytest.raises(KinkError):
        gradcheck.check_regularizer(regularizers.L1(0.5), np.full(3, 1e-7))
    dense = layers.Dense(1, kernel_initializer="zeros", kernel_regularizer=regularizers.L1(0.1))
    model = ann.Sequential([dense])
    model.compile(ann.optimizers.SGD(0.1), "mean_squared_error")
    model.train_on_batch([[1.0, 0.0]], [[1.0]])
    assert dense.parameters["kernel"][0, 0] > 0
    assert dense.parameters["kernel"][1, 0] == 0


def test_a_norm_of_filters_is_along_what_a_filter_sees():
    """Each layer's documented axes are those over which a unit's incoming weights run."""
    cases = [
        (layers.Conv2D(3, 2, kernel_constraint=constraints.UnitNorm((0, 1, 2))), IMAGE, 3),
        (layers.Conv1D(3, 2, kernel_constraint=constraints.UnitNorm((0, 1))), SEQUENCE, 3),
        (layers.Conv2DTranspose(3, 2, kernel_constraint=constraints.UnitNorm((0, 1, 3))), IMAGE, 3),
        (layers.Embedding(7, 3, embeddings_constraint=constraints.UnitNorm(1)), VECTOR, 7),
    ]
    for layer, shape, units in cases:
        model = ann.Sequential([layer, layers.Flatten(), layers.Dense(1)])
        model.build(shape)
        model.compile("sgd", "mse")
        x = RNG.integers(0, 7, (4, *shape)) if isinstance(layer, layers.Embedding) else RNG.normal(size=(4, *shape))
        model.train_on_batch(x, np.ones(4))
        (part,) = layer.constraints
        norms = layer.constraints[part]._norms(layer.parameters[part]).ravel()
        assert norms.size == units
        np.testing.assert_allclose(norms, 1, rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: regularizers.L2("a"), InvalidTypeError, "L2.l2: must be a number, got 'a'"),
        (lambda: regularizers.L1(-1), InvalidValueError, "L1.l1: must be finite and at least 0, got -1"),
        (lambda: regularizers.L1L2(0.1, np.inf), InvalidValueError, "L1L2.l2: must be finite and at least 0"),
        (lambda: layers.LSTM(2, recurrent_constraint="max"), InvalidValueError, "LSTM.recurrent_constraint: unknown"),
        (lambda: layers.Embedding(2, 2, embeddings_constraint=3), InvalidTypeError, "Embedding.embeddings_constraint"),
        (lambda: layers.DepthwiseConv2D(2, depthwise_constraint="x"), InvalidValueError, "depthwise_constraint: unkn"),
        (lambda: layers.MultiHeadAttention(1, 2, bias_constraint="x"), InvalidValueError, "bias_constraint: unknown"),
        (lambda: layers.LayerNormalization(gamma_constraint="x"), InvalidValueError, "gamma_constraint: unknown"),
    ],
)
def test_what_cannot_hold_is_refused(make, error, message):
    """A factor or constraint that is none is named with its argument."""
    with pytest.raises(error, match=message):
        make()
