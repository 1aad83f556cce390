"""The fully connected layer."""

import math
from typing import Any

import numpy as np

from ann import activations, initializers, regularizers
from ann.errors import ShapeError
from ann.layers.layer import Layer, Shape, positive_integer
from ann.products import LARGE, column_sums, product, product_of_turned, turned_product

__all__ = ["Dense"]


class Dense(Layer):
    r"""Every unit sees every feature: :math:`y = f(x W + b)`, at every step alike where the input is a sequence.

    With :math:`z = x W + b` and the gradient :math:`g = \partial L / \partial z`, backward gives
    :math:`\partial L / \partial W = x^T g`, :math:`\partial L / \partial b = \sum g` over stimuli and
    :math:`\partial L / \partial x = g W^T`. For a sequence (stimulus, step, feature) the
    sums go over steps too.

    Parameters
    ----------
    units : int
        How many units.
    activation : str or ann.activations.Activation, optional
        :math:`f`; linear by default.
    use_bias : bool
        Whether there is a :math:`b`.
    kernel_initializer, bias_initializer : str or ann.initializers.Initializer
        How :math:`W` (feature, unit) and :math:`b` (unit,) begin.
    kernel_regularizer, bias_regularizer : str or ann.regularizers.Regularizer, optional
        Penalties on them.
    kernel_constraint, bias_constraint : str or ann.constraints.Constraint, optional
        Where they are held to after every step, for instance ``"max_norm"``.
    input_shape, name
        See `Layer`.

    Examples
    --------
    >>> Dense(10, activation="softmax").output_shape((64,))
    (10,)
    >>> Dense(10).output_shape((28, 64))
    (28, 10)
    """

    fusible = True
    part = 64  # smaller products are slower by more than a second core gains at the usual batch sizes
    synapses = ("kernel",)

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        input_shape: Shape | None = None,
        name: str | None = None,
    ):
        super().__init__(input_shape, name)
        self.units = positive_integer(units, "Dense.units")
        self.activation = activations.get(activation, "Dense.activation")
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer, "Dense.kernel_initializer")
        self.bias_initializer = initializers.get(bias_initializer, "Dense.bias_initializer")
        self.kernel_regularizer = regularizers.get(kernel_regularizer, "Dense.kernel_regularizer")
        self.bias_regularizer = regularizers.get(bias_regularizer, "Dense.bias_regularizer")
        self._constrain(kernel_constraint=kernel_constraint, bias_constraint=bias_constraint)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give ``(units,)``, or ``(step, units)`` for a sequence."""
        if not 1 <= len(input_shape) <= 2:
            raise ShapeError(
                f"got {input_shape} a stimulus, expects (feature,) or (step, feature): put a Flatten before it, or use "
                f"Conv2D({self.units}, 1) for the same at every place of an image"
            )
        return (*input_shape[:-1], self.units)

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Give those of the kernel (feature, unit) and the bias (unit,)."""
        kernel: dict[str, Shape] = {"kernel": (input_shape[-1], self.units)}
        return {**kernel, "bias": (self.units,)} if self.use_bias else kernel

    def initial_parameters(self, input_shape: Shape, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw the kernel and the bias."""
        parameters = {"kernel": self.kernel_initializer.draw((input_shape[-1], self.units), rng)}
        if self.use_bias:
            parameters["bias"] = self.bias_initializer.draw((1, self.units), rng)[0]
        return parameters

    def uses_loops(self, input_shape: Shape) -> bool:
        """Tell whether the kernel is large enough for products in pieces."""
        return input_shape[-1] * self.units >= LARGE

    def operations(self, input_shape: Shape) -> int:
        """Count one multiplication and one addition a weight, at every step."""
        return 2 * math.prod(input_shape) * self.units

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Give :math:`f(x W + b)`."""
        flat, parameters = x.ndim == 2, self.parameters
        z = product(x if flat else x.reshape(-1, x.shape[-1]), parameters["kernel"])  # BLAS multiplies matrices only
        if self.use_bias:
            z += parameters["bias"]
        y, cache = self.activation.forward(z if flat else z.reshape(*x.shape[:-1], self.units), overwrite=True)
        return y, (x, cache)

    def backward(
        self,
        gradient: np.ndarray,
        cache: Any,
        *,
        inputs: bool = True,
        activated: bool = True,
        out: dict[str, np.ndarray] | None = None,
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Give the three products of the class's description, those for the parameters in `out` where there is one."""
        x, activation_cache = cache
        if activated:
            gradient = self.activation.backward(gradient, activation_cache)
        shape = x.shape
        if x.ndim > 2:
            x, gradient = x.reshape(-1, shape[-1]), gradient.reshape(-1, self.units)
        gradients = {} if out is None else out
        gradients["kernel"] = turned_product(x, gradient, gradients.get("kernel"))
        if self.use_bias:
            gradients["bias"] = column_sums(gradient, gradients.get("bias"))
        return product_of_turned(gradient, self.parameters["kernel"]).reshape(shape) if inputs else None, gradients
