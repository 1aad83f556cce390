"""Layers that remember, as ONNX operators: steps first, gates in ONNX's order, two biases."""

from typing import Any

import numpy as np

from ann.interchange.activations import WITHIN
from ann.interchange.graph import Graph, Value
from ann.interchange.masks import Front, turned
from ann.layers.layer import Shape

__all__ = ["bidirectional", "recurrent"]

OPERATORS = {"SimpleRNN": ("RNN", [0]), "LSTM": ("LSTM", [0, 3, 1, 2]), "GRU": ("GRU", [0, 1, 2])}
"""The operator of each layer, and the numbers of our gates in its order: i, f, c, o become i, o, f, c."""


def recurrent(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write a layer that goes one way."""
    return Value(_packed(graph, _run(graph, layer, values)), shape)


def bidirectional(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write a layer and the one that goes the other way, and bring their steps together."""
    inner, owner = layer.layer, graph.layer
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
        found.append(_run(graph, one, (values[0], *values[first : first + inner.states])))
    graph.layer = owner
    (forward, *states), (backward, *others) = found
    if inner.return_sequences:
        backward = turned(graph, backward, 1)
    if layer.merge_mode == "concat":
        merged = graph.node("Concat", forward, backward, axis=-1)
    else:
        merged = graph.node("Mul" if layer.merge_mode == "mul" else "Add", forward, backward)
    if layer.merge_mode == "ave":
        merged = graph.node("Mul", merged, graph.weight("half", np.array(0.5)))
    return Value(_packed(graph, [merged, *states, *others]), shape)


def _run(graph: Graph, layer: Any, values: tuple[Value, ...]) -> list[str]:
    """Write one operator, and name its output and, where they are given, the last states."""
    operator, gates = OPERATORS[type(layer).__name__]
    within: list[Any] = [layer.activation]
    more: dict[str, Any] = {}
    if operator != "RNN":
        within.insert(0, layer.recurrent_activation)
    if operator == "LSTM":
        within.append(layer.activation)
    if operator == "GRU":
        more["linear_before_reset"] = int(layer.reset_after)
    names = [WITHIN[type(one).__name__] for one in within]
    if "Affine" in names:  # the factors are those of whichever activation takes them
        more |= {"activation_alpha": [1.0] * len(names), "activation_beta": [0.0] * len(names)}
    found, lengths, front = graph.channels_last(values[0]).name, "", None
    if layer.go_backwards:
        found = turned(graph, found, 1)
    if values[0].mask:
        name, steps = values[0].mask
        front = Front(graph, turned(graph, name, 1) if layer.go_backwards else name, steps)
        found, lengths = front.brought(found, values[0].shape[-1]), front.lengths
    inputs = [graph.node("Transpose", found, perm=[1, 0, 2]), *_weights(graph, layer, gates), lengths]
    inputs += [graph.node("Unsqueeze", value.name, graph.integers(0)) for value in values[1:]]
    every, *last = graph.nodes_of(
        operator, inputs, 1 + layer.states, hidden_size=layer.units, activations=names, **more
    )
    count = int(max(layer.outputs - 1, not layer.return_sequences))
    states = [graph.node("Squeeze", one, graph.integers(0)) for one in last[:count]]
    initial = [value.name for value in values[1:]]
    if front is not None:
        initial = initial or [graph.weight("no_state", np.zeros((1, layer.units)))] * layer.states
        states = [front.last(state, first) for state, first in zip(states, initial, strict=False)]
    given = states[: layer.outputs - 1]
    if not layer.return_sequences:
        return [states[0], *given]
    returned = graph.node("Transpose", graph.node("Squeeze", every, graph.integers(1)), perm=[1, 0, 2])
    return [returned if front is None else front.returned(returned, initial[0], layer.units), *given]


def _packed(graph: Graph, outputs: list[str]) -> str:
    """Put an output and states into one row, as the layers do; an output alone stays as it is."""
    if len(outputs) == 1:
        return outputs[0]
    return graph.node("Concat", graph.node("Flatten", outputs[0], axis=1), *outputs[1:], axis=1)


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
