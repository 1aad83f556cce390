"""The short way through a model: a chain of layers, one after the other, that a batch goes through undivided.

Most small models are that, and for them the bookkeeping of `ann.passes` would cost more than the arithmetic. The layers
are called as there, in the same order and with the same numbers.
"""

from collections.abc import Sequence
from sys import getrefcount
from typing import Any

import numpy as np

from ann.structure import Place, views

__all__ = ["Chain", "layer_backward"]


class Chain:
    """Layers of which each takes the output of the one before; see `chained`.

    Parameters
    ----------
    places : sequence of Place
        The layers in order.
    """

    def __init__(self, places: Sequence[Place]):
        self.places = tuple(places)
        self.layers = tuple(place.layer for place in places)
        self.back = {inputs: _way_back(places, inputs) for inputs in (False, True)}
        self.memory: _Memory | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "memory": None}  # in a copy, its views would be arrays of their own

    @staticmethod
    def chained(places: Sequence[Place]) -> bool:
        """Tell whether these layers are a chain, with no masks made on the way."""
        return all(place.sources == (index - 1,) and not place.layer.makes_mask for index, place in enumerate(places))

    def forward(
        self, x: np.ndarray, training: bool, rng: np.random.Generator | None
    ) -> tuple[np.ndarray, dict[int, Any]]:
        """Give the outputs and each layer's cache, by its number."""
        caches = {}
        for index, layer in enumerate(self.layers):
            x, caches[index] = layer.forward(x, training, rng)
        return x, caches

    def backward(
        self, gradient: np.ndarray, caches: dict[int, Any], weights: np.ndarray, inputs: bool, activated: bool
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Give the gradient for the flat weights, and that for the stimuli where it is wanted."""
        memory = self.memory
        flat = None if memory is None else memory.taken()
        if memory is None or flat is None:
            memory = _Memory(weights, self.places)
            flat = memory.flat
            self.memory = memory  # behind the line before, so that no other thread takes it
        upstream: Any = gradient
        written = memory.out
        for index, place, wanted in self.back[inputs]:
            out = written[index]
            if out is None:
                upstream = layer_backward(place, upstream, caches[index], flat, None, wanted, activated)
            else:  # as there, without a call between
                back = place.layer.backward
                upstream = back(upstream, caches[index], inputs=wanted, activated=activated, out=out)[0]  # type: ignore[call-arg]
            activated = True
        return flat, upstream if inputs else None


class _Memory:
    """Where a gradient is written, and the layers' views into it: making both takes as long as a small layer does.

    Used again once nobody else looks at it, which CPython's count of references tells (as in `ann.room`).
    """

    def __init__(self, weights: np.ndarray, places: Sequence[Place]):
        flat = self.flat = np.empty_like(weights)
        self.out = [views(flat, place.slots) if place.writes else None for place in places]
        self.references = getrefcount(flat)

    def taken(self) -> np.ndarray | None:
        """Give the memory, unless there is more that refers to it than this, the views within and the caller."""
        flat = self.flat  # taken first, then counted: of two threads that come at once none is given it
        return flat if getrefcount(flat) == self.references else None


def layer_backward(
    place: Place,
    gradient: Any,
    cache: Any,
    flat: np.ndarray,
    out: dict[str, np.ndarray] | None,
    inputs: bool,
    activated: bool = True,
) -> Any:
    """Give the gradient for a layer's input, and bring those for its parameters to their places in `flat`.

    A layer that writes gets `out`, its views into `flat`. The gradients of others are put there, or added where the
    layer stands again later, so that `flat` holds something of it already.
    """
    if out is not None:
        return place.layer.backward(gradient, cache, inputs=inputs, activated=activated, out=out)[0]  # type: ignore[call-arg]
    upstream, own = place.layer.backward(gradient, cache, inputs=inputs, activated=activated)
    for slot in place.slots:
        if place.last:
            flat[slot.start : slot.stop] = own[slot.parameter].ravel()
        else:
            flat[slot.start : slot.stop] += own[slot.parameter].ravel()
    return upstream


def _way_back(places: Sequence[Place], inputs: bool) -> tuple[tuple[int, Place, bool], ...]:
    """Give number, place and whether its input's gradient is wanted, from the last to the first that is needed."""
    first = 0 if inputs else next((index for index, place in enumerate(places) if place.slots), len(places))
    return tuple((index, places[index], inputs or index > first) for index in reversed(range(first, len(places))))
