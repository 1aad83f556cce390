"""Mean canonical correlation of two subjects.

Hotelling (1936), Biometrika 28:321-377; as a measure of similarity: Kornblith et al. (2019), ICML, arXiv:1905.00414.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.errors import TooFewStimuliError
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

__all__ = ["CCA", "cca"]


@dataclass(frozen=True)
class CCA(AlignmentMeasure):
    """Mean canonical correlation: how well the best pairs of linear read-outs of two subjects correlate.

    With orthonormal bases Q of the centred activities, ``Σ ρ_i / min(p, q)``, ρ the singular values of ``QxᵀQy`` and
    p, q the dimensions of the two. Fitted, it keeps the pairs of axes, and scores other stimuli by the correlations
    along them.

    Parameters
    ----------
    squared : bool
        Average the squared correlations, ``‖QxᵀQy‖² / min(p, q)``: the share of the variance of one subject's
        whitened activity that the other explains linearly. On other stimuli a square keeps its correlation's sign.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(200, 10)), rng.normal(size=(200, 10))
    >>> fitted = CCA().fit(x[:100], y[:100])
    >>> fitted.training_score > 0.2 > abs(fitted.score(x[100:], y[100:]))
    True
    """

    squared: bool = False

    invariances: ClassVar[frozenset[str]] = frozenset({"translation", "scale", "permutation", "rotation", "affine"})

    @property
    def label(self) -> str:
        """The measure in words."""
        return f"mean {'squared ' if self.squared else ''}canonical correlation"

    @property
    def least_stimuli(self) -> int:
        """Three; in fact two more than the larger subject's dimensions."""
        return 3

    def learnt(self, x: np.ndarray, y: np.ndarray) -> CanonicalAlignment:
        """Find the canonical axes.

        Raises
        ------
        TooFewStimuliError
            If one subject's dimensions are not fewer than its stimuli less one: every correlation would be 1.
        """
        x_axes, y_axes = principal_axes(x), principal_axes(y)
        _enough(x_axes, y_axes)
        return canonical_alignment(x_axes, y_axes, self.squared, share_that_is_one(x_axes, y_axes))

    def part(self, x: np.ndarray, side: int) -> PrincipalAxes:
        """Give the principal axes."""
        return principal_axes(x)

    def of_parts(self, x: PrincipalAxes, y: PrincipalAxes) -> float:
        """Give the mean correlation alone; errors as `learnt`."""
        _enough(x, y)
        return mean_canonical_correlation(x, y, self.squared)

    def relabelled(self, part: PrincipalAxes, order: np.ndarray) -> PrincipalAxes:
        """Give the axes of stimuli that changed places."""
        return part.relabelled(order)


@invariant_to(*CCA.invariances)
def cca(x: Any, y: Any, squared: bool = False) -> float:
    """Compute the mean canonical correlation.

    Parameters
    ----------
    x, y : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit).
    squared : bool
        See `CCA`.

    Returns
    -------
    float
        0 to 1: the mean over as many canonical correlations as the smaller subject has dimensions. NaN if one does
        not vary over stimuli.

    Raises
    ------
    TooFewStimuliError
        If one subject's dimensions are not fewer than its stimuli less one: every correlation would be 1.
    InvalidActivityError, ActivityTypeError
        If the activity cannot be used.

    Warns
    -----
    BiasWarning
        If the dimensions together exceed stimuli - 1: the excess correlations are 1 for whatever data.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(100, 5))
    >>> round(cca(x, x @ rng.normal(size=(5, 5))), 6)
    1.0
    """
    return CCA(squared)(x, y)


def _enough(x: PrincipalAxes, y: PrincipalAxes) -> None:
    stimuli = len(x.left)
    for name, subject in (("x", x), ("y", y)):
        if subject.dimensions >= stimuli - 1:
            raise TooFewStimuliError(
                f"{name}: {subject.dimensions} dimensions from {stimuli} stimuli, so every canonical correlation is "
                "1; take more stimuli, or svcca or cka"
            )
