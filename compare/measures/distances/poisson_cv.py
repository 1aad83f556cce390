"""The cross-validated Poisson distance: Schütt et al. (2023), eLife 12:e82566, doi:10.7554/eLife.82566."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.measures.blocks import columns_at_once
from compare.measures.distances.differences import cross_differences
from compare.measures.distances.distance import Distance
from compare.measures.distances.folds import as_trials, checked_folds, trials_by_fold
from compare.measures.distances.poisson import Poisson, check_prior, regularised_rates
from compare.room import Extent

__all__ = ["PoissonCV"]


@dataclass(frozen=True)
class PoissonCV(Distance):
    """Mean over ordered pairs of folds m ≠ n of ``Σ (λ'_im - λ'_jm)(ln λ'_in - ln λ'_jn) / P``.

    The rates of one fold meet the logarithms of another, so that for stimuli with the same distribution of counts the
    expected value is 0; single values may be negative. ``λ'`` is as in `Poisson`. All folds count: rsatoolbox 0.3.2
    returns the last fold alone.

    Parameters
    ----------
    prior, weight : float
        See `Poisson`.
    folds : sequence of int, optional
        Which fold each trial belongs to, equally many trials each; by default every trial is a fold of its own.

    Raises
    ------
    InvalidOptionError
        If an option cannot be used.

    Examples
    --------
    >>> counts = np.random.default_rng(0).poisson(3, size=(30, 6, 20))
    >>> round(float(PoissonCV()(counts).mean()), 1) + 0
    0.0
    """

    prior: float = 1.0
    weight: float = 0.1
    folds: Sequence[int] | None = None

    name: ClassVar[str] = "poisson-cv"
    invariances: ClassVar[frozenset[str]] = frozenset({"permutation"})
    homogeneous: ClassVar[bool] = False
    cross_validated: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_prior(self.prior, self.weight)
        object.__setattr__(self, "folds", checked_folds(self.folds))

    @property
    def least_trials(self) -> int:
        """Two, or as many as the folds name."""
        return 2 if self.folds is None else len(self.folds)

    @property
    def without_noise(self) -> Distance:
        """The same without noise: the Poisson distance of the same prior."""
        return Poisson(self.prior, self.weight)

    def _room(self, extent: Extent) -> int:
        return 2 * extent.square + 3 * extent.columns(4, extent.stimuli * extent.trials)

    def __call__(self, x: Any) -> np.ndarray:
        """Give what may be negative.

        Raises
        ------
        InvalidActivityError
            If there are negative numbers, which are no counts.
        """
        folds = trials_by_fold(as_trials(x, 2, self.label), self.folds)  # type: ignore[arg-type]
        stimuli, trials, units = folds.array.shape
        products = np.zeros((stimuli, stimuli))
        step = columns_at_once(stimuli * trials, units, 4)
        for start in range(0, units, step):
            block = np.asarray(folds.array[:, :, start : start + step])
            counts = block.reshape(stimuli, folds.count, folds.size, -1).mean(axis=2, dtype=np.float64)
            rates = regularised_rates(counts, self.prior, self.weight)
            del counts
            logarithms = np.log(rates)
            rates -= rates.mean(axis=(0, 1))
            logarithms -= logarithms.mean(axis=(0, 1))
            # Every fold with every fold, less each with itself.
            products += rates.sum(axis=1) @ logarithms.sum(axis=1).T
            products -= rates.reshape(stimuli, -1) @ logarithms.reshape(stimuli, -1).T
            del rates, logarithms
        products /= folds.count * (folds.count - 1) * units
        return cross_differences(products)
