"""Doodles: images to imprint a brain on when there are no others."""

import numpy as np

from brainsim.errors import ParameterError
from isocortex.seeds import generator

__all__ = ["strokes"]


def strokes(count: int = 400, size: int = 40, seed: int = 0) -> np.ndarray:
    """Draw images of a few smooth, curved strokes in the middle half of a dark canvas.

    A stroke is a quadratic Bezier curve between three random points, drawn by a round pen with a soft edge. One image
    has one to three, each beginning where the last ended.

    Parameters
    ----------
    count : int
        How many images.
    size : int
        Side of the canvas in pixels.
    seed : int
        Chooses the strokes.

    Returns
    -------
    numpy.ndarray (count, size, size, 1)
        float32 between 0 and 1.

    Raises
    ------
    ParameterError
        If there are no images or pixels.

    Examples
    --------
    >>> strokes(3, size=32).shape
    (3, 32, 32, 1)
    """
    if count < 1 or size < 8:
        raise ParameterError(f"strokes: count must be positive and size at least 8, got {count} and {size}")
    rng = generator(seed, "strokes")
    rows, columns = np.mgrid[:size, :size]
    along = np.linspace(0, 1, 24)[:, None]
    images = np.empty((count, size, size, 1), np.float32)
    for image in images:
        # A digit fills half of its canvas and stands anywhere within it: so do these.
        middle = rng.uniform(0.4, 0.6, 2)
        start = rng.uniform(-0.27, 0.27, 2)
        ink = np.zeros((size, size))
        for _ in range(rng.integers(1, 4)):
            bend, end = rng.uniform(-0.27, 0.27, (2, 2))
            curve = (1 - along) ** 2 * start + 2 * along * (1 - along) * bend + along**2 * end
            points = (curve + middle) * size
            distance = np.sqrt((rows[..., None] - points[:, 0]) ** 2 + (columns[..., None] - points[:, 1]) ** 2)
            width = rng.uniform(0.025, 0.04) * size
            ink = np.maximum(ink, np.clip(width + 0.5 - distance.min(axis=-1), 0, 1))
            start = end
        image[..., 0] = ink
    return images
