"""States that come into a recurrent layer and go out of it.

A layer gives one array a stimulus. One that gives its last states too has them in that array, behind its output, and
the call takes it apart again: each piece is a node of the graph by itself.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ann.layers.layer import Layer, Shape
from ann.layers.reshape import Piece

__all__ = ["call", "pack", "packed_shape", "unpack"]


def packed_shape(shapes: Sequence[Shape]) -> Shape:
    """Give the shape of several arrays as one; that of a single one is its own."""
    return shapes[0] if len(shapes) == 1 else (sum(map(math.prod, shapes)),)


def pack(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Give several arrays (stimulus, ...) as one (stimulus, number); a single one stays as it is."""
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate([array.reshape(len(array), -1) for array in arrays], axis=1)


def unpack(array: np.ndarray, shapes: Sequence[Shape]) -> list[np.ndarray]:
    """Give what `pack` made one of, as views; `shapes` are those of one stimulus."""
    if len(shapes) == 1:
        return [array]
    found, start = [], 0
    for shape in shapes:
        stop = start + math.prod(shape)
        found.append(array[:, start:stop].reshape(len(array), *shape))
        start = stop
    return found


def call(layer: Layer, inputs: Any, initial_state: Any, shapes: Any) -> Any:
    """Call a layer on symbols, its states among the inputs or beside them.

    Parameters
    ----------
    layer : Layer
        Recurrent.
    inputs : Symbol or sequence of Symbol
        The sequence, or a list of that and the initial states.
    initial_state : Symbol or sequence of Symbol, optional
        The initial states, where `inputs` does not hold them.
    shapes : callable
        From the shape of the inputs to those of the outputs.

    Returns
    -------
    Symbol or tuple of Symbol
        The output; where there are several shapes, that and the last states.
    """
    from ann.symbols import Symbol

    given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    if initial_state is not None:
        given += initial_state if isinstance(initial_state, (list, tuple)) else [initial_state]
    packed = Symbol.of(layer, given)
    found = shapes(given[0].shape)
    if len(found) == 1:
        return packed
    starts = np.cumsum([0, *map(math.prod, found)]).tolist()
    return tuple(Piece(start, shape)(packed) for start, shape in zip(starts, found, strict=False))
