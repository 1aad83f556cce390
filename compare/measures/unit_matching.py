"""Distance after the best matching of single units: tuning counts, not only the geometry of the population.

Williams et al. (2021), NeurIPS, arXiv:2110.14739 (the permutation group); Khosla and Williams (2023), arXiv:2311.09466
(why it asks more than a rotation).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.measures.alignment import Alignment, AlignmentMeasure, bias_of_units
from compare.measures.invariances import invariant_to
from compare.measures.patterns import centred
from compare.measures.shape_space import DISTANCES, Reading, check_distance
from compare.room import FIXED, NUMBER, extent_of

__all__ = ["UnitMatching", "unit_matching"]


@dataclass(frozen=True)
class UnitMatching(AlignmentMeasure):
    """Distance of two subjects after their units have been matched one to one: ``min_P ‖XP - Y‖``, or its angle.

    P runs over the matchings of x's centred units with y's; a unit for which only negative covariances are left stays
    alone, as though it were matched with a silent one. So it is a metric also among subjects of different size. Fitted,
    it keeps the matching and scores other stimuli under it.

    Parameters
    ----------
    distance : str
        ``"angular"`` (radians) or ``"euclidean"``, as in `Procrustes`.

    Raises
    ------
    InvalidOptionError
        If there is no such distance.

    Notes
    -----
    The matching (a linear assignment) takes up to the cube of the units: about a second for 2000.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(20, 4))
    >>> fitted = UnitMatching().fit(x[:10], x[:10, ::-1])
    >>> [array.tolist() for array in fitted.pairs], round(fitted.score(x[10:], x[10:, ::-1]), 6)
    ([[0, 1, 2, 3], [3, 2, 1, 0]], 0.0)
    """

    distance: str = "angular"

    greater_is_closer: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_distance(self.distance)

    @property
    def invariances(self) -> frozenset[str]:  # type: ignore[override]
        """Permutation, and scale where only the angle counts."""
        return frozenset({"translation", "permutation"} | ({"scale"} if self.distance == "angular" else set()))

    @property
    def label(self) -> str:
        """The measure in words."""
        return f"{self.distance} distance of matched units".replace("euclidean", "Euclidean")

    def cosine(self, value: float) -> float:
        """Give the angle's cosine; the Euclidean distance is of none."""
        return float(np.cos(value)) if self.distance == "angular" else float("nan")

    def room(self, x: Any, y: Any) -> int:
        """Give how many bytes calling it takes: both subjects twice, and the products of their units."""
        first, second = extent_of(x), extent_of(y)
        return FIXED + 2 * (first.patterns + second.patterns) + 3 * first.units * second.units * NUMBER

    def learnt(self, x: np.ndarray, y: np.ndarray) -> "MatchedUnits":
        """Find the best matching."""
        from scipy.optimize import linear_sum_assignment

        a, b = centred(x), centred(y)
        gain = np.maximum(a.T @ b, 0.0)
        rows, columns = linear_sum_assignment(gain, maximize=True)
        matched = gain[rows, columns]
        reading = DISTANCES[self.distance]
        return MatchedUnits(
            units=(x.shape[1], y.shape[1]),
            training_score=reading(float(matched.sum()), float(np.linalg.norm(a)), float(np.linalg.norm(b))),
            bias=bias_of_units(x, y),
            means=(x.mean(axis=0), y.mean(axis=0)),
            pairs=(rows[matched > 0], columns[matched > 0]),
            reading=reading,
        )


@invariant_to(*UnitMatching().invariances)
def unit_matching(x: Any, y: Any, distance: str = "angular") -> float:
    """Compute the distance of two subjects after the best one-to-one matching of their units.

    Parameters
    ----------
    x, y : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit); they may differ in units.
    distance : str
        See `UnitMatching`.

    Returns
    -------
    float
        0 (the same but for order, offset and, for the angle, scale) to π/2 or to the root of the summed squares. NaN if
        one does not vary over stimuli.

    Raises
    ------
    InvalidOptionError
        If there is no such distance.
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used; at least 2 stimuli.

    Warns
    -----
    BiasWarning
        If units outnumber stimuli.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(10, 4))
    >>> round(unit_matching(x, 3 * x[:, ::-1] + 1), 6)
    0.0
    """
    return UnitMatching(distance)(x, y)


@dataclass(frozen=True, eq=False)
class MatchedUnits(Alignment):
    """Which unit of one subject goes with which of the other.

    Parameters
    ----------
    means : tuple of numpy.ndarray
        (unit,) of x and of y, in training.
    pairs : tuple of numpy.ndarray
        The units of x, and the units of y that go with them; a unit that is in no pair is alone.
    reading : callable
        From inner product and sizes to the value.
    """

    means: tuple[np.ndarray, np.ndarray]
    pairs: tuple[np.ndarray, np.ndarray]
    reading: Reading

    def of_patterns(self, x: np.ndarray, y: np.ndarray) -> float:
        """Compare the matched units on these stimuli."""
        a, b = (centred(patterns, mean) for patterns, mean in zip((x, y), self.means, strict=True))
        inner = float(np.vdot(a[:, self.pairs[0]], b[:, self.pairs[1]]))
        return self.reading(inner, float(np.linalg.norm(a)), float(np.linalg.norm(b)))
