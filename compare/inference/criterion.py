"""What "similar" means in one comparison: the measure, and for RSA its distance and its comparator."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.errors import InvalidOptionError, TooFewStimuliError
from compare.inference.pairs import LEAST_STIMULI, PairVectors
from compare.measures.dissimilarity import DISTANCES, rdm
from compare.measures.patterns import as_patterns, centred
from compare.measures.rdm_comparators import compare_rdms
from isocortex.errors import nearest

__all__ = ["Criterion"]

CENTRING_OF = {"spearman": "ranks", "pearson": "mean", "cosine": "none"}
MEASURES = ("rsa", "cka")


@dataclass(frozen=True)
class Criterion:
    """The measure of a comparison.

    Parameters
    ----------
    measure : str
        ``"rsa"``: RDMs compared. ``"cka"``: debiased linear centred kernel alignment.
    distance : str
        Of the RDMs, as in `compare.rdm`; not used by ``"cka"``.
    method : str
        How RDMs are compared: ``"spearman"``, ``"pearson"`` or ``"cosine"``; not used by ``"cka"``.

    Raises
    ------
    InvalidOptionError
        If one of them does not exist.

    Examples
    --------
    >>> Criterion("rsa").label
    'RSA (correlation distance, Spearman)'
    """

    measure: str = "rsa"
    distance: str = "correlation"
    method: str = "spearman"

    def __post_init__(self) -> None:
        for name, value, valid in (
            ("measure", self.measure, MEASURES),
            ("distance", self.distance, [name for name in DISTANCES if DISTANCES[name].least_trials == 1]),
            ("method", self.method, CENTRING_OF),
        ):
            if value not in valid:
                raise InvalidOptionError(f"{name}: there is no {value!r} here; {nearest(str(value), valid)}")

    @property
    def label(self) -> str:
        """The measure in words."""
        if self.measure == "cka":
            return "debiased linear CKA"
        return f"RSA ({self.distance} distance, {self.method.capitalize()})"

    @property
    def centring(self) -> str:
        """Which centring of the vectors over pairs the measure is (see `PairVectors`)."""
        return "additive" if self.measure == "cka" else CENTRING_OF[self.method]

    @property
    def least_stimuli(self) -> int:
        """How many stimuli it needs."""
        return LEAST_STIMULI[self.centring]

    @property
    def needs_variance(self) -> bool:
        """Whether a pattern without variance over units has no place in it."""
        return self.measure == "rsa" and self.distance == "correlation"

    def vector(self, patterns: Any) -> np.ndarray:
        """Give one subject's vector over pairs of stimuli: its RDM, or its kernel's off-diagonal.

        A subject that does not vary over stimuli is all zeros; pairs with a pattern without variance are NaN where
        the distance is the correlation distance.
        """
        x = as_patterns(patterns, least=self.least_stimuli)
        if self.measure == "rsa":
            return rdm(x, self.distance)
        difference = centred(x)
        return (difference @ difference.T)[np.triu_indices(len(x), 1)]

    def between(self, a: np.ndarray, b: np.ndarray) -> float:
        """Compare two vectors over pairs; NaN where too few pairs are known or one does not vary."""
        if self.measure == "rsa":
            try:
                return compare_rdms(a, b, self.method)
            except TooFewStimuliError:
                return float("nan")
        return float(PairVectors(np.stack([a, b]), self.centring).similarity()[0, 1])
