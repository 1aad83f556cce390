"""Watching one number of the history: reading it, and knowing what is better."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ann.checks import finite_number
from ann.errors import InvalidTypeError, InvalidValueError
from ann.metrics import smaller_is_better
from isocortex.errors import nearest

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["Monitor", "count"]

MODES = ("auto", "min", "max")


class Monitor:
    """Reads one number of the history and compares it with an earlier one.

    Parameters
    ----------
    owner : str
        Whose it is, for error messages.
    name : str
        Which number of the history.
    mode : {"auto", "min", "max"}
        Whether smaller or larger is better; ``"auto"`` takes smaller for losses and errors, larger for the rest, and
        asks a metric of the model itself.
    min_delta : float
        What counts as an improvement.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If an argument is out of range or no such thing.
    """

    def __init__(self, owner: str, name: str, mode: str = "auto", min_delta: float = 0.0):
        if not isinstance(name, str):
            raise InvalidTypeError(f"{owner}.monitor: must be a name in the history such as 'val_loss', got {name!r}")
        if not finite_number(min_delta, f"{owner}.min_delta") >= 0:
            raise InvalidValueError(f"{owner}.min_delta: must not be negative, got {min_delta}")
        if mode not in MODES:
            raise InvalidValueError(f"{owner}.mode: unknown {mode!r}; {nearest(str(mode), MODES)}")
        self.owner = owner
        self.name = name
        self.min_delta = min_delta
        self.mode = mode
        self.larger = mode == "max" or (mode == "auto" and not smaller_is_better(name))

    def read(self, logs: Mapping[str, float], model: "Network") -> float:
        """Give the number, which is one of this model's.

        Raises
        ------
        InvalidValueError
            If the history has none of that name.
        """
        if self.name not in logs:
            raise InvalidValueError(f"{self.owner}.monitor: no {self.name!r} here; {nearest(self.name, logs)}")
        if self.mode == "auto":
            self.larger = not smaller_is_better(self.name, model.metrics)
        return logs[self.name]

    def better(self, value: float, best: float | None) -> bool:
        """Say whether `value` is better than `best`; anything is better than nothing, and than NaN.

        A small validation set may give NaN in one epoch and not in the next.

        Examples
        --------
        >>> Monitor("Checkpoint", "val_loss").better(0.1, 0.2)
        True
        """
        if best is None or np.isnan(best):
            return True
        return bool((value - best if self.larger else best - value) > self.min_delta)


def count(value: int, what: str) -> int:
    """Give a number of epochs, at least 0.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no whole number, or negative.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise InvalidTypeError(f"{what}: must be a number of epochs, got {value!r}")
    if value < 0:
        raise InvalidValueError(f"{what}: must not be negative, got {value}")
    return int(value)
