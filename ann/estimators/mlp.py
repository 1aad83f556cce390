"""Multilayer perceptrons with scikit-learn's manners: dense layers trained by `Sequential`."""

from abc import abstractmethod
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MultiOutputMixin, RegressorMixin

from ann import optimizers, regularizers, schedules
from ann.callbacks import EarlyStopping, History
from ann.errors import InvalidValueError
from ann.estimators.checking import class_numbers, pair, seed_of, stimuli
from ann.layers import Dense, Dropout
from ann.layers.layer import Layer
from ann.sequential import Sequential

__all__ = ["MLPClassifier", "MLPRegressor"]


class _MLP(BaseEstimator):
    """What classifier and regressor share: their settings, the network, and one way to train it."""

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        optimizer: Any = "adam",
        learning_rate: Any = None,
        dropout: float = 0.0,
        l1: float = 0.0,
        l2: float = 0.0,
        epochs: int = 200,
        batch_size: int = 32,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        random_state: Any = 0,
        dtype: str = "float32",
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2
        self.epochs = epochs
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state
        self.dtype = dtype

    @abstractmethod
    def _last(self, targets: np.ndarray) -> tuple[Layer, str]:
        """Give the last layer and the loss for these targets."""

    def _begin(self, X: np.ndarray, targets: np.ndarray) -> None:
        """Make a new network for data like these."""
        hidden: list[Layer] = []
        for units in np.atleast_1d(np.asarray(self.hidden_layer_sizes, object)):
            penalty = regularizers.L1L2(self.l1, self.l2) if self.l1 or self.l2 else None
            hidden.append(Dense(units, activation=self.activation, kernel_regularizer=penalty))
            if self.dropout:
                hidden.append(Dropout(self.dropout))
        last, loss = self._last(targets)
        self.model_ = Sequential([*hidden, last], seed=seed_of(self.random_state), dtype=self.dtype)
        self.model_.build(X.shape[1:])
        optimizer = optimizers.get(self.optimizer).copy()
        if self.learning_rate is not None:
            optimizer.learning_rate = schedules.get(self.learning_rate, f"{type(self).__name__}.learning_rate")
        self.model_.compile(optimizer, loss)
        self.history_ = History()

    def _train(self, X: np.ndarray, targets: np.ndarray, epochs: int, stopping: bool) -> None:
        """Train on: all training goes through here, a whole fit and a single epoch alike."""
        share = self.validation_fraction if stopping else 0.0
        callbacks = EarlyStopping(patience=self.patience) if stopping else None
        found = self.model_.fit(X, targets, epochs, self.batch_size, validation_split=share, callbacks=callbacks)
        for values in zip(*found.history.values(), strict=True):
            self.history_.append(dict(zip(found.history, values, strict=True)))
        self.history_.stopped, self.history_.validation_rows = found.stopped, found.validation_rows
        self.n_iter_ = self.history_.epochs


