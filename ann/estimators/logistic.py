"""Logistic regression: one layer and the cross-entropy, solved to the end."""

import math
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from ann import layers, regularizers
from ann.checks import finite_number
from ann.errors import InvalidValueError
from ann.estimators.checking import class_numbers, pair, stimuli
from ann.estimators.descent import descend
from ann.estimators.weights import checked_sample_weight, with_classes
from ann.layers.layer import positive_integer
from ann.sequential import Sequential

__all__ = ["LogisticRegression"]


class LogisticRegression(ClassifierMixin, BaseEstimator):
    r"""Classification by a linear layer and softmax, or sigmoid where there are two classes.

    Minimises the mean cross-entropy plus :math:`\sum w^2 / (2 C n)`, which is scikit-learn's objective divided by
    :math:`C n`: forward, loss and backward are those of `Sequential`, the steps those of L-BFGS-B and, at the end,
    Newton's.

    Parameters
    ----------
    C : float
        Inverse strength of the penalty; ``math.inf`` takes it away.
    epochs : int
        Steps at most.
    tolerance : float
        Stops when no component of the gradient is larger, each in units of how sharply the function can bend there.
    class_weight : mapping, "balanced" or None
        How much stimuli of each class count, by label; classes that it does not name weigh 1. ``"balanced"`` lets
        every class weigh as much as the others in all.

    Attributes
    ----------
    classes_ : numpy.ndarray
        The labels, sorted.
    coef_, intercept_ : numpy.ndarray
        (class, feature) and (class,); one row where there are two classes, for the second of them.
    model_ : Sequential
        The network.
    n_iter_ : int
        Steps taken.
    converged_ : bool
        Whether the gradient became as small as `tolerance`. If not, more epochs may help. (Where the classes are apart
        and `C` is infinite, there is no largest likelihood, and the gradient vanishes somewhere far out.)

    Examples
    --------
    >>> fitted = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"])
    >>> [str(label) for label in fitted.predict([[0.2], [2.8]])]
    ['low', 'high']
    """

    def __init__(self, C: float = 1.0, epochs: int = 10_000, tolerance: float = 1e-10, class_weight: Any = None):
        self.C = C
        self.epochs = epochs
        self.tolerance = tolerance
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit to `X` (stimulus, feature) and labels `y` (stimulus,).

        Parameters
        ----------
        X, y : array-like
            The data.
        sample_weight : array-like or float, optional
            How much each stimulus counts (stimulus,): a stimulus of weight 2 is there twice.

        Raises
        ------
        DataError, InvalidTypeError
            If they are not finite numbers, not as many, or of fewer than two classes, or no weight is above zero.
        InvalidValueError
            If `C` is not positive, or another setting is none.
        """
        unpenalised = isinstance(self.C, float) and math.isinf(self.C) and self.C > 0
        if not unpenalised and finite_number(self.C, "LogisticRegression.C") <= 0:
            raise InvalidValueError(f"LogisticRegression.C: must be positive, got {self.C}")
        steps = positive_integer(self.epochs, "LogisticRegression.epochs")
        tolerance = finite_number(self.tolerance, "LogisticRegression.tolerance", least=0)
        X, y = pair(self, X, y)
        self.classes_, targets = class_numbers(y)
        weights = with_classes(self.class_weight, self.classes_, targets, checked_sample_weight(sample_weight, X))
        self.model_ = self._network(X)
        self._solve(X, targets, weights, steps, tolerance)
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

    def _solve(
        self, X: np.ndarray, targets: np.ndarray, weights: np.ndarray | None, steps: int, tolerance: float
    ) -> None:
        # On the way each weight is measured by how sharply the function can bend along it (a quarter of the feature's
        # variance, and the penalty), so that features of large or small numbers do not make the way long. The
        # function and where it is least remain the same.
        model, dense = self.model_, self.model_.layers[0]
        mean, spread = X.mean(axis=0), np.sqrt(X.var(axis=0) + 4 / (self.C * len(X)))
        spread[spread == 0] = 1.0  # nothing depends on such a weight
        shape = len(mean) + 1, self.model_.output_shape[0]

        def move(flat: np.ndarray) -> None:
            kernel, bias = np.split(flat.reshape(shape), [-1])
            dense.parameters["kernel"][...] = kernel / spread[:, None]
            dense.parameters["bias"][...] = bias[0] - mean @ dense.parameters["kernel"]

        def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
            move(flat)
            outputs, cache = model.forward(X, training=True)
            value, gradient = model.loss(outputs, targets, weights)
            found = model.backward(gradient, cache)[model.names[0]]
            kernel = (found["kernel"] - np.outer(mean, found["bias"])) / spread[:, None]
            return value, np.concatenate([kernel.ravel(), found["bias"]])

        found, self.n_iter_, self.converged_ = descend(objective, np.zeros(np.prod(shape)), steps, tolerance)
        move(found)
