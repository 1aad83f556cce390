"""The cross-validated Mahalanobis distance (crossnobis).

Walther et al. (2016), NeuroImage 137:188-200, doi:10.1016/j.neuroimage.2015.12.012; Diedrichsen et al. (2021),
Neurons, Behavior, Data analysis, and Theory 5(3), doi:10.51628/001c.27664.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar

import numpy as np

from compare.errors import BiasWarning
from compare.measures.blocks import Patterns
from compare.measures.distances.differences import cross_differences
from compare.measures.distances.distance import Distance
from compare.measures.distances.euclidean import Euclidean
from compare.measures.distances.folds import Folds, as_trials, checked_folds, trials_by_fold
from compare.measures.distances.mahalanobis import Mahalanobis, invariances_of_noise
from compare.measures.distances.noise import checked_precision, noise_of, room_of_precision
from compare.measures.distances.residuals import Residuals, residuals_of
from compare.measures.distances.shrinkage import LEAST_DEGREES, checked_target, room_of_noise, shrunk_noise
from compare.room import Extent

__all__ = ["Crossnobis"]


@dataclass(frozen=True, eq=False)
class Crossnobis(Distance):
    """Mean over ordered pairs of folds m ≠ n of ``(b_im - b_jm) Σ⁻¹ (b_in - b_jn)ᵀ / P``.

    Noise that is independent between folds multiplies to 0 on average, so the expected value is the distance of the
    noise-free patterns: 0 for stimuli that the subject does not tell apart, and single values may be negative.

    That needs a Σ that knows nothing of the noise it is multiplied with. With Σ from all trials, as is customary, two
    trials of one stimulus are whitened by their own difference, and distances come out too large; with many units, by
    as much as there is signal. So the noise for folds m and n is estimated from the other folds' trials about their
    stimulus's mean, and from the trials within m and within n if a fold holds several.

    Parameters
    ----------
    precision : array-like, optional
        Σ⁻¹ of the noise, (unit, unit) or (unit,), from elsewhere: residuals of a regression, other stimuli. By default
        estimated as told above, shrunk as in `noise_precision`.
    shrinkage : str
        ``"diagonal"`` or ``"identity"``: the target of the estimate.
    folds : sequence of int, optional
        Which fold each trial belongs to, equally many trials each; by default every trial is a fold of its own.

    Raises
    ------
    InvalidOptionError
        If an option cannot be used.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> noise = rng.normal(size=(30, 6, 20))
    >>> round(float(Crossnobis()(noise).mean()), 1) + 0
    0.0
    """

    precision: Any = None
    shrinkage: str = "diagonal"
    folds: Sequence[int] | None = None

    name: ClassVar[str] = "crossnobis"
    cross_validated: ClassVar[bool] = True

    def __post_init__(self) -> None:
        checked_target(self.shrinkage)
        object.__setattr__(self, "precision", checked_precision(self.precision))
        object.__setattr__(self, "folds", checked_folds(self.folds))

    @property
    def least_trials(self) -> int:
        """Two, or as many as the folds name."""
        return 2 if self.folds is None else len(self.folds)

    @property
    def invariances(self) -> frozenset[str]:  # type: ignore[override]
        """Those of the noise estimate; with a precision that stays as it is, only offsets are not seen."""
        return invariances_of_noise(self.precision, self.shrinkage)

    @property
    def without_noise(self) -> Distance:
        """The Euclidean distance, or Mahalanobis' with a precision that is given."""
        return Euclidean() if self.precision is None else Mahalanobis(self.precision)

    def _room(self, extent: Extent) -> int:
        if self.precision is not None:
            return extent.square + room_of_precision(extent, self.precision)
        size = 1 if self.folds is None else self.folds.count(self.folds[0])
        others = extent.trials - 2 * size
        contrasts = max(others - 1, 0) + 2 * (size - 1) if others + size > 2 else extent.trials - 1
        return extent.square + room_of_noise(extent, contrasts, 2)

    def __call__(self, x: Any) -> np.ndarray:
        """Give what may be negative.

        Warns
        -----
        BiasWarning
            If there are so few trials that none are left to estimate the noise from but those that are compared.
        """
        folds = trials_by_fold(as_trials(x, 2, self.label), self.folds)  # type: ignore[arg-type]
        products = self._under_given(folds) if self.precision is not None else self._under_estimated(folds)
        return cross_differences(products)

    def _under_given(self, folds: Folds) -> np.ndarray:
        """Compute the mean product of two folds: that of the sums, less each fold with itself."""
        noise = noise_of(self.precision, folds.array.shape[2])
        everything = Patterns(folds.array)
        products = noise.products(everything, everything)
        products *= folds.count**2
        for fold in range(folds.count):
            patterns = folds.means(fold)
            products -= noise.products(patterns, patterns)
        products /= folds.count * (folds.count - 1) * noise.units.sum()
        return products

    def _under_estimated(self, folds: Folds) -> np.ndarray:
        stimuli = len(folds.array)
        pairs = list(combinations(range(folds.count), 2))
        products = np.zeros((stimuli, stimuli))
        everything = None
        if folds.size == 1 and stimuli * (folds.count - 3) < LEAST_DEGREES:
            warnings.warn(
                f"crossnobis distance: with {folds.count} trials the noise is estimated from the very trials that are "
                "compared, so that distances are too large; take 4 trials or more, or give a precision from elsewhere",
                BiasWarning,
                stacklevel=3,
            )
            everything = shrunk_noise(residuals_of([folds.array]), self.shrinkage)
        for m, n in pairs:
            noise = everything or shrunk_noise(_residuals_beside(folds, m, n), self.shrinkage)
            found = noise.products(folds.means(m), folds.means(n))
            found /= noise.units.sum()
            products += found
            del noise
        products /= len(pairs)
        return products


def _residuals_beside(folds: Folds, m: int, n: int) -> Residuals:
    """Give residuals that are independent of the means of folds m and n."""
    others = [fold for fold in range(folds.count) if fold not in (m, n)]
    groups = [folds.trials(*others)] if len(others) * folds.size > 1 else []
    if folds.size > 1:
        groups += [folds.trials(m), folds.trials(n)]
    return residuals_of(groups)
