"""The loop of a trial: in every step every operation, in order, without the interpreter."""

import numpy as np
from numba import njit

from brainsim.engine.operation import call

__all__ = ["run_steps"]


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
