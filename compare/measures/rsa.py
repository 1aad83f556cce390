"""Representational similarity analysis as one measure: two RDMs, and how alike they are."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.errors import InvalidOptionError
from compare.measures.dissimilarity import DISTANCES, rdm
from compare.measures.invariances import invariances_of
from compare.measures.measure import StimulusMeasure
from compare.measures.rdm_comparators import COMPARATORS, compare_rdms
from isocortex.errors import nearest

__all__ = ["RSA", "rsa"]


@dataclass(frozen=True)
class RSA(StimulusMeasure):
    """Representational similarity analysis: `compare.rdm` of both subjects, compared by `compare.compare_rdms`.

    Parameters
    ----------
    distance : str
        Of the RDMs, as in `compare.rdm`.
    method : str
        How they are compared, as in `compare.compare_rdms`.

    Raises
    ------
    InvalidOptionError
        If there is no such distance or method.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(20, 5))
    >>> round(RSA("euclidean", "pearson")(x, x + 3), 6)
    1.0
    """

    distance: str = "correlation"
    method: str = "spearman"

    def __post_init__(self) -> None:
        for name, value, valid in (("distance", self.distance, DISTANCES), ("method", self.method, COMPARATORS)):
            if value not in valid:
                raise InvalidOptionError(f"{name}: there is no {value!r}; {nearest(str(value), valid)}")

    @property
    def label(self) -> str:
        """The measure in words."""
        return f"RSA ({self.distance} distance, {self.method.capitalize()})"

    @property
    def invariances(self) -> frozenset[str]:  # type: ignore[override]
        """What the distance does not see, and the scale, which no comparator sees."""
        return invariances_of(DISTANCES[self.distance]) | {"scale"}

    @property
    def least_stimuli(self) -> int:
        """Three: two pairs at least have to differ."""
        return 3

    def of_patterns(self, x: np.ndarray, y: np.ndarray) -> float:
        """Give at most 1; NaN where an RDM does not vary."""
        return compare_rdms(rdm(x, self.distance), rdm(y, self.distance), self.method)


def rsa(x: Any, y: Any, distance: str = "correlation", method: str = "spearman") -> float:
    """Compare the representational dissimilarity matrices of two subjects.

    Parameters
    ----------
    x, y : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit).
    distance, method : str
        See `RSA`.

    Returns
    -------
    float
        At most 1; NaN where an RDM does not vary.

    Raises
    ------
    InvalidOptionError
        If there is no such distance or method.
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(20, 5))
    >>> round(rsa(x, 2 * x), 6)
    1.0
    """
    return RSA(distance, method)(x, y)
