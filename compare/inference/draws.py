"""Which stimuli count, and how often: bootstraps, subsets, halves, each stimulus left out, labels permuted."""

from collections.abc import Callable

import numpy as np

from compare.errors import InvalidOptionError

__all__ = [
    "bootstrap_draws",
    "complementary_draws",
    "half_draws",
    "left_out_draws",
    "left_out_pairs",
    "permutations_of",
    "subset_draws",
]

MOST_LEFT_OUT = 250  # stimuli that are left out in turn; the jackknife's variance is then known to a tenth
ATTEMPTS = 10_000  # draws for each that is usable


def bootstrap_draws(
    stimuli: int,
    count: int,
    rng: np.random.Generator,
    usable: Callable[[np.ndarray], np.ndarray | bool] = lambda draws: True,
) -> np.ndarray:
    """Draw `stimuli` stimuli with replacement, `count` times.

    Parameters
    ----------
    stimuli, count : int
        How many stimuli, and how many bootstraps.
    rng : numpy.random.Generator
        Where the draws come from.
    usable : callable
        Given (draw, stimulus). Draws for which it says False are drawn again: with very few stimuli some hold too few
        different ones.

    Returns
    -------
    numpy.ndarray of int
        (bootstrap, stimulus): how often each stimulus was drawn; every row sums to `stimuli`.

    Raises
    ------
    InvalidOptionError
        If `count` is below 1, or hardly any draw is usable.

    Examples
    --------
    >>> bootstrap_draws(4, 2, np.random.default_rng(0)).sum(axis=1)
    array([4, 4])
    """
    if count < 1:
        raise InvalidOptionError(f"bootstrap: must be at least 1, got {count}")
    draws = np.empty((count, stimuli), np.int64)
    found = tried = 0
    while found < count:
        missing = count - found
        chosen = rng.integers(0, stimuli, (missing, stimuli)) + stimuli * np.arange(missing)[:, None]
        fresh = np.bincount(chosen.ravel(), minlength=missing * stimuli).reshape(missing, stimuli)
        fresh = fresh[np.broadcast_to(usable(fresh), missing)]
        draws[found : found + len(fresh)] = fresh
        found += len(fresh)
        tried += missing
        if found < count and tried >= ATTEMPTS * (found + 1):
            raise InvalidOptionError(f"bootstrap: {stimuli} stimuli are too few to be drawn with replacement")
    return draws


def half_draws(stimuli: int, splits: int, rng: np.random.Generator) -> np.ndarray:
    """Split the stimuli at random into two halves, `splits` times: rows 2k and 2k + 1 are the halves of one split."""
    draws = np.zeros((2 * splits, stimuli), np.int64)
    for split in range(splits):
        chosen = rng.permutation(stimuli)[: stimuli // 2]
        draws[2 * split, chosen] = 1
        draws[2 * split + 1] = 1 - draws[2 * split]
    return draws


def subset_draws(stimuli: int, kept: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Choose `kept` of the stimuli without replacement, `count` times: (draw, stimulus) of 0 and 1."""
    draws = np.zeros((count, stimuli), np.int64)
    for row in range(count):
        draws[row, rng.permutation(stimuli)[:kept]] = 1
    return draws


def complementary_draws(stimuli: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Choose half of the stimuli, then the other half, and so on: (draw, stimulus) of 0 and 1.

    Of an odd number one stimulus, another each time, is in neither half.

    Examples
    --------
    >>> complementary_draws(5, 4, np.random.default_rng(0)).sum(axis=1)
    array([2, 2, 2, 2])
    """
    half = stimuli // 2
    draws = np.zeros((count + count % 2, stimuli), np.int64)
    for row in range(0, count, 2):
        order = rng.permutation(stimuli)
        draws[row, order[:half]] = 1
        draws[row + 1, order[half : 2 * half]] = 1
    return draws[:count]


def left_out_draws(stimuli: int, rng: np.random.Generator | None = None) -> np.ndarray:
    """Leave each stimulus out in turn: (left out, stimulus), once each but one.

    Parameters
    ----------
    stimuli : int
        How many there are.
    rng : numpy.random.Generator, optional
        Chooses 250 of them to be left out where there are more.

    Examples
    --------
    >>> left_out_draws(3).tolist()
    [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """
    everyone = 1 - np.eye(stimuli, dtype=np.int64)
    if rng is None or stimuli <= MOST_LEFT_OUT:
        return everyone
    return everyone[np.sort(rng.permutation(stimuli)[:MOST_LEFT_OUT])]


def left_out_pairs(left_out: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Leave out two stimuli at a time, both of them among those of `left_out_draws`: 250 pairs at most.

    Returns
    -------
    draws, pairs : numpy.ndarray
        (pair, stimulus), once each but two; and (pair, 2), the rows of `left_out` that leave out one of them.

    Examples
    --------
    >>> draws, pairs = left_out_pairs(left_out_draws(3), np.random.default_rng(0))
    >>> draws.tolist(), pairs.tolist()
    ([[0, 0, 1], [0, 1, 0], [1, 0, 0]], [[0, 1], [0, 2], [1, 2]])
    """
    rows = len(left_out)
    pairs = np.stack(np.triu_indices(rows, 1), axis=1)
    if len(pairs) > MOST_LEFT_OUT:
        pairs = pairs[np.sort(rng.choice(len(pairs), MOST_LEFT_OUT, replace=False))]
    return left_out[pairs[:, 0]] * left_out[pairs[:, 1]], pairs


def permutations_of(stimuli: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Give the stimuli each other's labels: (permutation, stimulus)."""
    return np.stack([rng.permutation(stimuli) for _ in range(count)]) if count else np.empty((0, stimuli), np.int64)
