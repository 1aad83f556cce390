"""How much memory training takes, told before it is taken.

Nothing of it grows with the number of stimuli: training goes through batches, and what is kept of one is dropped before
the next. So the memory is that of the weights, of what the optimiser remembers, and of one batch on its way.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ann import passes, room
from ann.data import BLOCK_BYTES
from ann.layers.layer import positive_integer
from ann.structure import Place

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["Memory", "training_memory"]

MOST_PROBED = 2**16
"""Stimuli sent at most through the layers to see what their caches hold; only what computes nearly nothing has more."""


@dataclass(frozen=True)
class Memory:
    """The bytes that a step of training takes at its peak.

    Attributes
    ----------
    weights : int
        Parameters and statistics.
    gradients : int
        One array as long as the weights for every part that a large batch is cut into, and what the layer with the
        most weights of those that do not write there gives first.
    optimizer : int
        What the optimiser remembers.
    activations : int
        Outputs and caches of all layers for one batch, and the batch itself.
    backward : int
        Gradients with respect to activity, on their way back through the layer where they are the most.
    data : int
        Shuffled stimuli, gathered for several batches at once: those that are trained on, and the next.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int
    backward: int
    data: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(getattr(self, one.name) for one in fields(self))


def training_memory(model: "Network", batch_size: int) -> Memory:
    """Estimate the memory that training with batches of this size takes, beside the data themselves.

    A part of a batch of zeros is sent through the layers, and what they keep of it is counted; the model is left as it
    is. Room that a layer needs only while it computes (a padded image of a convolution) is not in the estimate.

    Parameters
    ----------
    model : Network
        Built; the optimiser's part is 0 before `compile`.
    batch_size : int
        Stimuli in a batch.

    Raises
    ------
    NotCompiledError
        If the model does not know its input shape yet.
    """
    count = positive_integer(batch_size, "batch_size")
    size, item = model.flat_weights.size, model.dtype.itemsize
    stimulus = item * int(np.prod(model.input_shape))
    size_of_part = model.plan.size(count)
    parts, rest = divmod(count, size_of_part)
    probe = min(size_of_part, MOST_PROBED)
    plan = model.training_plan if model.learning.exact else model.plan  # other rules go layer by layer
    one, inner = _kept(model, plan, probe)
    kept = parts * one * size_of_part / probe + (_kept(model, plan, rest)[0] if rest else 0)
    parts += bool(rest)
    copies = parts + any(place.layer.whole_batch for place in plan.places)
    given = max((0 if place.writes else sum(slot.stop - slot.start for slot in place.slots)) for place in plan.places)
    going_back = [_going_back(model, place, count, own / probe) for place, own in zip(plan.places, inner, strict=True)]
    return Memory(
        weights=model.flat_weights.nbytes + model.flat_statistics.nbytes,
        gradients=copies * room.bytes_of(size * item) + min(model.threads, parts) * given * item,
        optimizer=_remembered(model),
        activations=int(kept + count * stimulus),
        backward=int(max(going_back)),
        data=2 * max(BLOCK_BYTES // (stimulus * count), 1) * stimulus * count,
    )


def _kept(model: "Network", plan: passes.Plan, count: int) -> tuple[int, list[int]]:
    """Give the bytes that all layers keep of some stimuli, and of each layer what is neither its input nor output."""
    x = np.zeros((count, *model.input_shape), model.dtype)
    part = passes.Part(slice(0, count), {-1: x}, np.random.default_rng(0))
    if plan.masked:
        part.masks[-1] = None
    inner = []
    for index, place in enumerate(plan.places):
        known = [x, model.flat_weights, model.flat_statistics, *(part.values[source] for source in place.sources)]
        passes._part_forward(plan.places, (index,), part, True)
        inner.append(_bytes(part.caches[index], [*known, part.values[index]]))
    return _bytes([part.values, part.caches], [x, model.flat_weights, model.flat_statistics]), inner


def _bytes(value: Any, known: list[np.ndarray]) -> int:
    """Give the bytes of all arrays within a value, each memory once, and that of known arrays not at all."""
    ours = {id(_root(array)) for array in known}
    views: dict[int, tuple[int, dict[tuple[int, int], int]]] = {}
    for array in _arrays(value):
        root = _root(array)
        if id(root) not in ours:
            place = array.__array_interface__["data"][0], array.nbytes
            views.setdefault(id(root), (root.nbytes, {}))[1][place] = array.nbytes
    return sum(min(whole, room.bytes_of(sum(own.values()))) for whole, own in views.values())


def _going_back(model: "Network", place: Place, count: int, inner: float) -> float:
    """Give the bytes of gradients while they go back through a layer: of its input, its output and what is between."""
    item, size = model.dtype.itemsize, model.plan.size(count)
    side_by_side = min(model.threads, -(-count // size))
    shapes = item * (_numbers(place.input_shape) + _numbers(place.output_shape))
    if place.layer.whole_batch:  # those of the parts, and put together
        return count * (shapes + item * _numbers(place.output_shape) * (size < count))
    return side_by_side * size * (shapes + (inner if place.layer.gradients_within else 0))


def _arrays(value: Any) -> Iterator[np.ndarray]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, Mapping):
        yield from _arrays(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _arrays(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _arrays(getattr(value, one.name))


def _root(array: np.ndarray) -> np.ndarray:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _numbers(shape: Any) -> int:
    """Give how many numbers a stimulus has in a shape, or in several."""
    if shape and isinstance(shape[0], tuple):
        return sum(_numbers(one) for one in shape)
    return int(np.prod(shape))


def _remembered(model: "Network") -> int:
    """Give the bytes that the optimiser remembers."""
    if model.optimizer is None:
        return 0
    wanted = model.optimizer.remembers(model.flat_weights).values()
    return sum(math.prod(shape) * dtype.itemsize for shape, dtype in wanted)
