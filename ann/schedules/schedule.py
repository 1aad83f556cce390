"""What a schedule is."""

from abc import ABC, abstractmethod

from ann.registry import Configurable

__all__ = ["Schedule"]


class Schedule(Configurable, ABC):
    """A learning rate as a function of the number of steps already taken.

    It remembers nothing: the optimiser counts the steps, and a run that is resumed goes on where it was.
    """

    @abstractmethod
    def __call__(self, step: int) -> float:
        """Give the learning rate of this step, counted from 0."""
