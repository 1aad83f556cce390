"""Optimisers, schedules and initial weights against their published formulas."""

import numpy as np
import pytest

from ann import initializers, optimizers, schedules
from ann.errors import InvalidTypeError, InvalidValueError
from ann.optimizers import LBFGS, SGD, Adagrad, Adam, Adamax, AdamW, Lion, Nadam, RMSprop
from ann.structure import Slot

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


def test_adagrad_divides_by_all_squares():
    """Adagrad divides by the root of the sum of squares, which begins where it is told to."""
    weights, square = WEIGHTS.copy(), np.full(7, 0.3)
    for g in GRADIENTS:
        square += g**2
        weights -= 0.1 * g / (np.sqrt(square) + 1e-3)
    np.testing.assert_allclose(run(Adagrad(0.1, 0.3, epsilon=1e-3)), weights, rtol=1e-12)


@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_rmsprop_divides_by_recent_squares(centered, momentum):
    """RMSprop, plain and centred, with and without momentum."""
    weights, square, mean, velocity = WEIGHTS.copy(), np.zeros(7), np.zeros(7), np.zeros(7)
    for g in GRADIENTS:
        square, mean = 0.8 * square + 0.2 * g**2, 0.8 * mean + 0.2 * g
        spread = square - mean**2 if centered else square
        velocity = momentum * velocity + 0.1 * g / (np.sqrt(spread) + 1e-3)
        weights -= velocity
    found = run(RMSprop(0.1, rho=0.8, momentum=momentum, epsilon=1e-3, centered=centered))
    np.testing.assert_allclose(found, weights, rtol=1e-11)


def test_a_centred_variance_is_never_negative():
    """Equal gradients have a variance of 0, which rounding may put below: the step stays finite."""
    weights, optimizer = np.ones(3, np.float32), RMSprop(0.1, centered=True)
    for _ in range(50):
        optimizer.step(weights, np.full(3, 0.1, np.float32))
    assert np.isfinite(weights).all()


def test_amsgrad_never_forgets_the_largest():
    """AMSGrad divides by the root of the largest second moment so far."""
    weights, m, v, largest = WEIGHTS.copy(), np.zeros(7), np.zeros(7), np.zeros(7)
    for t, g in enumerate(GRADIENTS * np.array([5, 1, 1, 0.1, 0.1])[:, None], start=1):
        m, v = 0.9 * m + 0.1 * g, 0.5 * v + 0.5 * g**2
        largest = np.maximum(largest, v)
        weights -= 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(largest / (1 - 0.5**t)) + 1e-8)
    found = run(Adam(0.01, beta_2=0.5, amsgrad=True), GRADIENTS * np.array([5, 1, 1, 0.1, 0.1])[:, None])
    np.testing.assert_allclose(found, weights, rtol=1e-12)


def test_adamax_is_algorithm_2():
    """Adamax divides by the decaying maximum of the gradient's size."""
    weights, m, u = WEIGHTS.copy(), np.zeros(7), np.zeros(7)
    for t, g in enumerate(GRADIENTS, start=1):
        m, u = 0.9 * m + 0.1 * g, np.maximum(0.5 * u, np.abs(g) + 1e-4)
        weights -= 0.1 / (1 - 0.9**t) * m / u
    np.testing.assert_allclose(run(Adamax(0.1, beta_2=0.5, epsilon=1e-4)), weights, rtol=1e-12)


def test_nadam_is_dozats():
    """Nadam mixes gradient and first moment by momenta that grow."""
    weights, m, v, product = WEIGHTS.copy(), np.zeros(7), np.zeros(7), 1.0
    for t, g in enumerate(GRADIENTS, start=1):
        now, later = (0.9 * (1 - 0.5 * 0.96 ** (0.004 * i)) for i in (t, t + 1))
        product *= now
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        ahead = (1 - now) * g / (1 - product) + later * m / (1 - product * later)
        weights -= 0.1 * ahead / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    np.testing.assert_allclose(run(Nadam(0.1)), weights, rtol=1e-12)


def test_lion_steps_by_signs():
    """Lion moves by the sign of a mix, and remembers another one; a gradient of 0 from the start moves nothing."""
    weights, m = WEIGHTS.copy(), np.zeros(7)
    for g in GRADIENTS:
        weights -= 0.1 * np.sign(0.8 * m + 0.2 * g)
        m = 0.9 * m + 0.1 * g
    np.testing.assert_allclose(run(Lion(0.1, 0.8, 0.9)), weights, rtol=1e-12)
    np.testing.assert_array_equal(run(Lion(0.1), np.zeros((3, 7))), WEIGHTS)


EVERY = [
    SGD(0.1),
    SGD(0.1, 0.9),
    Adagrad(0.1),
    RMSprop(0.01, momentum=0.5, centered=True, epsilon=1e-2),
    Adam(0.01),
    Adam(0.01, amsgrad=True),
    AdamW(0.01),
    Adamax(0.01),
    Nadam(0.01),
    Lion(0.01),
]


