"""Initial weights: their statistics against theory, and what each promises exactly."""

import math

import numpy as np
import pytest
from scipy import stats

from ann import initializers
from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.initializers import (
    Constant,
    Identity,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
)

DENSE, WINDOW = (300, 200), (3, 5, 20, 100)  # fans: 300 and 200; 300 and 1500
CUT = stats.truncnorm(-2, 2)


def scaled(variance, distribution):
    """Give SciPy's distribution of this variance."""
    if distribution == "uniform":
        limit = math.sqrt(3 * variance)
        return stats.uniform(-limit, 2 * limit)
    if distribution == "normal":
        return stats.norm(0, math.sqrt(variance))
    return stats.truncnorm(-2, 2, 0, math.sqrt(variance) / CUT.std())


CASES = [
    ("glorot_uniform", DENSE, scaled(2 / 500, "uniform")),
    ("glorot_normal", DENSE, scaled(2 / 500, "cut")),
    ("glorot_normal", WINDOW, scaled(2 / 1800, "cut")),
    ("he_uniform", WINDOW, scaled(2 / 300, "uniform")),
    ("he_normal", DENSE, scaled(2 / 300, "cut")),
    ("lecun_uniform", DENSE, scaled(1 / 300, "uniform")),
    ("lecun_normal", WINDOW, scaled(1 / 300, "cut")),
    (VarianceScaling(3, "fan_out", "untruncated_normal"), DENSE, scaled(3 / 200, "normal")),
    (VarianceScaling(0.5, "fan_avg"), DENSE, scaled(0.5 / 250, "cut")),
    (VarianceScaling(distribution="uniform"), (40_000,), scaled(1 / 40_000, "uniform")),
    ("random_normal", DENSE, stats.norm(0, 0.05)),
    (RandomNormal(1, 2), DENSE, stats.norm(1, 2)),
    ("random_uniform", DENSE, stats.uniform(-0.05, 0.1)),
    (RandomUniform(2, 3), DENSE, stats.uniform(2, 1)),
    ("truncated_normal", DENSE, stats.truncnorm(-2, 2, 0, 0.05)),
    (TruncatedNormal(1, 0.5), DENSE, stats.truncnorm(-2, 2, 1, 0.5)),
]


@pytest.mark.parametrize(("initializer", "shape", "distribution"), CASES, ids=lambda value: str(value)[:40])
def test_weights_are_distributed_as_named(initializer, shape, distribution):
    """Mean, variance and the whole distribution (Kolmogorov-Smirnov) are those of theory."""
    drawn = initializers.get(initializer).draw(shape, np.random.default_rng(1)).ravel()
    assert drawn.dtype == np.float64
    mean, variance, kurtosis = distribution.stats("mvk")
    assert abs(drawn.mean() - mean) < 4.5 * math.sqrt(variance / drawn.size)
    assert abs(drawn.var() / variance - 1) < 4.5 * math.sqrt((2 + kurtosis) / drawn.size)
    assert stats.kstest(drawn, distribution.cdf).pvalue > 1e-3


def test_the_cut_is_that_of_theory():
    """The standard deviation after the cut, a constant of the module, is SciPy's."""
    assert abs(initializers.CUT - CUT.std()) < 1e-14
    drawn = TruncatedNormal(0, 1).draw((100_000,), np.random.default_rng(0))
    assert np.abs(drawn).max() <= 2


@pytest.mark.parametrize("shape", [(7, 4), (4, 7), (5, 5), (3, 3, 2, 8), (2, 2, 1, 9)])
def test_orthogonal_rows_or_columns(shape):
    """Whichever are fewer, rows or columns, are orthogonal and as long as the gain."""
    matrix = Orthogonal(1.5).draw(shape, np.random.default_rng(0)).reshape(-1, shape[-1])
    product = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(product, 1.5**2 * np.eye(min(matrix.shape)), atol=1e-12)


def test_orthogonal_matrices_have_no_preferred_sign():
    """The first element of many is distributed evenly around 0: bare QR would make it always of one sign."""
    rng = np.random.default_rng(0)
    first = np.array([Orthogonal().draw((3, 3), rng)[0, 0] for _ in range(2000)])
    assert stats.kstest(first, stats.uniform(-1, 2).cdf).pvalue > 1e-3  # uniform on a sphere in 3-D (Archimedes)


def test_what_is_not_random():
    """Constants are constant, and the identity passes features on."""
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(initializers.get("zeros").draw((2, 3), rng), np.zeros((2, 3)))
    np.testing.assert_array_equal(initializers.get("ones").draw((2, 3), rng), np.ones((2, 3)))
    np.testing.assert_array_equal(Constant(0.25).draw((4,), rng), np.full(4, 0.25))
    np.testing.assert_array_equal(Identity(2).draw((2, 3), rng), [[2, 0, 0], [0, 2, 0]])


@pytest.mark.parametrize("name", sorted(set(initializers.__all__) - {"Initializer", "get"}))
def test_names_and_configurations_come_back(name):
    """Each class is found by its own name, and by what it says of itself; the same generator gives the same weights."""
    initializer = initializers.get(name)
    again = initializers.get(initializer.config())
    assert again == initializer
    first, second = (one.draw((4, 4), np.random.default_rng(3)) for one in (initializer, again))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Constant("1"), InvalidTypeError, r"Constant.value: must be a number, got '1'"),
        (lambda: Constant(np.nan), InvalidValueError, r"Constant.value: must be finite, got nan"),
        (lambda: RandomNormal(0, -1), InvalidValueError, r"RandomNormal.stddev: must be finite and at least 0, got -1"),
        (lambda: RandomUniform(1, 0), InvalidValueError, r"RandomUniform.maxval: must be at least minval 1, got 0"),
        (lambda: VarianceScaling(0), InvalidValueError, r"VarianceScaling.scale: must be above 0, got 0"),
        (lambda: VarianceScaling(mode="fan"), InvalidValueError, r"VarianceScaling.mode: unknown word 'fan'.*'fan_in'"),
        (lambda: VarianceScaling(distribution="normal"), InvalidValueError, r"distribution: unknown word 'normal'"),
        (lambda: Orthogonal().draw((3,), None), ShapeError, r"Orthogonal: needs at least two axes, got \(3,\)"),
        (lambda: Identity().draw((3, 3, 3), None), ShapeError, r"Identity: needs two axes, got \(3, 3, 3\)"),
        (lambda: initializers.get("he"), InvalidValueError, r"unknown name 'he'"),
    ],
)
def test_wrong_arguments_are_named(make, error, message):
    """An argument that cannot be used is refused with its name and value."""
    with pytest.raises(error, match=message):
        make()
