"""A learning rate that is a function of the epoch."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ann.callbacks.callback import Callback
from ann.checks import positive
from ann.errors import InvalidTypeError, InvalidValueError
from ann.schedules import Schedule

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["LearningRateScheduler"]


class LearningRateScheduler(Callback):
    """Sets the learning rate before every epoch; for one that changes with every step see `ann.schedules`.

    Parameters
    ----------
    schedule : callable
        From the epoch, counted from 0, and the rate so far to the new rate.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no function, gives no positive number, or the optimiser follows a schedule of its own.

    Examples
    --------
    >>> halving = LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else rate)
    """

    def __init__(self, schedule: Callable[[int, float], float]):
        if not callable(schedule) or isinstance(schedule, Schedule):
            raise InvalidTypeError(
                f"LearningRateScheduler.schedule: must be a function of epoch and rate, got {schedule!r}; an object of "
                "ann.schedules is the learning_rate of an optimiser"
            )
        self.schedule = schedule

    def on_epoch_begin(self, epoch: int, model: "Network") -> None:
        """Set the rate."""
        rate = constant_rate(model, "LearningRateScheduler")
        set_rate(model, self.schedule(epoch, rate), "LearningRateScheduler")


def constant_rate(model: "Network", owner: str) -> float:
    """Give the learning rate of a model whose optimiser follows no schedule.

    Raises
    ------
    InvalidValueError
        If it follows one.
    """
    rate = getattr(model.optimizer, "learning_rate", None)
    if not isinstance(rate, (int, float)):
        raise InvalidValueError(f"{owner}: the optimiser has no constant learning rate to change, but {rate!r}")
    return rate


def set_rate(model: "Network", rate: Any, owner: str) -> None:
    """Change the learning rate of a model's optimiser.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no positive number.
    """
    if model.optimizer is not None:
        model.optimizer.learning_rate = positive(rate, f"{owner}: the learning rate")
