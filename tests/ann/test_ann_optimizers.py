"""Optimisers, schedules and initial weights against their published formulas."""

import numpy as np
import pytest

from ann import initializers, optimizers, schedules
from ann.errors import InvalidTypeError, InvalidValueError
from ann.optimizers import SGD, Adam

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(size=7)
GRADIENTS = RNG.normal(size=(5, 7))


def run(optimizer, gradients=GRADIENTS, kind="float64"):
    """Give the weights after a step along each gradient."""
    weights = WEIGHTS.astype(kind)
    for gradient in gradients:
        optimizer.step(weights, gradient.astype(kind))
    return weights


def test_plain_descent_adds_up_gradients():
    """Without momentum the weights move by the learning rate times the sum of gradients."""
    np.testing.assert_allclose(run(SGD(0.1)), WEIGHTS - 0.1 * GRADIENTS.sum(axis=0))


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_is_sutskevers(nesterov):
    """Momentum follows v = mu v - eta g; Nesterov's adds mu v - eta g with the new v."""
    weights, velocity = WEIGHTS.copy(), np.zeros(7)
    for gradient in GRADIENTS:
        velocity = 0.9 * velocity - 0.1 * gradient
        weights += 0.9 * velocity - 0.1 * gradient if nesterov else velocity
    np.testing.assert_allclose(run(SGD(0.1, momentum=0.9, nesterov=nesterov)), weights)


def test_adam_is_algorithm_1():
    """Adam follows algorithm 1 of Kingma and Ba, epsilon outside the root of the corrected second moment."""
    weights, m, v = WEIGHTS.copy(), np.zeros(7), np.zeros(7)
    for t, g in enumerate(GRADIENTS, start=1):
        m = 0.8 * m + 0.2 * g
        v = 0.9 * v + 0.1 * g**2
        weights -= 0.01 * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.9**t)) + 1e-3)
    np.testing.assert_allclose(run(Adam(0.01, beta_1=0.8, beta_2=0.9, epsilon=1e-3)), weights, rtol=1e-12)


def test_adams_first_step_is_the_learning_rate():
    """The first step of Adam has the size of the learning rate and the sign of minus the gradient."""
    moved = run(Adam(0.01), GRADIENTS[:1]) - WEIGHTS
    np.testing.assert_allclose(moved, -0.01 * np.sign(GRADIENTS[0]), rtol=1e-5)


@pytest.mark.parametrize("optimizer", [SGD(0.1, 0.9), Adam(0.01)])
def test_float32_stays_float32(optimizer):
    """In float32 the steps agree with float64 to its precision, and the memory is float32."""
    single = run(optimizer.copy(), kind="float32")
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, run(optimizer.copy()), rtol=1e-5, atol=1e-6)


def test_reset_forgets_every_step():
    """After a reset the same gradients give the same weights again."""
    optimizer = Adam(0.01)
    first = run(optimizer)
    assert optimizer.iterations == 5
    optimizer.reset()
    np.testing.assert_array_equal(run(optimizer), first)


def test_a_schedule_gives_the_rate_of_every_step():
    """An optimiser asks its schedule for each step, counted from 0."""
    optimizer = SGD(schedules.ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5))
    expected = WEIGHTS - 0.1 * (0.5 ** np.arange(5)[:, None] * GRADIENTS).sum(axis=0)
    np.testing.assert_allclose(run(optimizer), expected)
    assert optimizers.get(optimizer.config()) == optimizer


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("glorot_uniform", 2 / (9 * 40 + 9 * 60)),
        ("glorot_normal", 2 / (9 * 40 + 9 * 60)),
        ("he_uniform", 2 / (9 * 40)),
        ("he_normal", 2 / (9 * 40)),
    ],
)
def test_initial_weights_have_the_published_variance(name, variance):
    """Mean 0, and the variance of Glorot and of He for a 3 x 3 convolution, within 4 standard errors."""
    weights = initializers.get(name).draw((3, 3, 40, 60), np.random.default_rng(0))
    count = weights.size
    assert abs(weights.mean()) < 4 * np.sqrt(variance / count)
    assert abs(weights.var() / variance - 1) < 4 * np.sqrt(2 / count)
    if name.endswith("uniform"):
        assert abs(weights).max() <= np.sqrt(3 * variance)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: SGD(-0.1), InvalidValueError, r"SGD.learning_rate: must be positive, got -0.1"),
        (lambda: SGD(float("nan")), InvalidValueError, r"SGD.learning_rate: must be positive"),
        (lambda: SGD("fast"), InvalidTypeError, r"SGD.learning_rate: must be a number, got 'fast'"),
        (lambda: SGD("0.1"), InvalidTypeError, r"SGD.learning_rate: must be a number, got '0.1'"),
        (lambda: SGD(0.1, momentum=1), InvalidValueError, r"SGD.momentum: must be at least 0 and below 1, got 1"),
        (lambda: Adam(beta_1=-1), InvalidValueError, r"Adam.beta_1"),
        (lambda: Adam(beta_2="x"), InvalidValueError, r"Adam.beta_2"),
        (lambda: Adam(epsilon=0), InvalidValueError, r"Adam.epsilon: must be positive"),
        (lambda: Adam({"kind": "CosinDecay"}), InvalidValueError, r"did you mean 'CosineDecay'"),
        (lambda: optimizers.get("adm"), InvalidValueError, r"optimizer: unknown name 'adm'"),
        (lambda: schedules.CosineDecay(0.1, 10, alpha=2), InvalidValueError, r"CosineDecay.alpha"),
        (lambda: schedules.CosineDecay(0.1, 0), InvalidValueError, r"CosineDecay.decay_steps"),
        (lambda: schedules.ExponentialDecay(0.1, 10, 0), InvalidValueError, r"ExponentialDecay.decay_rate"),
    ],
)
def test_wrong_arguments_are_named(make, error, message):
    """An argument that cannot be used is refused with its name and value."""
    with pytest.raises(error, match=message):
        make()
