"""Forward and backward through all layers, a large batch in parts on several threads.

A part goes through all layers by itself, until a layer needs the batch whole (batch normalisation in training): there
the parts are put together, and cut again behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import numpy as np

from ann import room
from ann.chain import Chain, layer_backward
from ann.layers.layer import Layer
from ann.parallel import added, blas_on_one_thread, run_parts
from ann.structure import Place, views

__all__ = ["Cache", "LogitGradient", "Plan", "backward", "forward", "layer_gradients", "values"]

WORTH_PARTING = 4_000_000
"""Operations of a forward pass below which a batch stays whole, since handing it to a thread costs more."""

Stretch = tuple[bool, tuple[int, ...]]
"""Places one after the other that take the batch whole (True), or that parts go through by themselves."""


class LogitGradient(np.ndarray):
    """The gradient of a loss with respect to the last layer's pre-activation: softmax and cross-entropy as one."""


class Plan:
    """What a pass needs to know of a model's places, found once.

    Parameters
    ----------
    places : sequence of Place
        The layers in order.
    """

    def __init__(self, places: Sequence[Place]):
        self.places = tuple(places)
        self.end = len(self.places) - 1
        self.random = any(place.layer.random for place in places)
        self.masked = any(place.layer.makes_mask for place in places)
        # Fixed by the layers alone, so that bits do not depend on the number of threads: the busiest has its way.
        self.part = max(self.places, key=lambda place: place.operations).layer.part if places else Layer.part
        self.operations = sum(place.operations for place in places)
        self.chain = Chain(places) if Chain.chained(places) else None
        self.stretches = {training: self._stretches(training) for training in (False, True)}
        self.whole = any(whole for whole, _ in self.stretches[True])
        self.needed = {inputs: self._needed(inputs) for inputs in (False, True)}
        self.looked_up = self._looked_up()

    def rows(self, count: int) -> list[slice]:
        """Cut a batch into parts, if it is worth it."""
        size = self.size(count)
        if size >= count:
            return [slice(0, count)]
        return [slice(start, min(start + size, count)) for start in range(0, count, size)]

    def size(self, count: int) -> int:
        """Give how many stimuli a part of a batch has; all, where it is not worth cutting."""
        return self.part if count * self.operations >= WORTH_PARTING and count > self.part else max(count, 1)

    def short_way(self, count: int, training: bool) -> Chain | None:
        """Give the chain that a batch of so many goes through undivided, if it does."""
        chain = self.chain
        if chain is None or (training and self.whole) or (count > self.part and self.size(count) < count):
            return None
        return chain

    def with_layers(self, layers: Mapping[int, Any]) -> "Plan":
        """Give the same plan with other layers in the places of these numbers; weights stay where they are."""
        places = [
            replace(place, layer=layers[index]) if index in layers else place for index, place in enumerate(self.places)
        ]
        return Plan(places)

    def _stretches(self, training: bool) -> tuple[Stretch, ...]:
        runs = groupby(range(len(self.places)), lambda index: training and self.places[index].layer.whole_batch)
        return tuple((whole, tuple(run)) for whole, run in runs)

    def _needed(self, inputs: bool) -> dict[int, bool]:
        """Tell of every place, and of the stimuli, whether a gradient of its output is needed for anything."""
        needed = {-1: inputs}
        for index, place in enumerate(self.places):
            needed[index] = bool(place.slots) or any(needed[source] for source in place.sources)
        return needed

    def _looked_up(self) -> frozenset[int]:
        """Tell which places, -1 for the stimuli, hold numbers of things: what is looked up, and all it comes from."""
        found: set[int] = set()
        for index in range(self.end, -1, -1):
            if self.places[index].layer.looks_up or index in found:
                found.update(self.places[index].sources)
        return frozenset(found)


@dataclass(slots=True)
class Part:
    """Some stimuli of a batch on their way."""

    rows: slice
    values: dict[int, Any]  # outputs by place, -1 the stimuli; what nobody needs any more is dropped
    rng: np.random.Generator | None = None
    masks: dict[int, np.ndarray | None] = field(default_factory=dict)
    caches: dict[int, Any] = field(default_factory=dict)  # what each layer's `backward` needs


@dataclass(slots=True)
class Cache:
    """What `backward` needs: each part's, and that of the layers which took the batch whole."""

    parts: list[Part]
    whole: dict[int, Any]
    training: bool

    @property
    def mask(self) -> np.ndarray | None:
        """Which steps of the outputs count, (stimulus, step), where masks reach the last layer; None where all do."""
        found = [mask for part in self.parts if part.masks and (mask := part.masks[max(part.masks)]) is not None]
        return np.concatenate(found) if found else None


