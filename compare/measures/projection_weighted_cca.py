"""Projection-weighted canonical correlation analysis.

Morcos, Raghu and Bengio (2018), NeurIPS, arXiv:1806.05759; the weights as Kornblith et al. (2019) write them.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.errors import InvalidActivityError, TooFewStimuliError
from compare.measures.alignment import AlignmentMeasure
from compare.measures.canonical_axes import CanonicalAlignment, PrincipalAxes, canonical_alignment, principal_axes
from compare.measures.invariances import invariant_to

__all__ = ["PWCCA", "pwcca"]

EQUAL = 1e-6  # canonical correlations nearer than this to each other do not tell their axes apart


@dataclass(frozen=True)
class PWCCA(AlignmentMeasure):
    """Canonical correlations, weighted by how much of the first subject each accounts for.

    ``Σ α_i ρ_i / Σ α_i`` with ``α_i = Σ_j |⟨h_i, x_j⟩|``, h the canonical variates of x (of length 1) and x_j its
    centred units. It is not symmetric: any linear mixture of y's units leaves it as it is, but of x's only their order
    and common scale.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(100, 5))
    >>> round(PWCCA()(x, x @ rng.normal(size=(5, 5))), 6)
    1.0
    """

    invariances: ClassVar[frozenset[str]] = frozenset({"translation", "scale", "permutation"})
    symmetric: ClassVar[bool] = False

    @property
    def label(self) -> str:
        """The measure in words."""
        return "projection-weighted canonical correlation"

    @property
    def least_stimuli(self) -> int:
        """Three; in fact one more than the dimensions of both together."""
        return 3

    def learnt(self, x: np.ndarray, y: np.ndarray) -> CanonicalAlignment:
        """Find the canonical axes and their weights.

        Raises
        ------
        TooFewStimuliError
            If the stimuli are no more than the dimensions of both together.
        InvalidActivityError
            If two canonical correlations are equal, so that their axes, and with them the weights, are not defined.
        """
        return _aligned(principal_axes(x), principal_axes(y))

    def part(self, x: np.ndarray, side: int) -> PrincipalAxes:
        """Give the principal axes."""
        return principal_axes(x)

    def of_parts(self, x: PrincipalAxes, y: PrincipalAxes) -> float:
        """Find the canonical axes and their weights; errors as `learnt`."""
        return _aligned(x, y).training_score

    def relabelled(self, part: PrincipalAxes, order: np.ndarray) -> PrincipalAxes:
        """Give the axes of stimuli that changed places."""
        return part.relabelled(order)


@invariant_to(*PWCCA.invariances)
def pwcca(x: Any, y: Any) -> float:
    """Compute the projection-weighted canonical correlation: how much of `x` the subject `y` accounts for.

    Parameters
    ----------
    x, y : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit). The weights are those of x.

    Returns
    -------
    float
        0 to 1; NaN if one subject does not vary over stimuli.

    Raises
    ------
    TooFewStimuliError
        If the stimuli are no more than the dimensions of both together.
    InvalidActivityError
        If two canonical correlations are equal while others differ, or the activity cannot be used.
    ActivityTypeError
        If the activity cannot be used.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(100, 5)), rng.normal(size=(100, 3))
    >>> bool(abs(pwcca(x, y) - pwcca(y, x)) > 0.001)
    True
    """
    return PWCCA()(x, y)


def _aligned(x: PrincipalAxes, y: PrincipalAxes) -> CanonicalAlignment:
    _enough(x, y)
    fitted = canonical_alignment(x, y, weighted_by_x=True)
    _told_apart(fitted.correlations)
    return fitted


def _enough(x: PrincipalAxes, y: PrincipalAxes) -> None:
    stimuli = len(x.left)
    if stimuli <= x.dimensions + y.dimensions:
        raise TooFewStimuliError(
            f"x and y: {x.dimensions} and {y.dimensions} dimensions from {stimuli} stimuli; with no more stimuli than "
            "both together some canonical correlations are 1 for whatever data and their weights are arbitrary. Take "
            "more stimuli, or fewer dimensions, or svcca or cka"
        )


def _told_apart(correlations: np.ndarray) -> None:
    # If all are equal, the weights do not matter.
    if len(correlations) < 2 or correlations[0] - correlations[-1] < EQUAL:
        return
    gaps = correlations[:-1] - correlations[1:]
    if gaps.min() < EQUAL:
        first = int(gaps.argmin())
        raise InvalidActivityError(
            f"x and y: their canonical correlations {first + 1} and {first + 2} are equal ({correlations[first]:.6g}), "
            "so their axes are any rotation of each other and the weights are not defined; take cca, svcca or cka"
        )
