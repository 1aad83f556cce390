"""Outputs of layers before there are numbers: what a graph of layers is written with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.layers.layer import Layer, Shape, checked_shape

__all__ = ["Input", "Step", "Symbol", "chain", "steps_between"]


@dataclass(frozen=True, eq=False)
class Symbol:
    """The output of a layer, before there are numbers.

    Attributes
    ----------
    shape : tuple of int
        Of one stimulus.
    layer : Layer or None
        The layer whose output it is; None for an `Input`.
    sources : tuple of Symbol
        What that layer takes.
    """

    shape: Shape
    layer: Layer | None = None
    sources: tuple["Symbol", ...] = ()

    @classmethod
    def of(cls, layer: Layer, inputs: Any) -> "Symbol":
        """Give what a layer makes of some symbols.

        Raises
        ------
        InvalidTypeError, ShapeError
            If they are no symbols, or not what the layer takes.
        """
        sources = tuple(inputs) if isinstance(inputs, (list, tuple)) else (inputs,)
        kind = layer.name or type(layer).__name__
        for source in sources:
            if not isinstance(source, Symbol):
                raise InvalidTypeError(
                    f"{kind}: takes ann.Input(shape) or the output of a layer, got {type(source).__name__}; "
                    "for numbers use a model, or layer.forward(x)"
                )
        if not 1 <= len(sources) <= layer.most_inputs:
            raise ShapeError(f"{kind}: takes at most {layer.most_inputs} inputs, got {len(sources)}")
        shapes = tuple(source.shape for source in sources)
        try:
            return cls(layer.output_shape(shapes[0] if len(shapes) == 1 else shapes), layer, sources)
        except ShapeError as error:
            raise ShapeError(f"{kind}: {error}") from None


def Input(shape: Any) -> Symbol:
    """Give a place for stimuli of this shape, where a graph of layers begins.

    Parameters
    ----------
    shape : tuple of int
        Of one stimulus, without the axis of stimuli.

    Examples
    --------
    >>> from ann.layers import Dense
    >>> Dense(3)(Input((5,))).shape
    (3,)
    """
    return Symbol(checked_shape(shape, "Input"))


Step = tuple[Layer, tuple[int, ...]]
"""A layer, and the numbers of the steps whose outputs it takes; -1 stands for the stimuli."""


def steps_between(inputs: Symbol, outputs: Symbol) -> list[Step]:
    """Order the layers between two symbols so that each comes after those that it takes from.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If one is no symbol, or `outputs` does not follow from `inputs` alone.
    """
    for what, symbol in (("inputs", inputs), ("outputs", outputs)):
        if not isinstance(symbol, Symbol):
            raise InvalidTypeError(f"Model.{what}: must be ann.Input(shape) or the output of a layer, got {symbol!r}")
    if inputs.layer is not None:
        raise InvalidValueError("Model.inputs: must be what ann.Input(shape) gave, got the output of a layer")
    if outputs is inputs:
        raise InvalidValueError("Model.outputs: there is no layer between inputs and outputs")
    numbers: dict[Symbol, int] = {inputs: -1}
    steps: list[Step] = []
    waiting: list[Symbol] = [outputs]
    while waiting:  # depth first without recursion, so that the depth of a network has no limit
        symbol = waiting[-1]
        missing = [source for source in symbol.sources if source not in numbers]
        if symbol in numbers:
            waiting.pop()
        elif missing:
            waiting += reversed(missing)
        elif symbol.layer is None:
            raise InvalidValueError(
                f"Model.outputs: needs another ann.Input of shape {symbol.shape}, which is not inputs; "
                "a model has one input: split it inside with layers"
            )
        else:
            numbers[symbol] = len(steps)
            steps.append((symbol.layer, tuple(numbers[source] for source in symbol.sources)))
            waiting.pop()
    return steps


def chain(layers: Sequence[Layer]) -> list[Step]:
    """Give the steps of layers one after the other."""
    return [(layer, (index - 1,)) for index, layer in enumerate(layers)]
