"""Spike counts that have a recording's rates and nothing else of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.checks import is_count
from compare.errors import InvalidActivityError, InvalidOptionError
from compare.subjects import activity
from isocortex.errors import nearest
from isocortex.seeds import generator

__all__ = ["poisson_surrogate"]

KEEP = ("rates", "tuning")


def poisson_surrogate(
    counts: Any, seed: int | np.random.Generator = 0, *, keep: str = "rates", trials: int | None = None
) -> dict[str, np.ndarray]:
    """Give Poisson counts of the same mean rates as a recording's, every unit and trial independent of all others.

    With ``keep="rates"`` each unit has its mean over stimuli and trials, whatever the stimulus. *Keeps*: which units
    fire much. *Destroys*: what they say about stimuli. With ``keep="tuning"`` each unit has for each stimulus its mean
    over trials. *Keeps*: tuning (the means that trials give, noise included). *Destroys*: correlations between units
    beyond tuning, and any variability that is not Poisson.

    Parameters
    ----------
    counts : brainsim.Recording or mapping of str to array-like
        Spike counts, (stimulus[, trial], unit).
    seed : int or numpy.random.Generator
        Of the counts.
    keep : {"rates", "tuning"}
        What stays.
    trials : int, optional
        How many to draw; as many as there are by default.

    Returns
    -------
    dict of str to numpy.ndarray of int64
        (stimulus, trial, unit).

    Raises
    ------
    InvalidActivityError, ActivityTypeError
        If these are no counts.
    InvalidOptionError
        If an option cannot be used.

    Examples
    --------
    >>> surrogate = poisson_surrogate({"V1": [[0, 90], [0, 110]]}, seed=1)
    >>> surrogate["V1"].shape, surrogate["V1"][:, 0, 0].tolist()
    ((2, 1, 2), [0, 0])
    """
    if keep not in KEEP:
        raise InvalidOptionError(f"keep: {keep!r} is unknown; {nearest(str(keep), KEEP)}")
    if trials is not None and not is_count(trials, 1):
        raise InvalidOptionError(f"trials: must be a whole number from 1, got {trials!r}")
    known: Mapping[str, np.ndarray] = activity(counts)
    found = {}
    for name, array in known.items():
        values = np.asarray(array)
        if (values < 0).any() or (values != np.rint(values)).any():
            raise InvalidActivityError(f"counts[{name!r}]: must be spike counts, whole and not negative")
        rng = seed if isinstance(seed, np.random.Generator) else generator(seed, "poisson surrogate", name)
        mean = values.mean(axis=(0, 1) if keep == "rates" else 1, keepdims=True)
        shape = (values.shape[0], trials or values.shape[1], values.shape[2])
        found[name] = rng.poisson(np.broadcast_to(mean, shape))
    return found
