"""Images at random positions on a larger canvas: the same thing, somewhere else."""

import numpy as np

from compare.errors import DataError
from isocortex.errors import InvalidValueError
from isocortex.seeds import generator

__all__ = ["shifted"]


def shifted(
    images: np.ndarray, canvas: int = 40, max_shift: int = 6, seed: int | np.random.Generator = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Place each image on an empty canvas, off centre by a random number of pixels.

    Parameters
    ----------
    images : numpy.ndarray
        Shape (image, height, width), uint8 (0 to 255) or real (0 to 1).
    canvas : int
        Height and width of the canvas in pixels.
    max_shift : int
        Largest shift along each axis in pixels; every whole shift up to it is equally likely. 0 centres all.
    seed : int or numpy.random.Generator
        Gives the positions.

    Returns
    -------
    stimuli : numpy.ndarray
        Shape (image, canvas, canvas, 1), float32 in [0, 1].
    positions : numpy.ndarray
        Shape (image, 2), int64: how far each image lies below and to the right of the centre, in pixels.

    Raises
    ------
    DataError
        If a shifted image would leave the canvas.

    Examples
    --------
    >>> stimuli, positions = shifted(np.ones((3, 28, 28), np.float32))
    >>> stimuli.shape, positions.shape, float(stimuli[0].sum())
    ((3, 40, 40, 1), (3, 2), 784.0)
    """
    if images.ndim != 3:
        raise DataError(f"images: must have shape (image, height, width), got {images.shape}")
    if max_shift < 0:
        raise InvalidValueError(f"max_shift: must not be negative, got {max_shift}")
    count, height, width = images.shape
    for name, side in (("high", height), ("wide", width)):
        first, spare = (canvas - side) // 2, (canvas - side + 1) // 2
        if min(first, spare) < max_shift:
            raise DataError(
                f"canvas: {canvas} pixels hold no image {side} pixels {name} shifted by up to {max_shift}; "
                f"set canvas to at least {side + 2 * max_shift}"
            )
    positions = generator(seed).integers(-max_shift, max_shift, size=(count, 2), endpoint=True)
    stimuli = np.zeros((count, canvas, canvas, 1), dtype=np.float32)
    scale = np.float32(255 if images.dtype == np.uint8 else 1)
    top, left = (canvas - height) // 2, (canvas - width) // 2
    for image, (down, right), stimulus in zip(images, positions, stimuli, strict=True):
        stimulus[top + down : top + down + height, left + right : left + right + width, 0] = image / scale
    return stimuli, positions