def forward(
    plan: Plan, x: np.ndarray, training: bool, noise: np.random.Generator, threads: int
) -> tuple[np.ndarray, Cache]:
    """Send stimuli through the layers.

    Parameters
    ----------
    plan : Plan
        Of the layers.
    x : numpy.ndarray
        (stimulus, ...).
    training : bool
        Whether dropout acts and batches are normalised by themselves; layers with statistics then move them.
    noise : numpy.random.Generator
        Where dropout draws from: one number a part, if any layer is random in training.
    threads : int
        How many parts run at once.
    """
    parts = [Part(rows, {}) for rows in plan.rows(len(x))]
    if training and plan.random:
        for part, seed in zip(parts, noise.integers(2**63, size=len(parts)).tolist(), strict=True):
            part.rng = np.random.default_rng(seed)
    chain = plan.short_way(len(x), training)
    if chain is not None:
        with blas_on_one_thread:
            y, parts[0].caches = chain.forward(x, training, parts[0].rng)
        return y, Cache(parts, {}, training)
    for part in parts:
        part.values[-1] = x[part.rows]
        part.masks = {-1: None} if plan.masked else {}
    cache = Cache(parts, {}, training)
    with blas_on_one_thread:
        for whole, indices in plan.stretches[training]:
            if whole:
                _whole_forward(plan, indices, cache)
            else:
                _each(_part_forward, plan, indices, parts, threads, training)
    outputs = [part.values.pop(plan.end) for part in parts]
    return outputs[0] if len(outputs) == 1 else np.concatenate(outputs), cache


def values(plan: Plan, x: np.ndarray) -> dict[int, np.ndarray]:
    """Give the outputs of all places, by number, at inference; -1 are the stimuli."""
    part = Part(slice(0, len(x)), {-1: x}, masks={-1: None} if plan.masked else {})
    kept: dict[int, np.ndarray] = {-1: x}
    with blas_on_one_thread:
        for index in range(len(plan.places)):
            part.values = dict(kept)
            _part_forward(plan.places, (index,), part, False)
            kept[index] = part.values[index]
    return kept


