"""The one check that images pass."""

from typing import Any

import numpy as np

from brainsim.errors import KindError, StimulusError

__all__ = ["check_images"]


def check_images(images: Any) -> np.ndarray:
    """Check images: (stimulus, height, width, channel), real numbers between 0 and 1.

    Returns
    -------
    numpy.ndarray
        float32 or float64.

    Raises
    ------
    StimulusError, KindError
        If shape, type or range is another; the message says how to mend it.
    """
    try:
        values = np.asarray(images)
    except ValueError:
        raise StimulusError("stimuli: images must all be of one shape, (height, width, channel)") from None
    if values.dtype.kind in "biu":
        raise StimulusError(f"stimuli: must be floating-point between 0 and 1, got {values.dtype}; divide by 255?")
    if values.dtype.kind != "f":
        raise KindError(f"stimuli: must be an array of real numbers, got {values.dtype}")
    if values.ndim != 4:
        remedy = "; add a channel with images[..., None]" if values.ndim == 3 else ""
        raise StimulusError(f"stimuli: must be (stimulus, height, width, channel), got shape {values.shape}{remedy}")
    if 0 in values.shape:
        raise StimulusError(f"stimuli: are empty, shape {values.shape}")
    bad = ~np.isfinite(values)
    if bad.any():
        raise StimulusError(f"stimuli: image {int(np.argwhere(bad)[0][0])} holds NaN or infinity")
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 1:
        raise StimulusError(f"stimuli: must lie between 0 and 1, got {low:g} to {high:g}; rescale them")
    return values
