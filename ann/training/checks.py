"""What fit and evaluate are given, held against the model before anything is computed."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ann.data import as_array, as_stimuli, require_finite
from ann.errors import DataError, InvalidTypeError, NotCompiledError
from ann.layers.layer import positive_integer
from ann.training.weighting import checked_weights, counting_steps, is_balanced, with_classes

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["Batch", "checked_batch", "checked_targets", "positive_or_none", "pretended", "require_loss"]

Batch = tuple[np.ndarray, np.ndarray, np.ndarray | None]
"""Stimuli, targets, and the weight of each stimulus."""


def checked_batch(model: "Network", given: Any, class_weight: Any = None, what: str = "") -> Batch:
    """Give stimuli, targets and weights in the form that a step takes.

    Parameters
    ----------
    model : Network
        With a loss.
    given : tuple
        ``(x, y)`` or ``(x, y, sample_weight)``.
    class_weight : mapping or str, optional
        See `ann.training.weighting.with_classes`.
    what : str
        Stands before names in error messages.

    Raises
    ------
    NotCompiledError, InvalidTypeError, ShapeError, DataError
        If the model has no loss, or the data do not fit it.
    """
    require_loss(model)
    if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
        kind = f"{len(given)} parts" if isinstance(given, (tuple, list)) else type(given).__name__
        raise InvalidTypeError(f"{what}batch: must be (x, y) or (x, y, sample_weight), got {kind}")
    # A model that does not know its shape learns it from these, so first whatever can be wrong with them by themselves.
    x = as_stimuli(given[0], model.dtype, f"{what}x")
    y = as_array(given[1], f"{what}y")
    if y.ndim == 0 or len(y) != len(x):
        length = len(y) if y.ndim else "a single number"
        raise DataError(f"{what}x and y: got {len(x)} stimuli and {length} targets; they must be as many")
    if not len(x):
        raise DataError(f"{what}x: holds no stimulus")
    require_finite(x, f"{what}x")
    require_finite(y, f"{what}y")
    x = model._stimuli(x)
    outputs = pretended(model, len(x))
    targets = require_loss(model).targets(y, outputs)
    weights = checked_weights(given[2] if len(given) == 3 else None, outputs, f"{what}sample_weight")
    counts = counting_steps(model, x) if is_balanced(class_weight) else None
    return x, targets, with_classes(class_weight, targets, outputs, weights, counts)


def checked_targets(model: "Network", y: np.ndarray, what: str = "") -> np.ndarray:
    """Give targets in the form that the loss takes.

    Raises
    ------
    ShapeError, DataError
        If they do not fit the model's outputs, are not finite, or out of range.
    """
    require_finite(y, f"{what}y")
    return require_loss(model).targets(y, pretended(model, len(y)))


def pretended(model: "Network", count: int) -> np.ndarray:
    """Give what has the shape and type of a model's outputs for so many stimuli, and takes no room."""
    return np.broadcast_to(np.zeros((), model.dtype), (count, *model.output_shape))


def positive_or_none(value: Any, what: str) -> int | None:
    """Give a count as an int of at least 1, or None where none is given.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is something else.
    """
    return None if value is None else positive_integer(value, what)


def require_loss(model: "Network") -> Any:
    """Give the model's loss.

    Raises
    ------
    NotCompiledError
        If it has none.
    """
    if model.objective is None:
        raise NotCompiledError(f"{model.name}: has no loss; call model.compile(optimizer=..., loss=...) first")
    return model.objective
