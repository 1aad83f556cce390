"""Lengths of time and times in ms as steps."""

from typing import Any

import numpy as np

from brainsim.errors import ParameterError

__all__ = ["MOST_STEPS", "steps_holding", "whole_steps"]

MOST_STEPS = 2**31 - 1  # of a trial: spikes are stored with the number of their step
TOLERANCE = 1e-3  # of a step, as Brian2 has it


def whole_steps(length: float, dt: float, where: str) -> int:
    """Give how many steps of `dt` a length of time is, both in ms.

    It must be a whole number of steps but for what floating point makes of it: within a millionth of a step, or a few
    units in the last place of the length itself.

    Raises
    ------
    ParameterError
        If it is not, or there are more steps than a spike's step can number.

    Examples
    --------
    >>> whole_steps(0.3, 0.1, "length"), whole_steps(1e6, 0.1, "length")
    (3, 10000000)
    """
    if not length / dt <= MOST_STEPS:
        raise ParameterError(f"{where}: {length:g} ms are more than {MOST_STEPS} steps of {dt:g} ms; raise dt")
    steps = round(length / dt)
    if steps < 1 or abs(steps * dt - length) > max(1e-6 * dt, 4e-16 * length):
        raise ParameterError(f"{where}: must be a whole number of steps of {dt:g} ms, got {length:g} ms")
    return steps


def steps_holding(times: Any, dt: float) -> np.ndarray:
    """Give the steps that hold these times in ms, int64; a time just before a step's start counts as its start.

    Examples
    --------
    >>> steps_holding([0.0, 0.09, 0.3], 0.1)
    array([0, 0, 3])
    """
    return np.floor(np.asarray(times, dtype=np.float64) / dt + TOLERANCE).astype(np.int64)
