"""How a model's layers are laid out: names, shapes, sources, and their places in one flat array of weights."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Any

import numpy as np

from ann.data import as_array
from ann.errors import InvalidTypeError, InvalidValueError, ShapeError, WeightsError
from ann.layers.layer import MOST, Layer, Shape
from ann.symbols import Step
from isocortex.seeds import generator

__all__ = [
    "Gradients",
    "Layout",
    "Place",
    "Slot",
    "Through",
    "assign",
    "check_weights",
    "lay_out",
    "layer_names",
    "mismatches",
    "named_arrays",
    "shapes_of",
    "views",
    "weight_shapes",
]


@dataclass(frozen=True)
class Slot:
    """Where one array of a layer stands in a flat one."""

    parameter: str
    start: int
    stop: int
    shape: Shape


@dataclass(frozen=True)
class Place:
    """One place in the order of a model: a layer, seen from its input to its output."""

    name: str  # unique, also where a layer stands twice
    owner: str  # the name that the layer's parameters go by
    layer: Layer
    sources: tuple[int, ...]  # numbers of the places that it takes from; -1 stands for the stimuli
    input_shape: Any  # a tuple of shapes where there are several sources
    output_shape: Shape
    operations: int
    slots: tuple[Slot, ...]  # of its parameters
    statistics: tuple[Slot, ...]
    last: bool  # the layer stands nowhere later: its gradient is met first on the way back
    done: tuple[int, ...]  # whose outputs nobody needs any more after this place

    @cached_property
    def writes(self) -> bool:
        """Whether the layer's `backward` writes its gradients where they belong: it takes ``out=``, and comes first."""
        backward = getattr(type(self.layer), "backward", None)  # a stand-in (`Through`) may have none
        return self.last and backward is not None and "out" in signature(backward).parameters


class Through:
    """Stands in for a layer in a plan (`Plan.with_layers`), and is that layer in all that a class of it leaves out.

    Parameters
    ----------
    layer : Layer
        The layer.
    """

    def __init__(self, layer: Layer):
        self.layer = layer

    def __getattr__(self, name: str) -> Any:
        if name == "layer":  # not there yet, while a copy is made
            raise AttributeError(name)
        return getattr(self.layer, name)


@dataclass(frozen=True)
class Layout:
    """All places of a model in order, and two flat arrays that the layers look into."""

    places: tuple[Place, ...]
    weights: np.ndarray
    statistics: np.ndarray

    def share(self) -> None:
        """Let the layers look into the two arrays."""
        for place in self.places:
            place.layer.parameters = views(self.weights, place.slots)
            place.layer.statistics = views(self.statistics, place.statistics)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Come back from a copy or a process, where the layers' views have become arrays of their own."""
        vars(self).update(state)
        self.share()


class Gradients(Mapping[str, dict[str, np.ndarray]]):
    """The gradient of a loss with respect to every parameter: ``gradients["dense_1"]["kernel"]``.

    Attributes
    ----------
    flat : numpy.ndarray
        All of them in one array, in the order of the model's `flat_weights`.
    inputs : numpy.ndarray or None
        The gradient with respect to the model's input, where it was asked for.
    """

    def __init__(self, flat: np.ndarray, places: Sequence[Place], inputs: np.ndarray | None = None):
        self.flat = flat
        self.inputs = inputs
        self._places = places

    def __getitem__(self, name: str) -> dict[str, np.ndarray]:
        for place in self._places:
            if place.owner == name and place.slots:
                return views(self.flat, place.slots)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(place.owner for place in self._places if place.slots))

    def __len__(self) -> int:
        return len(list(iter(self)))


