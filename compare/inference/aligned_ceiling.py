"""Noise ceilings of measures that align two subjects: what a repetition reaches, and what the best geometry would.

An alignment turns noise towards noise. So two noisy means look more alike than what they have in common, and a
noise-free copy of the subject may reach *less* than a repetition does: neither end follows from a reliability. With
``cos(X, Y)`` the cosine after the best alignment and X_T the mean over T trials,

* lower is ``E cos(X_T, X'_T)``, what a repetition of the experiment reaches;
* upper is ``max_Y E cos(X_T, Y)`` over all Y that do not know the noise, be they noisy themselves. It is reached by the
  mean of what is aligned with itself, ``Y ∝ E[X_T Q(Y)]``: generalised Procrustes analysis (Gower 1975, Psychometrika
  40:33-51); for rotations the barycentre of the kernels (Agueh and Carlier 2011, doi:10.1137/100805741).

Both are means over many T-trial means, of which there is one. So they are drawn: a signal, whose kernel over stimuli is
that between different trials (where noise cancels; of its eigenvalues, of both signs for noise, the largest that make
up its trace), and noise from the trials' own residuals. What is then wrong with signal and noise is seen in halves of
the trials, which were measured: with ``v = 1 / cos - 1`` all ends are corrected by ``v_measured(T/2) / v_drawn(T/2)``.
"""

from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from compare.inference.trial_sets import comparison_of, mean_similarity, partitions
from compare.measures.bures_similarity import BuresSimilarity
from compare.measures.measure import Measure
from compare.measures.patterns import centred
from compare.measures.shape_distance import Procrustes
from compare.measures.shape_space import shape
from compare.measures.unit_matching import UnitMatching
from compare.parallel import Workers, run

__all__ = ["Aligner", "aligned_ceiling", "aligner_of", "best_geometry", "signal_of"]

DRAWS = 8  # means drawn of each size; half of them make a pool, the other half are held against it
ROUNDS = 4  # of alignment with the pool; it starts near


