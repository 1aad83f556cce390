"""Representational similarity analysis as one measure: two RDMs, and how alike they are."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.measures.distances import Distance, as_distance
from compare.measures.measure import StimulusMeasure
from compare.measures.patterns import stimulus_trial_unit
from compare.measures.rdm_comparators import COMPARATORS, WHITENED, compare_rdms
from compare.measures.rdm_comparators.whitened import centring_root
from compare.room import FIXED, extent_of, require_room
from isocortex.errors import nearest

__all__ = ["RSA", "rsa"]

COMPARING = {"pearson": 6, "cosine": 6}  # vectors over pairs that comparing two RDMs takes, without ranks or fits


@dataclass(frozen=True)
class RSA(StimulusMeasure):
    """Representational similarity analysis: `compare.rdm` of both subjects, compared by `compare.compare_rdms`.

    Parameters
    ----------
    distance : str, Distance, or two of them
        Of the RDMs, as in `compare.rdm`. Two: x's and y's, such as ``("euclidean", "crossnobis")`` for a network that
        answers the same every time and a brain that does not.
    method : str
        How they are compared, as in `compare.compare_rdms`.
    noise_covariance : array-like, optional
        For ``"whitened-cosine"`` and ``"whitened-correlation"``: how the noise of the patterns covaries between
        stimuli, (stimulus, stimulus), or (stimulus,) variances if it is independent, in the order of the stimuli that
        are compared. Equal and independent by default (Diedrichsen et al. 2021, doi:10.51628/001c.27664).

    Raises
    ------
    InvalidOptionError
        If there is no such distance or method, or the noise covariance is none or goes with another method.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(20, 5))
    >>> round(RSA("euclidean", "pearson")(x, x + 3), 6)
    1.0
    >>> trials_seen = np.repeat([4, 8], 10)
    >>> round(RSA("euclidean", "whitened-cosine", 1 / trials_seen)(x, x + 3), 6)
    1.0
    """

    distance: str | Distance | tuple[str | Distance, str | Distance] = "correlation"
    method: str = "spearman"
    noise_covariance: Any = None

    def __post_init__(self) -> None:
        if isinstance(self.distance, tuple) and len(self.distance) != 2:
            raise InvalidOptionError(f"distance: two of them are x's and y's, got {len(self.distance)}")
        if self.method not in COMPARATORS:
            raise InvalidOptionError(f"method: there is no {self.method!r}; {nearest(str(self.method), COMPARATORS)}")
        self.distances  # noqa: B018  (raises if there is no such distance)
        if self.noise_covariance is None:
            return
        if self.method not in WHITENED:
            raise InvalidOptionError(
                f"noise_covariance: {self.method!r} knows no noise; take one of {', '.join(WHITENED)}"
            )
        noise = np.array(self.noise_covariance, dtype=np.float64)
        if noise.ndim not in (1, 2) or noise.shape[0] != noise.shape[-1]:
            raise InvalidOptionError(
                f"noise_covariance: must be (stimulus, stimulus) or (stimulus,), got shape {noise.shape}"
            )
        centring_root(noise, len(noise))
        noise.flags.writeable = False
        object.__setattr__(self, "noise_covariance", noise)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RSA):
            return NotImplemented
        options_are_same = (self.distance, self.method) == (other.distance, other.method)
        noises = self.noise_covariance, other.noise_covariance
        if any(noise is None for noise in noises):
            return options_are_same and noises[0] is noises[1]
        return options_are_same and np.array_equal(*noises)

    def __hash__(self) -> int:
        return hash((self.distance, self.method))

    @property
    def distances(self) -> tuple[Distance, Distance]:
        """The distance of x, and that of y."""
        first, second = self.distance if isinstance(self.distance, tuple) else (self.distance, self.distance)
        return as_distance(first), as_distance(second)

    @property
    def symmetric(self) -> bool:  # type: ignore[override]
        """Whether both subjects' RDMs are of one distance."""
        return self.distances[0] == self.distances[1]

    @property
    def label(self) -> str:
        """The measure in words."""
        first, second = (distance.label for distance in self.distances)
        noise = "" if self.noise_covariance is None else " with its noise covariance"
        return f"RSA ({first if first == second else f'{first} and {second}'}, {self.method.capitalize()}{noise})"

    @property
    def invariances(self) -> frozenset[str]:  # type: ignore[override]
        """What both distances do not see, and the scale where it only scales them: no comparator sees that."""
        first, second = (
            distance.invariances | ({"scale"} if distance.homogeneous else set()) for distance in self.distances
        )
        return first & second

    @property
    def least_stimuli(self) -> int:
        """Three: two pairs at least have to differ."""
        return 3

    @property
    def least_trials(self) -> int:
        """As many as the distance needs that needs more."""
        return max(distance.least_trials for distance in self.distances)

    def fit(self, x: Any, y: Any) -> "RSA":
        """Check that the two can be compared; there is nothing to learn."""
        self._checked(x, y)
        return self

    def score(self, x: Any, y: Any) -> float:
        """Compare the two on these stimuli, trials and all.

        Raises
        ------
        InvalidActivityError, ActivityTypeError, TooFewStimuliError
            If the activity cannot be used; a distance between trials needs them.
        """
        a, b = self._checked(x, y)
        require_room(self.room(x, y), self.label)
        first, second = self.distances
        return compare_rdms(first(a), second(b), self.method, self.noise_covariance)

    def room(self, x: Any, y: Any) -> int:
        """Give how many bytes comparing two subjects takes at most beside the activity."""
        first, second = self.distances
        pairs = extent_of(x).pairs
        comparing = FIXED + COMPARING.get(self.method, 14) * pairs
        return max(first.room(x), pairs + second.room(y), comparing)

    def of_patterns(self, x: np.ndarray, y: np.ndarray) -> float:
        """Give at most 1; NaN where an RDM does not vary."""
        return self.score(x, y)

    def _checked(self, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        a, b = stimulus_trial_unit(x, "x"), stimulus_trial_unit(y, "y")
        for name, array in (("x", a), ("y", b)):
            if len(array) < self.least_stimuli:
                raise TooFewStimuliError(
                    f"{name}: has {len(array)} stimuli, this measure needs at least {self.least_stimuli}"
                )
        if len(a) != len(b):
            raise InvalidActivityError(f"x has {len(a)} stimuli and y has {len(b)}: both must see the same stimuli")
        return a, b


def rsa(
    x: Any,
    y: Any,
    distance: str | Distance | tuple[str | Distance, str | Distance] = "correlation",
    method: str = "spearman",
    noise_covariance: Any = None,
) -> float:
    """Compare the representational dissimilarity matrices of two subjects.

    Parameters
    ----------
    x, y : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit).
    distance, method, noise_covariance
        See `RSA`.

    Returns
    -------
    float
        At most 1; NaN where an RDM does not vary.

    Raises
    ------
    InvalidOptionError
        If there is no such distance or method, or the noise covariance is none or goes with another method.
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used, or the noise covariance is of another number of stimuli.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(20, 5))
    >>> round(rsa(x, 2 * x), 6)
    1.0
    """
    return RSA(distance, method, noise_covariance)(x, y)
