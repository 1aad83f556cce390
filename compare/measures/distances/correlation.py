"""The correlation distance: Kriegeskorte, Mur and Bandettini (2008), doi:10.3389/neuro.06.004.2008."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.measures.distances.differences import squared_differences
from compare.measures.distances.distance import Distance
from compare.measures.patterns import read_patterns
from compare.measures.silence import without_mean

__all__ = ["Correlation"]


@dataclass(frozen=True)
class Correlation(Distance):
    """One minus Pearson's correlation of two patterns over units, ``1 - r = ‖z_i - z_j‖² / 2``.

    z is a pattern less its mean over units, divided by its length. NaN where a pattern has no variance over units
    (silence above all), never 0.

    Examples
    --------
    >>> Correlation()([[1, 2, 3], [3, 2, 1], [1, 3, 2]]).round(6)
    array([2. , 0.5, 1.5])
    """

    name: ClassVar[str] = "correlation"
    invariances: ClassVar[frozenset[str]] = frozenset({"pattern offset", "scale", "pattern scale", "permutation"})

    def __call__(self, x: Any) -> np.ndarray:
        """Give 0 to 2, or NaN."""
        directions, length, flat = without_mean(read_patterns(x))
        length[flat] = 1.0
        directions /= length[:, None]
        distances = np.minimum(squared_differences(directions) / 2, 2.0)
        if flat.any():
            first, second = np.triu_indices(len(flat), 1)
            distances[flat[first] | flat[second]] = np.nan
        return distances
