"""Normalised Bures similarity: the cosine of the angular Procrustes distance.

Tang, Maddox, Dickens, Diethe and Damianou (2020), arXiv:2003.11498; its duality with Procrustes: Harvey, Larsen and
Williams (2024), arXiv:2311.11436.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.measures.alignment import AlignmentMeasure, bias_of_counts
from compare.measures.invariances import invariant_to
from compare.measures.shape_distance import RotationAlignment, rotated_score, rotation_alignment
from compare.measures.shape_space import cosine, shape

__all__ = ["BuresSimilarity", "bures_similarity"]


@dataclass(frozen=True)
class BuresSimilarity(AlignmentMeasure):
    """Normalised Bures similarity: the fidelity of two kernels over stimuli.

    With the kernels ``K = XXᵀ`` of the centred activities, ``tr[(K1^½ K2 K1^½)^½] / √(tr K1 tr K2)``, which is
    ``‖XᵀY‖_* / ‖X‖‖Y‖``, the cosine of the angular Procrustes distance. Fitted, it keeps the rotation.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(20, 4))
    >>> round(BuresSimilarity().fit(x[:10], -x[:10]).score(x[10:], -x[10:]), 6)
    1.0
    """

    invariances: ClassVar[frozenset[str]] = frozenset({"translation", "scale", "permutation", "rotation"})

    @property
    def label(self) -> str:
        """The measure in words."""
        return "normalised Bures similarity"

    def bias_of(self, x_units: int, y_units: int, stimuli: int) -> str:
        """Say what is wrong where units outnumber stimuli."""
        return bias_of_counts(max(x_units, y_units), stimuli)

    def learnt(self, x: np.ndarray, y: np.ndarray) -> RotationAlignment:
        """Find the best rotation."""
        return rotation_alignment(x, y, 1.0, cosine)

    def part(self, x: np.ndarray, side: int) -> np.ndarray:
        """Give the coordinates of the shape, no more of them than stimuli."""
        return shape(x, 1.0)[1]

    def of_parts(self, x: np.ndarray, y: np.ndarray) -> float:
        """Give the similarity alone, for which the rotation need not be known."""
        return rotated_score(x, y, cosine)


@invariant_to(*BuresSimilarity.invariances)
def bures_similarity(x: Any, y: Any) -> float:
    """Compute the normalised Bures similarity of two subjects, the cosine of `procrustes`.

    Parameters
    ----------
    x, y : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit); they may differ in units.

    Returns
    -------
    float
        0 to 1; NaN if one does not vary over stimuli.

    Raises
    ------
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used; at least 2 stimuli.

    Warns
    -----
    BiasWarning
        If units outnumber stimuli.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(10, 4))
    >>> round(bures_similarity(x, 3 * x[:, ::-1] + 1), 6)
    1.0
    """
    return BuresSimilarity()(x, y)
