"""Layers that rearrange or join: against NumPy, central differences and the shapes that they announce."""

import numpy as np
import pytest

import ann
from ann import gradcheck
from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.layers import Add, Concatenate, Dense, Flatten, Multiply, Permute, Piece, RepeatVector, Reshape, ZeroPadding2D

RNG = np.random.default_rng(0)
CASES = {
    "reshape": (Reshape((3, 4)), (2, 6), lambda x: x.reshape(len(x), 3, 4)),
    "reshape, one length open": (Reshape((2, -1, 3)), (4, 6), lambda x: x.reshape(len(x), 2, 4, 3)),
    "permute": (Permute((2, 1)), (3, 5), lambda x: np.swapaxes(x, 1, 2)),
    "permute, three axes": (Permute((3, 1, 2)), (2, 3, 4), lambda x: np.moveaxis(x, 3, 1)),
    "zeros": (ZeroPadding2D(), (2, 3, 2), lambda x: np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))),
    "zeros, each side": (
        ZeroPadding2D(((1, 0), (2, 3))),
        (2, 3, 2),
        lambda x: np.pad(x, ((0, 0), (1, 0), (2, 3), (0, 0))),
    ),
    "zeros, none below": (ZeroPadding2D((0, 2)), (2, 3, 1), lambda x: np.pad(x, ((0, 0), (0, 0), (2, 2), (0, 0)))),
    "repeat": (RepeatVector(4), (3,), lambda x: np.stack([x] * 4, axis=1)),
    "piece": (Piece(3, (2, 2)), (3, 4), lambda x: x.reshape(len(x), 12)[:, 3:7].reshape(len(x), 2, 2)),
    "flatten": (Flatten(), (2, 3, 4), lambda x: x.reshape(len(x), 24)),
    "multiply, one input": (Multiply(), (2, 3), lambda x: x),
}
JOINING = {
    "add": (Add(), ((4,), (4,), (4,)), lambda x, y, z: x + y + z),
    "multiply": (Multiply(), ((4, 2), (4, 2)), lambda x, y: x * y),
    "multiply, four": (Multiply(), ((3,),) * 4, lambda x, y, z, w: x * y * z * w),
    "concatenate": (Concatenate(), ((2, 3), (2, 4)), lambda x, y: np.concatenate([x, y], -1)),
    "concatenate, steps": (Concatenate(axis=1), ((2, 3), (5, 3)), lambda x, y: np.concatenate([x, y], 1)),
}


@pytest.mark.parametrize("name", CASES)
def test_rearranging_is_numpys(name):
    """The output is what NumPy gives, of the announced shape; the gradient goes where each number came from."""
    layer, shape, expected = CASES[name]
    x = RNG.normal(size=(3, *shape))
    y, _ = layer.forward(x)
    np.testing.assert_array_equal(y, expected(x))
    assert y.shape[1:] == layer.output_shape(shape)
    assert gradcheck.check_layer(layer, shape) < 1e-6
    assert layer.copy() == layer


@pytest.mark.parametrize("name", JOINING)
def test_joining_is_numpys(name):
    """So it is with several inputs."""
    layer, shapes, expected = JOINING[name]
    x = tuple(RNG.normal(size=(3, *shape)) for shape in shapes)
    y, _ = layer.forward(x)
    np.testing.assert_allclose(y, expected(*x), rtol=1e-14)
    assert y.shape[1:] == layer.output_shape(shapes)
    assert gradcheck.check_layer(layer, shapes) < 1e-6


def test_a_zero_factor_does_not_hide_the_gradients():
    """Where one factor is 0 its own gradient is the product of the others, and where two are, all are 0."""
    x = tuple(np.array([row]) for row in ([2.0, 0.0, 0.0], [3.0, 5.0, 0.0], [4.0, 7.0, 9.0]))
    layer = Multiply()
    gradients, _ = layer.backward(np.ones((1, 3)), layer.forward(x)[1])
    np.testing.assert_array_equal(np.concatenate(gradients), [[12, 35, 0], [8, 0, 0], [6, 0, 0]])


@pytest.mark.parametrize("options", [{}, {"activation": "softmax"}, {"use_bias": False, "activation": "relu"}])
def test_dense_does_the_same_at_every_step(options):
    """A sequence through a dense layer is its steps one by one; the gradients agree with central differences."""
    layer = Dense(4, **options)
    layer.parameters = layer.initial_parameters((5, 3), RNG)
    x = RNG.normal(size=(2, 5, 3))
    y = layer.forward(x)[0]
    for step in range(5):
        np.testing.assert_allclose(y[:, step], layer.forward(x[:, step])[0], rtol=1e-12)
    assert gradcheck.check_layer(Dense(4, **options), (5, 3)) < 1e-6
    assert layer.operations((5, 3)) == 5 * layer.operations((3,))


