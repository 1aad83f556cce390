"""In which order PyTorch has the features that a layer of ann takes: it flattens images channels first."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ann.interchange.torch_layers import Order

if TYPE_CHECKING:
    from ann.network import Network
    from ann.structure import Place

__all__ = ["feature_orders"]

CHANNELS_FIRST = ("Conv1D", "Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "MaxPooling1D", "MaxPooling2D",
                  "AveragePooling1D", "AveragePooling2D", "ZeroPadding2D")  # fmt: skip
KEEPING = ("Activation", "Add", "BatchNormalization", "Dropout", "GroupNormalization", "LayerNormalization", "Multiply")


@dataclass
class _State:
    """How PyTorch holds a value."""

    first: bool  # channels before the axes of space
    order: Order = None  # of the features of a vector


def feature_orders(model: "Network") -> dict[str, Order]:
    """Give for each layer where the features that it takes stand in PyTorch.

    PyTorch's images are taken to be channels first, and so is whatever comes out of a convolution; sequences are
    (stimulus, step, feature), as with ``batch_first=True``.
    """
    states = {-1: _State(len(model.input_shape) == 3)}
    found: dict[str, Order] = {}
    for index, place in enumerate(model.places):
        sources = [states[source] for source in place.sources]
        found.setdefault(place.owner, sources[0].order)
        states[index] = _after(place, sources)
    return found


def _after(place: "Place", sources: list[_State]) -> _State:
    kind = type(place.layer).__name__
    if kind in CHANNELS_FIRST:
        return _State(True)
    if kind in KEEPING:
        return sources[0]
    if kind == "Flatten":
        return _State(False, _flattened(place.input_shape) if sources[0].first else sources[0].order)
    if kind == "Concatenate":
        if len(place.output_shape) > 1:
            return _State(sources[0].first)
        return _State(False, _joined(place.input_shape, sources))
    return _State(False)


def _flattened(shape: tuple[int, ...]) -> Order:
    *space, channels = shape
    places = np.arange(int(np.prod(shape))).reshape(channels, *space)
    return np.moveaxis(places, 0, -1).ravel()


def _joined(shapes: tuple[tuple[int, ...], ...], sources: list[_State]) -> Order:
    if all(source.order is None for source in sources):
        return None
    parts, start = [], 0
    for (length,), source in zip(shapes, sources, strict=True):
        parts.append(start + (np.arange(length) if source.order is None else source.order))
        start += length
    return np.concatenate(parts)
