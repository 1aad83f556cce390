"""Stochastic shape distance: how far two subjects are in what they do and in how they vary from trial to trial.

Duong, Zhou, Nassar, Berman, Olieslagers and Williams (2023), ICLR, arXiv:2211.11665.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.checks import check_count
from compare.errors import InvalidOptionError
from compare.measures.alignment import Alignment, AlignmentMeasure, bias_of_units
from compare.measures.invariances import invariant_to
from compare.measures.trial_noise import TrialNoise, pooled_shrinkage, trial_noise
from isocortex.seeds import generator

__all__ = ["StochasticShape", "stochastic_shape"]

STEPS = 1000  # at most, of an alignment; most settle within a hundred
SETTLED = 1e-9  # gain of a step, as a share of all variance, below which it has


@dataclass(frozen=True)
class StochasticShape(AlignmentMeasure):
    """Distance of two subjects as clouds of trials, after the best rotation of one.

    The root of ``min_Q mean_i [α ‖μ_i Q - ν_i‖² + (2 - α) B²(Qᵀ Σ_i Q, Ω_i)]``, with means μ, ν and covariances over
    trials Σ, Ω of stimulus i, and ``B²(A, B) = tr A + tr B - 2 tr (A^½ B A^½)^½`` (Bures). Fitted, it keeps the
    rotation and scores other stimuli under it.

    Parameters
    ----------
    alpha : float
        0 to 2. 1: the 2-Wasserstein distance of Gaussians. 2: means only, ``√(2/n)`` times the Euclidean Procrustes
        distance of n stimuli. 0: covariances only.
    shrinkage : float, optional
        0 to 1, how far each covariance is drawn towards as much variance in every direction; by default what
        Ledoit and Wolf's formula gives for all stimuli of a subject together (`pooled_shrinkage`), from 3 trials.
    starts : int
        How many random rotations it is begun from, beside that of the means; the best end counts.
    seed : int
        Of these.

    Raises
    ------
    InvalidOptionError
        If an option is out of range.

    Notes
    -----
    The rotation is found by ascent from several starts, to about five digits of the distance; no proof says that the
    best end is the best there is, so the distance is at most what is given here. With alpha 0 take more starts. Each
    step takes about 20 × stimuli × units³ multiplications: seconds for 50 stimuli and 40 units.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(20, 8, 3)) * [1, 2, 3] + np.arange(20)[:, None, None]
    >>> round(StochasticShape()(x, x[:, :, ::-1] + 5), 5)
    0.0
    """

    alpha: float = 1.0
    shrinkage: float | None = None
    starts: int = 3
    seed: int = 0

    invariances: ClassVar[frozenset[str]] = frozenset({"translation", "permutation", "rotation"})
    greater_is_closer: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not 0 <= self.alpha <= 2:
            raise InvalidOptionError(f"alpha: must be from 0 to 2, got {self.alpha}")
        if self.shrinkage is not None and not 0 <= self.shrinkage <= 1:
            raise InvalidOptionError(f"shrinkage: must be from 0 to 1, got {self.shrinkage}")
        check_count("starts", self.starts, 0)

    @property
    def label(self) -> str:
        """The measure in words."""
        return f"stochastic shape distance (alpha {self.alpha:.3g})"

    @property
    def least_trials(self) -> int:
        """Two to vary at all, three to tell how far to shrink."""
        return 3 if self.shrinkage is None else 2

    def cosine(self, value: float) -> float:
        """Give NaN: it is no angle."""
        return float("nan")

    def learnt(self, x: np.ndarray, y: np.ndarray) -> "StochasticAlignment":
        """Find the best rotation."""
        shrinkage = tuple(pooled_shrinkage(trials) if self.shrinkage is None else self.shrinkage for trials in (x, y))
        centres = (x.mean(axis=(0, 1)), y.mean(axis=(0, 1)))
        a, b = (trial_noise(*each) for each in zip((x, y), centres, shrinkage, strict=True))
        best, most = np.zeros((x.shape[2], y.shape[2])), -np.inf
        for start in self._starts(a, b):
            rotation, overlap = _ascended(a, b, self.alpha, start)
            if overlap > most:
                best, most = rotation, overlap
        return StochasticAlignment(
            units=(x.shape[2], y.shape[2]),
            training_score=_distance(a, b, self.alpha, most),
            bias=bias_of_units(x, y),
            centres=centres,
            shrinkage=(shrinkage[0], shrinkage[1]),
            rotation=best,
            alpha=self.alpha,
        )

    def _starts(self, a: TrialNoise, b: TrialNoise) -> Iterator[np.ndarray]:
        """Give rotations to begin from, the same ones turned round if the subjects change places."""
        yield _nearest_rotation(a.means.T @ b.means)
        wide, narrow = sorted((a.means.shape[1], b.means.shape[1]), reverse=True)
        rng = generator(self.seed, "stochastic shape")
        for _ in range(self.starts):
            random = _nearest_rotation(rng.normal(size=(wide, narrow)))
            if a.means.shape[1] == wide:
                yield random
            if b.means.shape[1] == wide:
                yield random.T


@invariant_to(*StochasticShape.invariances)
def stochastic_shape(x: Any, y: Any, alpha: float = 1.0, shrinkage: float | None = None, seed: int = 0) -> float:
    """Compute the stochastic shape distance of two subjects.

    Parameters
    ----------
    x, y : array-like
        Activity (stimulus, trial, unit); they may differ in trials and in units.
    alpha, shrinkage, seed
        See `StochasticShape`.

    Returns
    -------
    float
        0 or more, in units of activity. NaN if one of the two does not vary at all.

    Raises
    ------
    InvalidOptionError
        If an option is out of range.
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used; at least 2 stimuli, and 3 trials (2 with a given `shrinkage`).

    Warns
    -----
    BiasWarning
        If units outnumber stimuli.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(30, 200, 2))
    >>> round(stochastic_shape(x, 2 * x, shrinkage=0), 1)  # standard deviations 1 and 2 in both directions
    1.4
    """
    return StochasticShape(alpha, shrinkage, seed=seed)(x, y)


@dataclass(frozen=True, eq=False)
class StochasticAlignment(Alignment):
    """The rotation that takes one subject's clouds of trials nearest to another's.

    Parameters
    ----------
    centres : tuple of numpy.ndarray
        (unit,) of x and of y, the mean over stimuli and trials in training.
    shrinkage : tuple of float
        Of the covariances of x and of y.
    rotation : numpy.ndarray
        (unit of x, unit of y), orthonormal columns or rows.
    alpha : float
        See `StochasticShape`.
    """

    least_trials: ClassVar[int] = 2

    centres: tuple[np.ndarray, np.ndarray]
    shrinkage: tuple[float, float]
    rotation: np.ndarray
    alpha: float

    def of_patterns(self, x: np.ndarray, y: np.ndarray) -> float:
        """Compare the clouds of trials of these stimuli under the rotation that was learnt."""
        a, b = (trial_noise(*each) for each in zip((x, y), self.centres, self.shrinkage, strict=True))
        return _distance(a, b, self.alpha, _overlap(a, b, self.alpha, self.rotation)[0])


def _nearest_rotation(matrix: np.ndarray) -> np.ndarray:
    left, _, right = np.linalg.svd(matrix, full_matrices=False)
    return np.asarray(left @ right)


def _overlap(a: TrialNoise, b: TrialNoise, alpha: float, rotation: np.ndarray) -> tuple[float, np.ndarray]:
    """Give what the distance falls by, and its gradient: linear for the means, nuclear norms for the covariances."""
    gradient = alpha * (a.means.T @ b.means)
    overlap = float(np.vdot(gradient, rotation))
    if alpha < 2:
        left, sizes, right = np.linalg.svd(a.roots.transpose(0, 2, 1) @ rotation @ b.roots, full_matrices=False)
        overlap += (2 - alpha) * float(sizes.sum())
        gradient = gradient + (2 - alpha) * np.einsum("iur,irv->uv", a.roots @ left, right @ b.roots.transpose(0, 2, 1))
    return overlap, gradient


def _ascended(a: TrialNoise, b: TrialNoise, alpha: float, rotation: np.ndarray) -> tuple[np.ndarray, float]:
    """Follow the overlap upwards: it is convex, so that the best rotation for its gradient never lowers it."""
    overlap, gradient = _overlap(a, b, alpha, rotation)
    for _ in range(STEPS):
        after = _nearest_rotation(gradient)
        higher, gradient = _overlap(a, b, alpha, after)
        gain = higher - overlap
        rotation, overlap = after, higher
        if gain <= SETTLED * (a.size(alpha) + b.size(alpha)):
            break
    return rotation, overlap


def _distance(a: TrialNoise, b: TrialNoise, alpha: float, overlap: float) -> float:
    sizes = a.size(alpha), b.size(alpha)
    if not all(sizes):
        return float("nan")
    return float(np.sqrt(max(sum(sizes) - 2 * overlap, 0.0) / len(a.means)))
