"""Windows that slide over images: what convolution and pooling share.

A sequence (step, feature) is an image of height 1, so that one description, and one set of compiled loops, does for
both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.layers.layer import MOST, Shape, positive_integer
from isocortex.errors import nearest

__all__ = [
    "Padding",
    "Windows",
    "as_images",
    "at_least_0",
    "checked_padding",
    "image_shape",
    "lengths",
    "plane",
    "plane_padding",
    "unlike_images",
]

Pair = tuple[int, int]

MOST_EARLY = 10**5
"""Windows before an axis that are looked at one by one; no network has so many."""

Padding = str | int | tuple[Any, ...]
"""A word, one number for all sides, or the numbers before and behind each axis."""

AXES = {1: "(step, feature)", 2: "(height, width, channel)"}


@dataclass(frozen=True)
class Windows:
    """Where the windows lie on one image.

    ``"valid"`` keeps every window inside. ``"same"`` gives ``ceil(size / stride)`` windows a side and pads as little
    as that needs, the odd pixel below and to the right, as TensorFlow and Keras do. ``"causal"`` pads only before the
    first step, so that no window sees a later step than the last of its own.
    """

    size: Pair
    strides: Pair
    dilation: Pair
    before: Pair
    count: Pair

    @classmethod
    @lru_cache(maxsize=1024)
    def over(
        cls, shape: Shape, size: Pair, strides: Pair, dilation: Pair, padding: str | tuple[Pair, Pair]
    ) -> "Windows":
        """Lay windows of `size` over an image of `shape` (height, width, ...).

        Raises
        ------
        ShapeError
            If no window fits.
        """
        before, count = [], []
        for axis in (0, 1):
            length, reach = shape[axis], dilation[axis] * (size[axis] - 1) + 1
            if padding == "same":
                count.append(-(-length // strides[axis]))
                before.append(max((count[axis] - 1) * strides[axis] + reach - length, 0) // 2)
                continue
            front, back = _margins(padding, axis, reach)
            count.append((length + front + back - reach) // strides[axis] + 1)
            before.append(front)
            if count[axis] < 1:
                raise ShapeError(
                    f"got a stimulus of {shape[0]} x {shape[1]}, smaller than the window, which reaches over {reach}: "
                    "use padding='same'"
                )
        return cls(size, strides, dilation, (before[0], before[1]), (count[0], count[1]))

    @property
    def apart(self) -> bool:
        """Whether no place belongs to two windows."""
        return self.dilation == (1, 1) and all(step >= size for step, size in zip(self.strides, self.size, strict=True))

    def places(self) -> tuple[int, int, int, int, int, int, int, int]:
        """Give size, strides, dilation, and the padding at the top and the left, as `ann.fast` takes them."""
        return (*self.size, *self.strides, *self.dilation, *self.before)

    def require_content(self, shape: Shape) -> None:
        """Refuse windows that see nothing but padding.

        Raises
        ------
        ShapeError
            If there is one.
        """
        if not all(self._sees(axis, shape[axis]) for axis in (0, 1)):
            raise ShapeError(
                f"got a stimulus of {shape[0]} x {shape[1]}, and a window sees nothing but padding: pad less"
            )

    def _sees(self, axis: int, length: int) -> bool:
        """Say whether every window sees some of an axis: those that begin on it do, and none that begins behind it."""
        stride, dilation, before = self.strides[axis], self.dilation[axis], self.before[axis]
        if (self.count[axis] - 1) * stride - before >= length:
            return False
        if dilation <= length:  # no step goes over it, so the first window is the one that may end too soon
            return before <= (self.size[axis] - 1) * dilation
        early = range(-before, 0, stride)
        if len(early) > MOST_EARLY:
            return False
        return all(-(start // dilation) < self.size[axis] and start % dilation < length for start in early)


def _margins(padding: str | tuple[Pair, Pair], axis: int, reach: int) -> Pair:
    if isinstance(padding, str):
        return (reach - 1 if padding == "causal" else 0, 0)
    return padding[axis]


def image_shape(shape: Shape, axes: int) -> Shape:
    """Give the shape of an image, of a sequence that of one with height 1.

    Raises
    ------
    ShapeError
        If there are not as many axes as that, and one of channels.
    """
    if len(shape) != axes + 1:
        raise ShapeError(f"got {shape} a stimulus, expects {AXES[axes]}")
    return (1,) * (2 - axes) + tuple(shape)


def as_images(x: np.ndarray) -> np.ndarray:
    """Give images (stimulus, height, width, channel), sequences as those with height 1."""
    return np.ascontiguousarray(x if x.ndim == 4 else x[:, None])


def unlike_images(y: np.ndarray, axes: int) -> np.ndarray:
    """Take the axis of height away again from sequences."""
    return y if axes == 2 else y[:, 0]


def plane(values: tuple[int, ...]) -> Pair:
    """Give a number for the height and one for the width; that of a sequence is its width, and its height is 1."""
    return (values[0] if len(values) == 2 else 1, values[-1])


def lengths(value: Any, axes: int, what: str) -> tuple[int, ...]:
    """Give one positive integer an axis, from one for all or one each.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If they are not that.
    """
    words = "one integer" if axes == 1 else "one integer or two"
    if isinstance(value, (tuple, list)):
        if len(value) != axes:
            raise InvalidValueError(f"{what}: must be {words}, got {value!r}")
        return tuple(positive_integer(length, what) for length in value)
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise InvalidTypeError(f"{what}: must be {words}, got {value!r}")
    return (positive_integer(value, what),) * axes


def checked_padding(padding: Any, axes: int, what: str, words: Sequence[str] = ("same", "valid")) -> Padding:
    """Give the padding if it is a word, a number, or the numbers before and behind each axis.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is none of these.
    """
    if isinstance(padding, str):
        if padding not in words:
            raise InvalidValueError(f"{what}: unknown padding {padding!r}; {nearest(padding, words)}")
        return padding
    if isinstance(padding, (int, np.integer)):
        return at_least_0(padding, what)
    expected = "(before, behind)" if axes == 1 else "((top, bottom), (left, right))"
    if not isinstance(padding, (tuple, list)):
        raise InvalidTypeError(
            f"{what}: must be {', '.join(map(repr, words))}, an integer or {expected}; got {padding!r}"
        )
    pairs = [padding] if axes == 1 else padding
    if len(pairs) != axes or not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in pairs):
        raise InvalidValueError(f"{what}: must be {expected}, got {padding!r}")
    found = tuple(tuple(at_least_0(side, what) for side in pair) for pair in pairs)
    return found[0] if axes == 1 else found


def plane_padding(padding: Padding, axes: int) -> Any:
    """Give a checked padding as `Windows.over` takes it: a word, or a pair for the height and one for the width."""
    if isinstance(padding, str):
        return padding
    if isinstance(padding, int):
        return ((padding, padding),) * 2 if axes == 2 else ((0, 0), (padding, padding))
    return padding if axes == 2 else ((0, 0), padding)


def at_least_0(value: Any, what: str) -> int:
    """Give `value` as an int of at least 0.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no integer, or below 0.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise InvalidTypeError(f"{what}: must be an integer, got {value!r}")
    if value < 0:
        raise InvalidValueError(f"{what}: must be at least 0, got {value}")
    if value > MOST:
        raise InvalidValueError(f"{what}: must be at most {MOST}, got a number of {int(value).bit_length()} bits")
    return int(value)
