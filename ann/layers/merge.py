"""Layers that join several branches of a graph into one."""

import math
from typing import Any

import numpy as np

from ann.errors import InvalidTypeError, ShapeError
from ann.layers.axes import place_of
from ann.layers.layer import Layer, Shape

__all__ = ["Add", "Concatenate", "Multiply"]

MANY = 2**16  # branches; more is a mistake


class Add(Layer):
    r"""The sum of its inputs: with one of them led past some layers, a residual connection (He et al. 2016, CVPR).

    The gradient goes back to every input as it is.

    Examples
    --------
    >>> Add().output_shape(((8,), (8,)))
    (8,)
    """

    most_inputs = MANY

    def output_shape(self, input_shape: Any) -> Shape:
        """Give the shape of the inputs, which must be the same."""
        return _same(input_shape)

    def operations(self, input_shape: Any) -> int:
        """Count one addition for each number of each input."""
        return sum(math.prod(shape) for shape in _several(input_shape))

    def forward(self, x: Any, training: bool = False, rng: np.random.Generator | None = None) -> tuple[np.ndarray, Any]:
        """Add."""
        if not isinstance(x, tuple):
            return x, 0
        total = x[0] + x[1]
        for one in x[2:]:
            total += one
        return total, len(x)

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[Any, dict[str, np.ndarray]]:
        """Give the gradient to each."""
        return (gradient,) * cache if cache else gradient, {}


class Multiply(Layer):
    r"""The product of its inputs, number by number: :math:`y = \prod_i x_i`, for instance a gate on a branch.

    The gradient for one input is :math:`g \prod_{j \ne i} x_j`, computed without a division, so that zeros are right.

    Examples
    --------
    >>> Multiply().forward((np.array([[2.0, 3.0]]), np.array([[0.0, 4.0]])))[0]
    array([[ 0., 12.]])
    """

    most_inputs = MANY

    def output_shape(self, input_shape: Any) -> Shape:
        """Give the shape of the inputs, which must be the same."""
        return _same(input_shape)

    def operations(self, input_shape: Any) -> int:
        """Count one multiplication for each number of each input."""
        return sum(math.prod(shape) for shape in _several(input_shape))

    def forward(self, x: Any, training: bool = False, rng: np.random.Generator | None = None) -> tuple[np.ndarray, Any]:
        """Multiply."""
        if not isinstance(x, tuple):
            return x, None
        product = x[0] * x[1]
        for one in x[2:]:
            product *= one
        return product, x

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[Any, dict[str, np.ndarray]]:
        """Give each input the gradient times the product of all others."""
        if cache is None:
            return gradient, {}
        upto = [gradient]  # times all inputs before this one
        for one in cache[:-1]:
            upto.append(upto[-1] * one)
        behind = cache[-1]  # the product of all inputs behind this one
        found = [upto[-1]]
        for place in range(len(cache) - 2, -1, -1):
            found.append(upto[place] * behind)
            if place:
                behind = behind * cache[place]
        return tuple(found[::-1]), {}


class Concatenate(Layer):
    """Its inputs one behind the other along one axis of a stimulus, the last by default.

    Parameters
    ----------
    axis : int
        Axis of the array (stimulus, ...), 1 for the first axis of a stimulus, or counted from the end; not 0.
    input_shape, name
        See `Layer`.

    Raises
    ------
    InvalidTypeError
        If `axis` is no whole number.

    Examples
    --------
    >>> Concatenate().output_shape(((8, 8, 3), (8, 8, 5)))
    (8, 8, 8)
    """

    most_inputs = MANY

    def __init__(self, axis: int = -1, input_shape: Shape | None = None, name: str | None = None):
        super().__init__(input_shape, name)
        if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
            raise InvalidTypeError(f"Concatenate.axis: must be an integer, got {axis!r}")
        self.axis = int(axis)

    def output_shape(self, input_shape: Any) -> Shape:
        """Give the shape of the inputs with their lengths along the axis added."""
        shapes = _several(input_shape)
        axis = self._axis(shapes[0])
        rest = {shape[:axis] + shape[axis + 1 :] for shape in shapes}
        if len(rest) > 1 or len({len(shape) for shape in shapes}) > 1:
            got = ", ".join(map(str, shapes))
            raise ShapeError(f"got {got}, expects inputs that differ along axis {self.axis} alone")
        return (*shapes[0][:axis], sum(shape[axis] for shape in shapes), *shapes[0][axis + 1 :])

    def operations(self, input_shape: Any) -> int:
        """Count nothing."""
        return 0

    def forward(self, x: Any, training: bool = False, rng: np.random.Generator | None = None) -> tuple[np.ndarray, Any]:
        """Put the inputs together."""
        if not isinstance(x, tuple):
            return x, None
        axis = self._axis(x[0].shape[1:]) + 1
        ends = np.cumsum([one.shape[axis] for one in x])[:-1]
        return np.concatenate(x, axis), (axis, ends)

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[Any, dict[str, np.ndarray]]:
        """Give each input its own part."""
        if cache is None:
            return gradient, {}
        axis, ends = cache
        return tuple(np.split(gradient, ends, axis)), {}

    def _axis(self, shape: Shape) -> int:
        """Give the axis, counted from 0 among those of one stimulus."""
        return place_of(self.axis, shape)


def _several(shape: Any) -> tuple[Shape, ...]:
    return shape if isinstance(shape[0], tuple) else (shape,)


def _same(input_shape: Any) -> Shape:
    shapes = _several(input_shape)
    if len(set(shapes)) > 1:
        raise ShapeError(f"got {', '.join(map(str, shapes))}, expects inputs of one shape")
    return shapes[0]
