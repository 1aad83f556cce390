"""Attention as ONNX operators: products, a softmax, and axes that change places."""

import math
from typing import Any

import numpy as np

from ann.interchange.graph import Graph, Value
from ann.layers.layer import Shape

__all__ = ["multi_head"]


def multi_head(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write every head's products with one operator each: heads are an axis."""
    query, *rest = (graph.channels_last(value) for value in values)
    value = rest[0] if rest else query
    key = rest[1] if len(rest) > 1 else value
    queries = _heads(graph, layer, "query", query, [0, 2, 1, 3])
    keys = _heads(graph, layer, "key", key, [0, 2, 3, 1])
    scale = graph.weight("scale", np.array(1 / math.sqrt(layer.key_dim)))
    scores = graph.node("Mul", graph.node("MatMul", queries, keys), scale)
    if layer.use_causal_mask:
        hidden = np.triu(np.full((query.shape[0], key.shape[0]), -np.inf), 1)
        scores = graph.node("Add", scores, graph.weight("causal_mask", hidden))
    weights = graph.node("Softmax", scores, axis=-1)
    mixed = graph.node("MatMul", weights, _heads(graph, layer, "value", value, [0, 2, 1, 3]))
    steps = graph.node("Transpose", mixed, perm=[0, 2, 1, 3])
    joined = graph.node("Reshape", steps, graph.integers(0, shape[0], layer.parameters["output_kernel"].shape[0]))
    return Value(_projected(graph, layer, "output", joined), shape)


def _heads(graph: Graph, layer: Any, part: str, value: Value, order: list[int]) -> str:
    """Project the steps, and give the heads an axis of their own."""
    parted = graph.integers(0, value.shape[0], layer.num_heads, -1)
    return graph.node(
        "Transpose", graph.node("Reshape", _projected(graph, layer, part, value.name), parted), perm=order
    )


def _projected(graph: Graph, layer: Any, part: str, name: str) -> str:
    product = graph.node("MatMul", name, graph.weight(f"{part}_kernel", layer.parameters[f"{part}_kernel"]))
    if not layer.use_bias:
        return product
    return graph.node("Add", product, graph.weight(f"{part}_bias", layer.parameters[f"{part}_bias"]))
