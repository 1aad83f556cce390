"""What a distance is: options that do not change, called on activity, giving one number a pair of stimuli."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.room import FIXED, Extent, extent_of

__all__ = ["Distance"]


@dataclass(frozen=True)
class Distance(ABC):
    """How different a subject's responses to every two stimuli are.

    A distance is an object with its options; ``distance(x)`` gives a representational dissimilarity matrix (RDM). It
    never changes and may be shared among threads.

    Attributes
    ----------
    name : str
        By which `compare.rdm` finds it, with its default options.
    invariances : frozenset of str
        Which of `compare.measures.TRANSFORMATIONS` of the activity leave every distance as it is.
    homogeneous : bool
        Whether all activity multiplied by one positive number multiplies all distances by one number, if it does not
        leave them as they are.
    cross_validated : bool
        Whether its expected value is 0 for stimuli that the subject does not tell apart, so that it can be negative.
    least_trials : int
        How many trials it needs of each stimulus; 1 where the mean over trials is what is compared.
    """

    name: ClassVar[str]
    invariances: ClassVar[frozenset[str]] = frozenset()
    homogeneous: ClassVar[bool] = True
    cross_validated: ClassVar[bool] = False

    @property
    def label(self) -> str:
        """The distance in words, as a figure's axis shows it."""
        return f"{self.name} distance"

    @property
    def least_trials(self) -> int:
        """How many trials it needs of each stimulus."""
        return 1

    @property
    def without_noise(self) -> "Distance":
        """What stands in for it where a subject answers the same every time, so that there is no noise to allow for."""
        return self

    def room(self, x: Any) -> int:
        """Give how many bytes calling it takes at most beside the activity, from its shape alone.

        Parameters
        ----------
        x : array-like
            (stimulus, unit) or (stimulus, trial, unit).
        """
        return FIXED + self._room(extent_of(x))

    def _room(self, extent: Extent) -> int:
        """Give the same; by default that of one product of patterns with themselves, some units at a time."""
        return max(2 * extent.square + extent.columns(), extent.square + extent.pairs + extent.rows())

    @abstractmethod
    def __call__(self, x: Any) -> np.ndarray:
        """Compute the distances of every two stimuli.

        Parameters
        ----------
        x : array-like
            Activity (stimulus, unit) or (stimulus, trial, unit).

        Returns
        -------
        numpy.ndarray
            Condensed, in scipy's order.

        Raises
        ------
        InvalidActivityError, ActivityTypeError, TooFewStimuliError
            If the activity cannot be used.
        """
