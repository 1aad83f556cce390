"""Axes that an argument names: those of the array (stimulus, ...), as in Keras."""

from typing import Any

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.layers.layer import Shape

__all__ = ["checked_axis", "columns_of", "place_of", "put_back"]


def checked_axis(axis: Any, what: str) -> int:
    """Give an axis of the array (stimulus, ...), which is not 0.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no integer, or 0.
    """
    if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
        raise InvalidTypeError(f"{what}: must be an integer, got {axis!r}")
    if axis == 0:
        raise InvalidValueError(f"{what}: 0 is the axis of stimuli; 1 is the first axis of a stimulus")
    return int(axis)


def place_of(axis: int, input_shape: Shape) -> int:
    """Give an axis of the array (stimulus, ...) as one of a stimulus, counted from 0.

    Raises
    ------
    ShapeError
        If there is none.
    """
    place = axis + len(input_shape) if axis < 0 else axis - 1
    if not 0 <= place < len(input_shape):
        raise ShapeError(f"got {input_shape} a stimulus, which has no axis {axis} besides that of stimuli")
    return place


def columns_of(x: np.ndarray, place: int) -> np.ndarray:
    """Give an array as a contiguous matrix whose columns are those of one axis."""
    moved = x if place == x.ndim - 1 else np.moveaxis(x, place, -1)
    return np.ascontiguousarray(moved).reshape(-1, x.shape[place])


def put_back(columns: np.ndarray, shape: Shape, place: int) -> np.ndarray:
    """Undo `columns_of`."""
    if place == len(shape) - 1:
        return columns.reshape(shape)
    moved = columns.reshape(*shape[:place], *shape[place + 1 :], shape[place])
    return np.ascontiguousarray(np.moveaxis(moved, -1, place))
