"""A set of labelled grey images, checked once when it is made."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from compare.errors import DataError

__all__ = ["ImageSet", "check_images", "check_labels"]

LUMINANCE = np.array([0.299, 0.587, 0.114])  # Rec. ITU-R BT.601, the weights that Pillow's "L" uses


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Labelled grey images.

    Parameters
    ----------
    name : str
        What the set is called in the report.
    images : numpy.ndarray
        Shape (image, height, width), float32 in [0, 1].
    labels : numpy.ndarray
        Shape (image,), int64: positions in `classes`.
    classes : tuple of str
        The names of the classes.
    origin, licence : str
        Where the images come from and what may be done with them.
    trained : int, optional
        How many of the first images are for training, where the set itself says so.

    Raises
    ------
    DataError
        If an array has the wrong shape or type, images are not finite or not in [0, 1], or there are fewer
        than two classes.

    Examples
    --------
    >>> ImageSet.of("two", np.zeros((4, 8, 8), np.uint8), ["a", "b", "a", "b"]).classes
    ('a', 'b')
    """

    name: str
    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    origin: str = "the user's own images"
    licence: str = "not stated"
    trained: int | None = None

    @classmethod
    def of(
        cls,
        name: str,
        images: np.ndarray,
        labels: Sequence[object] | np.ndarray,
        origin: str = "the user's own images",
        licence: str = "not stated",
        trained: int | None = None,
    ) -> "ImageSet":
        """Check images and labels and make a set of them; labels may be numbers or names."""
        grey = check_images(name, images)
        codes, classes = check_labels(name, labels, len(grey))
        return cls(name, grey, codes, classes, origin, licence, trained)


def check_images(name: str, images: np.ndarray) -> np.ndarray:
    """Give images as float32 luminance in [0, 1], or say what is wrong with them.

    Parameters
    ----------
    name : str
        What the images are called in the error message.
    images : numpy.ndarray
        Shape (image, height, width), (image, height, width, 1) or (image, height, width, 3); uint8 in 0..255 or
        a real type in [0, 1].

    Returns
    -------
    numpy.ndarray
        Shape (image, height, width), float32 in [0, 1].

    Raises
    ------
    DataError
        For any other shape or type, for NaN, and for values outside the range.

    Examples
    --------
    >>> check_images("x", np.full((2, 4, 4), 255, np.uint8)).max()
    np.float32(1.0)
    """
    array = np.asarray(images)
    if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[3] not in (1, 3)) or min(array.shape) == 0:
        raise DataError(
            f"{name}: images must have shape (image, height, width) or (image, height, width, 3), got {array.shape}"
        )
    if array.dtype != np.uint8 and not np.issubdtype(array.dtype, np.floating):
        raise DataError(f"{name}: images must be uint8 (0 to 255) or real (0 to 1), got {array.dtype}")
    if array.dtype == np.uint8:
        array = array.astype(np.float32) / np.float32(255)
    elif not np.isfinite(array).all():
        worst = int(np.argmax(~np.isfinite(array).reshape(len(array), -1).all(axis=1)))
        raise DataError(f"{name}: image {worst} holds NaN or infinity; every pixel must be a number")
    elif array.min() < 0 or array.max() > 1:
        raise DataError(
            f"{name}: real images must lie in 0 to 1, got {array.min():.6g} to {array.max():.6g}; divide them first"
        )
    if array.ndim == 4:
        array = array @ LUMINANCE if array.shape[3] == 3 else array[..., 0]
    return np.ascontiguousarray(np.clip(array, 0, 1), dtype=np.float32)


def check_labels(name: str, labels: Sequence[object] | np.ndarray, count: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Give labels as positions in a tuple of class names, or say what is wrong with them.

    Parameters
    ----------
    name : str
        What the images are called in the error message.
    labels : array-like
        One number or name an image.
    count : int
        How many images there are.

    Raises
    ------
    DataError
        If labels are not one an image, are neither whole numbers nor names, or are all the same.

    Examples
    --------
    >>> check_labels("x", [3, 7, 3], 3)
    (array([0, 1, 0]), ('3', '7'))
    """
    array = np.asarray(labels)
    if array.ndim != 1 or len(array) != count:
        raise DataError(f"{name}: {count} images need {count} labels, got an array of shape {array.shape}")
    if np.issubdtype(array.dtype, np.floating) and np.isfinite(array).all() and (array == np.round(array)).all():
        array = array.astype(np.int64)
    if not (np.issubdtype(array.dtype, np.integer) or array.dtype.kind in "US"):
        raise DataError(f"{name}: labels must be whole numbers or names, got {array.dtype}")
    values, codes = np.unique(array, return_inverse=True)
    if len(values) < 2:
        raise DataError(f"{name}: every label is {values[0]!s}; a comparison needs at least two classes")
    return codes.astype(np.int64), tuple(str(value) for value in values)
