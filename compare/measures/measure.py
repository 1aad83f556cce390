"""What a measure is: options that do not change, learnt on some stimuli and scored on the same or on others."""

import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from compare.errors import BiasWarning
from compare.measures.blocks import Patterns
from compare.measures.patterns import aligned

__all__ = ["Fitted", "Measure", "StimulusMeasure", "warn_of_bias"]


class Fitted(Protocol):
    """What a measure has learnt from some stimuli: an alignment, a regression, or nothing."""

    def score(self, x: Any, y: Any) -> float:
        """Give the measure's value on stimuli, these or others, under what was learnt."""


@dataclass(frozen=True)
class Measure(ABC):
    """How alike the activities of two subjects are, as one number.

    A measure is an object with its options. ``measure(x, y)`` learns from stimuli and scores the same ones;
    ``measure.fit(x, y).score(x_new, y_new)`` scores others, so that no alignment profits from its own noise. What is
    fitted is a new object: a measure itself never changes and may be shared among threads.

    Attributes
    ----------
    invariances : frozenset of str
        Which of `TRANSFORMATIONS` of one subject leave it as it is; it sees all the others.
    greater_is_closer : bool
        False for distances.
    symmetric : bool
        Whether ``measure(x, y) == measure(y, x)``.
    by_chance : bool
        Whether it draws something at random (folds, batches), which is another one for other stimuli.
    least_stimuli : int
        How many stimuli it needs.
    least_trials : int
        How many trials it needs of each stimulus; 1 where the mean over trials is compared.
    """

    invariances: ClassVar[frozenset[str]] = frozenset()
    greater_is_closer: ClassVar[bool] = True
    symmetric: ClassVar[bool] = True
    by_chance: ClassVar[bool] = False

    @property
    @abstractmethod
    def label(self) -> str:
        """The measure in words, as a figure's axis shows it."""

    @property
    def least_stimuli(self) -> int:
        """How many stimuli it needs."""
        return 2

    @property
    def least_trials(self) -> int:
        """How many trials of each stimulus it needs."""
        return 1

    @property
    def grows_with_units(self) -> bool:
        """Whether independent subjects look alike once units outnumber stimuli."""
        return False

    def cosine(self, value: float) -> float:
        """Give a value of the measure as the cosine that it is of; NaN where it is none.

        What noise does to a cosine is known (a ceiling is the root of a reliability); it is not of an angle.
        """
        return value

    @abstractmethod
    def fit(self, x: Any, y: Any) -> Fitted:
        """Learn from stimuli what takes one subject to the other.

        Parameters
        ----------
        x, y : array-like
            Activity (stimulus, unit) or (stimulus, trial, unit).

        Raises
        ------
        InvalidActivityError, ActivityTypeError, TooFewStimuliError
            If the activity cannot be used.
        """

    def __call__(self, x: Any, y: Any) -> float:
        """Compare two subjects on the stimuli that are given."""
        return self.fit(x, y).score(x, y)

    def sees_trials(self, side: int) -> bool:
        """Say whether more of x (side 0) or of y (side 1) is needed than its mean over trials."""
        return True

    def part(self, x: np.ndarray, side: int) -> Any:
        """Give what one subject brings to every comparison on the same stimuli, to be computed once for all of them.

        Parameters
        ----------
        x : numpy.ndarray
            (stimulus, unit) in float64, or (stimulus, trial, unit) where the measure sees trials; checked.
        side : int
            0 for x, 1 for y.
        """
        return x

    def of_parts(self, x: Any, y: Any) -> float:
        """Give the measure from two parts, without the warnings of bias that all stimuli have given already."""
        return self(x, y)

    def relabelled(self, part: Any, order: np.ndarray) -> Any:
        """Give a part after stimulus ``order[i]`` has taken the place of stimulus i."""
        return part[order]


@dataclass(frozen=True)
class StimulusMeasure(Measure):
    """A measure that learns nothing: whatever stimuli it is given, it compares the two subjects on these."""

    def fit(self, x: Any, y: Any) -> "StimulusMeasure":
        """Check that the two can be compared; there is nothing to learn."""
        aligned(x, y, self.least_stimuli)
        return self

    def score(self, x: Any, y: Any) -> float:
        """Compare the two on these stimuli.

        Raises
        ------
        InvalidActivityError, ActivityTypeError, TooFewStimuliError
            If the activity cannot be used.
        """
        a, b = aligned(x, y, self.least_stimuli)
        if self.grows_with_units:
            warn_of_bias(self.label, a, b)
        return self.of_patterns(a, b)

    def __call__(self, x: Any, y: Any) -> float:
        """Compare two subjects on the stimuli that are given."""
        return self.score(x, y)

    def sees_trials(self, side: int) -> bool:
        """Only if it needs several."""
        return self.least_trials > 1

    def of_parts(self, x: np.ndarray, y: np.ndarray) -> float:
        """Compare the patterns."""
        return self.of_patterns(x, y) if x.ndim == y.ndim == 2 else self(x, y)

    @abstractmethod
    def of_patterns(self, x: np.ndarray, y: np.ndarray) -> float:
        """Compare two float64 matrices (stimulus, unit) that were checked."""


def warn_of_bias(label: str, *patterns: np.ndarray | Patterns) -> None:
    """Warn where units outnumber the stimuli of a measure that this raises.

    Parameters
    ----------
    label : str
        The measure in words.
    *patterns : numpy.ndarray or Patterns
        (stimulus, unit).
    """
    stimuli = patterns[0].shape[0]
    units = max(matrix.shape[1] for matrix in patterns)
    if units > stimuli:
        warnings.warn(
            f"{label}: {units} units and {stimuli} stimuli; with more units than stimuli independent subjects look "
            "alike. Take a debiased or cross-validated measure, more stimuli, or fewer dimensions",
            BiasWarning,
            stacklevel=4,
        )
