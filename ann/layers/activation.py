"""An activation as a layer of its own."""

from typing import Any

import numpy as np

from ann import activations
from ann.layers.layer import Layer, Shape

__all__ = ["Activation"]


class Activation(Layer):
    """An activation function as a layer of its own, so that its input can be looked at too.

    Parameters
    ----------
    activation : str or ann.activations.Activation
        Which one.
    input_shape, name
        See `Layer`.

    Examples
    --------
    >>> Activation("relu").forward(np.array([[-1.0, 2.0]]))[0]
    array([[0., 2.]])
    """

    fusible = True

    def __init__(self, activation: Any, input_shape: Shape | None = None, name: str | None = None):
        super().__init__(input_shape, name)
        self.activation = activations.get(activation, "Activation.activation")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give the shape of the input."""
        return input_shape

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Apply the function."""
        return self.activation.forward(x)

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Apply the function's own backward step."""
        return self.activation.backward(gradient, cache) if activated else gradient, {}
