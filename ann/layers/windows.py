"""Windows that slide over images: what convolution and pooling share."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.layers.layer import Shape, positive_integer
from isocortex.errors import nearest

__all__ = ["Windows", "checked_padding", "pair"]


@dataclass(frozen=True)
class Windows:
    """Where the windows lie on one image.

    ``"valid"`` keeps every window inside. ``"same"`` gives ``ceil(size / stride)`` windows a side and pads as little
    as that needs, the odd pixel below and to the right, as TensorFlow and Keras do.
    """

    height: int
    width: int
    stride_y: int
    stride_x: int
    top: int
    left: int
    out_height: int
    out_width: int

    @classmethod
    def over(cls, shape: Shape, size: tuple[int, int], strides: tuple[int, int], padding: str) -> "Windows":
        """Lay windows of `size` over an image of `shape` (height, width, channel).

        Raises
        ------
        ShapeError
            If the shape has not three axes, or no window fits.
        """
        if len(shape) != 3:
            raise ShapeError(f"got {shape} a stimulus, expects (height, width, channel)")
        sides = []
        for length, window, stride in zip(shape[:2], size, strides, strict=True):
            if padding == "same":
                count = -(-length // stride)
                before = max((count - 1) * stride + window - length, 0) // 2
            else:
                count, before = (length - window) // stride + 1, 0
                if count < 1:
                    raise ShapeError(f"got {shape} a stimulus, smaller than the window {size}: use padding='same'")
            sides.append((count, before))
        (out_height, top), (out_width, left) = sides
        return cls(*size, *strides, top, left, out_height, out_width)

    def places(self) -> tuple[int, int, int, int, int, int]:
        """Give height, width, the two strides, and the padding at the top and the left, as `ann.fast` takes them."""
        return self.height, self.width, self.stride_y, self.stride_x, self.top, self.left


def pair(value: Any, what: str) -> tuple[int, int]:
    """Give one integer twice, or two as they are."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise InvalidValueError(f"{what}: must be one integer or two, got {value!r}")
        return positive_integer(value[0], what), positive_integer(value[1], what)
    if isinstance(value, (int, np.integer)):
        return positive_integer(value, what), positive_integer(value, what)
    raise InvalidTypeError(f"{what}: must be one integer or two, got {value!r}")


def checked_padding(padding: Any, what: str) -> str:
    """Give the padding if it is one of the two."""
    if padding not in ("same", "valid"):
        raise InvalidValueError(f"{what}: unknown padding {padding!r}; {nearest(str(padding), ('same', 'valid'))}")
    return str(padding)
