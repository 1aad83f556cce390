"""The convolutional layer."""

from typing import Any

import numpy as np

from ann import activations, initializers, regularizers
from ann.layers.layer import Layer, Shape, positive_integer
from ann.layers.windows import Windows, checked_padding, pair

__all__ = ["Conv2D"]


class Conv2D(Layer):
    r"""The same small window of weights at every place of an image: :math:`y_{p f} = f(\sum_q x_{p+q} K_{q f} + b_f)`.

    As everywhere in deep learning this is a cross-correlation: the kernel is not flipped.

    Parameters
    ----------
    filters : int
        How many output channels.
    kernel_size : int or tuple of int
        Height and width of the window.
    strides : int or tuple of int
        Steps between windows.
    padding : {"valid", "same"}
        Whether windows stay inside the image, or zeros are put around it so that ``ceil(size / stride)`` fit.
    activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
        As in `Dense`; the kernel is (height, width, channel, filter).
    input_shape, name
        See `Layer`; a stimulus is (height, width, channel).

    Examples
    --------
    >>> Conv2D(16, 5, padding="same").output_shape((40, 40, 1))
    (40, 40, 16)
    >>> Conv2D(16, 5, strides=2).output_shape((40, 40, 1))
    (18, 18, 16)
    """

    compiled = True
    fusible = True
    synapses = ("kernel",)

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        input_shape: Shape | None = None,
        name: str | None = None,
    ):
        super().__init__(input_shape, name)
        self.filters = positive_integer(filters, "Conv2D.filters")
        self.kernel_size = pair(kernel_size, "Conv2D.kernel_size")
        self.strides = pair(strides, "Conv2D.strides")
        self.padding = checked_padding(padding, "Conv2D.padding")
        self.activation = activations.get(activation, "Conv2D.activation")
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer, "Conv2D.kernel_initializer")
        self.bias_initializer = initializers.get(bias_initializer, "Conv2D.bias_initializer")
        self.kernel_regularizer = regularizers.get(kernel_regularizer, "Conv2D.kernel_regularizer")
        self.bias_regularizer = regularizers.get(bias_regularizer, "Conv2D.bias_regularizer")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give (height, width, filter)."""
        windows = self._windows(input_shape)
        return (windows.out_height, windows.out_width, self.filters)

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Give those of the kernel (height, width, channel, filter) and the bias (filter,)."""
        kernel: dict[str, Shape] = {"kernel": (*self.kernel_size, input_shape[2], self.filters)}
        return {**kernel, "bias": (self.filters,)} if self.use_bias else kernel

    def initial_parameters(self, input_shape: Shape, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw the kernel and the bias."""
        kernel = self.kernel_initializer.draw((*self.kernel_size, input_shape[2], self.filters), rng)
        if not self.use_bias:
            return {"kernel": kernel}
        return {"kernel": kernel, "bias": self.bias_initializer.draw((1, self.filters), rng)[0]}

    def operations(self, input_shape: Shape) -> int:
        """Count one multiplication and one addition for every weight at every place."""
        return 2 * int(np.prod(self.output_shape(input_shape))) * int(np.prod(self.kernel_size)) * input_shape[2]

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Correlate with the kernel, add the bias, apply the activation."""
        from ann import fast

        x = np.ascontiguousarray(x)
        windows = self._windows(x.shape[1:])
        z = np.empty((len(x), windows.out_height, windows.out_width, self.filters), x.dtype)
        fast.convolve(x, self._matrix(), *windows.places(), z)
        y, cache = self.activation.forward(z, overwrite=True)
        return y, (x, windows, cache)

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Correlate the input with the gradient for the kernel, and spread the gradient through it for the input."""
        from ann import fast

        windows: Windows
        x, windows, activation_cache = cache
        if activated:
            gradient = self.activation.backward(gradient, activation_cache)
        weights = self._matrix()
        d_weights = np.zeros_like(weights)
        # Zeros, since what lies beyond the last window has no gradient.
        d_x = np.zeros(x.shape if inputs else (0, 0, 0, 0), x.dtype)
        fast.convolve_gradient(x, weights, *windows.places(), np.ascontiguousarray(gradient), d_weights, d_x)
        gradients = {"kernel": d_weights[:-1].reshape(self.parameters["kernel"].shape)}
        if self.use_bias:
            gradients["bias"] = d_weights[-1]
        return d_x if inputs else None, gradients

    def _matrix(self) -> np.ndarray:
        """Give the kernel as (window, filter) with the bias as one more row."""
        kernel = self.parameters["kernel"].reshape(-1, self.filters)
        bias = self.parameters["bias"] if self.use_bias else np.zeros(self.filters, kernel.dtype)
        return np.vstack([kernel, bias])

    def _windows(self, shape: Shape) -> Windows:
        return Windows.over(shape, self.kernel_size, self.strides, self.padding)
