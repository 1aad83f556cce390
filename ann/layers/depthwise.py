"""The depthwise convolutional layer."""

from types import MappingProxyType
from typing import Any

import numpy as np

from ann import initializers, regularizers
from ann.layers.conv import Filtering
from ann.layers.layer import Shape, positive_integer
from ann.layers.windows import Padding

__all__ = ["DepthwiseConv2D"]


class DepthwiseConv2D(Filtering):
    r"""Every channel has windows of its own: `Conv2D` with as many groups as channels.

    Channel :math:`c` gives the outputs :math:`c m` to :math:`c m + m - 1`, where :math:`m` is the depth multiplier.

    Parameters
    ----------
    kernel_size, strides, padding
        As in `Conv2D`.
    depth_multiplier : int
        How many filters each channel has.
    dilation_rate, activation, use_bias, bias_initializer, bias_regularizer, bias_constraint
        As in `Conv2D`.
    depthwise_initializer, depthwise_regularizer, depthwise_constraint
        Of the kernel, which is (height, width, channel, depth multiplier).
    input_shape, name
        See `Layer`; a stimulus is (height, width, channel).

    Examples
    --------
    >>> DepthwiseConv2D(3, padding="same", depth_multiplier=2).output_shape((28, 28, 8))
    (28, 28, 16)
    """

    argument_words = MappingProxyType({"kernel": "depthwise"})

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: Padding = "valid",
        depth_multiplier: int = 1,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        input_shape: Shape | None = None,
        name: str | None = None,
    ):
        super().__init__(
            kernel_size,
            strides,
            padding,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            input_shape,
            name,
        )
        self.depth_multiplier = positive_integer(depth_multiplier, "DepthwiseConv2D.depth_multiplier")
        self.depthwise_initializer = initializers.get(depthwise_initializer, "DepthwiseConv2D.depthwise_initializer")
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer, "DepthwiseConv2D.depthwise_regularizer")
        self._constrain(depthwise_constraint=depthwise_constraint, bias_constraint=bias_constraint)

    def _groups_and_filters(self, channels: int) -> tuple[int, int]:
        return channels, channels * self.depth_multiplier

    def _kernel_shape(self, channels: int) -> Shape:
        return (*self.kernel_size, channels, self.depth_multiplier)

    def _kernel(self) -> np.ndarray:
        return self.parameters["kernel"].reshape(*self.kernel_size, 1, -1)

    def _initial_kernel(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        return self.depthwise_initializer.draw(shape, rng)
