"""Canonical axes: pairs of directions, one in each subject, whose activities correlate as much as they can.

Hotelling (1936), Biometrika 28:321-377, computed as Björck and Golub (1973), Mathematics of Computation 27:579-594: the
canonical correlations are the singular values of ``QxᵀQy``, Q an orthonormal basis of the centred activity.
"""

from dataclasses import dataclass, replace

import numpy as np

from compare.measures.alignment import Alignment
from compare.measures.patterns import CONSTANT, centred

__all__ = [
    "CanonicalAlignment",
    "PrincipalAxes",
    "canonical_alignment",
    "mean_canonical_correlation",
    "principal_axes",
    "share_that_is_one",
]


@dataclass(frozen=True, eq=False)
class PrincipalAxes:
    """A subject's principal components: centred activity is ``left · diag(sizes) · rightᵀ``.

    Parameters
    ----------
    mean : numpy.ndarray
        (unit,).
    left : numpy.ndarray
        (stimulus, axis), orthonormal.
    sizes : numpy.ndarray
        (axis,), falling.
    right : numpy.ndarray
        (unit, axis), orthonormal.
    """

    mean: np.ndarray
    left: np.ndarray
    sizes: np.ndarray
    right: np.ndarray

    @property
    def dimensions(self) -> int:
        """How many axes there are."""
        return len(self.sizes)

    def relabelled(self, order: np.ndarray) -> "PrincipalAxes":
        """Give the axes after stimulus ``order[i]`` has taken the place of stimulus i."""
        return replace(self, left=self.left[order])


def principal_axes(patterns: np.ndarray, variance: float = 1.0, components: int | None = None) -> PrincipalAxes:
    """Give the leading principal axes: all that are no rounding, a share of the variance, or so many.

    Parameters
    ----------
    patterns : numpy.ndarray
        (stimulus, unit).
    variance : float
        Share of the variance that the axes hold together.
    components : int, optional
        At most so many axes instead.
    """
    left, sizes, right = np.linalg.svd(centred(patterns), full_matrices=False)
    rank = int((sizes > CONSTANT * sizes[0]).sum())
    if components is not None:
        rank = min(components, rank)
    elif variance < 1 and rank:
        explained = np.cumsum(sizes[:rank] ** 2) / np.sum(sizes**2)
        rank = min(int(np.searchsorted(explained, variance)) + 1, rank)
    return PrincipalAxes(patterns.mean(axis=0), left[:, :rank], sizes[:rank], right[:rank].T)


@dataclass(frozen=True, eq=False)
class CanonicalAlignment(Alignment):
    """Canonical axes of two subjects, and what each pair of them counts.

    Parameters
    ----------
    means : tuple of numpy.ndarray
        (unit,) of x and of y, in training.
    weights : tuple of numpy.ndarray
        (unit, pair) of x and of y: centred activity times these are the canonical variates.
    correlations : numpy.ndarray
        (pair,), falling: the canonical correlations in training.
    shares : numpy.ndarray
        (pair,), what each pair counts; they sum to 1.
    squared : bool
        Average the squares of the correlations, each with its sign.
    """

    means: tuple[np.ndarray, np.ndarray]
    weights: tuple[np.ndarray, np.ndarray]
    correlations: np.ndarray
    shares: np.ndarray
    squared: bool

    def of_patterns(self, x: np.ndarray, y: np.ndarray) -> float:
        """Average the correlations of the variates over these stimuli; NaN where one does not vary."""
        a, b = (
            centred(centred(patterns, mean) @ weights)
            for patterns, mean, weights in zip((x, y), self.means, self.weights, strict=True)
        )
        sizes = np.linalg.norm(a, axis=0) * np.linalg.norm(b, axis=0)
        if sizes.size == 0 or not sizes.all():
            return float("nan")
        return _averaged((a * b).sum(axis=0) / sizes, self.shares, self.squared)


def canonical_alignment(
    x: PrincipalAxes, y: PrincipalAxes, squared: bool = False, bias: str = "", weighted_by_x: bool = False
) -> CanonicalAlignment:
    """Find the canonical axes within two subjects' principal axes.

    Parameters
    ----------
    x, y : PrincipalAxes
        Of the same stimuli.
    squared : bool
        See `CanonicalAlignment`.
    bias : str
        See `Alignment`.
    weighted_by_x : bool
        Count each pair by how much of x it accounts for, ``Σ_j |⟨h, x_j⟩|`` over the units j; else all the same.
    """
    rotate_x, correlations, rotate_y = np.linalg.svd(x.left.T @ y.left, full_matrices=False)
    correlations = np.clip(correlations, 0.0, 1.0)
    amounts = np.ones(len(correlations))
    if weighted_by_x:
        amounts = np.abs((rotate_x.T * x.sizes) @ x.right.T).sum(axis=1)
    shares = amounts / amounts.sum() if len(amounts) else amounts
    return CanonicalAlignment(
        units=(len(x.mean), len(y.mean)),
        training_score=_averaged(correlations, shares, squared),
        bias=bias,
        means=(x.mean, y.mean),
        weights=((x.right / x.sizes) @ rotate_x, (y.right / y.sizes) @ rotate_y.T),
        correlations=correlations,
        shares=shares,
        squared=squared,
    )


def mean_canonical_correlation(x: PrincipalAxes, y: PrincipalAxes, squared: bool = False) -> float:
    """Give the training score of `canonical_alignment`, all pairs counting the same: no axes are needed for it."""
    correlations = np.clip(np.linalg.svd(x.left.T @ y.left, compute_uv=False), 0.0, 1.0)
    return _averaged(correlations, np.full(len(correlations), 1 / max(len(correlations), 1)), squared)


def share_that_is_one(x: PrincipalAxes, y: PrincipalAxes) -> str:
    """Say how many canonical correlations are 1 whatever the data; empty if none is."""
    stimuli = len(x.left)
    excess = min(x.dimensions + y.dimensions - (stimuli - 1), x.dimensions, y.dimensions)
    if excess <= 0:
        return ""
    return (
        f"{x.dimensions} and {y.dimensions} dimensions from {stimuli} stimuli, so {excess} of "
        f"{min(x.dimensions, y.dimensions)} canonical correlations are 1 for whatever data. Take fewer dimensions, "
        "more stimuli, or debiased CKA, or score held-out stimuli (fit, then score)"
    )


def _averaged(correlations: np.ndarray, shares: np.ndarray, squared: bool) -> float:
    if len(correlations) == 0:
        return float("nan")
    values = correlations * np.abs(correlations) if squared else correlations
    return float(np.clip(shares @ values, -1.0, 1.0))
