"""Bootstrap over stimuli, permutation of their labels, random halves: the same draws for every cell of a matrix.

Each draw is computed by one thread with one BLAS thread, so the numbers do not depend on how many threads there are:
same machine, same versions, same seed, same bits.
"""

from collections.abc import Callable

import numpy as np

from compare.errors import InvalidOptionError
from compare.inference.pairs import PairVectors
from isocortex.progress import Advance
from isocortex.threads import run_on_threads

__all__ = ["bootstrap_draws", "half_draws", "left_out_draws", "permuted_similarities", "resampled_similarities"]

CHUNK = 20  # draws a thread takes at a time


def bootstrap_draws(
    stimuli: int,
    count: int,
    rng: np.random.Generator,
    usable: Callable[[np.ndarray], bool] = lambda draws: True,
) -> np.ndarray:
    """Draw `stimuli` stimuli with replacement, `count` times.

    Parameters
    ----------
    stimuli, count : int
        How many stimuli, and how many bootstraps.
    rng : numpy.random.Generator
        Where the draws come from.
    usable : callable
        Draws for which it says False are drawn again: with very few stimuli some hold too few different ones.

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
    for row in range(count):
        for _ in range(10_000):
            draws[row] = np.bincount(rng.integers(0, stimuli, stimuli), minlength=stimuli)
            if usable(draws[row]):
                break
        else:
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


def left_out_draws(stimuli: int) -> np.ndarray:
    """Leave each stimulus out in turn: (left out, stimulus), once each but one.

    Examples
    --------
    >>> left_out_draws(3).tolist()
    [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """
    return 1 - np.eye(stimuli, dtype=np.int64)


def resampled_similarities(
    vectors: PairVectors, draws: np.ndarray, threads: int | None = None, advance: Advance | None = None
) -> np.ndarray:
    """Compute the similarity of every two subjects for each row of multiplicities.

    Parameters
    ----------
    vectors : PairVectors
        The subjects.
    draws : numpy.ndarray
        (draw, stimulus), how often each stimulus counts.
    threads : int, optional
        As many as there are cores by default; the numbers do not depend on it.
    advance : callable, optional
        Told how many draws have been finished since it was last called.

    Returns
    -------
    numpy.ndarray
        (draw, subject, subject).
    """
    subjects = len(vectors.values)
    result = np.empty((len(draws), subjects, subjects))

    def compute(start: int) -> None:
        for row in range(start, min(start + CHUNK, len(draws))):
            result[row] = vectors.similarity(draws[row])

    _run(compute, len(draws), threads, advance)
    return result


def permuted_similarities(
    vectors: PairVectors,
    rows: np.ndarray,
    columns: np.ndarray,
    count: int,
    rng: np.random.Generator,
    threads: int | None = None,
    advance: Advance | None = None,
) -> np.ndarray:
    """Compute similarities of `rows` and `columns` after the columns' stimuli have been given each other's labels.

    One permutation serves all cells, so their dependence is kept.

    Returns
    -------
    numpy.ndarray
        (permutation, row, column): what the similarities are when row and column have nothing to do with each other.
    """
    from compare.inference import _loops

    centred = vectors.centred()
    size = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    known = size[:, 0] > 1e-10 * np.abs(vectors.values).max(axis=1)
    unit = np.where(known[:, None], centred / np.where(size > 0, size, 1.0), np.nan)
    left, right = np.ascontiguousarray(unit[rows]), np.ascontiguousarray(unit[columns])
    labels = np.stack([rng.permutation(vectors.stimuli) for _ in range(count)]) if count else np.empty((0, 0), int)
    result = np.empty((count, len(rows), len(columns)))

    def compute(start: int) -> None:
        shuffled = np.empty_like(right)
        for row in range(start, min(start + CHUNK, count)):
            _loops.permuted(right, labels[row], shuffled)
            result[row] = left @ shuffled.T

    _run(compute, count, threads, advance)
    return result


def _run(compute: Callable[[int], None], count: int, threads: int | None, advance: Advance | None) -> None:
    from threadpoolctl import threadpool_limits

    def done(start: int) -> None:
        if advance is not None:
            advance(min(CHUNK, count - start))

    with threadpool_limits(limits=1, user_api="blas"):
        run_on_threads(compute, range(0, count, CHUNK), threads, done)
