"""Losses and regularisers checked against central differences."""

from typing import Any

import numpy as np

from ann import losses, regularizers
from ann.errors import InvalidTypeError
from ann.gradcheck.differences import TOLERANCE, worst_error

__all__ = ["check_loss", "check_regularizer"]


def check_loss(
    loss: Any,
    outputs: Any,
    targets: Any,
    weights: Any = None,
    tolerance: float = TOLERANCE,
    samples: int = 200,
    seed: int = 0,
) -> float:
    """Check a loss's gradient for the outputs.

    Parameters
    ----------
    loss : str or ann.losses.Loss
        The loss, with its own reduction.
    outputs, targets : array
        As in training: probabilities where the loss takes those, logits where it takes those.
    weights : array, optional
        One a stimulus, or one a step.
    tolerance, samples, seed
        As in `check_model`.

    Returns
    -------
    float
        The largest error found.

    Raises
    ------
    GradientError, KinkError
        If the gradient is wrong, or disagrees at a kink.
    ShapeError, DataError
        If targets or weights do not fit the outputs.

    Examples
    --------
    >>> check_loss("mean_squared_error", [[1.0, 2.0]], [[0.0, 5.0]]) < 1e-6
    True
    """
    loss, outputs = losses.get(loss), np.array(outputs, float)
    targets, weights = loss.targets(targets, outputs), losses.checked_weights(weights, outputs)
    _, gradient = loss.value_and_gradient(outputs, targets, weights=weights)

    def value() -> float:
        return loss.value_and_gradient(outputs, targets, weights=weights)[0]

    return worst_error(f"{type(loss).__name__}: the outputs", value, outputs, gradient, tolerance, samples, seed)


def check_regularizer(
    regularizer: Any, weights: Any, tolerance: float = TOLERANCE, samples: int = 200, seed: int = 0
) -> float:
    """Check a regulariser's gradient for the weights.

    Parameters
    ----------
    regularizer : str or ann.regularizers.Regularizer
        The penalty.
    weights : array
        What it is on.
    tolerance, samples, seed
        As in `check_model`.

    Returns
    -------
    float
        The largest error found.

    Raises
    ------
    GradientError, KinkError
        If the gradient is wrong, or disagrees at a kink.
    InvalidTypeError
        If it is no regulariser.

    Examples
    --------
    >>> check_regularizer("l1_l2", [[1.0, -2.0]]) < 1e-6
    True
    """
    found, weights = regularizers.get(regularizer), np.array(weights, float)
    if found is None:
        raise InvalidTypeError(f"check_regularizer: needs a regulariser, got {regularizer!r}")
    gradient = found.gradient(weights)
    what = f"{type(found).__name__}: the weights"
    return worst_error(what, lambda: found.value(weights), weights, gradient, tolerance, samples, seed)
