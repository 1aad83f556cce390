"""A regression by dense layers with scikit-learn's manners."""

from typing import Any, Self

import numpy as np
from sklearn.base import MultiOutputMixin, RegressorMixin

from ann.data import cast
from ann.estimators.checking import pair, stimuli
from ann.estimators.mlp import MLP
from ann.layers import Dense
from ann.layers.layer import Layer

__all__ = ["MLPRegressor"]


class MLPRegressor(MultiOutputMixin, RegressorMixin, MLP):
    """A regression by dense layers, with the mean squared error at their end.

    The settings are those of `MLPClassifier`; validation stimuli are drawn at random. Targets are taken as they are:
    scale them to about unit size (`sklearn.compose.TransformedTargetRegressor`), as the features.

    Attributes
    ----------
    model_, history_, n_iter_
        See `MLPClassifier`.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 50)[:, None]
    >>> fitted = MLPRegressor(learning_rate=0.01).fit(x, x[:, 0] ** 2)
    >>> bool(fitted.score(x, x[:, 0] ** 2) > 0.99)
    True
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new network on `X` (stimulus, feature) and `y` (stimulus,) or (stimulus, target).

        `sample_weight` is that of `MLPClassifier.fit`.

        Raises
        ------
        DataError, InvalidTypeError
            If they are not finite numbers, not as many, or too few to be split.
        ShapeError, DataError
            If `sample_weight` is not one number of at least 0 a stimulus, or all are 0.
        InvalidValueError
            If a setting is none.
        DivergenceError
            If the loss leaves the finite numbers.
        """
        self._checked_settings()
        X, targets = self._numbers(X, y, first=True, ensure_min_samples=2 if self.early_stopping else 1)
        weights = self._weights(sample_weight, X)
        self._begin(X, targets)
        self._train(X, targets, self.epochs, self.early_stopping, weights)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on for one epoch; the first call begins a new network. See `MLPClassifier.partial_fit`."""
        self._checked_settings()
        first = not hasattr(self, "model_")
        X, targets = self._numbers(X, y, first)
        weights = self._weights(sample_weight, X)
        if first:
            self._begin(X, targets)
        self._train(X, targets, 1, stopping=False, weights=weights)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Give the predictions (stimulus,) or (stimulus, target).

        Raises
        ------
        NotFittedError
            If nothing was fitted yet.
        DataError, InvalidTypeError
            If `X` does not have the features that were fitted to.
        """
        X = stimuli(self, X, self.dtype)
        found = self.model_.predict(X).astype(np.float64)  # as scikit-learn expects of a regression
        return found[:, 0] if self._flat else found

    def _numbers(self, X: Any, y: Any, first: bool, **settings: Any) -> tuple[np.ndarray, np.ndarray]:
        X, y = pair(self, X, y, self.dtype, reset=first, multi_output=True, y_numeric=True, **settings)
        if first:
            self._flat = y.ndim == 1
        return X, cast(np.asarray(y), np.dtype(self.dtype), "y").reshape(len(X), -1)

    def _last(self, targets: np.ndarray) -> tuple[Layer, str]:
        return Dense(targets.shape[1], kernel_regularizer=self._penalty()), "mean_squared_error"
