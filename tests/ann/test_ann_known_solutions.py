"""Small data sets whose answers are known: beside scikit-learn's own networks and linear models, fold by fold."""

import warnings

import numpy as np
import pytest
from sklearn import linear_model, neural_network
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import ann
from evidence.digits import BATCH, BUILD, CHOSEN, TARGETS, halves


def corrected_t(difference, share=0.25):
    """Give the mean difference over folds, by the standard error that holds for overlapping training sets.

    The variance of folds is corrected as by Nadeau & Bengio (2003, Machine Learning 52:239): divided by
    1 / (1 / J + tested / trained) instead of by the number of folds J.
    """
    variance = np.var(difference, ddof=1) * (1 / len(difference) + share)
    return np.mean(difference) / np.sqrt(variance) if variance > 0 else 0.0


def by_fold(model, x, y, splitter):
    """Give the score on every fold, of a model behind a scaler."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # scikit-learn's, on its way after 40 epochs
        return cross_val_score(make_pipeline(StandardScaler(), model), x, y, cv=splitter)


@pytest.mark.parametrize(("load", "least"), [(load_iris, 0.93), (load_wine, 0.96)], ids=["iris", "wine"])
def test_classes_are_told_as_well_as_by_scikit_learns_network(load, least):
    """The same network of 16 units, from scikit-learn and from here, differs by less than two standard errors."""
    x, y = load(return_X_y=True)
    splitter = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
    ours = by_fold(ann.MLPClassifier(16, learning_rate=0.01, epochs=40), x, y, splitter)
    theirs = neural_network.MLPClassifier(
        16, learning_rate_init=0.01, max_iter=40, batch_size=32, alpha=0, random_state=0
    )
    assert abs(corrected_t(ours - by_fold(theirs, x, y, splitter))) < 2
    assert ours.mean() > least


@pytest.mark.parametrize("load", [load_iris, load_wine], ids=["iris", "wine"])
def test_logistic_regression_tells_what_scikit_learns_tells(load):
    """Coefficients and probabilities are scikit-learn's to 1e-6, on data that people know."""
    x, y = load(return_X_y=True)
    x = StandardScaler().fit_transform(x)
    ours = ann.LogisticRegression().fit(x, y)
    theirs = linear_model.LogisticRegression(tol=1e-10, max_iter=10_000).fit(x, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=0, atol=1e-6)
    np.testing.assert_allclose(ours.predict_proba(x), theirs.predict_proba(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer], ids=["wine", "cancer"])
def test_logistic_regression_does_not_mind_the_units(load):
    """On raw features, from thousandths to thousands, it finds what scikit-learn's Newton-Cholesky solver finds."""
    x, y = load(return_X_y=True)
    ours = ann.LogisticRegression().fit(x, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # at its last digits
        theirs = linear_model.LogisticRegression(tol=1e-12, max_iter=10_000, solver="newton-cholesky").fit(x, y)
    assert ours.converged_
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=0, atol=1e-6)
    np.testing.assert_allclose(ours.predict_proba(x), theirs.predict_proba(x), rtol=0, atol=1e-6)


def test_diabetes_in_closed_form_is_scikit_learns():
    """On the raw features the coefficients agree to rounding, and so does R²."""
    x, y = load_diabetes(return_X_y=True, scaled=False)
    ours, theirs = ann.LinearRegression().fit(x, y), linear_model.LinearRegression().fit(x, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-9)
    assert ours.score(x, y) == pytest.approx(theirs.score(x, y), rel=1e-12)
    assert ours.score(x, y) == pytest.approx(0.5177, abs=1e-4)  # as scikit-learn's guide has it


def test_diabetes_by_the_gradient_is_least_squares():
    """Full-batch descent arrives where the closed form is; the features are told apart by their own scatter first."""
    x, y = load_diabetes(return_X_y=True)
    x = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T  # white, since descent is slow along narrow valleys
    closed = ann.LinearRegression().fit(x, y)
    settings = {"epochs": 60, "batch_size": len(x), "optimizer": {"kind": "SGD", "learning_rate": 0.4}}
    descended = ann.LinearRegression("gradient", **settings).fit(x, y)
    np.testing.assert_allclose(descended.coef_, closed.coef_, rtol=1e-8, atol=1e-8)
    assert descended.intercept_ == pytest.approx(closed.intercept_, rel=1e-10)


def test_diabetes_by_a_network_is_as_good_as_the_line():
    """Stopped early, a network explains as much of new patients' variance as least squares, within two errors."""
    x, y = load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    splitter = RepeatedKFold(n_splits=5, n_repeats=2, random_state=0)
    network = ann.MLPRegressor(16, l2=0.01, learning_rate=0.003, early_stopping=True, validation_fraction=0.15)
    ours, line = by_fold(network, x, y, splitter), by_fold(linear_model.LinearRegression(), x, y, splitter)
    assert abs(corrected_t(ours - line)) < 2
    assert ours.mean() > 0.4


@pytest.mark.parametrize("seed", range(3))
def test_xor(seed):
    """What no single layer can do, a hidden layer does."""
    x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), [0, 1, 1, 0]
    settings = {"activation": "tanh", "learning_rate": 0.05, "random_state": seed, "epochs": 300}
    assert ann.MLPClassifier(8, **settings).fit(x, y).score(x, y) == 1
    assert ann.MLPClassifier((), **settings).fit(x, y).score(x, y) <= 0.75


def test_some_digits():
    """A fifth of the digits, five times: seven of eight others are told."""
    (x, y), (x_test, y_test) = halves()
    model = ann.MLPClassifier(128, epochs=5, learning_rate=0.003)
    model.fit(x[:1600].reshape(1600, 784), y[:1600])
    assert model.score(x_test.reshape(2000, 784), y_test) > 0.88


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["MLP", "CNN"])
def test_held_out_digits(kind):
    """The networks that were chosen on training digits alone reach their target from another seed."""
    train, test = halves()
    model = BUILD[kind](**CHOSEN[kind], seed=11)
    model.fit(*train, epochs=CHOSEN[kind]["epochs"], batch_size=BATCH)
    assert model.evaluate(*test).accuracy >= TARGETS[kind]
