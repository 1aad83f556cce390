"""Linear regression: the smallest network, and its solution in closed form."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin

from ann import layers, optimizers
from ann.errors import InvalidValueError
from ann.estimators.checking import pair, seed_of, stimuli
from ann.estimators.weights import checked_sample_weight
from ann.sequential import Sequential
from isocortex.errors import nearest

__all__ = ["LinearRegression"]

METHODS = ("closed form", "gradient")


class LinearRegression(MultiOutputMixin, RegressorMixin, BaseEstimator):
    r"""Least squares, :math:`y = x w + b`.

    Parameters
    ----------
    method : {"closed form", "gradient"}
        The solution by singular values, of least norm where there are many; or gradient descent through `Sequential`.
    epochs, batch_size : int
        For the gradient.
    optimizer : str or ann.optimizers.Optimizer
        For the gradient.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        For the gradient: the seed of initial weights and shuffling.

    Attributes
    ----------
    coef_ : numpy.ndarray
        (feature,), or (target, feature) where there are several targets.
    intercept_ : float or numpy.ndarray
        One a target.
    model_ : Sequential or None
        The network, for the gradient.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [2.0]])
    >>> fitted = LinearRegression().fit(x, [1.0, 3.0, 5.0])
    >>> round(float(fitted.coef_[0]), 6), round(float(fitted.intercept_), 6)
    (2.0, 1.0)
    """

    def __init__(
        self,
        method: str = "closed form",
        epochs: int = 1000,
        batch_size: int = 32,
        optimizer: Any = "sgd",
        random_state: Any = 0,
    ):
        self.method = method
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit to `X` (stimulus, feature) and `y` (stimulus,) or (stimulus, target).

        Parameters
        ----------
        X, y : array-like
            The data.
        sample_weight : array-like or float, optional
            How much each stimulus counts (stimulus,): a stimulus of weight 2 is there twice. For the gradient that
            holds where a batch has all stimuli; smaller batches have other steps.

        Raises
        ------
        DataError, InvalidTypeError
            If they are not finite numbers, or not as many, or no weight is above zero.
        InvalidValueError
            If the method is unknown, or a setting of the gradient is none.
        DivergenceError
            If gradient descent leaves the finite numbers: lower the learning rate, or scale the features.
        """
        if not isinstance(self.method, str) or self.method not in METHODS:
            raise InvalidValueError(
                f"LinearRegression.method: unknown {self.method!r}; {nearest(str(self.method), METHODS)}"
            )
        X, y = pair(self, X, y, multi_output=True, y_numeric=True)
        targets = np.asarray(y, np.float64).reshape(len(X), -1)
        solve = self._closed_form if self.method == METHODS[0] else self._descend
        kernel, bias = solve(X, targets, checked_sample_weight(sample_weight, X))
        self.coef_ = kernel[:, 0] if y.ndim == 1 else kernel.T
        self.intercept_ = bias[0] if y.ndim == 1 else bias
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
        return stimuli(self, X) @ self.coef_.T + self.intercept_

    def _closed_form(
        self, X: np.ndarray, targets: np.ndarray, weights: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        # Centred, so that the intercept takes no part in the norm that is made least.
        x_mean, y_mean = np.average(X, axis=0, weights=weights), np.average(targets, axis=0, weights=weights)
        scale = 1.0 if weights is None else np.sqrt(weights)[:, None]
        kernel = np.linalg.lstsq(scale * (X - x_mean), scale * (targets - y_mean), rcond=None)[0]
        self.model_: Sequential | None = None
        return kernel, y_mean - x_mean @ kernel

    def _descend(self, X: np.ndarray, targets: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        dense = layers.Dense(targets.shape[1], input_shape=X.shape[1:])
        self.model_ = model = Sequential([dense], seed=seed_of(self.random_state), dtype="float64")
        model.compile(optimizers.get(self.optimizer).copy(), "mean_squared_error")
        if weights is not None:
            weights = weights / weights.mean()  # so that their unit does not scale the steps
        model.fit(X, targets, epochs=self.epochs, batch_size=self.batch_size, sample_weight=weights)
        return dense.parameters["kernel"], dense.parameters["bias"]
