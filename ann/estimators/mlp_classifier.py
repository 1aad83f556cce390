"""A classifier of dense layers with scikit-learn's manners."""

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin

from ann.errors import InvalidValueError
from ann.estimators.checking import class_numbers, pair, stimuli
from ann.estimators.mlp import MLP
from ann.estimators.weights import with_classes
from ann.layers import Dense
from ann.layers.layer import Layer

__all__ = ["MLPClassifier"]


class MLPClassifier(ClassifierMixin, MLP):
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
    class_weight : mapping, "balanced" or None
        How much stimuli of each class count in the loss, by label; classes that it does not name weigh 1.
        ``"balanced"`` lets every class weigh as much as the others in all.

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
        class_weight: Any = None,
    ):
        super().__init__(
            hidden_layer_sizes,
            activation,
            optimizer,
            learning_rate,
            dropout,
            l1,
            l2,
            epochs,
            batch_size,
            early_stopping,
            validation_fraction,
            patience,
            random_state,
            dtype,
        )
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new network on `X` (stimulus, feature) and labels `y` (stimulus,).

        Parameters
        ----------
        X, y : array-like
            The data.
        sample_weight : array-like or float, optional
            How much each stimulus counts in the loss (stimulus,), that on validation stimuli too. Weights are brought
            to a mean of 1, so only their ratios count. Where all stimuli are one batch, a weight of 2 is a stimulus
            that is there twice, and one of 0 is not there; in smaller batches that is so on average.

        Raises
        ------
        DataError, InvalidTypeError
            If they are not finite numbers, not as many, of fewer than two classes, or a class is too small to be split.
        ShapeError, DataError
            If `sample_weight` is not one number of at least 0 a stimulus, or all are 0.
        InvalidValueError
            If a setting is none.
        DivergenceError
            If the loss leaves the finite numbers.
        """
        self._checked_settings()
        X, y = pair(self, X, y, self.dtype, ensure_min_samples=2 if self.early_stopping else 1)
        self.classes_, targets = class_numbers(y)
        own = self._weights(sample_weight, X)
        weights = with_classes(self.class_weight, self.classes_, targets, own)
        self._begin(X, targets)
        self._train(X, targets, self.epochs, self.early_stopping, weights)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train on for one epoch; the first call begins a new network.

        ``fit`` with ``epochs=3`` is three calls with the same data, bit for bit. One epoch cannot be stopped early, so
        `early_stopping` says nothing here; and ``class_weight="balanced"`` counts the classes of this call's stimuli.

        Parameters
        ----------
        X, y : array-like
            See `fit`.
        classes : array-like, optional
            For the first call: all labels that will come; those of `y` by default.
        sample_weight : array-like or float, optional
            See `fit`.

        Raises
        ------
        DataError, ShapeError, InvalidTypeError, InvalidValueError, DivergenceError
            As `fit` does; or if a label, or `classes`, is not what the first call had.
        """
        self._checked_settings()
        first = not hasattr(self, "model_")
        X, y = pair(self, X, y, self.dtype, reset=first)
        known = classes if first else self.classes_
        if not first and classes is not None and not np.array_equal(np.unique(classes), known):
            raise InvalidValueError(f"classes: got {np.unique(classes).tolist()}, the first call had {known.tolist()}")
        self.classes_, targets = class_numbers(y, known)
        own = self._weights(sample_weight, X)
        weights = with_classes(self.class_weight, self.classes_, targets, own)
        if first:
            self._begin(X, targets)
        self._train(X, targets, 1, stopping=False, weights=weights)
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
        last = Dense(len(self.classes_), activation="softmax", kernel_regularizer=self._penalty())
        return last, "sparse_categorical_crossentropy"
