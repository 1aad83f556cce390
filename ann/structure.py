"""How a model's layers are laid out: their names, shapes, and their places in one flat array of weights."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError, ShapeError, WeightsError
from ann.layers.layer import Layer, Shape
from isocortex.seeds import generator

__all__ = ["Gradients", "Place", "assign", "check_weights", "lay_out", "layer_names", "weight_shapes"]


@dataclass(frozen=True)
class Slot:
    """Where one parameter stands in the flat array."""

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
    input_shape: Shape
    output_shape: Shape
    operations: int
    slots: tuple[Slot, ...]
    last: bool  # the layer stands nowhere later: its gradient is met first on the way back


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
                return {slot.parameter: self.flat[slot.start : slot.stop].reshape(slot.shape) for slot in place.slots}
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(place.owner for place in self._places if place.slots))

    def __len__(self) -> int:
        return len(list(iter(self)))


def layer_names(layers: Sequence[Layer]) -> list[str]:
    """Name every layer: its own name, else its kind and a number (``"conv2d_1"``); a layer that returns keeps its name.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If something is no layer, or two layers share a name.
    """
    counts: Counter[str] = Counter()
    names: dict[int, str] = {}
    for index, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise InvalidTypeError(f"layers[{index}]: must be a layer, got {layer!r}")
        if id(layer) in names:
            continue
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(layer).__name__).lower()
        counts[kind] += 1
        name = layer.name or f"{kind}_{counts[kind]}"
        if name in names.values() or name == "input":
            raise InvalidValueError(f"layers[{index}].name: {name!r} is taken; give each layer its own")
        names[id(layer)] = name
    return [names[id(layer)] for layer in layers]


def lay_out(
    layers: Sequence[Layer], names: Sequence[str], input_shape: Shape, seed: int, dtype: np.dtype
) -> tuple[tuple[Place, ...], np.ndarray]:
    """Find every shape, draw initial weights, and put them into one flat array that the layers look into.

    Raises
    ------
    ShapeError
        If a layer cannot take what the one before gives; the message names it.
    InvalidValueError
        If a layer belongs to another model already.
    """
    if any(layer.compiled for layer in layers):
        import ann.fast  # noqa: F401
    places: list[Place] = []
    drawn: list[np.ndarray] = []
    slots: dict[str, tuple[Slot, ...]] = {}
    fan: dict[str, Shape] = {}
    shape, size = input_shape, 0
    for index, (layer, owner) in enumerate(zip(layers, names, strict=True)):
        where = f"{owner} ({type(layer).__name__})"
        try:
            output_shape = layer.output_shape(shape)
        except ShapeError as error:
            raise ShapeError(f"{where}: {error}") from None
        if owner not in slots:
            if layer.parameters:
                raise InvalidValueError(f"{where}: belongs to another model; make a new layer, or use its copy()")
            fan[owner] = shape
            own = []
            for name, value in layer.initial_parameters(shape, generator(seed, "weights", index)).items():
                own.append(Slot(name, size, size + value.size, value.shape))
                drawn.append(value.ravel())
                size += value.size
            slots[owner] = tuple(own)
        elif slots[owner] and fan[owner] != shape:
            raise ShapeError(f"{where}: got {shape} a stimulus here, expects {fan[owner]} as at its first place")
        repeat = sum(place.owner == owner for place in places)
        places.append(
            Place(
                name=f"{owner} ({repeat + 1})" if repeat else owner,
                owner=owner,
                layer=layer,
                input_shape=shape,
                output_shape=output_shape,
                operations=layer.operations(shape),
                slots=slots[owner],
                last=all(later is not layer for later in layers[index + 1 :]),
            )
        )
        shape = output_shape
    flat = np.concatenate([*drawn, np.empty(0)]).astype(dtype)
    for place in places:
        for slot in place.slots:
            place.layer.parameters[slot.parameter] = flat[slot.start : slot.stop].reshape(slot.shape)
    return tuple(places), flat


def weight_shapes(layers: Sequence[Layer], input_shape: Shape) -> dict[str, dict[str, Shape]]:
    """Give the shape of every parameter of these layers in their order, without making room for any.

    Raises
    ------
    ShapeError
        If a layer cannot take what the one before gives; the message names it.
    """
    shapes: dict[str, dict[str, Shape]] = {}
    for layer, owner in zip(layers, layer_names(layers), strict=True):
        try:
            output_shape = layer.output_shape(input_shape)
        except ShapeError as error:
            raise ShapeError(f"{owner} ({type(layer).__name__}): {error}") from None
        shapes.setdefault(owner, layer.parameter_shapes(input_shape))
        input_shape = output_shape
    return {owner: own for owner, own in shapes.items() if own}


def check_weights(
    shapes: Mapping[str, Mapping[str, Shape]], weights: Mapping[str, Mapping[str, np.ndarray]], model: str
) -> None:
    """Hold weights against the shapes that a model has.

    Raises
    ------
    WeightsError
        If names or shapes differ, or a number is not finite; the message lists every mismatch.
    """
    ours = {(name, part): tuple(shape) for name, own in shapes.items() for part, shape in own.items()}
    theirs = {(name, part): np.asarray(array) for name, own in weights.items() for part, array in own.items()}
    wrong = [f"{name}.{part}: missing" for name, part in ours if (name, part) not in theirs]
    for (name, part), array in theirs.items():
        if (name, part) not in ours:
            wrong.append(f"{name}.{part}: not in the model")
        elif array.shape != ours[name, part]:
            wrong.append(f"{name}.{part}: got {array.shape}, expects {ours[name, part]}")
        elif array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            wrong.append(f"{name}.{part}: must be finite numbers")
    if wrong:
        raise WeightsError(f"weights do not match {model}: " + "; ".join(wrong))


def assign(
    target: Mapping[str, Mapping[str, np.ndarray]], weights: Mapping[str, Mapping[str, np.ndarray]], model: str
) -> None:
    """Copy `weights` into the arrays of `target`: all of them, or none.

    Raises
    ------
    WeightsError
        As `check_weights` does.
    """
    check_weights(
        {name: {part: array.shape for part, array in own.items()} for name, own in target.items()}, weights, model
    )
    for name, own in weights.items():
        for part, array in own.items():
            target[name][part][...] = array
