"""What the multilayer facades share: their settings, the network, and one way to train it."""

from abc import abstractmethod
from collections import Counter
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from ann import optimizers, regularizers, schedules
from ann.callbacks import EarlyStopping, History
from ann.checks import finite_number, floating, share
from ann.data import classes_of
from ann.errors import DataError, InvalidTypeError, InvalidValueError
from ann.estimators.checking import seed_of
from ann.estimators.weights import checked_sample_weight
from ann.layers import Dense, Dropout
from ann.layers.layer import Layer
from ann.sequential import Sequential

__all__ = ["MLP"]


class MLP(BaseEstimator):
    """A multilayer perceptron: dense layers trained by `Sequential`. See `MLPClassifier` for the settings."""

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

    def _checked_settings(self) -> None:
        """Refuse, in this facade's words, what the network would refuse later or take in another sense."""
        owner = type(self).__name__
        floating(self.dtype, f"{owner}.dtype")
        share(self.dropout, f"{owner}.dropout")
        for name in ("l1", "l2"):
            finite_number(getattr(self, name), f"{owner}.{name}", least=0)
        if not isinstance(self.early_stopping, (bool, np.bool_)):
            raise InvalidTypeError(f"{owner}.early_stopping: must be True or False, got {self.early_stopping!r}")
        if not share(self.validation_fraction, f"{owner}.validation_fraction"):
            raise InvalidValueError(f"{owner}.validation_fraction: must be above 0, got {self.validation_fraction}")

    def _penalty(self) -> regularizers.Regularizer | None:
        return regularizers.L1L2(self.l1, self.l2) if self.l1 or self.l2 else None

    def _begin(self, X: np.ndarray, targets: np.ndarray) -> None:
        """Make a new network for data like these."""
        hidden: list[Layer] = []
        for units in np.atleast_1d(np.asarray(self.hidden_layer_sizes, object)):
            hidden.append(Dense(units, activation=self.activation, kernel_regularizer=self._penalty()))
            if self.dropout:
                hidden.append(Dropout(self.dropout))
        last, loss = self._last(targets)
        model = Sequential([*hidden, last], seed=seed_of(self.random_state), dtype=self.dtype)
        model.build(X.shape[1:])
        optimizer = optimizers.get(self.optimizer).copy()
        if self.learning_rate is not None:
            optimizer.learning_rate = schedules.get(self.learning_rate, f"{type(self).__name__}.learning_rate")
        model.compile(optimizer, loss)
        self.model_, self.history_ = model, History()

    def _weights(self, sample_weight: Any, X: np.ndarray) -> np.ndarray | None:
        """Give the weight of each stimulus, of mean 1, so that the learning rate fits weights on any scale."""
        weights = checked_sample_weight(sample_weight, X)
        return None if weights is None else weights / weights.mean()

    def _check_split(self, targets: np.ndarray) -> None:
        """Refuse classes too small for a split, by their labels."""
        fraction = self.validation_fraction
        classes = classes_of(targets)
        if classes is not None and hasattr(self, "classes_"):
            classes = self.classes_[classes]
        counts = {None: len(targets)} if classes is None else Counter(classes.tolist())
        for label, count in counts.items():
            if not 0 < round(fraction * count) < count:
                which = "" if label is None else f" of class {label!r}"
                raise DataError(
                    f"{type(self).__name__}.validation_fraction: {count} stimuli{which} cannot be split {fraction:g} "
                    f"to {1 - fraction:g}; choose another fraction, or early_stopping=False"
                )

    def _train(
        self, X: np.ndarray, targets: np.ndarray, epochs: int, stopping: bool, weights: np.ndarray | None = None
    ) -> None:
        """Train on: all training goes through here, a whole fit and a single epoch alike."""
        settings: dict[str, Any] = {"batch_size": self.batch_size, "sample_weight": weights}
        if stopping:
            self._check_split(targets)
            settings |= {
                "validation_split": self.validation_fraction,
                "callbacks": EarlyStopping(patience=self.patience),
            }
        found = self.model_.fit(X, targets, epochs, **settings)
        for values in zip(*found.history.values(), strict=True):
            self.history_.append(dict(zip(found.history, values, strict=True)))
        self.history_.stopped, self.history_.validation_rows = found.stopped, found.validation_rows
        self.n_iter_ = self.history_.epochs
