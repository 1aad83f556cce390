"""Linear and logistic regression: the smallest networks, through the same `Sequential` as the largest."""

from typing import Any

import numpy as np

from ann import layers, metrics, optimizers, regularizers
from ann.data import as_array, as_stimuli, require_finite
from ann.errors import DataError, InvalidValueError, NotCompiledError
from ann.layers.layer import positive_integer
from ann.sequential import Sequential
from isocortex.errors import nearest

__all__ = ["LinearRegression", "LogisticRegression"]


class LinearRegression:
    r"""Least squares, :math:`y = x w + b`.

    Parameters
    ----------
    method : {"closed form", "gradient"}
        The solution by singular values, of least norm where there are many; or gradient descent through `Sequential`.
    epochs, batch_size : int
        For the gradient.
    optimizer : str or ann.optimizers.Optimizer
        For the gradient.
    seed : int
        For the gradient: initial weights and shuffling.

    Attributes
    ----------
    coef_ : numpy.ndarray
        (feature,), or (target, feature) where there are several targets.
    intercept_ : float or numpy.ndarray
        One a target.
    model_ : Sequential or None
        The network, for the gradient.

    Raises
    ------
    InvalidValueError
        If the method is unknown.

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
        seed: int = 0,
    ):
        if method not in ("closed form", "gradient"):
            raise InvalidValueError(
                f"LinearRegression.method: unknown {method!r}; {nearest(method, ('closed form', 'gradient'))}"
            )
        self.method = method
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.seed = seed

    def fit(self, x: Any, y: Any) -> "LinearRegression":
        """Fit to `x` (stimulus, feature) and `y` (stimulus,) or (stimulus, target).

        Raises
        ------
        DataError
            If they are not finite numbers, or not as many.
        """
        x, y = _table(x, "x"), as_stimuli(y, np.dtype("float64"), "y")
        _same_length(x, y)
        require_finite(y, "y")
        targets = y[:, None] if y.ndim == 1 else y
        if self.method == "closed form":
            x_mean, y_mean = x.mean(axis=0), targets.mean(axis=0)
            weights = np.linalg.lstsq(x - x_mean, targets - y_mean, rcond=None)[0]
            bias, self.model_ = y_mean - x_mean @ weights, None
        else:
            dense = layers.Dense(targets.shape[1], input_shape=(x.shape[1],))
            self.model_ = Sequential([dense], seed=self.seed, dtype="float64")
            self.model_.compile(optimizers.get(self.optimizer).copy(), "mean_squared_error")
            self.model_.fit(x, targets, epochs=self.epochs, batch_size=self.batch_size)
            weights, bias = dense.parameters["kernel"], dense.parameters["bias"]
        self.coef_ = weights[:, 0] if y.ndim == 1 else weights.T
        self.intercept_ = bias[0] if y.ndim == 1 else bias
        return self

    def predict(self, x: Any) -> np.ndarray:
        """Give the predictions (stimulus,) or (stimulus, target).

        Raises
        ------
        NotCompiledError
            If nothing was fitted yet.
        """
        _require_fitted(self)
        return _table(x, "x") @ self.coef_.T + self.intercept_

    def score(self, x: Any, y: Any) -> float:
        """Give the share of variance explained, R².

        Raises
        ------
        DataError
            If there are not as many targets as stimuli, or of another shape than was fitted to.
        """
        predicted, targets = self.predict(x), as_stimuli(y, np.dtype("float64"), "y")
        _same_length(predicted, targets)
        if targets.size != predicted.size:
            raise DataError(f"y: got {targets.shape}, expects the shape of the predictions {predicted.shape}")
        return metrics.r2(predicted.reshape(len(predicted), -1), targets)


class LogisticRegression:
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

    Raises
    ------
    InvalidValueError
        If `C` is not positive.

    Examples
    --------
    >>> fitted = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"])
    >>> [str(label) for label in fitted.predict([[0.2], [2.8]])]
    ['low', 'high']
    """

    def __init__(self, C: float = 1.0, epochs: int = 10_000, tolerance: float = 1e-8):
        if not C > 0:
            raise InvalidValueError(f"LogisticRegression.C: must be positive, got {C}")
        self.C = C
        self.epochs = positive_integer(epochs, "LogisticRegression.epochs")
        self.tolerance = tolerance

    def fit(self, x: Any, y: Any) -> "LogisticRegression":
        """Fit to `x` (stimulus, feature) and labels `y` (stimulus,).

        Raises
        ------
        DataError
            If they are not finite numbers, not as many, or of fewer than two classes.
        """
        from scipy.optimize import minimize

        x, labels = _table(x, "x"), _labels(y)
        _same_length(x, labels)
        self.classes_, targets = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError(f"y: needs at least two classes, got {len(self.classes_)}")
        binary = len(self.classes_) == 2
        dense = layers.Dense(
            units=1 if binary else len(self.classes_),
            activation="sigmoid" if binary else "softmax",
            kernel_initializer="zeros",
            kernel_regularizer=regularizers.L2(1 / (2 * self.C * len(x))),
            input_shape=x.shape[1:],
        )
        self.model_ = model = Sequential([dense], dtype="float64")
        model.compile(loss="binary_crossentropy" if binary else "sparse_categorical_crossentropy")

        def objective(weights: np.ndarray) -> tuple[float, np.ndarray]:
            model.flat_weights[:] = weights
            outputs, cache = model.forward(x, training=True)
            value, gradient = model.loss(outputs, targets)
            return value, model.backward(gradient, cache).flat

        limits = {"maxiter": self.epochs, "maxfun": 10 * self.epochs, "gtol": self.tolerance, "ftol": 0.0}
        found = minimize(objective, model.flat_weights.copy(), jac=True, method="L-BFGS-B", options=limits)
        model.flat_weights[:] = found.x
        self.coef_, self.intercept_ = dense.parameters["kernel"].T, dense.parameters["bias"]
        return self

    def predict_proba(self, x: Any) -> np.ndarray:
        """Give the probability of every class (stimulus, class).

        Raises
        ------
        NotCompiledError
            If nothing was fitted yet.
        """
        _require_fitted(self)
        found = self.model_.predict(_table(x, "x"))
        return np.hstack([1 - found, found]) if len(self.classes_) == 2 else found

    def predict(self, x: Any) -> np.ndarray:
        """Give the likeliest label (stimulus,)."""
        likeliest = self.predict_proba(x).argmax(axis=1)
        return self.classes_[likeliest]

    def score(self, x: Any, y: Any) -> float:
        """Give the share classified right.

        Raises
        ------
        DataError
            If there is not one label for each stimulus.
        """
        predicted, labels = self.predict(x), _labels(y)
        _same_length(predicted, labels)
        return float(np.mean(predicted == labels))


def _table(x: Any, what: str) -> np.ndarray:
    array = as_stimuli(x, np.dtype("float64"), what)
    if array.ndim != 2 or not len(array):
        raise DataError(f"{what}: must be (stimulus, feature) with at least one stimulus, got {array.shape}")
    require_finite(array, what)
    return array


def _labels(y: Any) -> np.ndarray:
    """Give one label a stimulus; a column is taken as such, since ``==`` would set it against every prediction."""
    labels = as_array(y, "y")
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim > 1:
        raise DataError(f"y: must be one label a stimulus, got shape {labels.shape}")
    return labels


def _same_length(x: np.ndarray, y: np.ndarray) -> None:
    if y.ndim == 0 or len(y) != len(x):
        raise DataError(f"x and y: got {len(x)} stimuli and {y.shape[0] if y.ndim else 'one number as'} targets")


def _require_fitted(model: Any) -> None:
    if not hasattr(model, "coef_"):
        raise NotCompiledError(f"{type(model).__name__}: is not fitted yet; call fit(x, y) first")
