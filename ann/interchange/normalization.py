"""Normalisation as ONNX operators, in the form of inference."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ann.interchange.graph import Graph, Value
from ann.layers.layer import Shape

__all__ = ["batch", "group", "layer_norm"]


def batch(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write batch normalisation with the moving statistics."""
    parts = {**layer.statistics, **layer.parameters}
    count = len(parts["moving_mean"])
    rounding = layer.epsilon - float(np.float32(layer.epsilon))  # of the attribute, which is a float32
    names = [
        graph.weight("gamma", parts.get("gamma", np.ones(count))),
        graph.weight("beta", parts.get("beta", np.zeros(count))),
        graph.weight("moving_mean", parts["moving_mean"]),
        graph.weight("moving_variance", parts["moving_variance"] + rounding),
    ]
    return _over_channels(
        graph,
        layer.axis,
        values[0],
        lambda name: graph.node("BatchNormalization", name, *names, epsilon=float(layer.epsilon)),
    )


def group(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write group normalisation of the channels."""
    from onnx.helper import np_dtype_to_tensor_dtype

    own, count = layer.parameters, shape[layer.axis % values[0].rank - 1]
    scale = graph.weight("gamma", own.get("gamma", np.ones(count)))
    shift = graph.weight("beta", own.get("beta", np.zeros(count)))
    more = {"num_groups": count if layer.groups == -1 else layer.groups, "epsilon": float(layer.epsilon)}
    inside = np_dtype_to_tensor_dtype(graph.dtype)  # float32 unless it is told
    return _over_channels(
        graph,
        layer.axis,
        values[0],
        lambda name: graph.node("GroupNormalization", name, scale, shift, stash_type=inside, **more),
    )


def layer_norm(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write layer normalisation over the last axes; others are moved to the end, and back."""
    value = values[0]
    chosen = layer.axis if isinstance(layer.axis, (tuple, list)) else (layer.axis,)
    axes = sorted(axis % value.rank for axis in chosen)
    order = [*(axis for axis in range(value.rank) if axis not in axes), *axes]
    lengths = tuple(shape[axis - 1] for axis in axes)
    own = layer.parameters
    names = [graph.weight("gamma", own["gamma"] if "gamma" in own else np.ones(lengths))]
    if "beta" in own:
        names.append(graph.weight("beta", own["beta"]))
    moved = graph.transposed(value, order)
    name = graph.node("LayerNormalization", moved, *names, axis=value.rank - len(axes), epsilon=float(layer.epsilon))
    return Value(graph.transposed(Value(name, shape), np.argsort(order).tolist()), shape)


def _over_channels(graph: Graph, axis: int, value: Value, write: Callable[[str], str]) -> Value:
    """Write an operator that wants the channels first, whichever axis is that of channels."""
    place = axis % value.rank
    if place == value.rank - 1:
        value = graph.channels_first(value)
        return Value(write(value.name), value.shape, value.first)
    order = [0, place, *(one for one in range(1, value.rank) if one != place)]
    name = write(graph.transposed(value, order))
    return Value(graph.transposed(Value(name, value.shape), np.argsort(order).tolist()), value.shape)
