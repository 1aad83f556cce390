"""How much memory a comparison takes beside the activity itself, known before any is taken."""

from collections.abc import Collection

import numpy as np

from compare.subjects.collected import require_memory
from isocortex.threads import resolve_threads

__all__ = ["bytes_for_map", "require_room"]

NUMBER = np.dtype(np.float64).itemsize
COPIES = 3  # of one subject's mean over trials while it is prepared: the mean, what is left of it, a factor of it
VECTORS = 3  # of a subject's pairs: as prepared, as kept, and as sorted for ranks


def bytes_for_map(arrays: Collection[np.ndarray], by_pairs: bool, threads: int | None = None) -> int:
    """Estimate the bytes that are taken at most beside the activity.

    Subjects are prepared one a thread; of each remain its values over pairs of stimuli or, for other measures, its
    patterns.

    Parameters
    ----------
    arrays : collection of numpy.ndarray
        (stimulus, trial, unit) of every subject.
    by_pairs : bool
        Whether the measure is a cosine of pairs of stimuli.
    threads : int, optional
        How many subjects are prepared at once.

    Examples
    --------
    >>> bytes_for_map([np.zeros((100, 1, 5000))] * 4, True, threads=1)
    12475200
    """
    patterns = sorted((len(array) * array.shape[2] * NUMBER for array in arrays), reverse=True)
    at_once = COPIES * sum(patterns[: resolve_threads(threads)])
    if by_pairs:
        stimuli = max(len(array) for array in arrays)
        return at_once + VECTORS * len(patterns) * stimuli * (stimuli - 1) // 2 * NUMBER
    return at_once + sum(patterns)


def require_room(arrays: Collection[np.ndarray], by_pairs: bool, threads: int | None = None) -> None:
    """Refuse a comparison that will not fit.

    Raises
    ------
    MemoryLimitError
        Says how much is needed and how much is free.
    """
    needed = bytes_for_map(arrays, by_pairs, threads)
    require_memory(needed, "map_layers", "show fewer stimuli, compare fewer subjects at a time, or take threads=1")
