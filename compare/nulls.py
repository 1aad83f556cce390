"""What a similarity is held against: subjects that share the stimuli but not what is claimed."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.errors import InvalidActivityError
from compare.subjects import checked_activity
from isocortex.seeds import generator

__all__ = ["shuffled_stimuli", "side_of_null"]


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


def side_of_null(name: str, null: Mapping[str, Any], layers: list[str], regions: list[str]) -> str:
    """Say whether a null stands in for the layers or for the regions: whichever bear its names.

    Raises
    ------
    InvalidActivityError
        If its names are not all layers or all regions, or are both.
    """
    names = set(null)
    fits = [side for side, known in (("layers", layers), ("regions", regions)) if names <= set(known)]
    if not names or not fits:
        unknown = sorted(names - set(layers)) if names & set(layers) else sorted(names - set(regions))
        raise InvalidActivityError(
            f"nulls[{name!r}]: must be named as the layers or as the regions are; {', '.join(unknown) or 'it is empty'}"
        )
    if len(fits) == 2:
        raise InvalidActivityError(f"nulls[{name!r}]: {', '.join(sorted(names))} name both layers and regions")
    return fits[0]
