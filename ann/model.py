"""Model: a graph of layers from one input to one output."""

from collections.abc import Sequence
from typing import Any, Self

from ann.layers.layer import Layer
from ann.network import Network
from ann.symbols import Input, Symbol, steps_between

__all__ = ["Model"]


class Model(Network):
    """Layers as a graph, with branches that part and join, from one input to one output.

    Parameters
    ----------
    inputs : Symbol
        What `ann.Input` gave.
    outputs : Symbol
        The output of a layer that was called on it, or on what follows from it.
    seed, name, dtype, threads
        See `Sequential`.

    Raises
    ------
    InvalidTypeError, InvalidValueError, ShapeError
        If an argument is no symbol, `outputs` does not follow from `inputs`, or shapes do not fit.

    Examples
    --------
    A residual block, whose input goes round it:

    >>> import ann, numpy as np
    >>> inputs = ann.Input((8,))
    >>> hidden = ann.layers.Dense(8, activation="relu")(inputs)
    >>> model = ann.Model(inputs, ann.layers.Add()([inputs, hidden]), seed=0)
    >>> sorted(model.graph.predecessors("add_1"))
    ['dense_1', 'input']
    """

    def __init__(
        self,
        inputs: Symbol,
        outputs: Symbol,
        seed: int = 0,
        name: str | None = None,
        dtype: Any = "float32",
        threads: int | None = None,
    ):
        super().__init__(steps_between(inputs, outputs), seed, name, dtype, threads)
        self.build(inputs.shape)

    def with_layers(self, layers: Sequence[Layer], dtype: Any = None, seed: int | None = None) -> Self:
        """Give a new network of the same structure and settings with other layers in the places of these."""
        symbols = [Input(self.input_shape)]  # place -1, and then each step behind it
        for layer, (_, sources) in zip(layers, self.steps, strict=True):
            symbols.append(Symbol.of(layer, [symbols[source + 1] for source in sources]))
        own = self.seed if seed is None else seed
        return type(self)(symbols[0], symbols[-1], own, self.name, dtype or self.dtype, self.threads)
