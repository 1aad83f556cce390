"""State variables that are kept as a trial runs."""

import numpy as np

from brainsim.engine.operation import Compiled, Operation, doubles_at, integers_at

__all__ = ["recording"]


def recording(
    variable: np.ndarray, units: np.ndarray, places: np.ndarray, every: int, first: int, samples: np.ndarray
) -> Operation:
    """Give the operation that copies `variable` of some units in every `every`-th step.

    Parameters
    ----------
    variable : numpy.ndarray
        float64 (unit,).
    units, places : numpy.ndarray
        int64: from which unit to which place of a sample.
    every : int
        Steps between samples.
    first : int
        Number of the first sample, counted from step 0.
    samples : numpy.ndarray
        float64 (sample, place).
    """
    return Operation.of(copy_values, len(units), every, variable, units, samples, first, places, samples.shape[1])


@Compiled
def copy_values(arguments, step, row):  # type: ignore[no-untyped-def]
    """Copy the values at the end of the step, if it is one to be kept."""
    count, every = arguments[0], arguments[1]
    if step % every == 0:
        variable, units, samples = doubles_at(arguments[2]), integers_at(arguments[3]), doubles_at(arguments[4])
        places = integers_at(arguments[6])
        row = (step // every - arguments[5]) * arguments[7]
        for k in range(count):
            samples[row + places[k]] = variable[units[k]]
    return 0