@pytest.mark.parametrize("optimizer", EVERY, ids=repr)
def test_float32_stays_float32(optimizer):
    """In float32 the steps agree with float64 to its precision, and the memory is float32."""
    single = run(optimizer.copy(), kind="float32")
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, run(optimizer.copy()), rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("optimizer", [*EVERY, LBFGS(memory=5)], ids=repr)
def test_an_optimiser_is_its_configuration(optimizer):
    """An optimiser is rebuilt from its configuration, clipping and decay included."""
    if not isinstance(optimizer, LBFGS):
        optimizer = optimizers.get({**optimizer.config(), "clipnorm": 1.0, "weight_decay": 0.1, "decay_biases": False})
        assert (optimizer.clipnorm, optimizer.weight_decay, optimizer.decay_biases) == (1.0, 0.1, False)
    assert optimizers.get(optimizer.config()) == optimizer == optimizer.copy()
    assert type(optimizers.get(type(optimizer).__name__.lower())) is type(optimizer)


@pytest.mark.parametrize("optimizer", EVERY, ids=repr)
def test_decay_stands_apart_from_the_gradient(optimizer):
    """With a gradient of 0 weights decay by 1 - eta lambda a step, whatever the optimiser; biases only if asked."""
    settings = {**optimizer.config(), "weight_decay": 0.5}
    parts = [Slot("kernel", 0, 4, (2, 2)), Slot("bias", 4, 7, (3,))]
    for decay_biases in (True, False):
        decaying = optimizers.get({**settings, "decay_biases": decay_biases})
        weights = WEIGHTS.copy()
        decaying.step(weights, np.zeros(7), parts)
        factor = 1 - 0.5 * decaying.rate
        np.testing.assert_allclose(weights[:4], WEIGHTS[:4] * factor)
        np.testing.assert_allclose(weights[4:], WEIGHTS[4:] * (factor if decay_biases else 1))


PARTS = [Slot("kernel", 0, 4, (2, 2)), Slot("bias", 4, 7, (3,))]
STEEP = np.array([3.0, 0, 0, 4, 0.1, -0.2, 0.2])


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({"clipvalue": 0.15}, np.clip(STEEP, -0.15, 0.15)),
        ({"clipnorm": 1.0}, np.r_[STEEP[:4] / 5, STEEP[4:]]),
        ({"clipnorm": 0.03}, np.r_[STEEP[:4] * 0.006, STEEP[4:] * 0.1]),
        ({"global_clipnorm": 1.0}, STEEP / np.sqrt(25.09)),
        ({"global_clipnorm": 10.0}, STEEP),
    ],
)
def test_gradients_are_clipped_by_value_norm_and_global_norm(setting, expected):
    """Each kind of clipping, on a kernel of gradient norm 5 and a bias of 0.3."""
    weights = np.zeros(7)
    SGD(1.0, **setting).step(weights, STEEP.copy(), PARTS)
    np.testing.assert_allclose(weights, -expected)


def test_without_parts_all_is_one_parameter():
    """Clipping by the norm of each parameter is clipping by that of all where no parameters are told."""
    one, other = np.zeros(7), np.zeros(7)
    SGD(1.0, clipnorm=1.0).step(one, STEEP.copy())
    SGD(1.0, global_clipnorm=1.0).step(other, STEEP.copy())
    np.testing.assert_array_equal(one, other)


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
        (lambda: Adam(beta_2="x"), InvalidTypeError, r"Adam.beta_2"),
        (lambda: Adam(epsilon=0), InvalidValueError, r"Adam.epsilon: must be positive"),
        (lambda: Adam({"kind": "CosinDecay"}), InvalidValueError, r"did you mean 'CosineDecay'"),
        (lambda: optimizers.get("adm"), InvalidValueError, r"optimizer: unknown name 'adm'"),
        (lambda: SGD(clipvalue=0), InvalidValueError, r"SGD.clipvalue: must be positive, got 0"),
        (lambda: Adam(clipnorm="1"), InvalidTypeError, r"Adam.clipnorm: must be a number"),
        (lambda: Lion(global_clipnorm=-1), InvalidValueError, r"Lion.global_clipnorm"),
        (lambda: AdamW(weight_decay=-0.1), InvalidValueError, r"AdamW.weight_decay: must be finite and at least 0"),
        (lambda: RMSprop(rho=1), InvalidValueError, r"RMSprop.rho: must be at least 0 and below 1"),
        (lambda: Adagrad(initial_accumulator_value=-1), InvalidValueError, r"Adagrad.initial_accumulator_value"),
        (lambda: LBFGS(memory=0), InvalidValueError, r"LBFGS.memory: must be finite and at least 1, got 0"),
        (lambda: LBFGS(max_evaluations=2.5), InvalidValueError, r"LBFGS.max_evaluations: must be a whole number"),
        (lambda: LBFGS().step(np.ones(1), np.ones(1)), InvalidValueError, r"LBFGS: a step needs the loss"),
        (lambda: SGD().search(np.ones(1), 0.0, np.ones(1), None), InvalidValueError, r"SGD: takes its steps by"),
        (lambda: optimizers.get({"kind": "adam", "moment": 1}), InvalidValueError, r"does not take these arguments"),
    ],
)
def test_wrong_arguments_are_named(make, error, message):
    """An argument that cannot be used is refused with its name and value."""
    with pytest.raises(error, match=message):
        make()
