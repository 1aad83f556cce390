"""How much memory a comparison takes beside the activity itself, known before any is taken."""

from collections.abc import Collection

import numpy as np

from compare.inference.pair_form import pair_form
from compare.measures.measure import Measure
from compare.measures.rsa import RSA
from compare.room import FIXED, Extent, extent_of, require_memory
from isocortex.threads import resolve_threads

__all__ = ["bytes_for_map", "require_room"]

COPIES = 3  # of one subject's mean over trials while it is prepared: the mean, what is left of it, a factor of it
VECTORS = 5  # of a subject's pairs: as prepared, as put together, as kept, as centred, and as sorted for ranks


def bytes_for_map(arrays: Collection[np.ndarray], measure: Measure, threads: int | None = None) -> int:
    """Estimate the bytes that are taken at most beside the activity.

    Subjects are prepared one a thread; of each remain its values over pairs of stimuli or, for other measures, its
    patterns.

    Parameters
    ----------
    arrays : collection of numpy.ndarray
        (stimulus, trial, unit) of every subject.
    measure : Measure
        Of the comparison.
    threads : int, optional
        How many subjects are prepared at once.

    Examples
    --------
    >>> bytes_for_map([np.zeros((100, 1, 5000))] * 4, RSA(), threads=1)
    15374912
    """
    extents = [extent_of(array) for array in arrays]
    preparing = sorted((_preparing(measure, array) for array in arrays), reverse=True)
    at_once = FIXED + sum(preparing[: resolve_threads(threads)])
    if pair_form(measure) is not None:
        return at_once + VECTORS * sum(extent.pairs for extent in extents)
    return at_once + sum(_kept(measure, extent) for extent in extents)


def _preparing(measure: Measure, array: np.ndarray) -> int:
    """Give what preparing one subject takes, see `compare.inference.preparation`."""
    extent = extent_of(array)
    if isinstance(measure, RSA):
        used = [distance.without_noise if extent.trials == 1 else distance for distance in measure.distances]
        return max(distance.room(array) for distance in used) - FIXED
    if pair_form(measure) is not None:
        return 2 * extent.square + extent.columns() + extent.reading
    return COPIES * _kept(measure, extent) + extent.columns() + extent.reading


def _kept(measure: Measure, extent: Extent) -> int:
    """Give what is kept of a subject that is no vector over pairs."""
    if isinstance(measure, RSA):
        return extent.square
    return min(extent.square, extent.patterns) if "rotation" in measure.invariances else extent.patterns


def require_room(arrays: Collection[np.ndarray], measure: Measure, threads: int | None = None) -> None:
    """Refuse a comparison that will not fit.

    Raises
    ------
    MemoryLimitError
        Says how much is needed and how much is free.
    """
    needed = bytes_for_map(arrays, measure, threads)
    require_memory(needed, "map_layers", "show fewer stimuli, compare fewer subjects at a time, or take threads=1")
