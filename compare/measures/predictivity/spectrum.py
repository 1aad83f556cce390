"""The one decomposition that every linear regression from x needs, shared by all penalties, components and targets.

``X = U S Vᵀ`` of the centred training patterns X (stimulus, unit). Everything a fit gives is in the span of U, and new
stimuli enter by their coordinates ``X_new Xᵀ U = X_new V S``, so a regression is a matrix of weights (rank, target) on
these coordinates. Where units outnumber stimuli, U and S come from the products of stimuli with each other (the dual
form), which cross-validation takes once for all folds; where not, from a singular value decomposition.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from compare.measures.blocks import Patterns, columns_at_once
from compare.measures.distances.differences import summed_products
from compare.measures.patterns import centred

__all__ = ["FoldSpectra", "Spectrum", "spectrum", "spectrum_of_products"]


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Centred training patterns, decomposed.

    Parameters
    ----------
    directions : numpy.ndarray
        U (stimulus, rank), orthonormal, each of mean 0.
    sizes : numpy.ndarray
        Squared singular values (rank), largest first, all of them above rounding.
    complete : bool
        Whether the directions span everything of mean 0, so that nothing of a target lies outside.
    """

    directions: np.ndarray
    sizes: np.ndarray
    complete: bool

    @property
    def scale(self) -> float:
        """The mean squared length of a centred pattern: what penalties are multiples of."""
        return float(self.sizes.sum() / len(self.directions))


def spectrum(patterns: np.ndarray) -> Spectrum:
    """Decompose centred patterns (stimulus, unit), by whichever side is smaller."""
    stimuli, units = patterns.shape
    return spectrum_of_products(patterns @ patterns.T) if units >= stimuli else _of_units(patterns)


class FoldSpectra:
    """The decompositions of the training stimuli of many folds, and where the held-out stimuli enter them.

    Where units outnumber stimuli, the products of stimuli with each other are taken once, some units at a time, and
    serve all folds.

    Parameters
    ----------
    patterns : Patterns
        (stimulus, unit). They are centred over all stimuli: for precision only, since every fold is centred by its own
        training stimuli.
    others : iterable of Patterns
        (stimulus, unit), other measurements of the same stimuli, less the same means: where these enter.
    """

    def __init__(self, patterns: Patterns, others: Iterable[Patterns] = ()) -> None:
        stimuli, units = patterns.shape
        self._dual = units >= stimuli
        # Of stimuli with all stimuli, or patterns: the first is what is fitted to, all of them enter.
        if self._dual:
            self._entering = [summed_products(patterns, centred)]
            self._entering += [_products_with(each, patterns) for each in others]
        else:
            whole = patterns.rows(slice(None))
            self._entering = [centred(whole)]
            self._entering += [each.rows(slice(None)) - whole.mean(axis=0) for each in others]

    def __call__(self, training: np.ndarray, held_out: np.ndarray) -> tuple[Spectrum, list[np.ndarray]]:
        """Give the spectrum of the training stimuli, and the coordinates (stimulus, rank) of the held-out ones.

        A list of coordinates: from the patterns first, then from each of the other measurements.
        """
        if not self._dual:
            fitted = self._entering[0][training]
            mean = fitted.mean(axis=0)
            fitted -= mean
            found = _of_units(fitted)
            loadings = fitted.T @ found.directions
            return found, [(each[held_out] - mean) @ loadings for each in self._entering]
        fitted = self._entering[0][np.ix_(training, training)]
        # (x - m)·(x_i - m) is x·x_i - m·x_i less what is the same for every training stimulus i, and U has mean 0.
        mean = fitted.mean(axis=0)
        found = spectrum_of_products(fitted)
        return found, [(each[np.ix_(held_out, training)] - mean) @ found.directions for each in self._entering]


def _products_with(others: Patterns, patterns: Patterns) -> np.ndarray:
    """Compute the products of other measurements, less the patterns' means, with the centred patterns."""
    stimuli, units = patterns.shape
    products = np.zeros((stimuli, stimuli))
    step = columns_at_once(stimuli, units, 3)
    for start in range(0, units, step):
        block = patterns.columns(start, start + step)
        products += (others.columns(start, start + step) - block.mean(axis=0)) @ centred(block).T
    return products


def spectrum_of_products(products: np.ndarray) -> Spectrum:
    """Decompose from the products of stimuli with each other, whatever was added to each unit; the array is used up."""
    from scipy.linalg import eigh

    mean = products.mean(axis=0)
    products -= mean
    products -= (mean - mean.mean())[:, None]
    sizes, directions = eigh(products, overwrite_a=True, check_finite=False, driver="evd")
    return _above_rounding(directions[:, ::-1], sizes[::-1], len(products) * np.finfo(float).eps)


def _of_units(centred: np.ndarray) -> Spectrum:
    """Decompose centred patterns themselves, which is cheaper where stimuli outnumber units."""
    from scipy.linalg import svd

    directions, roots, _ = svd(centred, full_matrices=False, check_finite=False)
    return _above_rounding(directions, roots**2, (len(centred) * np.finfo(float).eps) ** 2)


def _above_rounding(directions: np.ndarray, sizes: np.ndarray, relative: float) -> Spectrum:
    rank = int((sizes > relative * sizes[0]).sum()) if sizes[0] > 0 else 0
    rank = min(rank, len(directions) - 1)  # the constant direction is the intercept's
    return Spectrum(
        np.ascontiguousarray(directions[:, :rank]), np.ascontiguousarray(sizes[:rank]), rank == len(directions) - 1
    )
