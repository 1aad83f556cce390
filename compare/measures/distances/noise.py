"""Noise precision: how much each direction among units is to be trusted, from repetitions or as given."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError
from compare.measures.blocks import Patterns, chosen_from, columns_at_once
from compare.measures.distances.differences import centred_columns
from compare.measures.distances.folds import as_trials
from compare.measures.distances.residuals import residuals_of
from compare.measures.distances.shrinkage import ShrunkNoise, shrunk_noise
from compare.room import Extent

__all__ = ["GivenNoise", "Noise", "checked_precision", "noise_of", "noise_precision", "room_of_precision"]


@dataclass(frozen=True, eq=False)
class GivenNoise:
    """A precision that was given, as ``root rootᵀ``."""

    units: np.ndarray
    """Which units take part, (unit,) bool: those whose row is not all zeros."""
    root: np.ndarray

    def products(self, a: Patterns, b: Patterns) -> np.ndarray:
        """Compute ``a Σ⁻¹ bᵀ`` of patterns, each unit's mean over stimuli removed: sums over the root's columns."""
        first = Patterns(chosen_from(a.array, units=self.units))
        second = first if b is a else Patterns(chosen_from(b.array, units=self.units))
        products = np.zeros((a.shape[0], b.shape[0]))
        step = columns_at_once(a.shape[0], self.root.shape[-1], 2)
        for start in range(0, self.root.shape[-1], step):
            part = slice(start, start + step)
            whitened = self._whitened_columns(first, part)
            products += whitened @ (whitened if b is a else self._whitened_columns(second, part)).T
        return products

    def squared_lengths(self, a: np.ndarray) -> np.ndarray:
        """Compute ``a_i Σ⁻¹ a_iᵀ`` of each row (row, unit)."""
        rows = a[:, self.units]
        rows = rows @ self.root if self.root.ndim == 2 else rows * self.root
        return np.einsum("ij,ij->i", rows, rows)

    def _whitened_columns(self, rows: Patterns, part: slice) -> np.ndarray:
        if self.root.ndim == 1:
            return centred_columns(rows, part) * self.root[part]
        stimuli, units = rows.shape
        total = np.zeros((stimuli, self.root[:1, part].size))
        step = columns_at_once(stimuli, units, 2)
        for start in range(0, units, step):
            some = slice(start, start + step)
            total += centred_columns(rows, some) @ self.root[some, part]
        return total


Noise = ShrunkNoise | GivenNoise


def noise_precision(x: Any, target: str = "diagonal") -> np.ndarray:
    """Estimate the inverse covariance of the noise among units, from trials about their stimulus's mean.

    Parameters
    ----------
    x : array-like
        (stimulus, trial, unit), at least 2 trials.
    target : str
        What the sample covariance is shrunk to: ``"diagonal"`` (Schäfer and Strimmer 2005) or ``"identity"``, the mean
        variance on the diagonal (Ledoit and Wolf 2004).

    Returns
    -------
    numpy.ndarray
        (unit, unit). Rows and columns of units that never differ between trials are 0: they take no part.

    Raises
    ------
    InvalidOptionError
        If there is no such target.
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used; at least 2 trials, equally many of every stimulus.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(50, 4, 3)) * [1, 2, 4]
    >>> np.diag(noise_precision(x)).round(1)
    array([0.9, 0.2, 0.1])
    """
    trials = as_trials(x, 2, "noise_precision", stimuli=1)
    noise = shrunk_noise(residuals_of([trials]), target)
    precision = np.zeros((noise.units.size, noise.units.size))
    inverse = np.linalg.inv(noise.covariance())
    precision[np.ix_(noise.units, noise.units)] = (inverse + inverse.T) / 2
    return precision


def checked_precision(precision: Any) -> np.ndarray | None:
    """Give a precision as float64, None for None.

    Raises
    ------
    InvalidOptionError
        If it is neither (unit,) nor a symmetric (unit, unit), or not finite.
    """
    if precision is None:
        return None
    array = np.array(precision, dtype=np.float64)
    if array.ndim not in (1, 2) or array.shape[0] != array.shape[-1] or not array.size:
        raise InvalidOptionError(f"precision: must be (unit, unit), or (unit,) for a diagonal, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise InvalidOptionError(
            "precision: holds NaN or infinite values; set to 0 the rows of units that take no part"
        )
    if array.ndim == 2 and np.abs(array - array.T).max() > 1e-8 * np.abs(array).max():
        raise InvalidOptionError("precision: must be symmetric; is it the inverse of a covariance?")
    return array


def noise_of(precision: np.ndarray, units: int) -> GivenNoise:
    """Make a checked precision ready for activity of so many units.

    Raises
    ------
    InvalidActivityError
        If it is of another number of units.
    InvalidOptionError
        If it gives a direction a negative weight, or no direction any.
    """
    if len(precision) != units:
        raise InvalidActivityError(f"x has {units} units and the precision has {len(precision)}")
    part = np.asarray(precision != 0 if precision.ndim == 1 else precision.any(axis=1))
    if not part.any():
        raise InvalidOptionError("precision: is all zeros, so that no unit takes part")
    if precision.ndim == 1:
        if precision.min() < 0:
            raise InvalidOptionError(f"precision: must not be negative, got {precision.min():.3g}")
        return GivenNoise(part, np.sqrt(precision[part]))
    inner = precision[np.ix_(part, part)]
    try:
        return GivenNoise(part, np.linalg.cholesky(inner))
    except np.linalg.LinAlgError:
        sizes, directions = np.linalg.eigh(inner)
    if sizes[0] < -1e-10 * sizes[-1]:
        raise InvalidOptionError(
            f"precision: must be positive semi-definite, but one of its eigenvalues is {sizes[0]:.3g}"
        )
    return GivenNoise(part, directions * np.sqrt(np.maximum(sizes, 0.0)))


def room_of_precision(extent: Extent, precision: np.ndarray) -> int:
    """Give how many bytes products with a precision that is given take at most."""
    return 2 * precision.nbytes * (precision.ndim - 1) + 2 * extent.square + 3 * extent.columns(2)
