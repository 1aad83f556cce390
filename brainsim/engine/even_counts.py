"""Poisson counts of one mean for all units: a word's count is how many limits it reaches.

Comparing 64 words with one limit after the other takes no branch and no look-up, so it stays in the vector unit.
"""

import numpy as np

from brainsim.engine.draws import CHUNK, SCALE, fill_chunk
from brainsim.engine.operation import Compiled, Operation, doubles_at, integers_at, uints_at

__all__ = ["even_counts"]


def even_counts(
    key: np.ndarray, limits: np.ndarray, lowest: int, weight: float, variable: np.ndarray, first: int = 0
) -> Operation:
    """Give the operation that adds `weight` times each unit's count to `variable`.

    Parameters
    ----------
    key : numpy.ndarray
        int64 (4,), read in every step.
    limits : numpy.ndarray
        Rising (count,): a word below the first gives `lowest`, below the second one more, and so on.
    lowest : int
        Smallest count.
    weight : float
        What each count is worth.
    variable : numpy.ndarray
        float64 (unit,).
    first : int
        Number of its first unit within the population: a multiple of 64.
    """
    reached = limits[limits < SCALE].astype(np.uint32)
    numbers = np.array([weight, float(lowest)])
    return Operation.of(add_even_counts, len(variable), first, key, variable, len(reached), reached, numbers)


@Compiled
def add_even_counts(arguments, step, row):  # type: ignore[no-untyped-def]
    """Add the weighted counts of a background to a variable."""
    size, first, width = arguments[0], arguments[1], arguments[4]
    key, variable, limits = integers_at(arguments[2]), doubles_at(arguments[3]), uints_at(arguments[5])
    weight, lowest = doubles_at(arguments[6])[0], doubles_at(arguments[6])[1]
    drawn, counts = np.empty(CHUNK, np.uint32), np.empty(CHUNK, np.uint32)
    for start in range(0, size, CHUNK):
        fill_chunk((first + start) // CHUNK, step, key, drawn)
        counts[:] = 0
        for place in range(width):
            limit = limits[place]
            for k in range(CHUNK):
                counts[k] += np.uint32(drawn[k] >= limit)
        for k in range(min(CHUNK, size - start)):
            variable[start + k] += weight * (lowest + counts[k])
    return 0
