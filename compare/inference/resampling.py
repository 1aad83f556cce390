"""The same draws for every cell of a matrix: similarities of many resamples and permutations, in chunks.

Each chunk is a pure function of the subjects and its draws, computed by one worker with one BLAS thread, so the numbers
do not depend on how many workers there are: same machine, same versions, same seed, same bits.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import numpy as np

from compare.inference.draws import left_out_draws, left_out_pairs, permutations_of
from compare.inference.second_order import SecondOrder
from compare.parallel import Workers, run
from isocortex.progress import Advance

__all__ = [
    "Subjects",
    "in_chunks",
    "left_out_similarities",
    "permuted_similarities",
    "resampled_similarities",
    "second_order",
]

CHUNK = 20  # draws a worker takes at a time


class Subjects(Protocol):
    """Several subjects before the same stimuli, whose similarities can be resampled over stimuli."""

    @property
    def stimuli(self) -> int:
        """How many stimuli there are."""

    @property
    def chunk(self) -> int:
        """How many draws a worker should take at a time."""

    def usable(self, draws: np.ndarray) -> np.ndarray:
        """Say whether similarities are defined for these multiplicities (..., stimulus) of the stimuli."""

    def draws(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draw multiplicities of the stimuli, (draw, stimulus)."""

    def similarity(self, draws: np.ndarray | None = None) -> np.ndarray:
        """Give (subject, subject) for one row of multiplicities; NaN where it is undefined or not asked for."""

    def similarities(self, draws: np.ndarray) -> np.ndarray:
        """Give (draw, subject, subject) for many rows of multiplicities."""

    def permuted(self, rows: np.ndarray, columns: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Give (permutation, row, column), the columns' stimuli given other labels."""

    def replaced(self, rows: Mapping[int, np.ndarray]) -> "Subjects":
        """Give everybody, some of them prepared from other units."""

    def settled(self, resampled: np.ndarray, observed: np.ndarray) -> np.ndarray:
        """Give the resampled similarities the spread, and where needed the centre, of so many stimuli."""

    def alike(self) -> np.ndarray | None:
        """Give (subject, subject), 1 for the same geometry; None where only the similarities can tell."""


def resampled_similarities(
    subjects: Subjects, draws: np.ndarray, workers: Workers = None, advance: Advance | None = None
) -> np.ndarray:
    """Compute the similarity of every two subjects for each row of multiplicities.

    Parameters
    ----------
    subjects : Subjects
        `PairVectors`, or `StimulusSubsets`.
    draws : numpy.ndarray
        (draw, stimulus), how often each stimulus counts.
    workers : int or Executor, optional
        Threads, as many as there are cores by default, or who is asked; the numbers do not depend on it.
    advance : callable, optional
        Told how many draws have been finished since it was last called.

    Returns
    -------
    numpy.ndarray
        (draw, subject, subject).
    """
    return in_chunks(partial(_similarities, subjects), np.asarray(draws), workers, advance, subjects.chunk)


def left_out_similarities(subjects: Subjects, rng: np.random.Generator, workers: Workers = None) -> np.ndarray | None:
    """Compute similarities without one stimulus each; None with too few stimuli.

    Of more than 250 stimuli as many are left out, and their deviations stretched, so that the variance of the rows
    times their number less one is the jackknife's all the same.
    """
    draws = left_out_draws(subjects.stimuli, rng)
    if not subjects.usable(draws[0]):
        return None
    left_out = resampled_similarities(subjects, draws, workers)
    (rows, stimuli) = draws.shape
    if rows < stimuli:
        middle = left_out.mean(axis=0)
        left_out = middle + (stimuli - 1) / (rows - 1) * np.sqrt(rows / stimuli) * (left_out - middle)
    return left_out


def second_order(
    subjects: Subjects, observed: np.ndarray, rng: np.random.Generator, workers: Workers = None
) -> SecondOrder | None:
    """Compute similarities without one stimulus each, and without two of them; None with too few stimuli.

    Parameters
    ----------
    subjects : Subjects
        Who are compared.
    observed : numpy.ndarray
        (subject, subject), with all stimuli.
    rng : numpy.random.Generator
        Chooses 250 of more stimuli, and 250 of more pairs.
    workers : int or Executor, optional
        As in `resampled_similarities`.
    """
    one = left_out_draws(subjects.stimuli, rng)
    two, pairs = left_out_pairs(one, rng)
    if not subjects.usable(two[0]):
        return None
    found = resampled_similarities(subjects, np.concatenate([one, two]), workers)
    return SecondOrder(observed, found[: len(one)], found[len(one) :], pairs, subjects.stimuli)


def permuted_similarities(
    subjects: Subjects,
    rows: np.ndarray,
    columns: np.ndarray,
    count: int,
    rng: np.random.Generator,
    workers: Workers = None,
    advance: Advance | None = None,
) -> np.ndarray:
    """Compute similarities of `rows` and `columns` after the columns' stimuli have been given each other's labels.

    One permutation serves all cells, so their dependence is kept.

    Returns
    -------
    numpy.ndarray
        (permutation, row, column): what the similarities are when row and column have nothing to do with each other.
    """
    labels = permutations_of(subjects.stimuli, count, rng)
    return in_chunks(partial(_permuted, subjects, rows, columns), labels, workers, advance, subjects.chunk)


def _similarities(subjects: Subjects, draws: np.ndarray) -> np.ndarray:
    return subjects.similarities(draws)


def _permuted(subjects: Subjects, rows: np.ndarray, columns: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return subjects.permuted(rows, columns, labels)


def in_chunks(
    function: Callable[[np.ndarray], np.ndarray],
    draws: np.ndarray,
    workers: Workers,
    advance: Advance | None,
    chunk: int = CHUNK,
) -> np.ndarray:
    """Hand out draws (draw, ...) in chunks to a pure function, and put together what it gives for each."""
    starts = range(0, max(len(draws), 1), chunk)
    chunks = [draws[start : start + chunk] for start in starts]

    def done(chunk: np.ndarray) -> None:
        if advance is not None:
            advance(len(chunk))

    names = [f"draws {start} to {start + len(chunk) - 1}" for start, chunk in zip(starts, chunks, strict=True)]
    return np.concatenate(run(function, chunks, workers, done, names))
