"""Singular vector canonical correlation analysis.

Raghu et al. (2017), NeurIPS, arXiv:1706.05806.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.checks import check_count
from compare.errors import InvalidOptionError
from compare.measures.alignment import AlignmentMeasure
from compare.measures.canonical_axes import (
    CanonicalAlignment,
    PrincipalAxes,
    canonical_alignment,
    mean_canonical_correlation,
    principal_axes,
    share_that_is_one,
)
from compare.measures.invariances import invariant_to

__all__ = ["SVCCA", "svcca"]


@dataclass(frozen=True)
class SVCCA(AlignmentMeasure):
    """Mean canonical correlation of the principal components that hold most of each subject's variance.

    Parameters
    ----------
    variance : float
        Share of each subject's variance that is kept, above 0 and at most 1.
    components : int, optional
        Keep so many components of each instead.

    Raises
    ------
    InvalidOptionError
        If `variance` or `components` is out of range.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(100, 5))
    >>> round(SVCCA(components=2).fit(x[:50], -x[:50]).score(x[50:], -x[50:]), 6)
    1.0
    """

    variance: float = 0.99
    components: int | None = None

    invariances: ClassVar[frozenset[str]] = frozenset({"translation", "scale", "permutation", "rotation"})

    def __post_init__(self) -> None:
        if not 0 < self.variance <= 1:
            raise InvalidOptionError(f"variance: must be above 0 and at most 1, got {self.variance}")
        if self.components is not None:
            check_count("components", self.components, 1)

    @property
    def label(self) -> str:
        """The measure in words."""
        kept = f"{self.variance:.3g} of the variance" if self.components is None else f"{self.components} components"
        return f"SVCCA ({kept})"

    @property
    def least_stimuli(self) -> int:
        """Three: two always correlate perfectly."""
        return 3

    def learnt(self, x: np.ndarray, y: np.ndarray) -> CanonicalAlignment:
        """Find the canonical axes within the components that are kept."""
        x_axes, y_axes = (principal_axes(patterns, self.variance, self.components) for patterns in (x, y))
        return canonical_alignment(x_axes, y_axes, bias=share_that_is_one(x_axes, y_axes))

    def part(self, x: np.ndarray, side: int) -> PrincipalAxes:
        """Give the principal axes that are kept."""
        return principal_axes(x, self.variance, self.components)

    def of_parts(self, x: PrincipalAxes, y: PrincipalAxes) -> float:
        """Give the mean correlation alone."""
        return mean_canonical_correlation(x, y)

    def relabelled(self, part: PrincipalAxes, order: np.ndarray) -> PrincipalAxes:
        """Give the axes of stimuli that changed places."""
        return part.relabelled(order)


@invariant_to(*SVCCA.invariances)
def svcca(x: Any, y: Any, variance: float = 0.99, components: int | None = None) -> float:
    """Compute the mean canonical correlation of the principal components that hold most of the variance.

    Parameters
    ----------
    x, y : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit).
    variance, components
        See `SVCCA`.

    Returns
    -------
    float
        0 to 1; NaN if one subject does not vary over stimuli.

    Raises
    ------
    InvalidOptionError
        If `variance` or `components` is out of range.
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used; at least 3 stimuli.

    Warns
    -----
    BiasWarning
        If the components together exceed stimuli - 1: the excess correlations are 1 for whatever data.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(100, 5))
    >>> round(svcca(x, 2 * x + 1), 6)
    1.0
    """
    return SVCCA(variance, components)(x, y)
