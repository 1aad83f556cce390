"""The Mahalanobis distance: patterns compared in units of the noise.

Walther et al. (2016), NeuroImage 137:188-200, doi:10.1016/j.neuroimage.2015.12.012.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.measures.blocks import Patterns
from compare.measures.distances.differences import differences_of_products
from compare.measures.distances.distance import Distance
from compare.measures.distances.euclidean import Euclidean
from compare.measures.distances.folds import as_trials
from compare.measures.distances.noise import Noise, checked_precision, noise_of, room_of_precision
from compare.measures.distances.residuals import residuals_of
from compare.measures.distances.shrinkage import checked_target, room_of_noise, shrunk_noise
from compare.measures.patterns import checked_patterns
from compare.room import Extent

__all__ = ["Mahalanobis", "invariances_of_noise"]


@dataclass(frozen=True, eq=False)
class Mahalanobis(Distance):
    """Squared Mahalanobis distance of two mean patterns, ``(b_i - b_j) Σ⁻¹ (b_i - b_j)ᵀ / P``.

    Parameters
    ----------
    precision : array-like, optional
        Σ⁻¹ of the noise, (unit, unit), or (unit,) if it is diagonal. By default it is estimated from the trials, shrunk
        (see `noise_precision`). Units that never differ between trials, or whose precision is 0, take no part: P counts
        the others.
    shrinkage : str
        ``"diagonal"`` or ``"identity"``: the target of the estimate.

    Raises
    ------
    InvalidOptionError
        If the precision is no such matrix, or there is no such target.

    Examples
    --------
    >>> Mahalanobis([1, 0.25])([[0, 0], [3, 0], [0, 4]])
    array([4.5, 2. , 6.5])
    """

    precision: Any = None
    shrinkage: str = "diagonal"

    name: ClassVar[str] = "mahalanobis"

    def __post_init__(self) -> None:
        checked_target(self.shrinkage)
        object.__setattr__(self, "precision", checked_precision(self.precision))

    @property
    def least_trials(self) -> int:
        """Two, unless the precision is given."""
        return 2 if self.precision is None else 1

    @property
    def invariances(self) -> frozenset[str]:  # type: ignore[override]
        """Those of the noise estimate; with a precision that stays as it is, only offsets are not seen."""
        return invariances_of_noise(self.precision, self.shrinkage)

    @property
    def without_noise(self) -> Distance:
        """The Euclidean distance where the precision is to be estimated; with a given one, the same."""
        return Euclidean() if self.precision is None else self

    def _room(self, extent: Extent) -> int:
        if self.precision is None:
            return room_of_noise(extent, extent.trials - 1, 1)
        return room_of_precision(extent, self.precision)

    def __call__(self, x: Any) -> np.ndarray:
        """Give 0 or more."""
        noise: Noise
        if self.precision is None:
            trials = as_trials(x, 2, self.label)
            noise = shrunk_noise(residuals_of([trials]), self.shrinkage)
            patterns = Patterns(trials)
        else:
            patterns = checked_patterns(x)
            noise = noise_of(self.precision, patterns.shape[1])

        def exact(one: int, others: np.ndarray) -> np.ndarray:
            return noise.squared_lengths(patterns.rows(others) - patterns.rows([one]))

        distances = differences_of_products(noise.products(patterns, patterns), exact, patterns.shape[1])
        distances /= int(noise.units.sum())
        return distances


def invariances_of_noise(precision: Any, shrinkage: str) -> frozenset[str]:
    """Give what a distance in units of the noise does not see."""
    if precision is not None:
        return frozenset({"translation"})
    rotation = {"rotation"} if shrinkage == "identity" else set()
    return frozenset({"translation", "scale", "permutation"} | rotation)
