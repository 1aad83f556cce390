"""Masks as an ONNX graph computes them: which steps count is seen from the stimuli, as it is here.

ONNX's recurrent operators know how many steps each sequence has, not which. A layer of ours leaves its states as they
were at a step that does not count, so it sees the steps that count, one after the other: they are brought to the front,
counted, and what the operator gives for them is brought back to where they were.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.errors import ExportError
from ann.interchange.graph import Graph, Mask, Value

if TYPE_CHECKING:
    from ann.structure import Place

__all__ = ["READING", "Front", "joined", "left", "masked", "shared", "turned"]

READING = ("BatchNormalization", "Bidirectional", "GRU", "GlobalAveragePooling1D", "LSTM", "SimpleRNN")
"""The layers that read a mask and are written so, or read it in training alone; of the others that do, none is."""


def joined(graph: Graph, place: "Place", values: tuple[Value, ...]) -> tuple[Value, ...]:
    """Let the first value have the mask of all, whose steps count where they do in each.

    Raises
    ------
    ExportError
        If the layer reads masks in a way that is not written.
    """
    layer, kind = place.layer, type(place.layer).__name__
    masks = list(dict.fromkeys(value.mask for value in values if value.mask))
    if masks and layer.takes_mask and kind not in READING:
        raise ExportError(
            f"{place.name} ({kind}): cannot be exported behind a mask; export a model without Masking and "
            "Embedding(mask_zero=True), whose sequences are not padded"
        )
    found = masks[0] if masks else None
    for mask in masks[1:]:
        found = Mask(graph.node("And", found.name, mask.name), mask.steps)  # type: ignore[union-attr]
    return (replace(values[0], mask=found), *values[1:])


def left(graph: Graph, place: "Place", values: tuple[Value, ...]) -> Mask | None:
    """Give the mask of what a layer gives, which takes these values."""
    layer, mask = place.layer, values[0].mask
    if layer.makes_mask:
        own = _words(graph, values[0]) if type(layer).__name__ == "Embedding" else _counting(graph, layer, values[0])
        return Mask(graph.node("And", own, mask.name) if mask else own, values[0].shape[0])
    if mask is None:
        return None
    # What a layer does with its mask depends on shapes alone: one that hides the first step tells.
    x = [np.zeros((1, *value.shape)) for value in values]
    found = layer.mask_after(tuple(x) if len(x) > 1 else x[0], np.arange(mask.steps)[None] > 0)
    if found is None:
        return None
    return mask if not found[0, 0] else Mask(turned(graph, mask.name, 1), mask.steps)


def masked(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Any) -> Value:
    """Write `Masking`: steps that do not count become 0."""
    steps = graph.node("Unsqueeze", _counting(graph, layer, values[0]), graph.integers(2))
    x = graph.channels_last(values[0]).name
    return Value(graph.node("Where", steps, x, graph.weight("zero", np.array(0.0))), shape)


def shared(graph: Graph, mask: str) -> str:
    """Give each step its share of those that count, (stimulus, 1, step); 0 where none does."""
    counts = graph.node("Cast", mask, to=graph.kind)
    often = graph.node("ReduceSum", counts, graph.integers(1), keepdims=1)
    often = graph.node("Max", often, graph.weight("one", np.array(1.0)))
    return graph.node("Unsqueeze", graph.node("Div", counts, often), graph.integers(1))


def turned(graph: Graph, sequence: str, axis: int) -> str:
    """Turn the order along an axis round."""
    start, stop, along, step = (graph.integers(one) for one in (-1, np.iinfo(np.int64).min + 1, axis, -1))
    return graph.node("Slice", sequence, start, stop, along, step)


@dataclass
class Front:
    """Sequences whose steps that count are at the front.

    Parameters
    ----------
    graph : Graph
        Where it is written.
    mask : str
        (stimulus, step), in the order in which the layer goes.
    steps : int
        How many.
    """

    graph: Graph
    mask: str
    steps: int

    def __post_init__(self) -> None:
        from onnx import TensorProto

        graph = self.graph
        self.counts = graph.node("Cast", self.mask, to=TensorProto.INT64)
        self.lengths = graph.node(
            "Cast", graph.node("ReduceSum", self.counts, graph.integers(1), keepdims=0), to=TensorProto.INT32
        )
        self.some = graph.node(
            "Cast", graph.node("ReduceMax", self.counts, graph.integers(1), keepdims=1), to=TensorProto.BOOL
        )

    def brought(self, sequence: str, features: int) -> str:
        """Bring the steps that count of a sequence (stimulus, step, feature) to the front, in their order."""
        graph = self.graph
        hidden = graph.node("Sub", graph.integers(1), self.counts)
        last = graph.node("Mul", hidden, graph.integers(self.steps))
        rank = graph.node("Add", last, graph.integers(*range(self.steps)))
        order = graph.nodes_of("TopK", [rank, graph.integers(self.steps)], 2, axis=1, largest=0, sorted=1)[1]
        return self._taken(sequence, order, features)

    def returned(self, sequence: str, initial: str, units: int) -> str:
        """Give the state at every step from those at the steps that count: the last of them, `initial` before all."""
        graph = self.graph
        seen = graph.node("CumSum", self.counts, graph.node("Squeeze", graph.integers(1)))
        latest = graph.node("Max", graph.node("Sub", seen, graph.integers(1)), graph.integers(0))
        found = self._taken(sequence, latest, units)
        begun = graph.node("Unsqueeze", graph.node("Greater", seen, graph.integers(0)), graph.integers(2))
        return graph.node("Where", begun, found, graph.node("Unsqueeze", initial, graph.integers(1)))

    def last(self, state: str, initial: str) -> str:
        """Give the last state (stimulus, unit): the initial one where no step counts."""
        return self.graph.node("Where", self.some, state, initial)

    def _taken(self, sequence: str, steps: str, features: int) -> str:
        graph = self.graph
        wide = graph.node("Expand", graph.node("Unsqueeze", steps, graph.integers(2)), graph.integers(1, 1, features))
        return graph.node("GatherElements", sequence, wide, axis=1)


def _counting(graph: Graph, layer: Any, value: Value) -> str:
    """Tell the steps of which any feature is not the value that masks."""
    from onnx import TensorProto

    x = graph.channels_last(value).name
    other = graph.node("Not", graph.node("Equal", x, graph.weight("mask_value", np.array(layer.mask_value))))
    numbers = graph.node("Cast", other, to=TensorProto.INT32)
    return graph.node("Cast", graph.node("ReduceMax", numbers, graph.integers(2), keepdims=0), to=TensorProto.BOOL)


def _words(graph: Graph, value: Value) -> str:
    """Tell the steps that hold a word."""
    x = graph.channels_last(value).name
    return graph.node("Not", graph.node("Equal", x, graph.weight("no_word", np.array(0.0))))
