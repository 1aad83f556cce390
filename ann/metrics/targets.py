"""Outputs and targets in the forms that metrics compare."""

from typing import Any

import numpy as np

from ann.data import as_array, require_finite
from ann.errors import DataError, ShapeError
from ann.losses.categorical import class_numbers
from ann.losses.loss import numbers

__all__ = ["answers", "checked_classes", "checked_outputs", "checked_yes_no", "classes"]


def checked_outputs(outputs: Any, what: str) -> np.ndarray:
    """Give outputs with an axis of outputs; a lone axis is that of stimuli.

    Raises
    ------
    DataError
        If they are no finite numbers, or hold no stimulus.
    """
    found = as_array(outputs, f"outputs of {what}")
    if found.dtype.kind not in "fiub":
        raise DataError(f"outputs of {what}: must be numbers, got {found.dtype}")
    if not found.size:
        raise DataError(f"outputs of {what}: hold no stimulus, got {found.shape}")
    if found.dtype.kind != "f":
        found = found.astype(np.float64)
    require_finite(found, f"outputs of {what}")
    return found.reshape(-1, 1) if found.ndim < 2 else found


def checked_yes_no(outputs: np.ndarray, targets: Any, what: str) -> np.ndarray:
    """Give targets in the outputs' shape, each of which is yes or no by itself.

    Raises
    ------
    ShapeError, DataError
        If they have another shape, or lie outside 0 and 1 (or -1 and 1).
    """
    found = numbers(targets, outputs, what)
    if found.size and not (found.min() >= -1 and found.max() <= 1):
        wrong = found.min() if not found.min() >= -1 else found.max()
        raise DataError(
            f"targets of {what}: must be 0 and 1 for outputs that are yes or no, got {wrong:g}"
            + ("; of several classes give outputs (stimulus, class)" if outputs.shape[-1] == 1 else "")
        )
    return found


def checked_classes(outputs: np.ndarray, targets: Any, what: str) -> np.ndarray:
    """Give targets of which each stimulus (each step) has one class: class numbers, one-hot, or 0 and 1.

    Raises
    ------
    ShapeError, DataError
        If they do not fit the outputs, or a one-hot row names no class or several.
    """
    if outputs.shape[-1] == 1:
        return checked_yes_no(outputs, targets, what)
    found = as_array(targets, f"targets of {what}")
    if found.shape == outputs.shape and found.ndim > 1:
        found = numbers(found, outputs, what)
        # Rows of probabilities have one largest, too; those of several labels at once have not.
        largest = (found == found.max(axis=-1, keepdims=True)).sum(axis=-1)
        if (largest > 1).any():
            row = tuple(int(i) for i in np.argwhere(largest > 1)[0])
            raise DataError(
                f"targets of {what}: row {row[0] if len(row) == 1 else row} does not name one class, got "
                f"{found[row].tolist()}; for several labels at once use binary_accuracy, or give threshold="
            )
        return found
    if found.ndim >= outputs.ndim and found.shape != (*outputs.shape[:-1], 1):
        raise ShapeError(
            f"targets of {what}: got {found.shape} beside outputs {outputs.shape}, expects class numbers or one-hot"
        )
    return class_numbers(found, outputs, what)


def classes(outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Give the class number of every stimulus, in the outputs' shape without the last axis, from checked targets."""
    shape = outputs.shape
    if shape[-1] == 1:
        return (targets.reshape(shape[:-1]) > 0.5).astype(np.intp)
    return targets.argmax(axis=-1) if targets.shape == shape else targets.reshape(shape[:-1])


def answers(outputs: np.ndarray, boundary: float) -> np.ndarray:
    """Give the class that the outputs name: the largest, or whether a single one is above the boundary.

    Examples
    --------
    >>> answers(np.array([[0.2, 0.5, 0.3], [0.9, 0.0, 0.1]]), 0.5)
    array([1, 0])
    >>> answers(np.array([[0.2], [0.7]]), 0.5)
    array([0, 1])
    """
    if outputs.shape[-1] == 1:
        return (outputs[..., 0] > boundary).astype(np.intp)
    return outputs.argmax(axis=-1)
