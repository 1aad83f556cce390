"""Stimuli that no longer go with their responses."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.subjects import checked_activity
from isocortex.seeds import generator

__all__ = ["shuffled_stimuli"]


def shuffled_stimuli(activity: Mapping[str, Any], seed: int | np.random.Generator = 0) -> dict[str, np.ndarray]:
    """Give the activity with the stimuli's labels permuted, the same way for every layer or region.

    Every array keeps its patterns, its noise and its relation to the others; only what it says about the stimuli is
    gone.

    Parameters
    ----------
    activity : mapping of str to array-like
        Layers or regions, (stimulus[, trial], unit).
    seed : int or numpy.random.Generator
        Which permutation.

    Returns
    -------
    dict of str to numpy.ndarray

    Examples
    --------
    >>> shuffled = shuffled_stimuli({"V1": [[1.0], [2.0], [3.0]]}, seed=1)
    >>> sorted(shuffled["V1"].ravel().tolist())
    [1.0, 2.0, 3.0]
    """
    arrays = checked_activity(activity, "activity")
    count = len(next(iter(arrays.values())))
    order = (seed if isinstance(seed, np.random.Generator) else generator(seed, "shuffled stimuli")).permutation(count)
    return {name: array[order] for name, array in arrays.items()}
