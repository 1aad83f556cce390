"""Representational dissimilarity matrices: how different the patterns of every two stimuli are.

Kriegeskorte, Mur and Bandettini (2008), Frontiers in Systems Neuroscience 2:4, doi:10.3389/neuro.06.004.2008.
"""

from typing import Any

import numpy as np

from compare.measures.distances import DISTANCES, Distance, as_distance
from compare.measures.silence import silent_patterns, silent_units
from compare.room import require_room

__all__ = ["DISTANCES", "rdm", "silent_patterns", "silent_units"]


def rdm(x: Any, distance: str | Distance = "correlation") -> np.ndarray:
    """Compute a representational dissimilarity matrix.

    Parameters
    ----------
    x : array-like
        Activity (stimulus, unit), or (stimulus, trial, unit).
    distance : str or Distance
        Of the mean over trials: ``"correlation"``, ``1 - r`` of patterns over units; ``"euclidean"``, squared, divided
        by the number of units; ``"mahalanobis"``, the same in units of the noise among trials; ``"poisson"``, the
        symmetrised divergence of counts. Between trials, cross-validated: ``"crossnobis"`` and ``"poisson-cv"``, which
        are 0 on average for stimuli that are not told apart, and may be negative. An object such as
        ``Crossnobis(precision=...)`` (`compare.measures`) carries options.

    Returns
    -------
    numpy.ndarray
        The upper triangle, condensed in scipy's order (`square_rdm` unfolds it). Pairs with a pattern that has no
        variance are NaN under ``"correlation"``, never 0: `silent_patterns` names them.

    Raises
    ------
    InvalidOptionError
        If there is no such distance.
    TooFewStimuliError
        If there are fewer than 2 stimuli, or fewer trials than the distance needs.
    InvalidActivityError, ActivityTypeError
        If the activity cannot be used.
    MemoryLimitError
        If it would not fit into memory; nothing has been taken by then.

    Examples
    --------
    >>> rdm([[1, 2, 3], [3, 2, 1], [1, 3, 2]]).round(6)
    array([2. , 0.5, 1.5])
    """
    measure = as_distance(distance)
    require_room(measure.room(x), measure.label)
    return measure(x)
