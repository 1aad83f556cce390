"""Layers that only rearrange: no weights, and a gradient that goes back to where each number came from."""

import math
from abc import abstractmethod
from typing import Any

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.layers.layer import Layer, Shape, checked_shape, positive_integer

__all__ = ["Flatten", "Permute", "Piece", "RepeatVector", "Reshape", "ZeroPadding2D"]


class _Rearrangement(Layer):
    """Shared by all: nothing is computed, and steps do not stay what they were."""

    def operations(self, input_shape: Shape) -> int:
        """Count nothing."""
        return 0

    def mask_after(self, x: Any, mask: np.ndarray | None) -> None:
        """Give none: the axis of steps is no longer that of the mask."""

    @abstractmethod
    def _there(self, x: np.ndarray) -> np.ndarray:
        """Rearrange (stimulus, ...)."""

    @abstractmethod
    def _back(self, gradient: np.ndarray, shape: Shape) -> np.ndarray:
        """Give the gradient of an input of `shape` (stimulus, ...)."""

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Rearrange every stimulus."""
        return self._there(x), x.shape

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Put every gradient where its number came from."""
        return self._back(gradient, cache) if inputs else None, {}


class Flatten(_Rearrangement):
    """All axes of a stimulus become one, in C order.

    Examples
    --------
    >>> Flatten().output_shape((10, 10, 32))
    (3200,)
    """

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give one axis."""
        return (math.prod(input_shape),)

    def _there(self, x: np.ndarray) -> np.ndarray:
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def _back(self, gradient: np.ndarray, shape: Shape) -> np.ndarray:
        return gradient.reshape(shape)


class Reshape(_Rearrangement):
    """The numbers of a stimulus in C order, in another shape.

    Parameters
    ----------
    target_shape : tuple of int
        Of one stimulus; one length may be -1, and follows from the others.
    input_shape, name
        See `Layer`.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If `target_shape` is no tuple of positive integers with at most one -1.

    Examples
    --------
    >>> Reshape((7, -1)).output_shape((14, 4))
    (7, 8)
    """

    def __init__(self, target_shape: Any, input_shape: Shape | None = None, name: str | None = None):
        super().__init__(input_shape, name)
        if not isinstance(target_shape, (tuple, list)) or not target_shape:
            raise InvalidTypeError(f"Reshape.target_shape: must be a tuple of integers, got {target_shape!r}")
        self.target_shape = tuple(
            -1 if length == -1 else positive_integer(length, "Reshape.target_shape") for length in target_shape
        )
        if self.target_shape.count(-1) > 1:
            raise InvalidValueError(f"Reshape.target_shape: may hold one -1, got {self.target_shape}")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give `target_shape`, its -1 filled in."""
        size, known = math.prod(input_shape), math.prod(length for length in self.target_shape if length != -1)
        if size % known or (-1 not in self.target_shape and size != known):
            raise ShapeError(
                f"got {input_shape} a stimulus, that is {size} numbers, which do not fit into {self.target_shape}"
            )
        return tuple(size // known if length == -1 else length for length in self.target_shape)

    def _there(self, x: np.ndarray) -> np.ndarray:
        return x.reshape(len(x), *self.output_shape(x.shape[1:]))

    def _back(self, gradient: np.ndarray, shape: Shape) -> np.ndarray:
        return gradient.reshape(shape)


class Permute(_Rearrangement):
    """The axes of a stimulus in another order.

    Parameters
    ----------
    dims : tuple of int
        The axes of the array (stimulus, ...) in their new order, from 1 on: ``(2, 1)`` swaps steps and features.
    input_shape, name
        See `Layer`.

    Raises
    ------
    InvalidValueError
        If `dims` is no order of 1, 2, ...

    Examples
    --------
    >>> Permute((3, 1, 2)).output_shape((28, 20, 3))
    (3, 28, 20)
    """

    def __init__(self, dims: Any, input_shape: Shape | None = None, name: str | None = None):
        super().__init__(input_shape, name)
        if not isinstance(dims, (tuple, list)) or not dims or sorted(map(str, dims)) != _numbers_as_text(len(dims)):
            raise InvalidValueError(f"Permute.dims: must hold every number from 1 to the number of axes, got {dims!r}")
        self.dims = tuple(int(axis) for axis in dims)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give the lengths in their new order."""
        if len(input_shape) != len(self.dims):
            raise ShapeError(f"got {input_shape} a stimulus, expects {len(self.dims)} axes for dims {self.dims}")
        return tuple(input_shape[axis - 1] for axis in self.dims)

    def _there(self, x: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(x.transpose(0, *self.dims))

    def _back(self, gradient: np.ndarray, shape: Shape) -> np.ndarray:
        return np.ascontiguousarray(gradient.transpose(np.argsort((0, *self.dims))))


class Piece(_Rearrangement):
    """Some numbers of a stimulus, that follow each other in C order, in a shape of their own.

    So ``Piece(0, (2, 4))`` is the first two steps of (step, 4), and what `LSTM` gives with ``return_state=True`` is
    taken apart by it. A sequence that is as long as the mask that comes keeps it.

    Parameters
    ----------
    start : int
        Where it begins, from 0.
    shape : tuple of int
        Of one stimulus.
    input_shape, name
        See `Layer`.

    Raises
    ------
    InvalidTypeError, InvalidValueError, ShapeError
        If `start` is no integer of 0 or more, or `shape` no shape.

    Examples
    --------
    >>> Piece(4, (2,)).forward(np.arange(12.0).reshape(2, 6))[0]
    array([[ 4.,  5.],
           [10., 11.]])
    """

    def __init__(self, start: int, shape: Any, input_shape: Shape | None = None, name: str | None = None):
        super().__init__(input_shape, name)
        if isinstance(start, bool) or not isinstance(start, (int, np.integer)):
            raise InvalidTypeError(f"Piece.start: must be an integer, got {start!r}")
        if start < 0:
            raise InvalidValueError(f"Piece.start: must be at least 0, got {start}")
        self.start, self.shape = int(start), checked_shape(shape, "Piece", "shape")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give `shape`."""
        size, stop = math.prod(input_shape), self.start + math.prod(self.shape)
        if stop > size:
            raise ShapeError(
                f"got {input_shape} a stimulus, that is {size} numbers, expects {stop} for {self.shape} from "
                f"number {self.start} on"
            )
        return self.shape

    def mask_after(self, x: Any, mask: np.ndarray | None) -> np.ndarray | None:  # type: ignore[override]
        """Give the mask, if it has as many steps."""
        return mask if mask is not None and len(self.shape) == 2 and mask.shape[1] == self.shape[0] else None

    def _there(self, x: np.ndarray) -> np.ndarray:
        return self._within(x).reshape(len(x), *self.shape)

    def _back(self, gradient: np.ndarray, shape: Shape) -> np.ndarray:
        whole = np.zeros(shape, gradient.dtype)
        self._within(whole)[...] = gradient.reshape(len(gradient), -1)
        return whole

    def _within(self, x: np.ndarray) -> np.ndarray:
        return x.reshape(len(x), -1)[:, self.start : self.start + math.prod(self.shape)]


class ZeroPadding2D(_Rearrangement):
    """Rows and columns of zeros around an image (height, width, channel).

    Parameters
    ----------
    padding : int or tuple
        One number for all sides, ``(height, width)``, or ``((top, bottom), (left, right))``; 0 or more.
    input_shape, name
        See `Layer`.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If `padding` is none of these.

    Examples
    --------
    >>> ZeroPadding2D(((1, 0), (2, 2))).output_shape((28, 28, 3))
    (29, 32, 3)
    """

    def __init__(self, padding: Any = 1, input_shape: Shape | None = None, name: str | None = None):
        super().__init__(input_shape, name)
        pairs = (padding,) * 2 if isinstance(padding, (int, np.integer)) else padding
        if not isinstance(pairs, (tuple, list)) or len(pairs) != 2:
            raise InvalidTypeError(
                "ZeroPadding2D.padding: must be an integer, (height, width) or ((top, bottom), (left, right)), "
                f"got {padding!r}"
            )
        self.padding = (_sides(pairs[0]), _sides(pairs[1]))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give the shape with its border."""
        if len(input_shape) != 3:
            raise ShapeError(f"got {input_shape} a stimulus, expects (height, width, channel)")
        (top, bottom), (left, right) = self.padding
        return (input_shape[0] + top + bottom, input_shape[1] + left + right, input_shape[2])

    def _there(self, x: np.ndarray) -> np.ndarray:
        padded = np.zeros((len(x), *self.output_shape(x.shape[1:])), x.dtype)
        self._inside(padded, x.shape)[...] = x
        return padded

    def _back(self, gradient: np.ndarray, shape: Shape) -> np.ndarray:
        return np.ascontiguousarray(self._inside(gradient, shape))

    def _inside(self, padded: np.ndarray, shape: Shape) -> np.ndarray:
        (top, _), (left, _) = self.padding
        return padded[:, top : top + shape[1], left : left + shape[2]]


class RepeatVector(_Rearrangement):
    """A vector of features at every step of a sequence: (feature,) becomes (step, feature).

    Parameters
    ----------
    n : int
        How many steps.
    input_shape, name
        See `Layer`.

    Examples
    --------
    >>> RepeatVector(5).output_shape((3,))
    (5, 3)
    """

    def __init__(self, n: int, input_shape: Shape | None = None, name: str | None = None):
        super().__init__(input_shape, name)
        self.n = positive_integer(n, "RepeatVector.n")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give ``(n, feature)``."""
        if len(input_shape) != 1:
            raise ShapeError(f"got {input_shape} a stimulus, expects one axis of features")
        return (self.n, *input_shape)

    def _there(self, x: np.ndarray) -> np.ndarray:
        return np.repeat(x[:, None], self.n, axis=1)

    def _back(self, gradient: np.ndarray, shape: Shape) -> np.ndarray:
        return np.add.reduce(gradient, axis=1)


def _numbers_as_text(count: int) -> list[str]:
    return sorted(map(str, range(1, count + 1)))


def _sides(value: Any) -> tuple[int, int]:
    sides = (value, value) if isinstance(value, (int, np.integer)) else value
    if not isinstance(sides, (tuple, list)) or len(sides) != 2:
        raise InvalidTypeError(f"ZeroPadding2D.padding: each axis takes one or two integers, got {value!r}")
    for side in sides:
        if isinstance(side, bool) or not isinstance(side, (int, np.integer)):
            raise InvalidTypeError(f"ZeroPadding2D.padding: must be integers, got {side!r}")
        if side < 0:
            raise InvalidValueError(f"ZeroPadding2D.padding: must be at least 0, got {side}")
    return int(sides[0]), int(sides[1])
