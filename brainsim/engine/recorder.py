"""State variables that are kept as a trial runs."""

import numpy as np

from brainsim.engine.operation import Compiled, Operation, doubles_at, integers_at

__all__ = ["recording"]


def recording(variable: np.ndarray, units: np.ndarray, every: int, first: int, samples: np.ndarray) -> Operation:
    """Give the operation that copies `variable` of `units`, int64, in every `every`-th step into `samples`.

    The first of them is sample number `first`, counted from step 0.
    """
    return Operation.of(copy_values, len(units), every, variable, units, samples, first)


@Compiled
def copy_values(arguments, step, row):  # type: ignore[no-untyped-def]
    """Copy the values at the end of the step, if it is one to be kept."""
    count, every = arguments[0], arguments[1]
    if step % every == 0:
        variable, units, samples = doubles_at(arguments[2]), integers_at(arguments[3]), doubles_at(arguments[4])
        row = (step // every - arguments[5]) * count
        for k in range(count):
            samples[row + k] = variable[units[k]]
    return 0
