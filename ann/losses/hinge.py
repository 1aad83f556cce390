"""Losses that ask for a margin between right and wrong."""

from typing import Any

import numpy as np

from ann.errors import DataError
from ann.losses.categorical import distributions
from ann.losses.loss import Loss, numbers

__all__ = ["CategoricalHinge", "Hinge", "SquaredHinge"]


class Hinge(Loss):
    r"""The mean of :math:`\max(0, 1 - t y)` over the outputs (Cortes and Vapnik 1995, Machine Learning 20).

    Targets are -1 and 1; where they are all 0 and 1, 0 is taken for -1.

    Parameters
    ----------
    reduction : str
        See `Loss`.

    Examples
    --------
    >>> loss, outputs = Hinge(), np.array([[0.5], [-2.0]])
    >>> loss.value_and_gradient(outputs, loss.targets([1, 0], outputs))[0]
    0.25
    """

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give -1 and 1 in the shape of the outputs."""
        return signs(y, outputs, "hinge")

    def each(self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Give the loss and :math:`-t` where the margin is missed, over the number of outputs."""
        missing = np.maximum(1 - targets * outputs, 0)
        return missing.mean(axis=-1), np.where(missing > 0, -targets, 0) / outputs.shape[-1]


class SquaredHinge(Loss):
    r"""The mean of :math:`\max(0, 1 - t y)^2` over the outputs; targets as in `Hinge`.

    Parameters
    ----------
    reduction : str
        See `Loss`.
    """

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give -1 and 1 in the shape of the outputs."""
        return signs(y, outputs, "squared_hinge")

    def each(self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False) -> tuple[np.ndarray, np.ndarray]:
        r"""Give the loss and :math:`-2 t \max(0, 1 - t y)` over the number of outputs."""
        missing = np.maximum(1 - targets * outputs, 0)
        return np.square(missing).mean(axis=-1), missing * targets * (-2 / outputs.shape[-1])


class CategoricalHinge(Loss):
    r"""The loss :math:`\max(0, 1 + \max_{i \ne t} y_i - y_t)`, with one-hot targets (stimulus, class).

    For targets that are probabilities it is :math:`\max(0, 1 + \max_i (1 - t_i) y_i - \sum_i t_i y_i)`, as in Keras.

    Parameters
    ----------
    reduction : str
        See `Loss`.
    """

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give probabilities in the shape of the outputs."""
        return distributions(y, outputs, "categorical_hinge")

    def each(self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Give the loss, and its gradient where the margin is missed: at the strongest rival, and at the target."""
        against = (1 - targets) * outputs
        rival = against.argmax(axis=-1)[..., None]
        missing = 1 + np.take_along_axis(against, rival, -1)[..., 0] - (targets * outputs).sum(axis=-1)
        gradient = -targets
        np.put_along_axis(gradient, rival, 1 - 2 * np.take_along_axis(targets, rival, -1), -1)
        return np.maximum(missing, 0), gradient * (missing > 0)[..., None]


def signs(y: Any, outputs: np.ndarray, what: str) -> np.ndarray:
    """Give targets -1 and 1 in the shape of the outputs, from those or from 0 and 1.

    Raises
    ------
    ShapeError, DataError
        If they have another shape, or other values.
    """
    targets = numbers(y, outputs, what)
    if np.isin(targets, (-1, 1)).all():
        return targets
    if not np.isin(targets, (0, 1)).all():
        wrong = targets[~np.isin(targets, (-1, 0, 1))]
        got = f"{wrong[0]:g}" if wrong.size else "all three of -1, 0 and 1"
        raise DataError(f"targets of {what}: must be -1 and 1, or 0 and 1, got {got}")
    return 2 * targets - 1