def backward(
    plan: Plan, gradient: np.ndarray, cache: Cache, weights: np.ndarray, inputs: bool, threads: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Carry a gradient back through the layers.

    Parameters
    ----------
    plan : Plan
        Of the layers.
    gradient : numpy.ndarray
        With respect to the outputs, or a `LogitGradient`.
    cache : Cache
        What `forward` gave.
    weights : numpy.ndarray
        The model's, flat; only their number and type are read.
    inputs : bool
        Whether the gradient with respect to the stimuli is wanted.
    threads : int
        How many parts run at once.

    Returns
    -------
    flat : numpy.ndarray
        The gradient for all weights, the parts added in their order.
    inputs : numpy.ndarray or None
        The gradient for the stimuli.
    """
    if plan.chain is not None and len(cache.parts) == 1 and not cache.whole:
        activated = not isinstance(gradient, LogitGradient)
        upstream = np.asarray(gradient, weights.dtype)
        with blas_on_one_thread:
            flat, own = plan.chain.backward(upstream, cache.parts[0].caches, weights, inputs, activated)
        return flat, None if own is None else own.copy()  # layers may have handed on the very array that came in
    flat, backs = _carried(plan, gradient, cache, weights, inputs, threads, None)
    return flat, np.concatenate([back.gradients[-1] for back in backs]) if inputs else None


def layer_gradients(
    plan: Plan, gradient: np.ndarray, cache: Cache, weights: np.ndarray, threads: int
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Carry a gradient back as `backward` does, and keep it at every place.

    Returns
    -------
    flat : numpy.ndarray
        The gradient for all weights.
    places : dict of int to numpy.ndarray
        The gradient with respect to every place's output, by number; -1 are the stimuli. Those that are numbers of
        things (`Plan.looked_up`) have none and are left out. The last is `gradient` itself.
    """
    kept: list[dict[int, Any]] = [{} for _ in cache.parts]
    flat, backs = _carried(plan, gradient, cache, weights, True, threads, kept)
    for back, own in zip(backs, kept, strict=True):
        own[-1] = back.gradients[-1]
    found = [index for index in range(-1, len(plan.places)) if index in kept[0] and index not in plan.looked_up]
    return flat, {index: np.concatenate([own[index] for own in kept]) for index in found}


def _carried(
    plan: Plan,
    gradient: np.ndarray,
    cache: Cache,
    weights: np.ndarray,
    inputs: bool,
    threads: int,
    kept: Sequence[dict[int, Any]] | None,
) -> tuple[np.ndarray, list["_Back"]]:
    activated = not isinstance(gradient, LogitGradient)
    upstream = np.asarray(gradient, weights.dtype)
    needed = plan.needed[inputs]
    backs = [
        _Back(part, {plan.end: upstream[part.rows]}, room.empty_like(weights), kept[number] if kept else None)
        for number, part in enumerate(cache.parts)
    ]
    whole_flat = np.empty_like(weights) if cache.whole else None
    with blas_on_one_thread:
        for whole, indices in reversed(plan.stretches[cache.training]):
            if whole and whole_flat is not None:
                _whole_backward(plan, indices, backs, cache, whole_flat, needed)
            else:
                _each(_part_backward, plan, indices, backs, threads, needed, activated)
    flat = added([back.flat for back in backs], threads)
    if whole_flat is not None:
        for index in cache.whole:
            for slot in plan.places[index].slots:
                flat[slot.start : slot.stop] = whole_flat[slot.start : slot.stop]
    return flat, backs


@dataclass
class _Back:
    """A part on its way back."""

    part: Part
    gradients: dict[int, Any]  # with respect to the outputs of places
    flat: np.ndarray
    kept: dict[int, Any] | None = None  # what `take` gave, if it is wanted

    def take(self, index: int) -> Any:
        """Give the gradient with respect to a place's output, and drop it."""
        gradient = self.gradients.pop(index)
        if self.kept is not None:
            self.kept[index] = gradient
        return gradient


def _each(function: Any, plan: Plan, indices: Sequence[int], parts: Sequence[Any], threads: int, *more: Any) -> None:
    run_parts(lambda part: function(plan.places, indices, part, *more), parts, threads)


def _part_forward(places: Sequence[Place], indices: Sequence[int], part: Part, training: bool) -> None:
    values = part.values
    for index in indices:
        place = places[index]
        x = _gather(values, place.sources)
        if part.masks:
            values[index], part.caches[index] = _masked_forward(place, index, x, part, training)
        else:
            values[index], part.caches[index] = place.layer.forward(x, training, part.rng)
        for source in place.done:
            del values[source]


def _masked_forward(place: Place, index: int, x: Any, part: Part, training: bool) -> tuple[np.ndarray, Any]:
    layer, mask = place.layer, _mask(part.masks, place)
    part.masks[index] = layer.mask_after(x, mask)
    if layer.takes_mask:
        return layer.forward(x, training, part.rng, mask=mask)  # type: ignore[call-arg]
    return layer.forward(x, training, part.rng)


def _part_backward(
    places: Sequence[Place], indices: Sequence[int], back: _Back, needed: dict[int, bool], activated: bool
) -> None:
    end = len(places) - 1
    for index in reversed(indices):
        if not needed[index]:
            continue
        place = places[index]
        inputs = any(needed[source] for source in place.sources)
        upstream, cache = back.take(index), back.part.caches[index]
        out = views(back.flat, place.slots) if place.writes else None
        gradient = layer_backward(place, upstream, cache, back.flat, out, inputs, activated or index < end)
        if inputs:
            _share(back.gradients, place.sources, gradient)


def _whole_forward(plan: Plan, indices: Sequence[int], cache: Cache) -> None:
    parts = cache.parts
    for index in indices:
        place = plan.places[index]
        x = _joined([_gather(part.values, place.sources) for part in parts])
        reads = place.layer.takes_mask and parts[0].masks
        more = {"mask": _joined([_mask(part.masks, place) for part in parts])} if reads else {}
        y, cache.whole[index] = place.layer.forward(x, True, **more)
        place.layer.observe(cache.whole[index])
        for part in parts:
            part.values[index] = y[part.rows]
            if part.masks:
                part.masks[index] = place.layer.mask_after(part.values[index], _mask(part.masks, place))
            for source in place.done:
                del part.values[source]


def _whole_backward(
    plan: Plan,
    indices: Sequence[int],
    backs: Sequence[_Back],
    cache: Cache,
    flat: np.ndarray,
    needed: dict[int, bool],
) -> None:
    for index in reversed(indices):
        if not needed[index]:
            continue
        place = plan.places[index]
        inputs = any(needed[source] for source in place.sources)
        upstream = _joined([back.take(index) for back in backs])
        gradient = layer_backward(place, upstream, cache.whole[index], flat, None, inputs)
        if inputs:
            for back in backs:
                rows = back.part.rows
                mine = tuple(one[rows] for one in gradient) if isinstance(gradient, tuple) else gradient[rows]
                _share(back.gradients, place.sources, mine)


def _gather(values: dict[int, Any], sources: tuple[int, ...]) -> Any:
    return values[sources[0]] if len(sources) == 1 else tuple([values[source] for source in sources])


def _share(gradients: dict[int, Any], sources: tuple[int, ...], gradient: Any) -> None:
    """Add a gradient to those of the places that it goes back to."""
    for source, one in zip(sources, gradient if len(sources) > 1 else (gradient,), strict=True):
        # A new array, since a layer may give the same one to several.
        gradients[source] = gradients[source] + one if source in gradients else one


def _mask(masks: dict[int, np.ndarray | None], place: Place) -> Any:
    """Give the steps that count in all sources, or in each, as the layer takes them."""
    if place.layer.mask_per_input and len(place.sources) > 1:
        return tuple(masks[source] for source in place.sources)
    found = [mask for source in place.sources if (mask := masks[source]) is not None]
    return np.logical_and.reduce(found) if len(found) > 1 else found[0] if found else None


def _joined(parts: Sequence[Any]) -> Any:
    if len(parts) == 1 or parts[0] is None:
        return parts[0]
    if isinstance(parts[0], tuple):
        return tuple(np.concatenate(one) for one in zip(*parts, strict=True))
    return np.concatenate(parts)
