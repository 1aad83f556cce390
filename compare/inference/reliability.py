"""How reliable each unit's mean response is: what bounds the prediction of it.

Spearman (1910), British Journal of Psychology 3:271-295, doi:10.1111/j.2044-8295.1910.tb00206.x; Brown (1910),
same volume, 296-322. The reliability ρ is the correlation of two measurements of T trials each, and so already a share
of variance: a model that knows the noise-free response correlates with one such measurement by √ρ and explains ρ of
its variance. A correlation is divided by √ρ, an explained variance by ρ; neither is ever divided by ρ².
"""

from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.checks import check_count
from compare.errors import TooFewStimuliError
from compare.measures.blocks import columns_at_once
from compare.measures.patterns import CONSTANT, stimulus_trial_unit
from isocortex.seeds import generator

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["half_splits", "reliability", "spearman_brown", "unit_reliability"]


def reliability(x: Any, splits: int = 10, seed: int | np.random.Generator = 0) -> "xr.DataArray":
    """Estimate the reliability of each unit's mean over trials, by correlating halves of the trials.

    ``r`` is the Pearson correlation over stimuli of the means of two disjoint halves of the trials, averaged over
    splits; Spearman and Brown's formula takes it from ``h`` trials in a half to all ``T``:
    ``ρ = k r / (1 + (k - 1) r)`` with ``k = T / h``, which is ``2 r / (1 + r)`` for an even number.

    Parameters
    ----------
    x : array-like or xarray.DataArray
        (stimulus, trial, unit), at least 2 trials and 3 stimuli.
    splits : int
        How many different halvings are averaged; all of them where there are no more.
    seed : int or numpy.random.Generator
        Of the halvings.

    Returns
    -------
    xarray.DataArray
        (unit): at most 1. NaN for a silent unit, whose mean does not vary over stimuli; at most 0 where the halves
        agree no more than by chance (then there is nothing that could be predicted: exclude the unit, and say so). A
        half in which a unit does not vary, though it does in others, agrees with nothing: it counts as r = 0.

    Raises
    ------
    TooFewStimuliError
        If there are fewer than 2 trials or 3 stimuli.
    InvalidOptionError
        If `splits` is below 1.
    InvalidActivityError, ActivityTypeError
        If the activity cannot be used.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(500, 1, 3)) + rng.normal(size=(500, 4, 3))  # signal and noise of variance 1: 4 / 5
    >>> reliability(x).round(1).values
    array([0.8, 0.8, 0.8])
    """
    import xarray as xr

    array = stimulus_trial_unit(x)
    values = unit_reliability(array, splits, seed)
    return xr.DataArray(
        values,
        dims="unit",
        name="reliability",
        attrs={
            "long_name": "Spearman-Brown reliability of the mean over trials",
            "trials": array.shape[1],
            "silent": int(np.isnan(values).sum()),
            "not_above_zero": int((values <= 0).sum()),
        },
    )


def unit_reliability(array: np.ndarray, splits: int, seed: int | np.random.Generator) -> np.ndarray:
    """Give what `reliability` does, of a checked array (stimulus, trial, unit)."""
    stimuli, trials, units = array.shape
    if trials < 2:
        raise TooFewStimuliError("reliability: needs at least 2 trials, got 1; without repetition noise is unknown")
    if stimuli < 3:
        raise TooFewStimuliError(f"reliability: needs at least 3 stimuli, got {stimuli}")
    halves = half_splits(trials, splits, generator(seed, "reliability"))
    found = np.empty(units)
    step = columns_at_once(stimuli, units, 4)
    for start in range(0, units, step):
        block = array[:, :, start : start + step]
        found[start : start + step] = _mean_correlation(block, halves)
    return spearman_brown(found, trials)


def spearman_brown(r: np.ndarray, trials: int) -> np.ndarray:
    """Take correlations of halves of ``trials // 2`` trials to the reliability of all trials.

    The formula has a pole at a negative r: what lies beyond is as unreliable as can be, -inf.

    Examples
    --------
    >>> spearman_brown(np.array([0.5, 0.0, -1.0]), 4).round(3)
    array([0.667, 0.   ,  -inf])
    """
    k = trials / (trials // 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(r > -1 / (k - 1), k * r / (1 + (k - 1) * r), np.where(r < 0, -np.inf, np.nan))


def half_splits(trials: int, count: int, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Give `count` different pairs of disjoint halves, of ``trials // 2`` trials each: all pairs if there are no more.

    Examples
    --------
    >>> [(a.tolist(), b.tolist()) for a, b in half_splits(4, 10, np.random.default_rng(0))]
    [([0, 1], [2, 3]), ([0, 2], [1, 3]), ([0, 3], [1, 2])]
    """
    check_count("splits", count, 1)
    half = trials // 2
    if comb(trials, half) * comb(trials - half, half) // 2 <= count:
        pairs = [
            (first, second)
            for first in combinations(range(trials), half)
            for second in combinations([t for t in range(trials) if t not in first], half)
            if first < second
        ]
    else:
        found: dict[tuple[tuple[int, ...], tuple[int, ...]], None] = {}
        while len(found) < count:
            order = rng.permutation(trials).tolist()
            first, second = sorted((tuple(sorted(order[:half])), tuple(sorted(order[half : 2 * half]))))
            found[first, second] = None
        pairs = list(found)
    return [(np.array(first), np.array(second)) for first, second in pairs]


def _mean_correlation(block: np.ndarray, halves: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Average Pearson's r of the two halves over splits; NaN for a unit whose mean does not vary."""
    total = np.zeros(block.shape[2])
    for pair in halves:
        a, b = (_centred_mean(block, trials) for trials in pair)
        size = np.sqrt(np.einsum("iu,iu->u", a, a) * np.einsum("iu,iu->u", b, b))
        total += np.where(size > 0, np.einsum("iu,iu->u", a, b) / np.where(size > 0, size, 1), 0)
    silent = ~_centred_mean(block, np.arange(block.shape[1])).any(axis=0)
    return np.where(silent, np.nan, np.clip(total / len(halves), -1, 1))


def _centred_mean(block: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Give the mean over some trials, each unit's mean over stimuli removed; what is constant becomes exactly zero."""
    mean = np.zeros((len(block), block.shape[2]))
    for trial in trials:
        mean += block[:, trial]
    mean /= len(trials)
    level = np.abs(mean).max(axis=0)
    mean -= mean.mean(axis=0)
    mean[:, np.abs(mean).max(axis=0) <= CONSTANT * level] = 0.0
    return mean
