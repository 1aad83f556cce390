"""Ridge and PLS predictivity beside scikit-learn's regressions on the same folds."""

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import RidgeCV

from compare.measures import PLSPredictivity, RidgePredictivity
from compare.measures.predictivity.folds import held_out_folds

SHAPES = [(60, 20, 5), (60, 59, 70), (60, 60, 5), (60, 300, 80)]


def _data(stimuli, units, targets, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(stimuli, units)) * np.logspace(0, -1, units) + 3
    return x, x @ rng.normal(size=(units, targets)) / np.sqrt(units) + 0.3 * rng.normal(size=(stimuli, targets)) - 5


def _absolute(measure, x):
    return np.array(measure.penalties) * np.sum((x - x.mean(axis=0)) ** 2) / len(x)


@pytest.mark.parametrize("shape", SHAPES)
def test_ridge_chooses_the_penalties_and_predicts_as_ridgecv(shape):
    """One penalty a target by leave-one-out, and predictions of other stimuli to rounding, in both forms."""
    x, y = _data(*shape)
    measure = RidgePredictivity(penalties=np.logspace(-4, 1, 12))
    fitted = measure.fit(x[:50], y[:50])
    alphas = _absolute(measure, x[:50])
    reference = RidgeCV(alphas, alpha_per_target=True).fit(x[:50], y[:50])

    np.testing.assert_array_equal(
        alphas[np.searchsorted(measure.penalties, fitted.chosen["penalty"])], reference.alpha_
    )
    np.testing.assert_allclose(fitted.predict(x[50:]), reference.predict(x[50:]), rtol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_cross_validated_ridge_is_ridgecv_fold_by_fold(shape):
    """The products of stimuli, taken once for all folds, give what fitting each fold gives."""
    x, y = _data(*shape)
    measure = RidgePredictivity(folds=5, penalties=np.logspace(-4, 1, 12))
    units = measure.evaluate(x, y).units
    for fold, (training, held_out) in enumerate(held_out_folds(len(x), 5, measure.seed)):
        alphas = _absolute(measure, x[training])
        reference = RidgeCV(alphas, alpha_per_target=True).fit(x[training], y[training])
        predicted = reference.predict(x[held_out])
        r = [np.corrcoef(predicted[:, unit], y[held_out, unit])[0, 1] for unit in range(shape[2])]
        np.testing.assert_allclose(units["correlation_by_fold"][fold], r, atol=1e-9)
        chosen = alphas[np.searchsorted(measure.penalties, units["penalty"][fold])]
        np.testing.assert_array_equal(chosen, reference.alpha_)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("components", [1, 4, 10])
def test_pls_predicts_as_plsregression(shape, components):
    """The components are those of the classical iteration run to convergence."""
    x, y = _data(*shape)
    fitted = PLSPredictivity(components=components).fit(x[:50], y[:50])
    reference = PLSRegression(components, scale=False, tol=1e-28, max_iter=100_000).fit(x[:50], y[:50])

    np.testing.assert_allclose(fitted.predict(x[50:]), reference.predict(x[50:]), atol=1e-8)


def test_pls_leading_direction_by_lanczos_is_the_same():
    """Where both subjects are large, the leading direction is found by iteration: against scikit-learn as well."""
    x, y = _data(120, 100, 90, seed=1)
    fitted = PLSPredictivity(components=8).fit(x, y)
    reference = PLSRegression(8, scale=False, tol=1e-28, max_iter=100_000).fit(x, y)

    np.testing.assert_allclose(fitted.predict(x), reference.predict(x), atol=1e-8)
