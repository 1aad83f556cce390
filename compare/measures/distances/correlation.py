"""The correlation distance: Kriegeskorte, Mur and Bandettini (2008), doi:10.3389/neuro.06.004.2008."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.measures.blocks import Patterns
from compare.measures.distances.differences import squared_differences
from compare.measures.distances.distance import Distance
from compare.measures.patterns import checked_patterns
from compare.measures.silence import without_mean
from compare.room import Extent

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

    def _room(self, extent: Extent) -> int:
        return max(super()._room(extent), 2 * extent.rows())

    def __call__(self, x: Any) -> np.ndarray:
        """Give 0 to 2, or NaN."""
        directions, flat = _directions(checked_patterns(x))
        distances = squared_differences(directions)
        distances /= 2
        np.minimum(distances, 2.0, out=distances)
        start = 0
        for index in range(len(flat) - 1) if flat.any() else ():
            row = distances[start : start + len(flat) - 1 - index]
            row[flat[index + 1 :] | flat[index]] = np.nan
            start += row.size
        return distances


@dataclass(frozen=True, eq=False)
class _Directions:
    """Patterns less their means over units, divided by their lengths, made anew wherever they are read."""

    patterns: Patterns
    mean: np.ndarray
    length: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return self.patterns.shape

    def columns(self, start: int, stop: int) -> np.ndarray:
        return self._standardised(self.patterns.columns(start, stop), self.mean, self.length)

    def rows(self, stimuli: Any) -> np.ndarray:
        return self._standardised(self.patterns.rows(stimuli), self.mean[stimuli], self.length[stimuli])

    @staticmethod
    def _standardised(block: np.ndarray, mean: np.ndarray, length: np.ndarray) -> np.ndarray:
        block = np.subtract(block, mean[:, None], out=block if block.flags.owndata else None)
        block /= length[:, None]
        return block


def _directions(patterns: Patterns) -> tuple[_Directions, np.ndarray]:
    """Give the directions, and which patterns have none; these stay as they are, of length 1."""
    mean, length = np.empty(patterns.shape[0]), np.empty(patterns.shape[0])
    flat = np.empty(patterns.shape[0], bool)
    for part, block in patterns.row_blocks():
        mean[part] = block.mean(axis=1)
        _, length[part], flat[part] = without_mean(block)
    length[flat] = 1.0
    return _Directions(patterns, mean, length), flat
