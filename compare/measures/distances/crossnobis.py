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
from compare.measures.distances.differences import cross_differences
from compare.measures.distances.distance import Distance
from compare.measures.distances.euclidean import Euclidean
from compare.measures.distances.folds import as_trials, checked_folds, trials_by_fold
from compare.measures.distances.mahalanobis import Mahalanobis, invariances_of_noise
from compare.measures.distances.noise import checked_precision, noise_of, residuals_of
from compare.measures.distances.shrinkage import LEAST_DEGREES, Residuals, checked_target, shrunk_noise

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

    def __call__(self, x: Any) -> np.ndarray:
        """Give what may be negative.

        Warns
        -----
        BiasWarning
            If there are so few trials that none are left to estimate the noise from but those that are compared.
        """
        trials = trials_by_fold(as_trials(x, 2, self.label), self.folds)  # type: ignore[arg-type]
        products = self._under_given(trials) if self.precision is not None else self._under_estimated(trials)
        return cross_differences(products)

    def _under_given(self, trials: np.ndarray) -> np.ndarray:
        """Compute the mean product of two folds: that of the sums, less each fold with itself."""
        noise = noise_of(self.precision, trials.shape[-1])
        stimuli, count, _, units = trials.shape
        total, products = np.zeros((stimuli, units)), np.zeros((stimuli, stimuli))
        for fold in range(count):
            patterns = _mean_of(trials, fold)
            total += patterns
            products -= noise.products(patterns, patterns)
        products += noise.products(total, total)
        return products / (count * (count - 1) * noise.units.sum())

    def _under_estimated(self, trials: np.ndarray) -> np.ndarray:
        stimuli, folds, size, _ = trials.shape
        pairs = list(combinations(range(folds), 2))
        products = np.zeros((stimuli, stimuli))
        everything = None
        if size == 1 and stimuli * (folds - 3) < LEAST_DEGREES:
            warnings.warn(
                f"crossnobis distance: with {folds} trials the noise is estimated from the very trials that are "
                "compared, so that distances are too large; take 4 trials or more, or give a precision from elsewhere",
                BiasWarning,
                stacklevel=3,
            )
            everything = shrunk_noise(residuals_of([trials[:, :, 0]]), self.shrinkage)
        for m, n in pairs:
            noise = everything or shrunk_noise(_residuals_beside(trials, m, n), self.shrinkage)
            products += noise.products(_mean_of(trials, m), _mean_of(trials, n)) / noise.units.sum()
        return products / len(pairs)


def _mean_of(trials: np.ndarray, fold: int) -> np.ndarray:
    """Give a fold's mean patterns, less their mean over stimuli, which no difference sees."""
    patterns = trials[:, fold].mean(axis=1)
    patterns -= patterns.mean(axis=0)
    return patterns


def _residuals_beside(trials: np.ndarray, m: int, n: int) -> Residuals:
    """Give residuals that are independent of the means of folds m and n."""
    stimuli, folds, size, units = trials.shape
    others = [fold for fold in range(folds) if fold not in (m, n)]
    groups = [trials[:, others].reshape(stimuli, -1, units)] if len(others) * size > 1 else []
    if size > 1:
        groups += [trials[:, m], trials[:, n]]
    return residuals_of(groups)
