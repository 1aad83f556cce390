"""Normalisation as ONNX operators, in the form of inference."""

from typing import Any

import numpy as np

from ann.interchange.graph import Graph, Value
from ann.layers.layer import Shape

__all__ = ["batch", "group", "layer_norm"]


def batch(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write batch normalisation with the moving statistics."""
    value = values[0]
    if layer.axis not in (-1, value.rank - 1):
        raise LookupError(f"ONNX normalises the last axis, the channels, not axis {layer.axis}")
    value = graph.channels_first(value)
    parts = {**layer.statistics, **layer.parameters}
    count = shape[-1]
    names = [
        graph.weight("gamma", parts.get("gamma", np.ones(count))),
        graph.weight("beta", parts.get("beta", np.zeros(count))),
        graph.weight("moving_mean", parts["moving_mean"]),
        graph.weight("moving_variance", parts["moving_variance"]),
    ]
    name = graph.node("BatchNormalization", value.name, *names, epsilon=float(layer.epsilon))
    return Value(name, shape, value.first)


def layer_norm(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write layer normalisation over the last axes."""
    value = graph.channels_last(values[0])
    chosen = layer.axis if isinstance(layer.axis, (tuple, list)) else (layer.axis,)
    axes = sorted(axis % value.rank for axis in chosen)
    if axes != list(range(axes[0], value.rank)):
        raise LookupError(f"ONNX normalises the last axes together, not axes {chosen}")
    lengths = shape[axes[0] - 1 :]
    own = layer.parameters
    names = [graph.weight("gamma", own["gamma"] if "gamma" in own else np.ones(lengths))]
    if "beta" in own:
        names.append(graph.weight("beta", own["beta"]))
    name = graph.node("LayerNormalization", value.name, *names, axis=axes[0], epsilon=float(layer.epsilon))
    return Value(name, shape)


def group(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write group normalisation of the channels."""
    value = values[0]
    if layer.axis not in (-1, value.rank - 1):
        raise LookupError(f"ONNX groups the last axis, the channels, not axis {layer.axis}")
    value = graph.channels_first(value)
    own, count = layer.parameters, shape[-1]
    scale = graph.weight("gamma", own.get("gamma", np.ones(count)))
    shift = graph.weight("beta", own.get("beta", np.zeros(count)))
    groups = count if layer.groups == -1 else layer.groups
    name = graph.node("GroupNormalization", value.name, scale, shift, num_groups=groups, epsilon=float(layer.epsilon))
    return Value(name, shape, value.first)
