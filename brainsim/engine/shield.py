"""A variable that stands still in refractoriness takes nothing that arrives then.

Instead of asking at every arrival, what the refractory units hold is kept while everything is delivered, and put back.
They are the units that spiked in the last steps, so they need not be searched.
"""

import numpy as np

from brainsim.engine.operation import Compiled, Operation, doubles_at, integers_at, uints_at

__all__ = ["shield"]


def shield(log: np.ndarray, ends: np.ndarray, hold: int, variable: np.ndarray) -> tuple[Operation, Operation]:
    """Give the operations that keep `variable` of refractory units, and that put it back.

    Parameters
    ----------
    log, ends : numpy.ndarray
        The group's spikes.
    hold : int
        Steps that a unit is refractory.
    variable : numpy.ndarray
        float64 (unit,).
    """
    kept = np.empty(len(variable))
    arguments = (log, ends, hold, variable, kept)
    return Operation.of(keep, *arguments), Operation.of(put_back, *arguments)


@Compiled
def keep(arguments, step, row):  # type: ignore[no-untyped-def]
    """Copy the values of refractory units."""
    log, ends, hold = uints_at(arguments[0]), integers_at(arguments[1]), arguments[2]
    variable, kept = doubles_at(arguments[3]), doubles_at(arguments[4])
    begin = ends[row - hold + 1]
    for position in range(begin, ends[row + 1]):
        kept[position - begin] = variable[log[position]]
    return 0


@Compiled
def put_back(arguments, step, row):  # type: ignore[no-untyped-def]
    """Copy them back."""
    log, ends, hold = uints_at(arguments[0]), integers_at(arguments[1]), arguments[2]
    variable, kept = doubles_at(arguments[3]), doubles_at(arguments[4])
    begin = ends[row - hold + 1]
    for position in range(begin, ends[row + 1]):
        variable[log[position]] = kept[position - begin]
    return 0
