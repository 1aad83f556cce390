"""What measures that align two subjects have in common: an alignment is learnt, and may be scored on other stimuli."""

import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.errors import BiasWarning, InvalidActivityError
from compare.measures.measure import Measure
from compare.measures.patterns import aligned, aligned_trials, checked_pair
from compare.measures.rotation import rotated
from compare.room import FIXED, extent_of, require_room

__all__ = ["Alignment", "AlignmentMeasure", "bias_of_counts", "bias_of_units"]

ROOM = 14  # what decomposing one subject takes, times what is kept of it; half of it is LAPACK's own


@dataclass(frozen=True, eq=False)
class Alignment(ABC):
    """What takes one subject to the other, learnt from some stimuli.

    Parameters
    ----------
    units : tuple of int
        How many units x and y had.
    training_score : float
        The measure's value on the stimuli that it was learnt from.
    bias : str
        Why that value finds likeness in independent data; empty if it does not.
    """

    least_trials: ClassVar[int] = 1

    units: tuple[int, int]
    training_score: float
    bias: str

    def score(self, x: Any, y: Any) -> float:
        """Give the measure's value on these stimuli, under the alignment that was learnt.

        Parameters
        ----------
        x, y : array-like
            Activity (stimulus, unit) or (stimulus, trial, unit) of the units that were fitted; at least 2 stimuli, and
            as many trials as the measure needs.

        Raises
        ------
        InvalidActivityError
            If the units are not as many as were fitted.
        ActivityTypeError, TooFewStimuliError
            If the activity cannot be used.
        """
        patterns = _read(x, y, 2, self.least_trials)
        for name, new, fitted in zip("xy", patterns, self.units, strict=True):
            if new.shape[-1] != fitted:
                raise InvalidActivityError(
                    f"{name}: has {new.shape[-1]} units, but the alignment was learnt from {fitted}; score the same"
                )
        return self.of_patterns(*patterns)

    @abstractmethod
    def of_patterns(self, x: np.ndarray, y: np.ndarray) -> float:
        """Score two float64 arrays that were checked: (stimulus, unit), or with trials if it needs them."""


@dataclass(frozen=True)
class AlignmentMeasure(Measure):
    """A measure that learns an alignment: on the stimuli it learnt from it is too good, on others it is not."""

    def fit(self, x: Any, y: Any) -> Alignment:
        """Learn the alignment from these stimuli.

        Raises
        ------
        InvalidActivityError, ActivityTypeError, TooFewStimuliError
            If the activity cannot be used.
        """
        return self.learnt(*_read(x, y, self.least_stimuli, self.least_trials))

    def __call__(self, x: Any, y: Any) -> float:
        """Compare two subjects on the stimuli that the alignment is learnt from.

        Warns
        -----
        BiasWarning
            If so few stimuli make independent subjects look alike.
        """
        if self.least_trials > 1:
            fitted = self.fit(x, y)
            bias = fitted.bias
        else:  # what is learnt is not given, so only as many axes are needed as there are stimuli
            a, b = checked_pair(x, y, self.least_stimuli)
            require_room(self.room(x, y), self.label)
            fitted = self.learnt(rotated(a, self.invariances), rotated(b, self.invariances))
            bias = fitted.bias or self.bias_of(a.shape[1], b.shape[1], a.shape[0])
        if bias:
            warnings.warn(f"{self.label}: {bias}", BiasWarning, stacklevel=3)
        return fitted.training_score

    def bias_of(self, x_units: int, y_units: int, stimuli: int) -> str:
        """Say why so many units find likeness in independent data; empty if they do not, or `Alignment.bias` tells."""
        return ""

    def room(self, x: Any, y: Any) -> int:
        """Give how many bytes calling it takes at most beside the activity."""
        pair = extent_of(x), extent_of(y)
        turned = "rotation" in self.invariances
        kept = [min(one.square, one.patterns) if turned else one.patterns for one in pair]
        reading = [
            one.square + max(one.columns(), one.square) + one.reading if turned else one.patterns for one in pair
        ]
        return FIXED + max(reading[0], kept[0] + reading[1], ROOM * max(kept) + sum(kept))

    @property
    def grows_with_units(self) -> bool:
        """Every alignment finds the more to align, the more units there are to a stimulus."""
        return True

    def sees_trials(self, side: int) -> bool:
        """Only if it needs several."""
        return self.least_trials > 1

    def of_parts(self, x: Any, y: Any) -> float:
        """Learn, and give the value on the stimuli that it was learnt from."""
        return self.learnt(x, y).training_score if x.ndim == y.ndim == 2 else self(x, y)

    @abstractmethod
    def learnt(self, x: np.ndarray, y: np.ndarray) -> Alignment:
        """Learn from two float64 arrays that were checked: (stimulus, unit), or with trials if it needs them."""


def _read(x: Any, y: Any, least: int, least_trials: int) -> tuple[np.ndarray, np.ndarray]:
    return aligned(x, y, least) if least_trials == 1 else aligned_trials(x, y, least, least_trials)


def bias_of_units(x: np.ndarray, y: np.ndarray) -> str:
    """Say what is wrong where units outnumber stimuli; empty if nothing is."""
    return bias_of_counts(max(x.shape[-1], y.shape[-1]), len(x))


def bias_of_counts(units: int, stimuli: int) -> str:
    """Say the same of so many units and stimuli."""
    if units <= stimuli:
        return ""
    return (
        f"{units} units and {stimuli} stimuli; with more units than stimuli the best alignment makes independent "
        "subjects look alike. Score held-out stimuli (fit, then score), or take debiased CKA, or more stimuli"
    )
