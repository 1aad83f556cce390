"""Convolution and pooling as ONNX operators: channels first, and padding in numbers."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ann.interchange.graph import Graph, Value
from ann.interchange.masks import shared
from ann.layers.layer import Shape

__all__ = [
    "average_pool",
    "conv",
    "conv_transpose",
    "cuts",
    "depthwise",
    "global_average",
    "global_max",
    "max_pool",
    "pads",
]


def conv(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write a convolution; the kernel becomes (filter, channel, window)."""
    kernel = np.moveaxis(layer.parameters["kernel"], (-1, -2), (0, 1))
    return _convolved(graph, layer, values[0], shape, kernel, layer.groups)


def depthwise(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write a convolution with a group a channel."""
    *_, channels, multiplier = layer.parameters["kernel"].shape
    kernel = np.moveaxis(layer.parameters["kernel"], (-2, -1), (0, 1))
    return _convolved(
        graph, layer, values[0], shape, kernel.reshape(channels * multiplier, 1, *kernel.shape[2:]), channels
    )


def _convolved(graph: Graph, layer: Any, value: Value, shape: Shape, kernel: np.ndarray, groups: int) -> Value:
    value = graph.channels_first(value)
    name = graph.node(
        "Conv",
        value.name,
        *_weights(graph, layer, kernel),
        group=groups,
        dilations=layer.dilation_rate,
        kernel_shape=layer.kernel_size,
        pads=pads(layer, layer.kernel_size, value.shape, shape),
        strides=layer.strides,
    )
    return Value(name, shape, True)


def conv_transpose(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write a transposed convolution; the kernel becomes (channel, filter, window)."""
    value = graph.channels_first(values[0])
    kernel = np.moveaxis(layer.parameters["kernel"], (-1, -2), (0, 1))
    before, behind, beyond = cuts(layer, value.shape, shape)
    name = graph.node(
        "ConvTranspose",
        value.name,
        *_weights(graph, layer, kernel),
        group=layer.groups,
        dilations=layer.dilation_rate,
        kernel_shape=layer.kernel_size,
        output_padding=beyond,
        pads=[*before, *behind],
        strides=layer.strides,
    )
    return Value(name, shape, True)


def max_pool(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write pooling by the largest; what is padded is never that."""
    return _pooled(graph, layer, values[0], shape, "MaxPool")


def average_pool(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write pooling by the mean, over what lies inside the image or over all that a window sees."""
    found = _pooled(graph, layer, values[0], shape, "AveragePool", count_include_pad=int(layer.padding_counts))
    if layer.padding_counts or not _reaches_beyond(layer, values[0].shape, shape):
        return found
    # The zeros outside were counted: what lies inside is fewer.
    seen = _seen(layer, values[0].shape, shape)
    share = graph.weight("share", math.prod(layer.pool_size) / seen)
    return Value(graph.node("Mul", found.name, share), shape, True)


def _pooled(graph: Graph, layer: Any, value: Value, shape: Shape, operator: str, **more: int) -> Value:
    value = graph.channels_first(value)
    name, sides = value.name, pads(layer, layer.pool_size, value.shape, shape)
    if _reaches_beyond(layer, value.shape, shape):
        around = graph.integers(0, 0, *sides[: len(sides) // 2], 0, 0, *sides[len(sides) // 2 :])
        filling = graph.weight("padding", np.array(0.0 if more else -np.inf))
        name, sides = graph.node("Pad", name, around, filling), [0] * len(sides)
    name = graph.node(
        operator,
        name,
        kernel_shape=layer.pool_size,
        dilations=layer.dilation_rate,
        pads=sides,
        strides=layer.strides,
        **more,
    )
    return Value(name, shape, True)


def _reaches_beyond(layer: Any, shape: Shape, out: Shape) -> bool:
    """Tell whether so much is padded that onnxruntime refuses it: a window's length or more, as dilation may need."""
    sides = pads(layer, layer.pool_size, shape, out)
    return any(side >= size for side, size in zip(sides, (*layer.pool_size, *layer.pool_size), strict=True))


def _seen(layer: Any, shape: Shape, out: Shape) -> np.ndarray:
    """Count the places inside the image that each window sees."""
    counts = np.ones(())
    before = pads(layer, layer.pool_size, shape, out)
    for axis, (size, stride, step) in enumerate(zip(layer.pool_size, layer.strides, layer.dilation_rate, strict=True)):
        places = np.arange(out[axis])[:, None] * stride - before[axis] + np.arange(size) * step
        counts = np.multiply.outer(counts, ((places >= 0) & (places < shape[axis])).sum(axis=1))
    return counts


def global_average(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write the mean over the axes of space, wherever they stand, or over the steps that a mask lets count."""
    if values[0].mask:
        x, share = graph.channels_last(values[0]).name, shared(graph, values[0].mask.name)
        mean = graph.node("MatMul", share, x)
        return Value(mean if layer.keepdims else graph.node("Squeeze", mean, graph.integers(1)), shape)
    return _reduced(graph, layer, values[0], shape, "ReduceMean")


def global_max(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write the largest over the axes of space, wherever they stand."""
    return _reduced(graph, layer, values[0], shape, "ReduceMax")


def _reduced(graph: Graph, layer: Any, value: Value, shape: Shape, operator: str) -> Value:
    start = 2 if value.first else 1
    axes = graph.integers(*range(start, start + len(value.shape) - 1))
    kept = len(shape) == len(value.shape)
    name = graph.node(operator, value.name, axes, keepdims=int(kept))
    return Value(name, shape, value.first and kept)


def _weights(graph: Graph, layer: Any, kernel: np.ndarray) -> list[str]:
    names = [graph.weight("kernel", kernel)]
    return [*names, graph.weight("bias", layer.parameters["bias"])] if layer.use_bias else names


def _reaches(layer: Any, size: Sequence[int]) -> list[int]:
    return [(length - 1) * step + 1 for length, step in zip(size, layer.dilation_rate, strict=True)]


def pads(layer: Any, size: Sequence[int], shape: Shape, out: Shape) -> list[int]:
    """Give what is put before each axis, and then what is put behind each, as the last window needs it."""
    before, behind = [], []
    for axis, reach in enumerate(_reaches(layer, size)):
        span = (out[axis] - 1) * layer.strides[axis] + reach - shape[axis]
        if layer.padding == "same":
            front = max(span, 0) // 2
        elif layer.padding == "causal":
            front = reach - 1
        else:
            front = _given(layer.padding, axis)
        before.append(front)
        behind.append(max(span - front, 0))
    return [*before, *behind]


def cuts(layer: Any, shape: Shape, out: Shape) -> tuple[list[int], list[int], list[int]]:
    """Give what a transposed convolution takes away before and behind each axis, and what it adds behind."""
    before, behind, beyond = [], [], []
    for axis, reach in enumerate(_reaches(layer, layer.kernel_size)):
        step, length = layer.strides[axis], shape[axis]
        if layer.padding == "same":
            front = max(reach - step, 0) // 2 if layer.output_padding is None else reach // 2
        else:
            front = _given(layer.padding, axis)
        rest = (length - 1) * step + reach - front - out[axis]
        before.append(front)
        behind.append(max(rest, 0))
        beyond.append(max(-rest, 0))
    return before, behind, beyond


def _given(padding: Any, axis: int) -> int:
    """Give how many zeros are put before an axis, where the padding is in numbers or ``"valid"``."""
    if padding == "valid":
        return 0
    if isinstance(padding, int):
        return padding
    return padding[axis][0] if isinstance(padding[0], (tuple, list)) else padding[0]