def named_arrays(layout: Layout) -> dict[str, dict[str, np.ndarray]]:
    """Give every parameter and statistic by name, as views into the flat arrays."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for place in layout.places:
        own = {**views(layout.weights, place.slots), **views(layout.statistics, place.statistics)}
        if own:
            found[place.owner] = own
    return found


def views(flat: np.ndarray, slots: Sequence[Slot]) -> dict[str, np.ndarray]:
    """Give the places of arrays in a flat one, by name, in their own shapes."""
    return {slot.parameter: flat[slot.start : slot.stop].reshape(slot.shape) for slot in slots}


def layer_names(layers: Sequence[Layer]) -> list[str]:
    """Name every layer: its own name, else its kind and a number (``"conv2d_1"``); a layer that returns keeps its name.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If something is no layer, or two layers share a name.
    """
    counts: Counter[str] = Counter()
    names: dict[int, str] = {}
    taken = {"input"}
    for index, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise InvalidTypeError(f"layers[{index}]: must be a layer, got {layer!r}")
        if id(layer) in names:
            continue
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(layer).__name__).lower()
        counts[kind] += 1
        name = layer.name or f"{kind}_{counts[kind]}"
        if name in taken:
            raise InvalidValueError(f"layers[{index}].name: {name!r} is taken; give each layer its own")
        taken.add(name)
        names[id(layer)] = name
    return [names[id(layer)] for layer in layers]


def lay_out(steps: Sequence[Step], names: Sequence[str], input_shape: Shape, seed: int, dtype: np.dtype) -> Layout:
    """Find every shape, draw initial weights, and put them into one flat array that the layers look into.

    Raises
    ------
    ShapeError
        If a layer cannot take what it is given; the message names it.
    InvalidValueError
        If a layer belongs to another model already.
    """
    weights, statistics = _Flat(), _Flat()
    places: list[Place] = []
    slots: dict[str, tuple[tuple[Slot, ...], tuple[Slot, ...]]] = {}
    fan: dict[str, Any] = {}
    shapes: dict[int, Shape] = {-1: input_shape}
    done: dict[int, list[int]] = {}
    for source, user in {source: index for index, (_, sources) in enumerate(steps) for source in sources}.items():
        done.setdefault(user, []).append(source)
    final = {id(layer): index for index, (layer, _) in enumerate(steps)}
    repeats: Counter[str] = Counter()
    for index, ((layer, sources), owner) in enumerate(zip(steps, names, strict=True)):
        where = f"{owner} ({type(layer).__name__})"
        shape = _taken(shapes, sources)
        shapes[index] = _output_shape(layer, owner, shape)
        if owner not in slots:
            if layer.parameters or layer.statistics:
                raise InvalidValueError(f"{where}: belongs to another model; make a new layer, or use its copy()")
            fan[owner] = shape
            drawn = layer.initial_parameters(shape, generator(seed, "weights", index))
            slots[owner] = weights.add(drawn), statistics.add(layer.initial_statistics(shape))
        elif any(slots[owner]) and _weights_of(layer, shape) != _weights_of(layer, fan[owner]):
            raise ShapeError(f"{where}: got {shape} a stimulus here, expects {fan[owner]} as at its first place")
        repeats[owner] += 1
        places.append(
            Place(
                name=f"{owner} ({repeats[owner]})" if repeats[owner] > 1 else owner,
                owner=owner,
                layer=layer,
                sources=sources,
                input_shape=shape,
                output_shape=shapes[index],
                operations=layer.operations(shape),
                slots=slots[owner][0],
                statistics=slots[owner][1],
                last=final[id(layer)] == index,
                done=tuple(done.get(index, ())),
            )
        )
    if any(place.layer.uses_loops(place.input_shape) for place in places):
        import ann.fast  # noqa: F401
    layout = Layout(tuple(places), weights.joined(dtype), statistics.joined(dtype))
    layout.share()
    return layout


class _Flat:
    """Arrays on their way into one."""

    def __init__(self) -> None:
        self.parts: list[np.ndarray] = []
        self.size = 0

    def add(self, arrays: Mapping[str, np.ndarray]) -> tuple[Slot, ...]:
        own = []
        for name, value in arrays.items():
            own.append(Slot(name, self.size, self.size + value.size, value.shape))
            self.parts.append(value.ravel())
            self.size += value.size
        return tuple(own)

    def joined(self, dtype: np.dtype) -> np.ndarray:
        return np.concatenate([*self.parts, np.empty(0)]).astype(dtype)


def _taken(shapes: Mapping[int, Shape], sources: Sequence[int]) -> Any:
    return shapes[sources[0]] if len(sources) == 1 else tuple(shapes[source] for source in sources)


def _weights_of(layer: Layer, shape: Any) -> dict[str, Shape]:
    return {**layer.parameter_shapes(shape), **layer.statistic_shapes(shape)}


def _output_shape(layer: Layer, owner: str, shape: Any) -> Shape:
    try:
        found = layer.output_shape(shape)
        if math.prod(found) > MOST:
            raise ShapeError(f"its output would have the shape {found}, more than any memory holds")
    except ShapeError as error:
        raise ShapeError(f"{owner} ({type(layer).__name__}): {error}") from None
    return found


def weight_shapes(steps: Sequence[Step], input_shape: Shape) -> dict[str, dict[str, Shape]]:
    """Give the shape of every parameter and statistic of these layers, without making room for any.

    Raises
    ------
    ShapeError
        If a layer cannot take what it is given; the message names it.
    """
    found: dict[str, dict[str, Shape]] = {}
    shapes: dict[int, Shape] = {-1: input_shape}
    owners = layer_names([layer for layer, _ in steps])
    for index, ((layer, sources), owner) in enumerate(zip(steps, owners, strict=True)):
        shape = _taken(shapes, sources)
        shapes[index] = _output_shape(layer, owner, shape)
        if owner not in found:
            found[owner] = _weights_of(layer, shape)
    return {owner: own for owner, own in found.items() if own}


def mismatches(
    shapes: Mapping[str, Mapping[str, Shape]],
    weights: Mapping[str, Mapping[str, np.ndarray]],
    dtype: np.dtype | None = None,
) -> dict[tuple[str, str], str]:
    """Hold weights against the shapes that a model has, and its type, and say of every one that does not fit why."""
    ours = {(name, part): tuple(shape) for name, own in shapes.items() for part, shape in own.items()}
    theirs = {
        (name, part): as_array(array, f"{name}.{part}") for name, own in weights.items() for part, array in own.items()
    }
    wrong = {key: "missing" for key in ours if key not in theirs}
    for key, array in theirs.items():
        if key not in ours:
            wrong[key] = "not in the model"
        elif array.shape != ours[key]:
            wrong[key] = f"got {array.shape}, expects {ours[key]}"
        elif array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            wrong[key] = "must be finite numbers"
        elif dtype is not None and not _fits(array, dtype):
            wrong[key] = f"numbers too large for {dtype}"
    return {(name, part): f"{name}.{part}: {reason}" for (name, part), reason in wrong.items()}


def _fits(array: np.ndarray, dtype: np.dtype) -> bool:
    with np.errstate(over="ignore"):
        return array.dtype == dtype or bool(np.isfinite(array.astype(dtype)).all())


def check_weights(
    shapes: Mapping[str, Mapping[str, Shape]],
    weights: Mapping[str, Mapping[str, np.ndarray]],
    model: str,
    dtype: np.dtype | None = None,
) -> None:
    """Hold weights against the shapes that a model has.

    Raises
    ------
    WeightsError
        If names or shapes differ, or a number is not finite; the message lists every mismatch.
    """
    if wrong := mismatches(shapes, weights, dtype):
        raise WeightsError(f"weights do not match {model}: " + "; ".join(wrong.values()))


def shapes_of(arrays: Mapping[str, Mapping[str, np.ndarray]]) -> dict[str, dict[str, Shape]]:
    """Give the shapes of named arrays."""
    return {name: {part: array.shape for part, array in own.items()} for name, own in arrays.items()}


def assign(
    target: Mapping[str, Mapping[str, np.ndarray]], weights: Mapping[str, Mapping[str, np.ndarray]], model: str
) -> None:
    """Copy `weights` into the arrays of `target`: all of them, or none.

    Raises
    ------
    WeightsError
        As `check_weights` does.
    InvalidTypeError, DataError
        If `weights` does not map names to arrays.
    """
    if not isinstance(weights, Mapping) or not all(isinstance(own, Mapping) for own in weights.values()):
        got = type(weights).__name__
        raise InvalidTypeError(f"{model}: weights must be mappings {{layer: {{parameter: array}}}}, got {got}")
    types = [array.dtype for own in target.values() for array in own.values()]
    check_weights(shapes_of(target), weights, model, types[0] if types else None)
    for name, own in weights.items():
        for part, array in own.items():
            target[name][part][...] = array
