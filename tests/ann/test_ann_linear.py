"""Regressions against least squares and scikit-learn."""

import math

import numpy as np
import pytest
from sklearn import linear_model

from ann import LinearRegression, LogisticRegression
from ann.errors import DataError, InvalidTypeError, InvalidValueError, NotCompiledError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
TWO = X @ RNG.normal(size=(4, 2)) + 3 + 0.1 * RNG.normal(size=(80, 2))
THREE = (X @ RNG.normal(size=(4, 3)) + RNG.normal(size=(80, 3))).argmax(axis=1)


@pytest.mark.parametrize("y", [TWO, TWO[:, 0]], ids=["two targets", "one target"])
def test_linear_regression_is_least_squares(y):
    """The closed form solves the normal equations."""
    design = np.column_stack([X, np.ones(80)])
    solution = np.linalg.solve(design.T @ design, design.T @ y)
    fitted = LinearRegression().fit(X, y)
    np.testing.assert_allclose(fitted.coef_, solution[:-1].T, atol=1e-10)
    np.testing.assert_allclose(fitted.intercept_, solution[-1], atol=1e-10)
    np.testing.assert_allclose(fitted.predict(X), design @ solution, atol=1e-10)


def test_gradient_descent_finds_the_same_line():
    """The gradient, through Sequential, arrives where the closed form is."""
    closed = LinearRegression().fit(X, TWO)
    descended = LinearRegression("gradient", epochs=400, batch_size=80, optimizer={"kind": "SGD", "learning_rate": 0.2})
    descended.fit(X, TWO)
    np.testing.assert_allclose(descended.coef_, closed.coef_, atol=1e-8)
    np.testing.assert_allclose(descended.intercept_, closed.intercept_, atol=1e-8)
    assert descended.score(X, TWO) == pytest.approx(closed.score(X, TWO))


def test_many_solutions_give_the_smallest():
    """With more features than stimuli the solution of least norm is found, as by the pseudo-inverse."""
    x, y = X[:3], TWO[:3, 0]
    expected = np.linalg.pinv(x - x.mean(axis=0)) @ (y - y.mean())
    np.testing.assert_allclose(LinearRegression().fit(x, y).coef_, expected, atol=1e-10)


@pytest.mark.parametrize("C", [0.1, 1.0, 100.0])
@pytest.mark.parametrize("classes", [2, 3])
def test_logistic_regression_is_scikit_learns(C, classes):
    """Coefficients and probabilities agree with scikit-learn's to 1e-6, for two classes and for more."""
    y = np.array(["a", "b", "c"])[THREE % classes]
    ours = LogisticRegression(C=C).fit(X, y)
    theirs = linear_model.LogisticRegression(C=C, tol=1e-10, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
    assert ours.predict(X).tolist() == theirs.predict(X).tolist()
    assert ours.score(X, y) == theirs.score(X, y)


def test_a_column_of_labels_is_one_label_a_stimulus():
    """A column scores as the labels themselves, rather than every prediction against every label."""
    fitted = LogisticRegression().fit(X, THREE[:, None])
    assert fitted.score(X, THREE[:, None]) == fitted.score(X, THREE) > 1 / 3


def test_without_a_penalty_the_gradient_vanishes():
    """At C = infinity the mean gradient of the likelihood is zero at the solution."""
    fitted = LogisticRegression(C=math.inf).fit(X, THREE)
    residual = fitted.predict_proba(X) - np.eye(3)[THREE]
    assert np.abs(X.T @ residual / 80).max() < 1e-6


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (lambda: LinearRegression("gradiant"), InvalidValueError, r"LinearRegression.method.*'gradient'"),
        (lambda: LinearRegression().predict(X), NotCompiledError, r"LinearRegression: is not fitted yet"),
        (lambda: LinearRegression().fit(X[:, 0], TWO), DataError, r"x: must be \(stimulus, feature\)"),
        (lambda: LinearRegression().fit(X, TWO[:-1]), DataError, r"got 80 stimuli and 79 targets"),
        (lambda: LinearRegression().fit(X * np.nan, TWO), DataError, r"x: must be finite"),
        (lambda: LinearRegression().fit(X, TWO * np.inf), DataError, r"y: must be finite"),
        (lambda: LogisticRegression(C=0), InvalidValueError, r"LogisticRegression.C: must be positive"),
        (lambda: LogisticRegression(epochs=1.5), InvalidTypeError, r"LogisticRegression.epochs"),
        (lambda: LogisticRegression().fit(X, np.zeros(80)), DataError, r"needs at least two classes, got 1"),
        (lambda: LogisticRegression().fit(X, 1), DataError, r"one number as targets"),
        (lambda: LogisticRegression().fit(X, X), DataError, r"y: must be one label a stimulus, got shape \(80"),
        (lambda: LogisticRegression().fit(X, THREE).score(X, THREE[:-1]), DataError, r"got 80 stimuli and 79 targets"),
        (lambda: LinearRegression().fit(X, THREE).score(X, X), DataError, r"y: got \(80, .*expects the shape"),
        (lambda: LogisticRegression().predict(X), NotCompiledError, r"LogisticRegression: is not fitted yet"),
    ],
)
def test_misuse_is_named(run, error, message):
    """What cannot be fitted is refused by name."""
    with pytest.raises(error, match=message):
        run()
