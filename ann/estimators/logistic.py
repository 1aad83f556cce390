"""Logistic regression: one layer and the cross-entropy, solved to the end."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from ann import layers, regularizers
from ann.errors import InvalidValueError
from ann.estimators.checking import class_numbers, pair, stimuli
from ann.layers.layer import positive_integer
from ann.sequential import Sequential

__all__ = ["LogisticRegression"]


class LogisticRegression(ClassifierMixin, BaseEstimator):
    r"""Classification by a linear layer and softmax, or sigmoid where there are two classes.

    Minimises the mean cross-entropy plus :math:`\sum w^2 / (2 C n)`, which is scikit-learn's objective divided by
    :math:`C n`: forward, loss and backward are those of `Sequential`, the steps SciPy's L-BFGS-B.

    Parameters
    ----------
    C : float
        Inverse strength of the penalty; ``math.inf`` takes it away.
    epochs : int
        Steps at most.
    tolerance : float
        Stops when no component of the gradient is larger.

    Attributes
    ----------
    classes_ : numpy.ndarray
        The labels, sorted.
    coef_, intercept_ : numpy.ndarray
        (class, feature) and (class,); one row where there are two classes, for the second of them.
    model_ : Sequential
        The network.

    Examples
    --------
    >>> fitted = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"])
    >>> [str(label) for label in fitted.predict([[0.2], [2.8]])]
    ['low', 'high']
    """

    def __init__(self, C: float = 1.0, epochs: int = 10_000, tolerance: float = 1e-8):
        self.C = C
        self.epochs = epochs
        self.tolerance = tolerance

    def fit(self, X: Any, y: Any) -> Self:
        """Fit to `X` (stimulus, feature) and labels `y` (stimulus,).

        Raises
        ------
        DataError, InvalidTypeError
            If they are not finite numbers, not as many, or of fewer than two classes.
        InvalidValueError
            If `C` is not positive.
        """
        if not self.C > 0:
            raise InvalidValueError(f"LogisticRegression.C: must be positive, got {self.C}")
        steps = positive_integer(self.epochs, "LogisticRegression.epochs")
        X, y = pair(self, X, y)
        self.classes_, targets = class_numbers(y)
        self.model_ = self._network(X)
        self._solve(X, targets, steps)
        dense = self.model_.layers[0]
        self.coef_, self.intercept_ = dense.parameters["kernel"].T, dense.parameters["bias"]
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Give the probability of every class (stimulus, class).

        Raises
        ------
        NotFittedError
            If nothing was fitted yet.
        DataError, InvalidTypeError
            If `X` does not have the features that were fitted to.
        """
        X = stimuli(self, X)
        found = self.model_.predict(X)
        return np.hstack([1 - found, found]) if len(self.classes_) == 2 else found

    def predict(self, X: Any) -> np.ndarray:
        """Give the likeliest label (stimulus,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def _network(self, X: np.ndarray) -> Sequential:
        binary = len(self.classes_) == 2
        dense = layers.Dense(
            units=1 if binary else len(self.classes_),
            activation="sigmoid" if binary else "softmax",
            kernel_initializer="zeros",
            kernel_regularizer=regularizers.L2(1 / (2 * self.C * len(X))),
            input_shape=X.shape[1:],
        )
        model = Sequential([dense], dtype="float64")
        model.compile(loss="binary_crossentropy" if binary else "sparse_categorical_crossentropy")
        return model

    def _solve(self, X: np.ndarray, targets: np.ndarray, steps: int) -> None:
        from scipy.optimize import minimize

        model = self.model_

        def objective(weights: np.ndarray) -> tuple[float, np.ndarray]:
            model.flat_weights[:] = weights
            outputs, cache = model.forward(X, training=True)
            value, gradient = model.loss(outputs, targets)
            return value, model.backward(gradient, cache).flat

        limits = {"maxiter": steps, "maxfun": 10 * steps, "gtol": self.tolerance, "ftol": 0.0}
        found = minimize(objective, model.flat_weights.copy(), jac=True, method="L-BFGS-B", options=limits)
        model.flat_weights[:] = found.x
