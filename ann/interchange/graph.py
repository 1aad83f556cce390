"""An ONNX graph while it is written: nodes, weights, and where the channels of each value stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ann.layers.layer import Shape

__all__ = ["Graph", "Mask", "Value"]


@dataclass(frozen=True)
class Value:
    """The output of a node.

    Attributes
    ----------
    name : str
        In the graph.
    shape : tuple of int
        Of one stimulus, in ann's order of axes.
    first : bool
        Whether in the graph the channels stand before the axes of space, as ONNX's convolutions have it.
    mask : Mask, optional
        Which steps count; None where all do.
    """

    name: str
    shape: Shape
    first: bool = False
    mask: "Mask | None" = None

    @property
    def rank(self) -> int:
        """How many axes there are in the graph, that of stimuli included."""
        return len(self.shape) + 1


class Mask(NamedTuple):
    """The name of what tells which steps count (stimulus, step), and how many steps there are."""

    name: str
    steps: int


class Graph:
    """Nodes and weights on their way into a file; channels are moved only where an operator wants them elsewhere."""

    def __init__(self, dtype: np.dtype) -> None:
        self.dtype = dtype
        """Of all numbers that are not whole."""
        self.nodes: list[Any] = []
        self.weights: dict[str, Any] = {}
        self.layer = ""
        """The layer that is being written: nodes and weights are called after it."""
        self._moved: dict[tuple[str, bool], Value] = {}
        self._kept: dict[str, np.ndarray] = {}

    @property
    def kind(self) -> int:
        """ONNX's number of `dtype`."""
        from onnx import helper

        return int(helper.np_dtype_to_tensor_dtype(self.dtype))

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator of one output, and give that output's name."""
        return self.nodes_of(operator, inputs, 1, **attributes)[0]

    def nodes_of(self, operator: str, inputs: Sequence[str], outputs: int, **attributes: Any) -> list[str]:
        """Add an operator of several outputs, and give their names."""
        from onnx import helper

        name = f"{self.layer}/{operator}_{len(self.nodes)}"
        names = [name if index == 0 else f"{name}.{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, name, **attributes))
        return names

    def weight(self, part: str, array: Any) -> str:
        """Keep numbers under the name of the layer and their own; once, where a layer stands twice.

        What is not a weight but follows from the input's shape, such as a causal mask, may differ from place to place.
        """
        from onnx import numpy_helper

        array = np.asarray(array)
        array = np.asarray(array, np.int64 if array.dtype.kind == "i" else self.dtype, order="C")
        name = f"{self.layer}/{part}"
        while not np.array_equal(self._kept.setdefault(name, array), array):
            name += "_"
        if name not in self.weights:
            self.weights[name] = numpy_helper.from_array(array, name)
        return name

    def integers(self, *numbers: int) -> str:
        """Keep a list of whole numbers, for instance a shape; equal lists are one."""
        kept, self.layer = self.layer, "integers"
        name = self.weight("_".join(map(str, numbers)), np.array(numbers, np.int64))
        self.layer = kept
        return name

    def channels_first(self, value: Value) -> Value:
        """Give a value with its channels before the axes of space."""
        return self._move(value, True)

    def channels_last(self, value: Value) -> Value:
        """Give a value in ann's own order of axes."""
        return self._move(value, False)

    def transposed(self, value: Value, order: Sequence[int]) -> str:
        """Give a value with its axes in an order, counted as ann counts them, that of stimuli included."""
        value = self.channels_last(value)
        return value.name if list(order) == sorted(order) else self.node("Transpose", value.name, perm=list(order))

    def _move(self, value: Value, first: bool) -> Value:
        if value.first == first or len(value.shape) == 1:
            return value
        key = (value.name, first)
        if key not in self._moved:
            axes = list(range(value.rank))
            order = [0, axes[-1], *axes[1:-1]] if first else [0, *axes[2:], 1]
            moved = Value(self.node("Transpose", value.name, perm=order), value.shape, first)
            self._moved[key] = moved
            self._moved[moved.name, value.first] = value
        return self._moved[key]
