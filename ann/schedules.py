"""Learning rates that change with the steps of training; a plain number stays what it is."""

import math
from abc import ABC, abstractmethod
from typing import Any

from ann.errors import InvalidTypeError, InvalidValueError
from ann.registry import Configurable, resolve

__all__ = ["CosineDecay", "ExponentialDecay", "Schedule", "get"]


class Schedule(Configurable, ABC):
    """A learning rate as a function of the number of steps already taken."""

    @abstractmethod
    def __call__(self, step: int) -> float:
        """Give the learning rate of this step, counted from 0."""


class CosineDecay(Schedule):
    r"""Falls from the initial rate to `alpha` times it along half a cosine (Loshchilov and Hutter 2017, ICLR).

    Parameters
    ----------
    initial_learning_rate : float
        Where it begins.
    decay_steps : int
        After how many steps it ends; it stays there from then on.
    alpha : float
        Where it ends, as a share of the initial rate.

    Examples
    --------
    >>> [round(CosineDecay(0.1, 100)(step), 3) for step in (0, 50, 100, 200)]
    [0.1, 0.05, 0.0, 0.0]
    """

    def __init__(self, initial_learning_rate: float, decay_steps: int, alpha: float = 0.0):
        self.initial_learning_rate = positive(initial_learning_rate, "CosineDecay.initial_learning_rate")
        self.decay_steps = positive(decay_steps, "CosineDecay.decay_steps")
        if not 0 <= alpha <= 1:
            raise InvalidValueError(f"CosineDecay.alpha: must lie between 0 and 1, got {alpha}")
        self.alpha = alpha

    def __call__(self, step: int) -> float:
        """Give the rate."""
        share = (1 + math.cos(math.pi * min(step / self.decay_steps, 1))) / 2
        return self.initial_learning_rate * (self.alpha + (1 - self.alpha) * share)


class ExponentialDecay(Schedule):
    """Multiplies the rate by `decay_rate` every `decay_steps` steps, smoothly.

    Parameters
    ----------
    initial_learning_rate, decay_steps, decay_rate : float
        Where it begins, and by how much it changes in how many steps.
    """

    def __init__(self, initial_learning_rate: float, decay_steps: int, decay_rate: float):
        self.initial_learning_rate = positive(initial_learning_rate, "ExponentialDecay.initial_learning_rate")
        self.decay_steps = positive(decay_steps, "ExponentialDecay.decay_steps")
        self.decay_rate = positive(decay_rate, "ExponentialDecay.decay_rate")

    def __call__(self, step: int) -> float:
        """Give the rate."""
        return self.initial_learning_rate * self.decay_rate ** (step / self.decay_steps)


_CHOICES = {"CosineDecay": CosineDecay, "ExponentialDecay": ExponentialDecay}


def get(rate: Any, what: str) -> float | Schedule:
    """Give a learning rate: a positive number as it is, a schedule from its configuration.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is neither.
    """
    if isinstance(rate, Schedule):
        return rate
    if isinstance(rate, dict):
        return resolve(rate, Schedule, _CHOICES, what)
    return positive(rate, what)


def positive(value: Any, what: str) -> float:
    """Give `value` if it is a positive, finite number.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no number, or not positive and finite.
    """
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise InvalidTypeError(f"{what}: must be a number, got {value!r}") from error
    if isinstance(value, str):
        raise InvalidTypeError(f"{what}: must be a number, got {value!r}")
    if not 0 < number < math.inf:
        raise InvalidValueError(f"{what}: must be positive, got {value}")
    return value if isinstance(value, (int, float)) else number
