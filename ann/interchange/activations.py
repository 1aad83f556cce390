"""Activations as ONNX operators, or inside of one."""

from typing import Any

from ann import activations
from ann.interchange.graph import Graph, Value

__all__ = ["WITHIN", "activate"]

# Each with the attributes that it takes from the activation.
_OPERATORS: dict[str, tuple[str, dict[str, str]]] = {
    "ELU": ("Elu", {"alpha": "alpha"}),
    "LeakyReLU": ("LeakyRelu", {"alpha": "negative_slope"}),
    "Mish": ("Mish", {}),
    "ReLU": ("Relu", {}),
    "SELU": ("Selu", {}),
    "Sigmoid": ("Sigmoid", {}),
    "Softplus": ("Softplus", {}),
    "Softsign": ("Softsign", {}),
    "Tanh": ("Tanh", {}),
}
_OVER_AXIS = ("Softmax", "LogSoftmax")

WITHIN = {"Linear": "Affine", "ReLU": "Relu", "Sigmoid": "Sigmoid", "Tanh": "Tanh"}
"""What ONNX's recurrent operators call the activations that stand inside them; the affine one has a factor of 1."""


def activate(graph: Graph, activation: activations.Activation, value: Value) -> Value | None:
    """Add an activation; None where ONNX has none like it."""
    kind = type(activation).__name__
    if getattr(activations, kind, None) is not type(activation):
        return None
    if kind == "Linear":
        return value
    if kind in _OPERATORS:
        operator, renamed = _OPERATORS[kind]
        attributes: dict[str, Any] = {theirs: float(getattr(activation, ours)) for theirs, ours in renamed.items()}
        return Value(graph.node(operator, value.name, **attributes), value.shape, value.first)
    if kind == "GELU":
        approximate = "tanh" if activation.approximate else "none"  # type: ignore[attr-defined]
        return Value(graph.node("Gelu", value.name, approximate=approximate), value.shape, value.first)
    if kind == "Swish":
        rise = graph.node("Sigmoid", value.name)
        return Value(graph.node("Mul", value.name, rise), value.shape, value.first)
    if kind in _OVER_AXIS:
        axis: int = activation.axis  # type: ignore[attr-defined]
        if axis in (-1, value.rank - 1):
            axis = 1 if value.first else -1
        else:
            value = graph.channels_last(value)
        return Value(graph.node(kind, value.name, axis=axis), value.shape, value.first)
    return None
