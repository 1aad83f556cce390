"""The loop of a trial: in every step every operation, in order, without the interpreter."""

import numpy as np
from numba import njit

from brainsim.engine.barrier import wait
from brainsim.engine.operation import call

__all__ = ["run_part", "run_steps"]


@njit(cache=True, nogil=True)
def run_steps(functions: np.ndarray, arguments: np.ndarray, step: int, stop: int, row: int) -> None:
    """Run steps `step` to `stop` - 1.

    Parameters
    ----------
    functions, arguments : numpy.ndarray
        Addresses of the operations' functions and of their arguments, int64, in the order in which they are called.
    step, stop : int
        First step, and the one after the last.
    row : int
        Row of the spike log that belongs to the first step.
    """
    while step < stop:
        for k in range(functions.size):
            call(functions[k], arguments[k], step, row)
        step += 1
        row += 1


@njit(cache=True, nogil=True)
def run_part(  # type: ignore[no-untyped-def]
    functions, arguments, before: int, step: int, stop: int, row: int, parts: int, barrier: int, yielding: int
) -> None:
    """Run one part of a network through steps `step` to `stop` - 1, while other threads run the others.

    The first `before` operations of a step find who spikes; all parts wait for each other before the rest, which
    delivers. One meeting a step will do: what a part writes in the next step, no other reads in this one.

    Parameters
    ----------
    functions, arguments, step, stop, row
        As for `run_steps`.
    before : int
        Operations before the meeting.
    parts : int
        How many threads meet.
    barrier, yielding : int
        Addresses, from `brainsim.engine.barrier`.
    """
    meetings = 0
    while step < stop:
        for k in range(before):
            call(functions[k], arguments[k], step, row)
        meetings += parts
        if not wait(barrier, meetings, yielding):
            return
        for k in range(before, functions.size):
            call(functions[k], arguments[k], step, row)
        step += 1
        row += 1
