"""L-BFGS: known minima, and what it does within training."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

import ann
from ann import layers
from ann.errors import DivergenceError, InvalidValueError
from ann.optimizers import LBFGS

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5))
Y = (X @ RNG.normal(size=(5, 3))).argmax(axis=1)


def descend(function, slope, start, steps, **settings):
    """Give the points that L-BFGS comes through."""
    weights, optimizer, path = start.copy(), LBFGS(**settings), []
    for _ in range(steps):
        optimizer.search(weights, function(weights), slope(weights), lambda: (function(weights), slope(weights)))
        path.append(weights.copy())
    return np.array(path)


def test_rosenbrocks_valley_is_followed_to_its_end():
    """The minimum of Rosenbrock's function of six variables, at 1, within some fifty steps, none of them upwards."""
    path = descend(rosen, rosen_der, np.full(6, -1.2), 60)
    np.testing.assert_allclose(path[-1], 1, atol=1e-6)
    values = [rosen(point) for point in path]
    assert all(after <= before for before, after in pairwise(values))


def test_every_step_keeps_the_strong_wolfe_conditions():
    """Each step lowers the function enough, and flattens its slope enough, until nothing is left to lower."""
    start = np.full(4, -1.2)
    points = [start, *descend(rosen, rosen_der, start, 15)]
    for before, after in pairwise(points):
        slope = rosen_der(before) @ (after - before)
        assert slope < 0
        assert rosen(after) <= rosen(before) + 1e-4 * slope
        assert abs(rosen_der(after) @ (after - before)) <= 0.9 * abs(slope)


def test_a_quadratic_is_minimised_in_a_few_steps():
    """On a quadratic of eight unknowns the curvature of the last ten steps is all there is to know."""
    matrix = np.diag(np.arange(1.0, 9.0))
    path = descend(lambda w: 0.5 * w @ matrix @ w, lambda w: matrix @ w, np.ones(8), 25)
    np.testing.assert_allclose(path[-1], 0, atol=1e-7)


def test_where_no_step_leads_down_the_weights_stay():
    """A gradient that points the wrong way leaves the weights where they are, and the memory empty."""
    weights, optimizer = np.array([1.0, 2.0]), LBFGS()
    optimizer.search(weights, float(weights @ weights), -2 * weights, lambda: (float(weights @ weights), -2 * weights))
    np.testing.assert_array_equal(weights, [1, 2])
    assert not optimizer.state


def logistic(**settings):
    """Give a penalised logistic regression in float64."""
    dense = layers.Dense(3, "softmax", kernel_regularizer=ann.regularizers.L2(0.01))
    model = ann.Sequential([dense], dtype="float64", **settings)
    model.compile(LBFGS(), "sparse_categorical_crossentropy")
    return model


def test_logistic_regression_ends_where_scipy_does():
    """In `fit` with all stimuli as one batch an epoch is an iteration, and the minimum is SciPy's."""
    model = logistic()
    history = model.fit(X, Y, epochs=60, batch_size=60).history["loss"]
    twin = logistic()
    twin.build((5,))

    def objective(weights):
        twin.flat_weights[:] = weights
        outputs, cache = twin.forward(X, training=True)
        value, gradient = twin.loss(outputs, Y)
        return value, twin.backward(gradient, cache).flat

    found = minimize(
        objective, twin.flat_weights.copy(), jac=True, method="L-BFGS-B", options={"ftol": 0, "gtol": 1e-9}
    )
    assert model.evaluate(X, Y) == pytest.approx(found.fun, abs=1e-10)
    # The softmax of a constant more for all is the same, and only the kernel is penalised.
    np.testing.assert_allclose(model.flat_weights[:15], found.x[:15], atol=1e-5)
    assert all(after <= before + 1e-12 for before, after in pairwise(history))


def test_dropout_and_statistics_are_those_of_one_pass():
    """The trials of a step draw the same dropout, leave the generator one pass on, and move statistics once."""

    def network():
        stack = [layers.Dense(6, "tanh"), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(3, "softmax")]
        return ann.Sequential(stack, dtype="float64", seed=3)

    model, twin = network(), network()
    model.compile(LBFGS(), "sparse_categorical_crossentropy")
    twin.compile("sgd", "sparse_categorical_crossentropy")
    values = []
    for _ in range(4):
        values.append(model.train_on_batch(X, Y))
    twin.train_on_batch(X, Y)
    assert values[0] == pytest.approx(twin.untrained().train_on_batch(X, Y))
    one = network()
    one.compile(LBFGS(), "sparse_categorical_crossentropy")
    one.train_on_batch(X, Y)
    np.testing.assert_array_equal(one.flat_statistics, twin.flat_statistics)
    assert one.noise.bit_generator.state == twin.noise.bit_generator.state


def test_small_batches_serve_too():
    """With batches of 20 the loss still falls, and float32 serves."""
    model = ann.Sequential([layers.Dense(8, "tanh"), layers.Dense(3, "softmax")])
    model.compile(LBFGS(), "sparse_categorical_crossentropy")
    history = model.fit(X, Y, epochs=10, batch_size=20).history["loss"]
    assert history[-1] < 0.5 * history[0]
    assert model.flat_weights.dtype == np.float32


def test_update_alone_cannot_take_a_step():
    """A gradient without the loss at other weights is not enough, and an infinite loss is told."""
    model = logistic()
    outputs, cache = model.forward(X, training=True)
    _, gradient = model.loss(outputs, Y)
    with pytest.raises(InvalidValueError, match="LBFGS: a step needs the loss at other weights"):
        model.update(model.backward(gradient, cache))
    line = ann.Sequential([layers.Dense(1)])
    line.compile("lbfgs", "mean_squared_error")
    with pytest.raises(DivergenceError, match="the loss became inf"), np.errstate(over="ignore"):
        line.train_on_batch(np.full((2, 1), 1e30), np.full(2, -1e30))


def test_a_resumed_run_has_the_same_bits(tmp_path):
    """The memory of steps is saved with the training, and goes on bit for bit."""
    once, first = logistic(), logistic()
    once.fit(X, Y, epochs=8, batch_size=60)
    first.fit(X, Y, epochs=4, batch_size=60)
    ann.io.save(first, tmp_path / "model.npz", training=True)
    again = ann.io.load(tmp_path / "model.npz")
    again.fit(X, Y, epochs=4, batch_size=60)
    np.testing.assert_array_equal(again.flat_weights, once.flat_weights)