def test_dense_takes_sequences_that_lie_crosswise():
    """An input whose axes were swapped without a copy gives the same."""
    layer = Dense(4)
    layer.parameters = layer.initial_parameters((5, 3), RNG)
    x = RNG.normal(size=(2, 3, 5)).transpose(0, 2, 1)
    y, cache = layer.forward(x)
    np.testing.assert_array_equal(y, layer.forward(np.ascontiguousarray(x))[0])
    gradient = np.asfortranarray(RNG.normal(size=y.shape))
    d_x, own = layer.backward(gradient, cache)
    again, same = layer.backward(np.ascontiguousarray(gradient), cache)
    np.testing.assert_allclose(d_x, again, rtol=1e-12)
    np.testing.assert_allclose(own["kernel"], same["kernel"], rtol=1e-12)


def test_rearranging_inside_a_network():
    """Gradients through all of them at once, with a gate that multiplies two branches, agree with differences."""
    inputs = ann.Input((4, 3, 2))
    padded = ZeroPadding2D(((0, 1), (1, 0)))(inputs)
    steps = Permute((2, 1))(Reshape((5, -1))(padded))
    hidden = Dense(5, activation="tanh")(steps)
    gate = Multiply()([hidden, Dense(5, activation="sigmoid")(steps)])
    outputs = Dense(2)(Flatten()(RepeatVector(2)(Flatten()(gate))))
    model = ann.Model(inputs, outputs, seed=0)
    model.compile("sgd", "mean_squared_error")
    assert gradcheck.check_model(model, RNG.normal(size=(3, 4, 3, 2)), RNG.normal(size=(3, 2))) < 1e-6


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Reshape(4), InvalidTypeError, r"Reshape.target_shape: must be a tuple of integers, got 4"),
        (lambda: Reshape((-1, -1)), InvalidValueError, r"Reshape.target_shape: may hold one -1"),
        (lambda: Reshape((0, 2)), InvalidValueError, r"Reshape.target_shape: must be at least 1, got 0"),
        (lambda: Reshape((3, 5)).output_shape((4, 4)), ShapeError, r"16 numbers, which do not fit into \(3, 5\)"),
        (lambda: Reshape((3, -1)).output_shape((4, 4)), ShapeError, r"do not fit into \(3, -1\)"),
        (lambda: Reshape((2, 2)).output_shape((4, 4)), ShapeError, r"do not fit into \(2, 2\)"),
        (lambda: Permute((0, 1)), InvalidValueError, r"Permute.dims: must hold every number from 1"),
        (lambda: Permute("21"), InvalidValueError, r"Permute.dims"),
        (lambda: Permute((2, 1)).output_shape((4,)), ShapeError, r"expects 2 axes for dims \(2, 1\)"),
        (lambda: ZeroPadding2D(-1), InvalidValueError, r"ZeroPadding2D.padding: must be at least 0, got -1"),
        (lambda: ZeroPadding2D((1, 2, 3)), InvalidTypeError, r"ZeroPadding2D.padding: must be an integer, \(height"),
        (lambda: ZeroPadding2D(((1, 2, 3), 1)), InvalidTypeError, r"each axis takes one or two integers"),
        (lambda: ZeroPadding2D((1.5, 1)), InvalidTypeError, r"each axis takes one or two integers, got 1.5"),
        (lambda: ZeroPadding2D(((1.5, 1), 1)), InvalidTypeError, r"ZeroPadding2D.padding: must be integers, got 1.5"),
        (lambda: ZeroPadding2D().output_shape((4, 4)), ShapeError, r"expects \(height, width, channel\)"),
        (lambda: Piece(1.0, (2,)), InvalidTypeError, r"Piece.start: must be an integer, got 1.0"),
        (lambda: Piece(-1, (2,)), InvalidValueError, r"Piece.start: must be at least 0, got -1"),
        (lambda: Piece(0, (0,)), InvalidValueError, r"Piece.shape: must be at least 1, got 0"),
        (lambda: Piece(0, ()), ShapeError, r"Piece.shape: must name at least one axis"),
        (lambda: Piece(3, (2,)).output_shape((4,)), ShapeError, r"4 numbers, expects 5 for \(2,\) from number 3 on"),
        (lambda: RepeatVector(0), InvalidValueError, r"RepeatVector.n: must be at least 1"),
        (lambda: RepeatVector(2).output_shape((4, 4)), ShapeError, r"expects one axis of features"),
        (lambda: Multiply().output_shape(((4,), (5,))), ShapeError, r"expects inputs of one shape"),
    ],
)
def test_what_does_not_fit_is_named(make, error, message):
    """An argument or a shape that cannot be used is refused with its name and value."""
    with pytest.raises(error, match=message):
        make()
