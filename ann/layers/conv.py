"""The convolutional layers, and what they share with their relatives."""

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from ann import activations, initializers, regularizers
from ann.errors import InvalidValueError, ShapeError
from ann.layers.correlation import correlate, gradients
from ann.layers.layer import Layer, Shape, positive_integer
from ann.layers.windows import (
    Padding,
    Windows,
    as_images,
    checked_padding,
    image_shape,
    lengths,
    plane,
    plane_padding,
    unlike_images,
)

__all__ = ["Conv1D", "Conv2D", "Filtering"]


class Filtering(Layer):
    """A layer of filters with small windows: its common arguments, and how it correlates; see `Conv2D`."""

    compiled = True
    fusible = True
    synapses = ("kernel",)
    axes: ClassVar[int] = 2
    words: ClassVar[tuple[str, ...]] = ("same", "valid")

    def __init__(
        self,
        kernel_size: Any,
        strides: Any,
        padding: Padding,
        dilation_rate: Any,
        activation: Any,
        use_bias: bool,
        bias_initializer: Any,
        bias_regularizer: Any,
        input_shape: Shape | None,
        name: str | None,
    ):
        super().__init__(input_shape, name)
        kind = type(self).__name__
        self.kernel_size = lengths(kernel_size, self.axes, f"{kind}.kernel_size")
        self.strides = lengths(strides, self.axes, f"{kind}.strides")
        self.padding = checked_padding(padding, self.axes, f"{kind}.padding", self.words)
        self.dilation_rate = lengths(dilation_rate, self.axes, f"{kind}.dilation_rate")
        self.activation = activations.get(activation, f"{kind}.activation")
        self.use_bias = bool(use_bias)
        self.bias_initializer = initializers.get(bias_initializer, f"{kind}.bias_initializer")
        self.bias_regularizer = regularizers.get(bias_regularizer, f"{kind}.bias_regularizer")
        # Rectification costs nothing where it is done amid the correlation.
        self.rectifies = self.activation == activations.get("relu")

    @abstractmethod
    def _groups_and_filters(self, channels: int) -> tuple[int, int]:
        """Give the number of groups and of filters for so many channels."""

    @abstractmethod
    def _kernel_shape(self, channels: int) -> Shape:
        """Give that of the parameter, for so many channels."""

    @abstractmethod
    def _kernel(self) -> np.ndarray:
        """Give the parameter as (height, width, channel of a group, filter)."""

    @abstractmethod
    def _initial_kernel(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        """Draw it."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give as many places an axis as there are windows, and the filters."""
        image = image_shape(input_shape, self.axes)
        _, filters = self._groups_and_filters(image[2])
        return (*self._windows(image).count[2 - self.axes :], filters)

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Give those of the kernel and the bias (filter,)."""
        channels = input_shape[-1]
        kernel = {"kernel": self._kernel_shape(channels)}
        return {**kernel, "bias": (self._groups_and_filters(channels)[1],)} if self.use_bias else kernel

    def initial_parameters(self, input_shape: Shape, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw the kernel and the bias."""
        shapes = self.parameter_shapes(input_shape)
        drawn = {"kernel": self._initial_kernel(shapes["kernel"], rng)}
        if self.use_bias:
            drawn["bias"] = self.bias_initializer.draw((1, *shapes["bias"]), rng)[0]
        return drawn

    def operations(self, input_shape: Shape) -> int:
        """Count one multiplication and one addition for every weight at every place."""
        groups, _ = self._groups_and_filters(input_shape[-1])
        window = int(np.prod(self.kernel_size)) * input_shape[-1] // groups
        return 2 * int(np.prod(self.output_shape(input_shape))) * window

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Correlate with the kernel, add the bias, apply the activation."""
        images = as_images(x)
        windows = self._windows(images.shape[1:])
        groups, _ = self._groups_and_filters(x.shape[-1])
        y = correlate(images, self._kernel(), self.parameters.get("bias"), windows, groups, self.rectifies)
        activated, cache = (y, None) if self.rectifies else self.activation.forward(y, overwrite=True)
        return unlike_images(activated, self.axes), (images, windows, activated, cache)

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Correlate the input with the gradient for the kernel, and spread the gradient through it for the input."""
        images, windows, y, activation_cache = cache
        gradient = as_images(gradient)
        if activated and not self.rectifies:
            gradient = self.activation.backward(gradient, activation_cache)
        groups, _ = self._groups_and_filters(images.shape[3])
        rectified = y if activated and self.rectifies else None
        d_x, d_kernel, d_bias = gradients(images, self._kernel(), windows, groups, gradient, rectified, inputs)
        own = {"kernel": d_kernel.reshape(self.parameters["kernel"].shape)}
        if self.use_bias:
            own["bias"] = d_bias
        return None if d_x is None else unlike_images(d_x, self.axes), own

    def mask_after(self, x: Any, mask: np.ndarray | None) -> np.ndarray | None:
        """Keep the mask of a sequence that keeps its steps; any other ends here."""
        keeps = self.axes == 1 and mask is not None and self.output_shape(x.shape[1:])[0] == x.shape[1]
        return mask if keeps else None

    def _windows(self, image: Shape) -> Windows:
        padding = plane_padding(self.padding, self.axes)
        return Windows.over(image, *map(plane, (self.kernel_size, self.strides, self.dilation_rate)), padding)


class _Convolution(Filtering):
    """What `Conv1D` and `Conv2D` share: all but the number of axes."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Padding = "valid",
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
        kind = type(self).__name__
        self.filters = positive_integer(filters, f"{kind}.filters")
        self.groups = positive_integer(groups, f"{kind}.groups")
        if self.filters % self.groups:
            raise InvalidValueError(f"{kind}.groups: must divide the {self.filters} filters, got {self.groups}")
        self.kernel_initializer = initializers.get(kernel_initializer, f"{kind}.kernel_initializer")
        self.kernel_regularizer = regularizers.get(kernel_regularizer, f"{kind}.kernel_regularizer")
        self._constrain(kernel_constraint=kernel_constraint, bias_constraint=bias_constraint)

    def _groups_and_filters(self, channels: int) -> tuple[int, int]:
        if channels % self.groups:
            raise ShapeError(f"got {channels} channels, which do not come in {self.groups} equal groups")
        return self.groups, self.filters

    def _kernel_shape(self, channels: int) -> Shape:
        return (*self.kernel_size, channels // self.groups, self.filters)

    def _kernel(self) -> np.ndarray:
        kernel = self.parameters["kernel"]
        return kernel[None] if self.axes == 1 else kernel

    def _initial_kernel(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        return self.kernel_initializer.draw(shape, rng)


class Conv2D(_Convolution):
    r"""The same small window of weights at every place of an image.

    :math:`y_{p f} = f(\sum_{q c} x_{s p + d q, c} K_{q c f} + b_f)` with stride :math:`s` and dilation :math:`d`. As
    everywhere in deep learning this is a cross-correlation: the kernel is not flipped.

    Parameters
    ----------
    filters : int
        How many output channels.
    kernel_size : int or tuple of int
        Height and width of the window.
    strides : int or tuple of int
        Steps between windows.
    padding : {"valid", "same"}, int or ((int, int), (int, int))
        ``"valid"``: windows stay inside the image. ``"same"``: zeros are put around it so that ``ceil(size / stride)``
        fit, the odd one below and to the right. Or how many zeros: on all sides, or
        ``((top, bottom), (left, right))``.
    dilation_rate : int or tuple of int
        Steps between the places that a window looks at.
    groups : int
        Into how many slices of equal size channels and filters are cut; filters see the channels of their slice only.
    activation, use_bias, kernel_initializer, bias_initializer
        As in `Dense`; the kernel is (height, width, channel of a group, filter).
    kernel_regularizer, bias_regularizer, kernel_constraint, bias_constraint
        As in `Dense`; a norm of filters is taken along ``axis=(0, 1, 2)``.
    input_shape, name
        See `Layer`; a stimulus is (height, width, channel).

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If an argument is not of these.

    Examples
    --------
    >>> Conv2D(16, 5, padding="same").output_shape((40, 40, 1))
    (40, 40, 16)
    >>> Conv2D(16, 5, strides=2).output_shape((40, 40, 1))
    (18, 18, 16)
    """


class Conv1D(_Convolution):
    r"""The same small window of weights at every step of a sequence: `Conv2D` with one axis.

    Parameters
    ----------
    filters : int
        How many output features.
    kernel_size : int
        Length of the window.
    strides : int
        Steps between windows.
    padding : {"valid", "same", "causal"}, int or (int, int)
        As in `Conv2D`; ``"causal"`` puts all zeros before the first step, so that no output sees a later step than its
        own. Or how many zeros: at both ends, or ``(before, behind)``.
    dilation_rate, groups
        As in `Conv2D`.
    activation, use_bias, kernel_initializer, bias_initializer
        As in `Dense`; the kernel is (step, feature of a group, filter).
    kernel_regularizer, bias_regularizer, kernel_constraint, bias_constraint
        As in `Dense`; a norm of filters is taken along ``axis=(0, 1)``.
    input_shape, name
        See `Layer`; a stimulus is (step, feature).

    Examples
    --------
    >>> Conv1D(8, 3, padding="causal", dilation_rate=4).output_shape((100, 2))
    (100, 8)
    """

    axes = 1
    words = ("same", "valid", "causal")
