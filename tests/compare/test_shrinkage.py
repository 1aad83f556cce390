"""The noise covariance among units from few residuals: its formulas, and how near the truth it comes."""

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf_shrinkage

from compare import noise_precision
from compare.measures.blocks import Patterns
from compare.measures.distances.residuals import helmert, residuals_of
from compare.measures.distances.shrinkage import TARGETS, shrunk_noise


@pytest.fixture
def mixing():
    """Give a mixing of six units."""
    return np.random.default_rng(0).normal(size=(6, 6)) / 3 + np.diag(np.arange(1.0, 7))


def _group(mixing, count=30):
    return np.random.default_rng(1).normal(size=(1, count, 6)) @ mixing


def test_shrinkage_to_the_diagonal_is_schaefer_and_strimmers(mixing):
    """Their equations for correlations, written out for one group of residuals."""
    x, n = _group(mixing)[0], 30
    standard = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    products = standard[:, :, None] * standard[:, None, :]
    variance = n / (n - 1) ** 3 * ((products - products.mean(axis=0)) ** 2).sum(axis=0)
    correlation = n / (n - 1) * products.mean(axis=0)
    off = ~np.eye(6, dtype=bool)

    expected = variance[off].sum() / (correlation[off] ** 2).sum()
    assert shrunk_noise(residuals_of([x[None]])).shrinkage == pytest.approx(expected, rel=1e-12)


def test_shrinkage_to_the_identity_is_ledoit_and_wolfs(mixing):
    """Scikit-learn's, which counts n residuals where n - 1 are free."""
    x, n = _group(mixing)[0], 30

    expected = ledoit_wolf_shrinkage(x) * n / (n - 1)
    assert shrunk_noise(residuals_of([x[None]]), "identity").shrinkage == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("trials", [2, 3, 8])
def test_shrunk_covariance_is_nearer_the_truth_than_any_other_mixture(target, trials):
    """Averaged over repetitions, no other fixed shrinkage to the same target has a much smaller error."""
    rng = np.random.default_rng(2)
    mixing = np.eye(20) + 0.15 * rng.normal(size=(20, 20))
    true = mixing.T @ mixing
    scale = np.outer(np.diag(true), np.diag(true)) ** 0.5 if target == "diagonal" else 1.0
    grid = np.linspace(0, 1, 21)
    ours, others = [], []
    for _ in range(40):
        noise = shrunk_noise(residuals_of([rng.normal(size=(48 // trials, trials, 20)) @ mixing]), target)
        contrasts = noise.residuals.groups[0].rows().reshape(-1, 20)
        sample = contrasts.T @ contrasts / len(contrasts) * np.outer(noise.scale, noise.scale)
        goal = np.diag(noise.scale**2)
        ours.append(np.sum(((noise.covariance() - true) / scale) ** 2))
        others.append([np.sum(((share * goal + (1 - share) * sample - true) / scale) ** 2) for share in grid])

    assert np.mean(ours) < 1.05 * np.mean(others, axis=0).min()


@pytest.mark.parametrize("target", TARGETS)
def test_precision_is_the_inverse_and_symmetric(mixing, target):
    """What is given to others is the inverse of the covariance, positive definite."""
    x = np.random.default_rng(3).normal(size=(10, 3, 6)) @ mixing
    precision = noise_precision(x, target)

    np.testing.assert_allclose(precision @ shrunk_noise(residuals_of([x]), target).covariance(), np.eye(6), atol=1e-12)
    np.testing.assert_array_equal(precision, precision.T)
    assert np.linalg.eigvalsh(precision).min() > 0


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("stimuli", [3, 40])
def test_products_are_those_of_the_inverse(mixing, target, stimuli):
    """Few residuals or many, in either direction of the products."""
    noise = shrunk_noise(residuals_of([np.random.default_rng(4).normal(size=(stimuli, 2, 6)) @ mixing]), target)
    a, b = np.random.default_rng(5).normal(size=(2, 4, 6))
    inverse = np.linalg.inv(noise.covariance())
    first, second = Patterns(a[:, None]), Patterns(b[:, None])
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)

    np.testing.assert_allclose(noise.products(first, second), a @ inverse @ b.T, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(noise.products(first, first), a @ inverse @ a.T, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(noise.squared_lengths(a), np.diag(a @ inverse @ a.T), rtol=1e-9)


def test_contrasts_hold_what_the_residuals_hold(mixing):
    """As many rows as there are degrees of freedom, from which the residuals come back."""
    x = np.random.default_rng(6).normal(size=(5, 4, 6)) @ mixing
    for trials, group in zip((x[:, :2], x), residuals_of([x[:, :2], x]).groups, strict=True):
        contrasts = group.rows()
        assert contrasts.shape == (5, trials.shape[1] - 1, 6)
        residuals = trials - trials.mean(axis=1, keepdims=True)
        np.testing.assert_allclose(helmert(trials.shape[1]).T @ contrasts, residuals, atol=1e-12)


def test_one_unit_has_nothing_to_shrink():
    """Its variance is what it is."""
    x = np.random.default_rng(7).normal(size=(20, 2, 1))
    expected = ((x - x.mean(axis=1, keepdims=True)) ** 2).sum() / 20

    for target in TARGETS:
        assert noise_precision(x, target)[0, 0] == pytest.approx(1 / expected, rel=1e-12)
