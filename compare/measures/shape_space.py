"""A subject as a shape: its centred activity, whitened in part; and how far two aligned shapes are from each other.

Williams et al. (2021), NeurIPS, arXiv:2110.14739. With eigenvalues λ and eigenvectors V of ``XᵀX``, partial whitening
is ``φ(X) = c X (α I + (1 - α) V diag((λ / λ̄)^-½) Vᵀ)``, λ̄ the mean of the eigenvalues that are not zero and c such that
the variance stays. Taking λ relative to λ̄ lets α mean the same for activity in whatever unit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from compare.errors import InvalidOptionError
from compare.measures.canonical_axes import principal_axes
from compare.measures.patterns import centred
from isocortex.errors import nearest

__all__ = ["DISTANCES", "Reading", "Shape", "check_distance", "cosine", "shape"]

Reading = Callable[[float, float, float], float]
"""From the inner product of two aligned shapes and their two sizes to a distance or a similarity."""


@dataclass(frozen=True, eq=False)
class Shape:
    """How one subject's activity becomes coordinates.

    Parameters
    ----------
    mean : numpy.ndarray
        (unit,), in training.
    basis : numpy.ndarray or None
        (unit, axis), orthonormal, what the training stimuli span; None for all units.
    gains : numpy.ndarray or None
        (axis,), by how much whitening stretches each axis; None for none.
    outside : float
        By how much it stretches what the training stimuli do not span.
    """

    mean: np.ndarray
    basis: np.ndarray | None
    gains: np.ndarray | None
    outside: float

    def coordinates(self, patterns: np.ndarray) -> tuple[np.ndarray, float]:
        """Give the coordinates (stimulus, axis) of these stimuli, and the size of the whole of it."""
        difference = centred(patterns, self.mean)
        if self.basis is None:
            return difference, float(np.linalg.norm(difference))
        inside = difference @ self.basis
        rest = max(float(np.vdot(difference, difference) - np.vdot(inside, inside)), 0.0)
        if self.gains is not None:
            inside *= self.gains
        return inside, float(np.sqrt(np.vdot(inside, inside) + self.outside**2 * rest))


def shape(patterns: np.ndarray, alpha: float) -> tuple[Shape, np.ndarray]:
    """Learn a shape from stimuli.

    Parameters
    ----------
    patterns : numpy.ndarray
        (stimulus, unit).
    alpha : float
        1: as it is. 0: white.

    Returns
    -------
    Shape
        To be applied to these stimuli or to others.
    numpy.ndarray
        (stimulus, axis), the coordinates of these.
    """
    if alpha < 1:
        return _whitened(patterns, alpha)
    mean, difference = patterns.mean(axis=0), centred(patterns)
    if patterns.shape[1] <= patterns.shape[0]:
        return Shape(mean, None, None, 1.0), difference
    # With more units than stimuli, as many axes as there are stimuli hold all of it.
    basis, mixing = np.linalg.qr(difference.T)
    return Shape(mean, basis, None, 1.0), np.ascontiguousarray(mixing.T)


def _whitened(patterns: np.ndarray, alpha: float) -> tuple[Shape, np.ndarray]:
    axes = principal_axes(patterns)
    if axes.dimensions == 0:
        return Shape(axes.mean, axes.right, np.ones(0), alpha), axes.left
    variances = axes.sizes**2
    gains = alpha + (1 - alpha) / np.sqrt(variances / variances.mean())
    kept = np.sqrt(variances.sum() / (variances * gains**2).sum())
    return Shape(axes.mean, axes.right, kept * gains, kept * alpha), axes.left * (axes.sizes * kept * gains)


def cosine(inner: float, x: float, y: float) -> float:
    """Give the cosine of the angle between two shapes; NaN if one has no size."""
    return float(np.clip(inner / (x * y), -1.0, 1.0)) if x * y > 0 else float("nan")


def _angular(inner: float, x: float, y: float) -> float:
    return float(np.arccos(cosine(inner, x, y)))


def _euclidean(inner: float, x: float, y: float) -> float:
    return float(np.sqrt(max(x**2 + y**2 - 2 * inner, 0.0))) if x * y > 0 else float("nan")


DISTANCES: dict[str, Reading] = {"angular": _angular, "euclidean": _euclidean}
"""The distances between aligned shapes, by name."""


def check_distance(name: str) -> None:
    """Refuse a distance that does not exist.

    Raises
    ------
    InvalidOptionError
        If there is no distance of that name.
    """
    if name not in DISTANCES:
        raise InvalidOptionError(f"distance: there is no {name!r}; {nearest(str(name), DISTANCES)}")
