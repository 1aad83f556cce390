"""The transposed convolutional layer."""

from typing import Any

import numpy as np

from ann import initializers, regularizers
from ann.errors import InvalidValueError, ShapeError
from ann.layers.conv import Filtering
from ann.layers.correlation import correlate, gradients, spread
from ann.layers.layer import Shape, positive_integer
from ann.layers.windows import Padding, Windows, as_images, at_least_0, image_shape, plane, plane_padding

__all__ = ["Conv2DTranspose"]


class Conv2DTranspose(Filtering):
    r"""The transpose of `Conv2D` as a linear map: every number of the input spreads a window of weights.

    :math:`y_{s p + d q, f} = f(\sum_{p q c} x_{p c} K_{q f c} + b_f)`. With the same window, strides and padding it
    turns the output's shape of a `Conv2D` back into (one of) its input's (Dumoulin and Visin 2016, arXiv 1603.07285).

    Parameters
    ----------
    filters : int
        How many output channels.
    kernel_size, strides, dilation_rate
        As in the `Conv2D` that it is the transpose of.
    padding : {"valid", "same"}, int or ((int, int), (int, int))
        What that `Conv2D` would put around the output. ``"same"`` gives ``size * stride``, ``"valid"`` gives
        ``(size - 1) * stride + reach`` with the reach of a window (but no less than ``size * stride``, as Keras does),
        numbers give ``(size - 1) * stride + reach - top - bottom``.
    output_padding : int or tuple of int, optional
        How many places the output has below and to the right beyond ``(size - 1) * stride + reach - top - bottom``:
        several sizes of images have as many windows. With ``"same"``, the padding is then ``reach // 2`` on both sides.
    groups : int
        As in `Conv2D`, input channels being the filters of that.
    activation, use_bias, kernel_initializer, bias_initializer
        As in `Dense`; the kernel is (height, width, filter of a group, channel).
    kernel_regularizer, bias_regularizer, kernel_constraint, bias_constraint
        As in `Dense`; a norm of filters is taken along ``axis=(0, 1, 3)``.
    input_shape, name
        See `Layer`; a stimulus is (height, width, channel).

    Examples
    --------
    >>> Conv2DTranspose(3, 5, strides=2, padding="same").output_shape((20, 20, 16))
    (40, 40, 3)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Padding = "valid",
        output_padding: Any = None,
        dilation_rate: Any = 1,
        groups: int = 1,
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
        self.rectifies = False  # what is spread is only complete when all windows have been
        self.filters = positive_integer(filters, "Conv2DTranspose.filters")
        self.groups = positive_integer(groups, "Conv2DTranspose.groups")
        if self.filters % self.groups:
            raise InvalidValueError(
                f"Conv2DTranspose.groups: must divide the {self.filters} filters, got {self.groups}"
            )
        self.output_padding = _beyond(output_padding)
        self.kernel_initializer = initializers.get(kernel_initializer, "Conv2DTranspose.kernel_initializer")
        self.kernel_regularizer = regularizers.get(kernel_regularizer, "Conv2DTranspose.kernel_regularizer")
        self._constrain(kernel_constraint=kernel_constraint, bias_constraint=bias_constraint)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give (height, width, filter)."""
        image = image_shape(input_shape, self.axes)
        self._groups_and_filters(image[2])
        sides = [self._side(axis, image[axis])[0] for axis in (0, 1)]
        if min(sides) < 1:
            raise ShapeError(f"got {input_shape} a stimulus, of which the padding {self.padding} leaves nothing")
        return (sides[0], sides[1], self.filters)

    def operations(self, input_shape: Shape) -> int:
        """Count one multiplication and one addition for every weight at every place of the input."""
        return 2 * int(np.prod(input_shape)) * int(np.prod(self.kernel_size)) * self.filters // self.groups

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Spread the input through the kernel, add the bias, apply the activation."""
        images, windows = as_images(x), self._windows(x.shape[1:])
        z = spread(images, self._kernel(), windows, self.groups, self.output_shape(x.shape[1:]))
        if self.use_bias:
            z += self.parameters["bias"]
        y, cache = self.activation.forward(z, overwrite=True)
        return y, (images, windows, cache)

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Correlate the gradient with the kernel for the input, and with the input for the kernel."""
        images, windows, activation_cache = cache
        if activated:
            gradient = self.activation.backward(gradient, activation_cache)
        gradient = as_images(gradient)
        _, d_kernel, _ = gradients(gradient, self._kernel(), windows, self.groups, images, inputs=False)
        own = {"kernel": d_kernel}
        if self.use_bias:
            own["bias"] = gradient.sum(axis=(0, 1, 2))
        return correlate(gradient, self._kernel(), None, windows, self.groups) if inputs else None, own

    def _groups_and_filters(self, channels: int) -> tuple[int, int]:
        if channels % self.groups:
            raise ShapeError(f"got {channels} channels, which do not come in {self.groups} equal groups")
        return self.groups, self.filters

    def _kernel_shape(self, channels: int) -> Shape:
        return (*self.kernel_size, self.filters // self.groups, channels)

    def _kernel(self) -> np.ndarray:
        return self.parameters["kernel"]

    def _initial_kernel(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        return self.kernel_initializer.draw(shape, rng)

    def _side(self, axis: int, length: int) -> tuple[int, int]:
        """Give the length of the output along an axis, and the padding before it in the `Conv2D` of this."""
        stride, reach = self.strides[axis], self.dilation_rate[axis] * (self.kernel_size[axis] - 1) + 1
        beyond = None if self.output_padding is None else self.output_padding[axis]
        if self.padding == "same" and beyond is None:
            return length * stride, max(reach - stride, 0) // 2
        if self.padding == "same":
            front = back = reach // 2
        elif self.padding == "valid":
            front = back = 0
            beyond = max(stride - reach, 0) if beyond is None else beyond
        else:
            front, back = plane_padding(self.padding, self.axes)[axis]
        return (length - 1) * stride + reach - front - back + (beyond or 0), front

    def _windows(self, image: Shape) -> Windows:
        """Give the windows that the `Conv2D` of this has on the output: as many as there are places in the input."""
        before = (self._side(0, image[0])[1], self._side(1, image[1])[1])
        return Windows(
            plane(self.kernel_size), plane(self.strides), plane(self.dilation_rate), before, (image[0], image[1])
        )


def _beyond(value: Any, what: str = "Conv2DTranspose.output_padding") -> tuple[int, int] | None:
    if value is None:
        return None
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2:
        raise InvalidValueError(f"{what}: must be one integer or two, got {value!r}")
    return at_least_0(pair[0], what), at_least_0(pair[1], what)
