"""The squared Euclidean distance: Kriegeskorte, Mur and Bandettini (2008), doi:10.3389/neuro.06.004.2008."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.measures.distances.differences import squared_differences
from compare.measures.distances.distance import Distance
from compare.measures.patterns import checked_patterns

__all__ = ["Euclidean"]


@dataclass(frozen=True)
class Euclidean(Distance):
    """Squared Euclidean distance of two patterns, divided by the number of units: ``‖b_i - b_j‖² / P``.

    Exactly 0 where two patterns are equal.

    Examples
    --------
    >>> Euclidean()([[0, 0], [3, 4], [3, 4]])
    array([12.5, 12.5,  0. ])
    """

    name: ClassVar[str] = "euclidean"
    invariances: ClassVar[frozenset[str]] = frozenset({"translation", "permutation", "rotation"})

    def __call__(self, x: Any) -> np.ndarray:
        """Give 0 or more."""
        patterns = checked_patterns(x)
        distances = squared_differences(patterns)
        distances /= patterns.shape[1]
        return distances
