"""What does not vary: patterns that are the same over all units, and units that never change."""

from typing import Any

import numpy as np

from compare.measures.blocks import BLOCK, rows_at_once
from compare.measures.patterns import CONSTANT, checked_patterns, stimulus_trial_unit

__all__ = ["silent_patterns", "silent_units", "without_mean"]

FEW = 16


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
    patterns = checked_patterns(x, least=1)
    # Most patterns vary among their first units already; only those that do not are read to the end.
    some = patterns.columns(0, FEW)
    largest = np.abs(some).max(axis=1)
    flat = np.ptp(some, axis=1) <= 4 * CONSTANT * np.sqrt(patterns.shape[1]) * largest
    step = rows_at_once(*patterns.shape)
    for these in np.split(found := np.flatnonzero(flat), range(step, found.size, step)):
        flat[these] = without_mean(patterns.rows(these))[2]
    return flat


def silent_units(x: Any) -> np.ndarray:
    """Say which units give one and the same number for every stimulus and trial (silence above all).

    Parameters
    ----------
    x : array-like
        (stimulus[, trial], unit).

    Returns
    -------
    numpy.ndarray of bool
        One value a unit.

    Examples
    --------
    >>> silent_units([[0, 3, 0], [1, 3, 0]])
    array([False,  True,  True])
    """
    array = stimulus_trial_unit(x)
    # Most units vary among the first stimuli already.
    silent = _constant(array[:FEW])
    step = max(BLOCK // (len(array) * array.shape[1]), 1)
    for these in np.split(found := np.flatnonzero(silent), range(step, found.size, step)):
        silent[these] = _constant(array[:, :, these])
    return silent


def _constant(array: np.ndarray) -> np.ndarray:
    high, low = array.max(axis=(0, 1)).astype(np.float64), array.min(axis=(0, 1)).astype(np.float64)
    return high - low <= CONSTANT * np.maximum(np.abs(high), np.abs(low))


def without_mean(patterns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Remove each pattern's mean over units; give the rest, its length, and whether it is nothing but rounding.

    A view is left as it was; patterns that own their memory, a copy then, are written into.
    """
    mean = patterns.mean(axis=1)
    difference = np.subtract(patterns, mean[:, None], out=patterns if patterns.flags.owndata else None)
    squared = np.einsum("ij,ij->i", difference, difference)
    return difference, np.sqrt(squared), squared <= CONSTANT**2 * patterns.shape[1] * mean**2
