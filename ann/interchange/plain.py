"""Layers that multiply, join or rearrange, as ONNX operators."""

import math
from typing import Any

from ann.interchange.graph import Graph, Value
from ann.layers.layer import Shape

__all__ = [
    "add",
    "concatenate",
    "dense",
    "embedding",
    "flatten",
    "multiply",
    "permute",
    "piece",
    "repeat",
    "reshape",
    "zeros",
]


def dense(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write a product and a sum, which Gemm is in one."""
    value = graph.channels_last(values[0])
    kernel = graph.weight("kernel", layer.parameters["kernel"])
    if not layer.use_bias:
        return Value(graph.node("MatMul", value.name, kernel), shape)
    bias = graph.weight("bias", layer.parameters["bias"])
    if len(value.shape) == 1:
        return Value(graph.node("Gemm", value.name, kernel, bias), shape)
    return Value(graph.node("Add", graph.node("MatMul", value.name, kernel), bias), shape)


def embedding(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Look rows up; the numbers come in as floating-point ones, as all stimuli do."""
    from onnx import TensorProto

    numbers = graph.node("Cast", graph.channels_last(values[0]).name, to=TensorProto.INT64)
    return Value(graph.node("Gather", graph.weight("embeddings", layer.parameters["embeddings"]), numbers), shape)


def flatten(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Flatten in ann's order of axes."""
    return Value(graph.node("Flatten", graph.channels_last(values[0]).name, axis=1), shape)


def reshape(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Reshape in ann's order of axes; 0 stands for the number of stimuli."""
    return Value(graph.node("Reshape", graph.channels_last(values[0]).name, graph.integers(0, *shape)), shape)


def permute(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Transpose."""
    return Value(graph.node("Transpose", graph.channels_last(values[0]).name, perm=[0, *layer.dims]), shape)


def piece(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Cut numbers out of a row, and give them their shape."""
    row = graph.node("Flatten", graph.channels_last(values[0]).name, axis=1)
    ends = graph.integers(layer.start), graph.integers(layer.start + math.prod(shape))
    return Value(
        graph.node("Reshape", graph.node("Slice", row, *ends, graph.integers(1)), graph.integers(0, *shape)), shape
    )


def repeat(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Put an axis of steps in, and repeat along it."""
    steps = graph.node("Unsqueeze", values[0].name, graph.integers(1))
    return Value(graph.node("Tile", steps, graph.integers(1, layer.n, 1)), shape)


def zeros(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Pad wherever the axes of space stand."""
    value = values[0]
    before, behind = zip(*layer.padding, strict=True)
    sides = [0, 0, *before, 0, 0, *behind] if value.first else [0, *before, 0, 0, *behind, 0]
    return Value(graph.node("Pad", value.name, graph.integers(*sides)), shape, value.first)


def add(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Add one after the other."""
    return _joined("Add", graph, values, shape)


def multiply(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Multiply one after the other."""
    return _joined("Mul", graph, values, shape)


def _joined(operator: str, graph: Graph, values: tuple[Value, ...], shape: Shape) -> Value:
    values = _alike(graph, values)
    name = values[0].name
    for value in values[1:]:
        name = graph.node(operator, name, value.name)
    return Value(name, shape, values[0].first)


def concatenate(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Concatenate along the axis, wherever the channels stand."""
    values = _alike(graph, values)
    rank, first = values[0].rank, values[0].first
    axis = layer.axis % rank
    if first:
        axis = 1 if axis == rank - 1 else axis + 1
    return Value(graph.node("Concat", *(value.name for value in values), axis=axis), shape, first)


def _alike(graph: Graph, values: tuple[Value, ...]) -> tuple[Value, ...]:
    """Bring values to one order of axes, channels first where most have them there already."""
    first = sum(value.first for value in values) * 2 > len(values)
    return tuple((graph.channels_first if first else graph.channels_last)(value) for value in values)
