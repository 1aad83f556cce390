"""Constraints: what they allow, and that training keeps to it."""

import numpy as np
import pytest

import ann
from ann import constraints, layers
from ann.constraints import MaxNorm, NonNegative, UnitNorm
from ann.errors import InvalidTypeError, InvalidValueError

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(size=(5, 3)) * [0.1, 1, 5]


def test_max_norm_shortens_what_is_too_long():
    """Columns that are too long keep their direction and have the norm, shorter ones stay as they are."""
    found = MaxNorm(1.5).nearest(WEIGHTS)
    before, after = np.linalg.norm(WEIGHTS, axis=0), np.linalg.norm(found, axis=0)
    np.testing.assert_allclose(after, np.minimum(before, 1.5))
    np.testing.assert_allclose(found / after, WEIGHTS / before)
    np.testing.assert_array_equal(found[:, 0], WEIGHTS[:, 0])


def test_a_norm_is_taken_along_the_axes_given():
    """Along all axes but the last every filter of a convolution has its own norm; along the last, every place."""
    filters = RNG.normal(size=(3, 3, 2, 4))
    found = UnitNorm(axis=(0, 1, 2)).nearest(filters)
    np.testing.assert_allclose(np.square(found).sum(axis=(0, 1, 2)), 1)
    np.testing.assert_allclose(np.square(UnitNorm(axis=-1).nearest(filters)).sum(axis=-1), 1)


def test_unit_norm_leaves_nothing_as_it_is():
    """A column of zeros has no direction to keep."""
    found = UnitNorm().nearest(WEIGHTS * [1, 0, 1])
    np.testing.assert_allclose(np.linalg.norm(found, axis=0), [1, 0, 1])


@pytest.mark.parametrize("constraint", [MaxNorm(1.0), UnitNorm(), NonNegative()], ids=repr)
def test_what_is_allowed_stays_and_is_the_nearest(constraint):
    """A second time changes nothing, and no allowed weights drawn nearby are nearer."""
    found = constraint.nearest(WEIGHTS)
    np.testing.assert_allclose(constraint.nearest(found), found, atol=1e-15)
    for _ in range(20):
        other = constraint.nearest(found + 0.1 * RNG.normal(size=WEIGHTS.shape))
        assert np.linalg.norm(found - WEIGHTS) <= np.linalg.norm(other - WEIGHTS) + 1e-12
    assert constraints.get(constraint.config()) == constraint


def test_weights_are_held_after_every_step():
    """After each step of training kernel and bias are where they are allowed, and elsewhere without a constraint."""
    x, y = RNG.normal(size=(40, 5)), RNG.normal(size=(40, 3)) * 10
    held = layers.Dense(3, kernel_constraint=MaxNorm(0.5), bias_constraint="non_negative")
    free = layers.Dense(3)
    for dense, within in ((held, True), (free, False)):
        model = ann.Sequential([dense])
        model.compile(ann.optimizers.SGD(0.1), "mean_squared_error")
        for _ in range(5):
            model.train_on_batch(x, y)
            assert (np.linalg.norm(dense.parameters["kernel"], axis=0) <= 0.5 + 1e-6).all() == within
        assert (dense.parameters["bias"] >= 0).all() == within


def test_a_saved_network_keeps_its_constraints(tmp_path):
    """A constraint is part of a layer's configuration."""
    model = ann.Sequential([layers.Dense(2, kernel_constraint="max_norm", input_shape=(3,))])
    ann.io.save(model, tmp_path / "model.npz")
    assert ann.io.load(tmp_path / "model.npz").layers[0].kernel_constraint == MaxNorm()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: MaxNorm(0), InvalidValueError, r"MaxNorm.max_value: must be positive, got 0"),
        (lambda: UnitNorm(axis="rows"), InvalidTypeError, r"UnitNorm.axis: must be an axis or a tuple of axes"),
        (lambda: MaxNorm(axis=2).nearest(WEIGHTS), InvalidValueError, r"MaxNorm.axis: 2 is none of weights \(5, 3\)"),
        (lambda: layers.Dense(1, kernel_constraint="maxnorm"), InvalidValueError, r"did you mean 'max_norm'"),
    ],
)
def test_wrong_constraints_are_named(make, error, message):
    """An argument that cannot be used is refused with its name and value."""
    with pytest.raises(error, match=message):
        make()
