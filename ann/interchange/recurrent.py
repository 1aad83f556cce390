"""Layers that remember, as ONNX operators: steps first, gates in ONNX's order, two biases."""

from typing import Any

import numpy as np

from ann.interchange.activations import WITHIN
from ann.interchange.graph import Graph, Value
from ann.layers.layer import Shape

__all__ = ["bidirectional", "gru", "lstm", "simple_rnn"]


def simple_rnn(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write Elman's network."""
    return _recurrent("RNN", [0], [layer.activation], graph, layer, values, shape)


def lstm(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write the long short-term memory: gates i, f, c, o become i, o, f, c."""
    inside = [layer.recurrent_activation, layer.activation, layer.activation]
    return _recurrent("LSTM", [0, 3, 1, 2], inside, graph, layer, values, shape)


def gru(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write the gated recurrent unit, whose gates stand in the same order."""
    inside = [layer.recurrent_activation, layer.activation]
    more = {"linear_before_reset": int(layer.reset_after)}
    return _recurrent("GRU", [0, 1, 2], inside, graph, layer, values, shape, **more)


def bidirectional(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write a layer and the one that goes the other way, and bring their steps together."""
    inner, owner = layer.layer, graph.layer
    write = {"SimpleRNN": simple_rnn, "LSTM": lstm, "GRU": gru}[type(inner).__name__]
    own = inner.output_shape(values[0].shape)
    found = []
    for index, side in enumerate(("forward", "backward")):
        one = inner.copy()
        one.go_backwards = inner.go_backwards != bool(index)
        one.parameters = {
            name.removeprefix(f"{side}_"): array
            for name, array in layer.parameters.items()
            if name.startswith(f"{side}_")
        }
        graph.layer = f"{owner}/{side}"
        first = 1 + index * inner.states
        states = values[first : first + inner.states]
        found.append(write(graph, one, (values[0], *states), own).name)
    graph.layer = owner
    forward, backward = found
    if inner.return_sequences:
        backward = _turned(graph, backward, 1)
    if layer.merge_mode == "concat":
        return Value(graph.node("Concat", forward, backward, axis=-1), shape)
    merged = graph.node("Mul" if layer.merge_mode == "mul" else "Add", forward, backward)
    if layer.merge_mode == "ave":
        merged = graph.node("Mul", merged, graph.weight("half", np.array(0.5)))
    return Value(merged, shape)


def _recurrent(
    operator: str,
    gates: list[int],
    inside: list[Any],
    graph: Graph,
    layer: Any,
    values: tuple[Value, ...],
    shape: Shape,
    **more: Any,
) -> Value:
    names = [WITHIN[type(one).__name__] for one in inside]
    if "Affine" in names:  # the factors are those of whichever activation takes them
        more |= {"activation_alpha": [1.0] * len(names), "activation_beta": [0.0] * len(names)}
    sequence = graph.node("Transpose", graph.channels_last(values[0]).name, perm=[1, 0, 2])
    if layer.go_backwards:
        sequence = _turned(graph, sequence, 0)
    inputs = [sequence, *_weights(graph, layer, gates), ""]
    inputs += [graph.node("Unsqueeze", value.name, graph.integers(0)) for value in values[1:]]
    every, final = graph.nodes_of(operator, inputs, 2, hidden_size=layer.units, activations=names, **more)
    if not layer.return_sequences:
        return Value(graph.node("Squeeze", final, graph.integers(0)), shape)
    steps = graph.node("Squeeze", every, graph.integers(1))
    return Value(graph.node("Transpose", steps, perm=[1, 0, 2]), shape)


def _turned(graph: Graph, sequence: str, axis: int) -> str:
    """Turn the order along an axis round."""
    start, stop, along, step = (graph.integers(one) for one in (-1, np.iinfo(np.int64).min + 1, axis, -1))
    return graph.node("Slice", sequence, start, stop, along, step)


def _weights(graph: Graph, layer: Any, gates: list[int]) -> list[str]:
    def ordered(columns: np.ndarray) -> np.ndarray:
        blocks = columns.reshape(-1, len(gates), layer.units)[:, gates]
        return blocks.reshape(-1, len(gates) * layer.units)

    own = layer.parameters
    found = [graph.weight(part, ordered(own[part]).T[None]) for part in ("kernel", "recurrent_kernel")]
    if not layer.use_bias:
        return [*found, ""]
    both = own["bias"] if own["bias"].ndim == 2 else np.stack([own["bias"], np.zeros_like(own["bias"])])
    return [*found, graph.weight("bias", ordered(both).reshape(1, -1))]
