"""Losses by name."""

from typing import Any

from ann.losses.binary import BinaryCrossentropy
from ann.losses.categorical import CategoricalCrossentropy, NegativeLogLikelihood, SparseCategoricalCrossentropy
from ann.losses.difference import Huber, MeanAbsoluteError, MeanSquaredError
from ann.losses.hinge import CategoricalHinge, Hinge, SquaredHinge
from ann.losses.likelihood import KLDivergence, Poisson
from ann.losses.loss import Loss
from ann.registry import resolve

__all__ = ["get"]

NAMES: dict[str, type[Loss]] = {
    "mse": MeanSquaredError,
    "mean_squared_error": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "mean_absolute_error": MeanAbsoluteError,
    "huber": Huber,
    "binary_crossentropy": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "negative_log_likelihood": NegativeLogLikelihood,
    "kl_divergence": KLDivergence,
    "poisson": Poisson,
    "hinge": Hinge,
    "squared_hinge": SquaredHinge,
    "categorical_hinge": CategoricalHinge,
}
_CHOICES: dict[str, type[Loss]] = {**NAMES, **{kind.__name__: kind for kind in NAMES.values()}}


def get(loss: Any, what: str = "loss") -> Loss:
    """Give the loss that a name stands for.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is none of that name, or it is not a name.

    Examples
    --------
    >>> get("huber")
    Huber(delta=1.0, reduction='sum_over_batch_size')
    """
    return resolve(loss, Loss, _CHOICES, what)
