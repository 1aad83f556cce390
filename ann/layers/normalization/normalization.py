r"""What all normalisations share.

They differ in what a mean is taken over, and share the rest: with the mean :math:`m` and the variance :math:`v`,

.. math:: \hat x = \frac{x - m}{\sqrt{v + \epsilon}} \qquad y = \gamma \hat x + \beta .

The mean and the variance depend on :math:`x` too. With the gradient :math:`g = \partial L / \partial y` and means over
the same numbers that :math:`m` is the mean of,

.. math:: \frac{\partial L}{\partial x} = \frac{\gamma g - \overline{\gamma g} - \hat x\, \overline{\gamma g \hat x}}
    {\sqrt{v + \epsilon}}, \qquad \frac{\partial L}{\partial \gamma} = \sum g \hat x, \qquad
    \frac{\partial L}{\partial \beta} = \sum g .

The variance is over :math:`n`, not :math:`n - 1`.
"""

import math
from abc import abstractmethod
from typing import Any

import numpy as np

from ann import initializers, regularizers
from ann.checks import positive
from ann.layers.layer import Layer, Shape

__all__ = ["Normalization"]


class Normalization(Layer):
    """What all share: the scale, the shift and the small number."""

    compiled = True
    regularized = ("gamma", "beta")

    gains = ("gamma", "beta")

    def __init__(
        self,
        epsilon: float,
        center: bool,
        scale: bool,
        initial: tuple[Any, Any],
        penalties: tuple[Any, Any],
        input_shape: Shape | None,
        name: str | None,
    ):
        super().__init__(input_shape, name)
        kind = type(self).__name__
        self.epsilon = positive(epsilon, f"{kind}.epsilon")
        self.center = bool(center)
        self.scale = bool(scale)
        self.beta_initializer = initializers.get(initial[0], f"{kind}.beta_initializer")
        self.gamma_initializer = initializers.get(initial[1], f"{kind}.gamma_initializer")
        self.beta_regularizer = regularizers.get(penalties[0], f"{kind}.beta_regularizer")
        self.gamma_regularizer = regularizers.get(penalties[1], f"{kind}.gamma_regularizer")

    @abstractmethod
    def _weight_shape(self, input_shape: Shape) -> Shape:
        """Give the shape of gamma and beta."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give the shape of the input."""
        self._weight_shape(input_shape)
        return input_shape

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Give those of the scale gamma and the shift beta, where the layer has them."""
        shape = self._weight_shape(input_shape)
        return {name: shape for name, wanted in (("gamma", self.scale), ("beta", self.center)) if wanted}

    def initial_parameters(self, input_shape: Shape, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw gamma and beta: ones and zeros, if nothing else was asked for."""
        return {
            name: getattr(self, f"{name}_initializer").draw(shape, rng)
            for name, shape in self.parameter_shapes(input_shape).items()
        }

    def operations(self, input_shape: Shape) -> int:
        """Count eight for each number."""
        return 8 * math.prod(input_shape)

    def _scale_and_shift(self, size: int, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
        """Give gamma and beta as vectors, of ones and zeros where the layer has none."""
        gamma, beta = self.parameters.get("gamma"), self.parameters.get("beta")
        return (
            np.ones(size, dtype) if gamma is None else gamma.reshape(-1),
            np.zeros(size, dtype) if beta is None else beta.reshape(-1),
        )

    def _own(self, d_gamma: np.ndarray, d_beta: np.ndarray, shape: Shape, dtype: np.dtype) -> dict[str, np.ndarray]:
        """Give the gradients of those parameters that the layer has."""
        found = (("gamma", d_gamma, self.scale), ("beta", d_beta, self.center))
        return {name: value.astype(dtype).reshape(shape) for name, value, wanted in found if wanted}
