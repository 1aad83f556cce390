"""The scale on which a measure's spread hardly depends on its value: Fisher's z of a cosine.

The closer two subjects, the less their cosine varies, so an interval ``value ± reach`` of a high value is too narrow
below. On the scale ``z = artanh(cosine)`` (Fisher 1915, Biometrika 10:507-521) the spread is nearly the same
everywhere, and the ends that are taken back from it stay within what a cosine can be.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from compare.measures.measure import Measure

__all__ = ["ANGLE", "COSINE", "PLAIN", "Scale", "scale_of"]


@dataclass(frozen=True)
class Scale:
    """Increasing functions there and back; infinite or NaN where the quantity has no place on the scale."""

    there: Callable[[np.ndarray], np.ndarray]
    back: Callable[[np.ndarray], np.ndarray]


def _quiet(function: Callable[[np.ndarray], np.ndarray], values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return function(values)


PLAIN = Scale(np.asarray, np.asarray)
"""The quantity itself."""
COSINE = Scale(partial(_quiet, np.arctanh), np.tanh)
"""Fisher's z."""
ANGLE = Scale(
    partial(_quiet, lambda angle: -np.arctanh(np.cos(angle))),  # the minus sign: larger angles, larger numbers
    lambda z: np.arccos(np.tanh(-z)),
)
"""Fisher's z of an angle's cosine."""


def scale_of(measure: Measure) -> Scale:
    """Give the scale of a measure: that of a cosine, that of an angle, or none of its own.

    Examples
    --------
    >>> from compare.measures import Procrustes, RSA
    >>> scale_of(RSA()) is COSINE, scale_of(Procrustes()) is ANGLE, scale_of(Procrustes("euclidean")) is PLAIN
    (True, True, True)
    """
    if np.isnan(measure.cosine(0.5)):
        return PLAIN
    return COSINE if measure.greater_is_closer else ANGLE
