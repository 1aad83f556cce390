"""Representational dissimilarity matrices: how different the patterns of every two stimuli are.

Kriegeskorte, Mur and Bandettini (2008), Frontiers in Systems Neuroscience 2:4, doi:10.3389/neuro.06.004.2008.
"""

from typing import Any

import numpy as np

from compare.errors import InvalidOptionError
from compare.measures.invariances import invariant_to
from compare.measures.patterns import CONSTANT, as_patterns
from isocortex.errors import nearest

__all__ = ["DISTANCES", "correlation_distance", "euclidean_distance", "rdm", "silent_patterns"]


def silent_patterns(x: Any) -> np.ndarray:
    """Say for which stimuli all units respond alike (silence above all), so that no correlation exists.

    Parameters
    ----------
    x : array-like
        (stimulus[, trial], unit).

    Returns
    -------
    numpy.ndarray of bool
        One value a stimulus.

    Examples
    --------
    >>> silent_patterns([[0, 0, 0], [1, 2, 3], [4, 4, 4]])
    array([ True, False,  True])
    """
    return _centred_rows(as_patterns(x, least=1))[2]


@invariant_to("pattern offset", "scale", "pattern scale", "permutation")
def correlation_distance(x: Any) -> np.ndarray:
    """One minus Pearson's correlation of the two patterns over units; NaN where a pattern has no variance."""
    difference, length, flat = _centred_rows(as_patterns(x))
    first, second = np.triu_indices(len(difference), 1)
    length[flat] = np.nan
    cosines = (difference @ difference.T)[first, second] / length[first] / length[second]
    distances = 1.0 - np.clip(cosines, -1.0, 1.0)
    return distances


@invariant_to("translation", "permutation", "rotation")
def euclidean_distance(x: Any) -> np.ndarray:
    """Squared Euclidean distance of the two patterns, divided by the number of units."""
    from scipy.spatial.distance import pdist

    patterns = as_patterns(x)
    # Differences taken one by one are exact where patterns are equal; the faster |a|² + |b|² - 2ab is not.
    return pdist(patterns, "sqeuclidean") / patterns.shape[1]


DISTANCES = {"correlation": correlation_distance, "euclidean": euclidean_distance}
"""The distances by name."""


def rdm(x: Any, distance: str = "correlation") -> np.ndarray:
    """Compute a representational dissimilarity matrix.

    Parameters
    ----------
    x : array-like
        Activity (stimulus, unit), or (stimulus, trial, unit), of which the mean over trials is taken.
    distance : str
        ``"correlation"``: ``1 - r``, each pattern's mean over units removed. ``"euclidean"``: squared, divided by
        the number of units.

    Returns
    -------
    numpy.ndarray
        The upper triangle, condensed in scipy's order (``scipy.spatial.distance.squareform`` unfolds it). Pairs
        with a pattern that has no variance are NaN under ``"correlation"``, never 0: `silent_patterns` names them.

    Raises
    ------
    InvalidOptionError
        If there is no such distance.
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used.

    Examples
    --------
    >>> rdm([[1, 2, 3], [3, 2, 1], [1, 3, 2]]).round(6)
    array([2. , 0.5, 1.5])
    """
    if distance not in DISTANCES:
        raise InvalidOptionError(f"distance: there is no {distance!r}; {nearest(distance, DISTANCES)}")
    return DISTANCES[distance](x)


def _centred_rows(patterns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Remove each pattern's mean over units; give the rest, its length, and whether it is nothing but rounding."""
    mean = patterns.mean(axis=1)
    difference = patterns - mean[:, None]
    squared = np.einsum("ij,ij->i", difference, difference)
    return difference, np.sqrt(squared), squared <= CONSTANT**2 * patterns.shape[1] * mean**2
