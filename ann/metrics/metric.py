"""What a metric is: a summary of every batch, summaries put together, and a number from them."""

import re
from abc import ABC, abstractmethod
from copy import copy
from typing import Any, ClassVar, Self

import numpy as np

from ann.data import require_finite
from ann.errors import InvalidValueError
from ann.losses import Hinge, Loss, SquaredHinge, checked_weights
from ann.metrics.targets import checked_classes, checked_outputs
from ann.registry import Configurable

__all__ = ["MeanMetric", "Metric", "snake_case", "total"]

TAKEN = ("loss", "penalty", "learning_rate")


class Metric(Configurable, ABC):
    """A number that is read besides the loss.

    A model hands it the outputs batch by batch: `summary` of each, `merge` of two, and `value` at the end. So a metric
    that is no mean over batches is the same whatever the batches are. Called on arrays, it does all three at once.

    Where outputs are sequences (stimulus, step, output), every step counts as a stimulus does.

    Parameters
    ----------
    name : str, optional
        How the history calls it: by default its class's name, in the form ``"balanced_accuracy"``.

    Raises
    ------
    InvalidValueError
        If the name is none that an attribute could have, or is taken.
    """

    smaller_is_better: ClassVar[bool] = False
    """Whether a callback that watches it waits for it to fall."""

    weighted: bool = False
    """Whether a model gives it the weights of stimuli; set by ``compile(weighted_metrics=...)``."""

    def __init__(self, name: str | None = None):
        kind = type(self).__name__
        self.name = snake_case(kind) if name is None else _checked_name(name, kind)
        self._boundary, self._from_logits = 0.5, False

    def beside(self, loss: Loss) -> Self:
        """Give a copy that reads the outputs as this loss does.

        A single output is yes above 0.5, but above 0 where it is log odds or a margin.
        """
        found = copy(self)
        found._from_logits = loss.from_logits
        found._boundary = 0.0 if loss.from_logits or isinstance(loss, (Hinge, SquaredHinge)) else 0.5
        return found

    def __call__(self, outputs: Any, targets: Any, sample_weight: Any = None) -> float:
        """Give the number for arrays.

        Parameters
        ----------
        outputs : array
            (stimulus, output) or (stimulus, step, output): what `predict` gives. A lone axis is that of stimuli.
        targets : array
            As the loss takes them: class numbers, one-hot rows or 0 and 1 for metrics of classes, else numbers.
        sample_weight : array, optional
            (stimulus,), or (stimulus, step): how much each counts; a mask is such a weight.

        Raises
        ------
        ShapeError, DataError
            If they do not fit each other, are not finite, or hold no stimulus.
        """
        outputs = checked_outputs(outputs, self.name)
        targets = self.checked(outputs, targets)
        require_finite(targets, f"targets of {self.name}")
        weights = checked_weights(sample_weight, outputs)
        return self.value(self.summary(outputs, targets, weights))

    def checked(self, outputs: np.ndarray, targets: Any) -> np.ndarray:
        """Give targets in the form that `summary` takes beside these outputs: those of classes, unless overridden.

        Raises
        ------
        ShapeError, DataError
            If they do not fit.
        """
        return checked_classes(outputs, targets, self.name)

    @abstractmethod
    def summary(self, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None) -> Any:
        """Give what `value` needs to know of a batch.

        Parameters
        ----------
        outputs, targets : numpy.ndarray
            As the model's loss has checked them; see `checked`.
        weights : numpy.ndarray, optional
            As `ann.losses.checked_weights` gives them.
        """

    def merge(self, first: Any, second: Any) -> Any:
        """Give the summary of two batches from theirs; the first may be changed in place."""
        return first + second

    @abstractmethod
    def value(self, summary: Any) -> float:
        """Give the number; NaN where it is undefined."""


class MeanMetric(Metric):
    """A metric that is the weighted mean of one number a stimulus (a step)."""

    @abstractmethod
    def each(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Give the number of every stimulus, in the outputs' shape without their last axis."""

    def summary(
        self, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None
    ) -> tuple[float, float]:
        """Give the sum of the numbers, and how much counted."""
        return total(self.each(outputs, targets), weights)

    def merge(self, first: tuple[float, float], second: tuple[float, float]) -> tuple[float, float]:
        """Add both."""
        return first[0] + second[0], first[1] + second[1]

    def value(self, summary: tuple[float, float]) -> float:
        """Give the mean; NaN where nothing counts."""
        return summary[0] / summary[1] if summary[1] else float("nan")


def total(values: np.ndarray, weights: np.ndarray | None) -> tuple[float, float]:
    """Give the weighted sum of numbers, and of the weights.

    Examples
    --------
    >>> total(np.array([3.0, 1.0]), np.array([2.0, 0.5]))
    (6.5, 2.5)
    """
    if weights is None:  # at every step of training, so by the cheapest calls
        right = values.dtype == np.bool_
        found = np.count_nonzero(values) if right else np.add.reduce(values, axis=None, dtype=np.float64)
        return float(found), float(values.size)
    weights = np.broadcast_to(weights, values.shape).astype(np.float64)
    return float((values * weights).sum()), float(weights.sum())


def _checked_name(name: Any, kind: str) -> str:
    fits = isinstance(name, str) and re.fullmatch(r"[A-Za-z]\w*", name)
    if not fits or name in TAKEN or name.startswith(("val_", "train_eval_")):
        raise InvalidValueError(
            f"{kind}.name: must be letters, digits and '_', and none of {', '.join(TAKEN)}, val_... and "
            f"train_eval_..., got {name!r}"
        )
    return str(name)


def snake_case(name: str) -> str:
    """Give a class's name as a function would be called.

    Examples
    --------
    >>> snake_case("KLDivergence"), snake_case("F1")
    ('kl_divergence', 'f1')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