class Aligner(Protocol):
    """How subjects become coordinates of size 1, and how these are aligned."""

    def coordinates(self, patterns: np.ndarray) -> np.ndarray:
        """Give (stimulus, axis) of size 1, or of 0 for what does not vary."""

    def start(self, members: list[np.ndarray]) -> np.ndarray:
        """Give a first pool of coordinates."""

    def aligned(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Give x as near as it gets to y."""


@dataclass(frozen=True)
class Rotations:
    """Any rotation or reflection of partly whitened activity, see `Procrustes`."""

    alpha: float = 1.0

    def coordinates(self, patterns: np.ndarray) -> np.ndarray:
        return _of_size_one(shape(patterns, self.alpha)[1])

    def start(self, members: list[np.ndarray]) -> np.ndarray:
        # The root of the mean kernel: it has more axes than any member, as the best geometry may have.
        left, sizes, _ = np.linalg.svd(np.concatenate(members, axis=1), full_matrices=False)
        return _of_size_one(left * sizes)

    def aligned(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        left, _, right = np.linalg.svd(x.T @ y, full_matrices=False)
        return np.asarray(x @ left @ right)


@dataclass(frozen=True)
class Matchings:
    """Units matched one to one, see `UnitMatching`."""

    def coordinates(self, patterns: np.ndarray) -> np.ndarray:
        return _of_size_one(centred(patterns))

    def start(self, members: list[np.ndarray]) -> np.ndarray:
        return _of_size_one(np.mean(members, axis=0))

    def aligned(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        from scipy.optimize import linear_sum_assignment

        gain = np.maximum(x.T @ y, 0.0)
        rows, columns = linear_sum_assignment(gain, maximize=True)
        kept = gain[rows, columns] > 0
        result = np.zeros_like(y)
        result[:, columns[kept]] = x[:, rows[kept]]
        return result


def aligner_of(measure: Measure) -> Aligner | None:
    """Give how a measure aligns, or None where its value is no cosine after an alignment.

    Examples
    --------
    >>> aligner_of(Procrustes(alpha=0.5))
    Rotations(alpha=0.5)
    """
    if isinstance(measure, BuresSimilarity):
        return Rotations()
    if isinstance(measure, (Procrustes, UnitMatching)) and measure.distance == "angular":
        return Rotations(measure.alpha) if isinstance(measure, Procrustes) else Matchings()
    return None


def aligned_ceiling(
    array: np.ndarray, measure: Measure, aligner: Aligner, rng: np.random.Generator, workers: Workers = 1
) -> tuple[float, float]:
    """Estimate the cosines that a repetition, and the best geometry, reach with the mean over all trials.

    Parameters
    ----------
    array : numpy.ndarray
        (stimulus, trial, unit), at least 2 trials.
    measure : Measure
        Of which halves of the trials are measured.
    aligner : Aligner
        How it aligns.
    rng : numpy.random.Generator
        Draws partitions, signal and noise.
    workers : int, Executor or None
        See `compare.parallel`.

    Returns
    -------
    lower, upper : float
        NaN if the subject does not vary.
    """
    trials = np.asarray(array, dtype=np.float64)
    count = trials.shape[1]
    half = count // 2
    measured = mean_similarity(trials, comparison_of(measure), half, partitions(count, rng), workers)
    if np.isnan(measured):
        return float("nan"), float("nan")
    residuals = trials - trials.mean(axis=1, keepdims=True)
    if not residuals.any():
        return 1.0, 1.0
    draw = partial(_drawn, aligner, signal_of(trials), *_directions(residuals))
    smaller, larger = (
        run(draw, [(size, int(seed)) for seed in rng.integers(2**63, size=DRAWS)], workers) for size in (half, count)
    )
    first, second = larger[: DRAWS // 2], larger[DRAWS // 2 :]
    inside, outside = [], []
    for own, other in ((first, second), (second, first)):
        pool = best_geometry(own, aligner, workers)
        inside += _cosines(aligner, own, pool, workers)
        outside += _cosines(aligner, other, pool, workers)
    # A pool knows its members too well, others too little; of vectors the two balance exactly.
    best = float(np.sqrt(max(float(np.mean(inside)), 0.0) * max(float(np.mean(outside)), 0.0)))
    drawn, repeated = (_repeated(aligner, members, workers) for members in (smaller, larger))
    if measured <= 0:
        return 0.0, 0.0
    corrected = (1 / measured - 1) / (1 / drawn - 1) if 0 < drawn < 1 else 1.0
    lower, upper = (end / (end + corrected * (1 - end)) for end in (max(repeated, 0.0), best))
    return lower, max(lower, upper)


def signal_of(trials: np.ndarray) -> np.ndarray:
    """Draw the likely signal: as large, and in as many dimensions, as different trials say.

    Parameters
    ----------
    trials : numpy.ndarray
        (stimulus, trial, unit).

    Returns
    -------
    numpy.ndarray
        (stimulus, unit), centred; zeros where trials agree no more than by chance.

    Examples
    --------
    >>> x = np.repeat(np.random.default_rng(0).normal(size=(10, 1, 4)), 3, axis=1)
    >>> bool(np.allclose(signal_of(x), x[:, 0] - x[:, 0].mean(axis=0)))
    True
    """
    count = trials.shape[1]
    mean = centred(trials.mean(axis=1))
    same = np.zeros((len(trials), len(trials)))
    for trial in range(count):
        one = centred(trials[:, trial])
        same += one @ one.T
    kernel = (count**2 * (mean @ mean.T) - same) / (count * (count - 1))
    values, vectors = np.linalg.eigh(kernel)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    left = max(float(np.trace(kernel)), 0.0) - (np.cumsum(values) - values)  # for this and all later ones
    kept = np.minimum(values, np.maximum(left, 0.0))
    root = vectors[:, kept > 0] * np.sqrt(kept[kept > 0])
    turned, _, into_units = np.linalg.svd(root.T @ mean, full_matrices=False)
    return np.asarray(root @ turned @ into_units)


def best_geometry(members: list[np.ndarray], aligner: Aligner, workers: Workers = 1) -> np.ndarray:
    """Give the coordinates, of size 1, that are on average most similar to the members'."""
    pool = aligner.start(members)
    for _ in range(ROUNDS):
        pool = _of_size_one(np.mean(run(partial(_aligned, aligner, pool), members, workers), axis=0))
    return pool


def _directions(residuals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the residuals (stimulus and trial, unit) of size 1 a unit, and the size that noise has at each stimulus.

    Noise is drawn as a residual of any stimulus at the size of its own: a stimulus's few residuals span too little.
    """
    count, units = residuals.shape[1:]
    size = np.sqrt((residuals**2).sum(axis=(1, 2)) / ((count - 1) * units))
    shared = residuals[size > 0] / size[size > 0][:, None, None] * np.sqrt(count / (count - 1))
    return shared.reshape(-1, units), size


def _drawn(
    aligner: Aligner, signal: np.ndarray, directions: np.ndarray, sizes: np.ndarray, task: tuple[int, int]
) -> np.ndarray:
    """Draw the mean over some trials, from a seed, as coordinates."""
    trials, seed = task
    rng = np.random.default_rng(seed)
    noise = np.zeros_like(signal)
    for _ in range(trials):
        noise += directions[rng.integers(len(directions), size=len(signal))]
    return aligner.coordinates(signal + noise * sizes[:, None] / trials)


def _repeated(aligner: Aligner, members: list[np.ndarray], workers: Workers) -> float:
    """Give the mean cosine of two members, each compared with the next."""
    pairs = list(zip(members, members[1:] + members[:1], strict=True))
    return float(np.mean(run(partial(_cosine, aligner), pairs, workers)))


def _cosines(aligner: Aligner, members: list[np.ndarray], pool: np.ndarray, workers: Workers) -> list[float]:
    return [float(np.vdot(one, pool)) for one in run(partial(_aligned, aligner, pool), members, workers)]


def _cosine(aligner: Aligner, pair: tuple[np.ndarray, np.ndarray]) -> float:
    return float(np.vdot(aligner.aligned(*pair), pair[1]))


def _aligned(aligner: Aligner, pool: np.ndarray, member: np.ndarray) -> np.ndarray:
    return aligner.aligned(member, pool)


def _of_size_one(coordinates: np.ndarray) -> np.ndarray:
    size = np.linalg.norm(coordinates)
    return coordinates / size if size > 0 else coordinates