class MLPClassifier(ClassifierMixin, _MLP):
    """A classifier of dense layers with softmax and the cross-entropy at their end.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        Units of the hidden layers; ``()`` is multinomial logistic regression.
    activation : str or ann.activations.Activation
        Of the hidden layers.
    optimizer : str or ann.optimizers.Optimizer
        How weights move.
    learning_rate : float or ann.schedules.Schedule, optional
        Instead of the optimiser's own.
    dropout : float
        Share of the units of every hidden layer that is dropped in training.
    l1, l2 : float
        The loss has ``l1 * sum(|w|) + l2 * sum(w**2)`` added, over the weights of hidden and last layers. (The `alpha`
        of scikit-learn's `MLPClassifier` is ``2 * n * l2`` for batches of ``n``.)
    epochs, batch_size : int
        How often every stimulus is seen, at most, and how many at once.
    early_stopping : bool
        Whether to keep `validation_fraction` of the stimuli (class by class) apart, to stop when the loss on them has
        not improved for `patience` epochs, and to return to the weights of the best epoch.
    validation_fraction : float
        See `early_stopping`.
    patience : int
        See `early_stopping`.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        The seed of weights, shuffling, dropout and validation.
    dtype : {"float32", "float64"}
        The type of weights and activity.

    Attributes
    ----------
    classes_ : numpy.ndarray
        The labels, sorted.
    model_ : Sequential
        The network.
    history_ : History
        Loss, and validation loss with `early_stopping`, epoch by epoch.
    n_iter_ : int
        Epochs trained.

    Examples
    --------
    >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["same", "other", "other", "same"]
    >>> fitted = MLPClassifier(hidden_layer_sizes=8, activation="tanh", learning_rate=0.05).fit(x, y)
    >>> fitted.predict(x).tolist()
    ['same', 'other', 'other', 'same']
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Train a new network on `X` (stimulus, feature) and labels `y` (stimulus,).

        Raises
        ------
        DataError, InvalidTypeError
            If they are not finite numbers, not as many, of fewer than two classes, or a class is too small to be split.
        InvalidValueError
            If a setting is none.
        DivergenceError
            If the loss leaves the finite numbers.
        """
        X, y = pair(self, X, y, self.dtype, ensure_min_samples=2 if self.early_stopping else 1)
        self.classes_, targets = class_numbers(y)
        self._begin(X, targets)
        self._train(X, targets, self.epochs, self.early_stopping)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Train on for one epoch; the first call begins a new network.

        ``fit`` with ``epochs=3`` is three calls with the same data, bit for bit. One epoch cannot be stopped early, so
        `early_stopping` says nothing here.

        Parameters
        ----------
        X, y : array-like
            See `fit`.
        classes : array-like, optional
            For the first call: all labels that will come; those of `y` by default.

        Raises
        ------
        DataError, InvalidTypeError, InvalidValueError, DivergenceError
            As `fit` does; or if a label, or `classes`, is not what the first call had.
        """
        first = not hasattr(self, "model_")
        X, y = pair(self, X, y, self.dtype, reset=first)
        known = classes if first else self.classes_
        if not first and classes is not None and not np.array_equal(np.unique(classes), known):
            raise InvalidValueError(f"classes: got {np.unique(classes).tolist()}, the first call had {known.tolist()}")
        self.classes_, targets = class_numbers(y, known)
        if first:
            self._begin(X, targets)
        self._train(X, targets, 1, stopping=False)
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
        X = stimuli(self, X, self.dtype)
        return self.model_.predict(X)

    def predict(self, X: Any) -> np.ndarray:
        """Give the likeliest label (stimulus,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def _last(self, targets: np.ndarray) -> tuple[Layer, str]:
        penalty = regularizers.L1L2(self.l1, self.l2) if self.l1 or self.l2 else None
        last = Dense(len(self.classes_), activation="softmax", kernel_regularizer=penalty)
        return last, "sparse_categorical_crossentropy"


class MLPRegressor(MultiOutputMixin, RegressorMixin, _MLP):
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

    def fit(self, X: Any, y: Any) -> Self:
        """Train a new network on `X` (stimulus, feature) and `y` (stimulus,) or (stimulus, target).

        Raises
        ------
        DataError, InvalidTypeError
            If they are not finite numbers, not as many, or too few to be split.
        InvalidValueError
            If a setting is none.
        DivergenceError
            If the loss leaves the finite numbers.
        """
        X, targets = self._numbers(X, y, first=True, ensure_min_samples=2 if self.early_stopping else 1)
        self._begin(X, targets)
        self._train(X, targets, self.epochs, self.early_stopping)
        return self

    def partial_fit(self, X: Any, y: Any) -> Self:
        """Train on for one epoch; the first call begins a new network. See `MLPClassifier.partial_fit`."""
        first = not hasattr(self, "model_")
        X, targets = self._numbers(X, y, first)
        if first:
            self._begin(X, targets)
        self._train(X, targets, 1, stopping=False)
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
        return X, np.asarray(y, self.dtype).reshape(len(X), -1)

    def _last(self, targets: np.ndarray) -> tuple[Layer, str]:
        penalty = regularizers.L1L2(self.l1, self.l2) if self.l1 or self.l2 else None
        return Dense(targets.shape[1], kernel_regularizer=penalty), "mean_squared_error"
