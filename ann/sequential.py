"""Sequential: layers one after the other."""

from collections.abc import Sequence
from typing import Any, Self

from ann.errors import InvalidTypeError, InvalidValueError
from ann.layers.layer import Layer
from ann.network import Network
from ann.symbols import chain

__all__ = ["Sequential"]


class Sequential(Network):
    """Layers one after the other, trained by backpropagation.

    Parameters
    ----------
    layers : sequence of ann.layers.Layer
        In their order. The same layer may stand more than once; its parameters are shared.
    seed : int
        Gives the initial weights, the shuffling and the dropout: the same seed gives the same bits on the same machine
        with the same versions, whatever the number of threads.
    name : str, optional
        Shown in the summary.
    dtype : {"float32", "float64"}
        The type of weights and activity.
    threads : int, optional
        How many threads a large batch is shared among; the cores of this process by default.

    Attributes
    ----------
    flat_weights : numpy.ndarray
        All weights in one array; the layers' parameters are views into it.
    flat_statistics : numpy.ndarray
        The same for what layers remember of the stimuli they were trained on (`BatchNormalization`).

    Raises
    ------
    InvalidTypeError, InvalidValueError, ShapeError
        If a layer is not one, or its shapes do not fit.

    Examples
    --------
    One step of training, as four calls; `train_on_batch` is these four:

    >>> import ann, numpy as np
    >>> model = ann.Sequential([ann.layers.Dense(units=1, input_shape=(1,))], seed=0)
    >>> model.compile(optimizer="sgd", loss="mean_squared_error")
    >>> x, y = np.array([[1.0], [2.0]]), np.array([2.0, 4.0])
    >>> outputs, cache = model.forward(x, training=True)
    >>> value, gradient = model.loss(outputs, y)
    >>> gradients = model.backward(gradient, cache)
    >>> model.update(gradients)
    >>> model.evaluate(x, y) < value
    True
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        seed: int = 0,
        name: str | None = None,
        dtype: Any = "float32",
        threads: int | None = None,
    ):
        if not isinstance(layers, Sequence) or isinstance(layers, str):
            raise InvalidTypeError(f"layers: must be a list of layers, got {layers!r}")
        if not layers:
            raise InvalidValueError("layers: must hold at least one layer, got none")
        super().__init__(chain(layers), seed, name, dtype, threads)
        for own, layer in zip(self.names, self.layers, strict=True):
            if layer.outputs > 1:
                raise InvalidValueError(
                    f"{own} ({type(layer).__name__}): gives {layer.outputs} arrays, which only a graph can take "
                    "apart; use ann.Model, or leave return_state out"
                )
        if self.layers[0].input_shape is not None:
            self.build(self.layers[0].input_shape)

    def with_layers(self, layers: Sequence[Layer], dtype: Any = None, seed: int | None = None) -> Self:
        """Give a new network of the same structure and settings with other layers in the places of these."""
        own = self.seed if seed is None else seed
        return type(self)(layers, own, self.name, dtype or self.dtype, self.threads)
