"""Schedules against their closed forms, in optimisers and in files."""

import numpy as np
import pytest

import ann
from ann import schedules
from ann.errors import InvalidTypeError, InvalidValueError
from ann.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

STEPS = np.arange(300)
ALL = {
    "exponential": (ExponentialDecay(0.2, 40, 0.5), 0.2 * 0.5 ** (STEPS / 40)),
    "stairs": (ExponentialDecay(0.2, 40, 0.5, staircase=True), 0.2 * 0.5 ** (STEPS // 40)),
    "inverse": (InverseTimeDecay(0.2, 40, 3), 0.2 / (1 + 3 * STEPS / 40)),
    "inverse in stairs": (InverseTimeDecay(0.2, 40, 3, staircase=True), 0.2 / (1 + 3 * (STEPS // 40))),
    "cosine": (CosineDecay(0.2, 100), 0.1 * (1 + np.cos(np.pi * np.minimum(STEPS, 100) / 100))),
    "cosine with an end": (
        CosineDecay(0.2, 100, alpha=0.1),
        0.02 + 0.09 * (1 + np.cos(np.pi * np.minimum(STEPS, 100) / 100)),
    ),
    "warm-up": (
        CosineDecay(0.1, 100, alpha=0.1, warmup_target=0.5, warmup_steps=20),
        np.where(
            STEPS < 20, 0.1 + 0.02 * STEPS, 0.05 + 0.225 * (1 + np.cos(np.pi * np.clip(STEPS - 20, 0, 100) / 100))
        ),
    ),
    "polynomial": (
        PolynomialDecay(0.2, 100, 0.05, power=2),
        0.05 + 0.15 * (1 - np.minimum(STEPS, 100) / 100) ** 2,
    ),
    "polynomial in cycles": (
        PolynomialDecay(0.2, 100, 0.05, cycle=True),
        0.05 + 0.15 * (1 - STEPS / (100 * np.maximum(np.ceil(STEPS / 100), 1))),
    ),
    "piecewise": (
        PiecewiseConstantDecay([50, 120], [0.3, 0.2, 0.1]),
        np.select([STEPS <= 50, STEPS <= 120], [0.3, 0.2], 0.1),
    ),
    "equal restarts": (
        CosineDecayRestarts(0.2, 100, t_mul=1, m_mul=0.5, alpha=0.1),
        0.02 + 0.18 * 0.5 ** (STEPS // 100) * (1 + np.cos(np.pi * (STEPS % 100) / 100)) / 2,
    ),
}
every = pytest.mark.parametrize(("schedule", "expected"), ALL.values(), ids=ALL)


@every
def test_a_schedule_is_its_closed_form(schedule, expected):
    """At each of 300 steps, across all ends and boundaries."""
    np.testing.assert_allclose([schedule(step) for step in range(300)], expected, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("t_mul", [2, 3, 1.5])
def test_restarts_begin_at_their_step(t_mul):
    """The i-th cycle begins after the sum of those before, at the height that is due, and falls until the next."""
    schedule, begin, height = CosineDecayRestarts(1.0, 16, t_mul, m_mul=0.5, alpha=0.0), 0, 1.0
    for cycle in range(5):
        length = 16 * t_mul**cycle
        assert begin == 16 * (t_mul**cycle - 1) / (t_mul - 1)
        if begin == int(begin):
            assert schedule(int(begin)) == height
        inner = [schedule(step) for step in range(int(np.ceil(begin)), int(np.ceil(begin + length)))]
        assert np.all(np.diff(inner) < 0)
        assert schedule(begin + length / 2) == pytest.approx(height / 2)
        begin, height = begin + length, height / 2


@every
def test_a_schedule_is_its_configuration(schedule, expected):
    """It is rebuilt from it, alone and inside an optimiser."""
    assert schedules.get(schedule.config(), "rate") == schedule == schedule.copy()
    assert ann.optimizers.get(ann.optimizers.SGD(schedule).config()).learning_rate == schedule


@every
def test_a_resumed_run_follows_the_same_schedule(schedule, expected, tmp_path):
    """Training cut off after 30 steps and resumed has the bits of a whole run, and the rates of the schedule."""
    x = np.random.default_rng(0).normal(size=(20, 3))

    def line():
        model = ann.Sequential([ann.layers.Dense(1, input_shape=(3,))], seed=1)
        model.compile(ann.optimizers.SGD(schedule.copy(), momentum=0.5), "mse")
        return model

    whole, cut = line(), line()
    whole.fit(x, x.sum(axis=1), epochs=60, batch_size=10)
    cut.fit(x, x.sum(axis=1), epochs=15, batch_size=10)
    cut.save(tmp_path / "run.npz", training=True)
    cut = ann.io.load(tmp_path / "run.npz")
    cut.fit(x, x.sum(axis=1), epochs=60, batch_size=10, resume=True)
    np.testing.assert_array_equal(cut.flat_weights, whole.flat_weights)
    assert cut.history.history == whole.history.history
    np.testing.assert_allclose(whole.history.history["learning_rate"], expected[1:120:2], rtol=1e-12, atol=1e-16)


def test_a_warm_up_may_begin_at_nothing():
    """A rate of 0 takes a step that moves nothing; without a warm-up it is refused."""
    schedule = CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=2)
    optimizer, weights = ann.optimizers.SGD(schedule), np.ones(3)
    optimizer.step(weights, np.ones(3))
    np.testing.assert_array_equal(weights, 1)
    optimizer.step(weights, np.ones(3))
    np.testing.assert_allclose(weights, 0.95)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: CosineDecay(0.0, 10), InvalidValueError, "CosineDecay.initial_learning_rate: must be positive"),
        (lambda: CosineDecay(-1, 10, 0, 0.1, 5), InvalidValueError, "initial_learning_rate: must be finite and at lea"),
        (lambda: CosineDecay(0.1, 10, alpha=-1), InvalidValueError, "CosineDecay.alpha: must lie between 0 and 1"),
        (lambda: CosineDecay(0.1, 10, "a"), InvalidTypeError, "CosineDecay.alpha: must be a number"),
        (lambda: CosineDecay(0.1, 10, warmup_steps=5), InvalidValueError, "warmup_target: got None with 5 warmup"),
        (lambda: CosineDecay(0.1, 10, warmup_target=1), InvalidValueError, "got 1 with 0 warmup_steps; give both"),
        (lambda: CosineDecay(0.1, 10, 0, 0.5, 2.5), InvalidTypeError, "warmup_steps: must be a number of steps"),
        (lambda: CosineDecay(0.1, 10, 0, 0.5, -1), InvalidValueError, "warmup_steps: must not be negative"),
        (lambda: CosineDecayRestarts(0.1, 10, t_mul=0.5), InvalidValueError, "t_mul: must be finite and at least 1"),
        (lambda: CosineDecayRestarts(0.1, 10, m_mul=0), InvalidValueError, "CosineDecayRestarts.m_mul: must be pos"),
        (lambda: InverseTimeDecay(0.1, 0, 1), InvalidValueError, "InverseTimeDecay.decay_steps: must be positive"),
        (lambda: PolynomialDecay(0.1, 10, -1), InvalidValueError, "end_learning_rate: must be finite and at least 0"),
        (lambda: PolynomialDecay(0.1, 10, power=0), InvalidValueError, "PolynomialDecay.power: must be positive"),
        (lambda: PiecewiseConstantDecay([1], [0.1]), InvalidValueError, "values: got 1 for 1 boundaries"),
        (lambda: PiecewiseConstantDecay([3, 2], [1, 2, 3]), InvalidValueError, "boundaries: must ascend"),
        (lambda: PiecewiseConstantDecay([3], [1, -2]), InvalidValueError, "values: must be positive"),
        (lambda: PiecewiseConstantDecay(3, [1, 2]), InvalidTypeError, "boundaries: must be a list of numbers, got 3"),
        (lambda: schedules.get({"kind": "CosineDecays"}, "rate"), InvalidValueError, "did you mean 'CosineDecay'"),
        (lambda: schedules.get("fast", "rate"), InvalidTypeError, "rate: must be a number, got 'fast'"),
    ],
)
def test_settings_that_are_none_are_refused(make, error, message):
    """An argument that cannot be used is refused with its name and value."""
    with pytest.raises(error, match=message):
        make()
