"""Procrustes distance: how far two geometries are after the best rotation.

Williams et al. (2021), NeurIPS, arXiv:2110.14739; Schönemann (1966), Psychometrika 31:1-10.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.errors import InvalidOptionError
from compare.measures.alignment import Alignment, AlignmentMeasure, bias_of_counts, bias_of_units
from compare.measures.invariances import invariant_to
from compare.measures.patterns import CONSTANT
from compare.measures.shape_space import DISTANCES, Reading, Shape, check_distance, shape

__all__ = ["Procrustes", "RotationAlignment", "procrustes", "rotated_score", "rotation_alignment"]


@dataclass(frozen=True)
class Procrustes(AlignmentMeasure):
    """Distance of two shapes after the best rotation or reflection of one: ``min_Q ‖φ(X)Q - φ(Y)‖``, or its angle.

    It is a metric: zero for the same shape, symmetric, and no detour is shorter. Subjects may differ in units: the
    smaller one gets silent ones. Fitted, it keeps the rotation and scores other stimuli under it; what the training
    stimuli do not span is rotated onto nothing.

    Parameters
    ----------
    distance : str
        ``"angular"``: ``arccos(‖φ(X)ᵀφ(Y)‖_* / ‖φ(X)‖‖φ(Y)‖)``, radians, 0 to π/2 in training. ``"euclidean"``: the
        root of ``‖φ(X)‖² + ‖φ(Y)‖² - 2‖φ(X)ᵀφ(Y)‖_*``, in units of activity times the root of the stimuli.
    alpha : float
        0 to 1, how much of the activity is left unwhitened (see `compare.measures.shape_space`). 1: plain Procrustes.
        0: white, so that all linear mixtures are one shape: ``arccos`` of the mean canonical correlation where the two
        have as many dimensions.

    Raises
    ------
    InvalidOptionError
        If there is no such distance, or `alpha` is out of range.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(20, 4))
    >>> round(Procrustes().fit(x[:10], 3 * x[:10, ::-1]).score(x[10:], 3 * x[10:, ::-1]), 6)
    0.0
    """

    distance: str = "angular"
    alpha: float = 1.0

    greater_is_closer: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_distance(self.distance)
        if not 0 <= self.alpha <= 1:
            raise InvalidOptionError(f"alpha: must be from 0 to 1, got {self.alpha}")

    @property
    def invariances(self) -> frozenset[str]:  # type: ignore[override]
        """Rotation always, scale where only the angle counts, any linear mixture of it where it is white."""
        same = {"translation", "permutation", "rotation"}
        if self.distance == "angular":
            same |= {"scale", "affine"} if self.alpha == 0 else {"scale"}
        return frozenset(same)

    @property
    def label(self) -> str:
        """The measure in words."""
        whitened = "" if self.alpha == 1 else f" (whitening alpha {self.alpha:.3g})"
        return f"{self.distance} Procrustes distance{whitened}".replace("euclidean", "Euclidean")

    def cosine(self, value: float) -> float:
        """Give the angle's cosine; the Euclidean distance is of none."""
        return float(np.cos(value)) if self.distance == "angular" else float("nan")

    def bias_of(self, x_units: int, y_units: int, stimuli: int) -> str:
        """Say what is wrong where units outnumber stimuli."""
        return bias_of_counts(max(x_units, y_units), stimuli)

    def learnt(self, x: np.ndarray, y: np.ndarray) -> "RotationAlignment":
        """Find the best rotation."""
        return rotation_alignment(x, y, self.alpha, DISTANCES[self.distance])

    def part(self, x: np.ndarray, side: int) -> np.ndarray:
        """Give the coordinates of the shape, no more of them than stimuli."""
        return shape(x, self.alpha)[1]

    def of_parts(self, x: np.ndarray, y: np.ndarray) -> float:
        """Give the distance alone, for which the rotation need not be known."""
        return rotated_score(x, y, DISTANCES[self.distance])


@invariant_to(*Procrustes().invariances)
def procrustes(x: Any, y: Any, distance: str = "angular", alpha: float = 1.0) -> float:
    """Compute the Procrustes distance; by default the angle ``arccos(‖XᵀY‖_* / ‖X‖‖Y‖)`` of the centred activities.

    Parameters
    ----------
    x, y : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit); they may differ in units.
    distance, alpha
        See `Procrustes`.

    Returns
    -------
    float
        0 (the same up to rotation, offset and, for the angle, scale) to π/2 or to the root of the summed squares. NaN
        if one does not vary over stimuli.

    Raises
    ------
    InvalidOptionError
        If there is no such distance, or `alpha` is out of range.
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used; at least 2 stimuli.

    Warns
    -----
    BiasWarning
        If units outnumber stimuli.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(10, 4))
    >>> round(procrustes(x, 3 * x[:, ::-1] + 1), 6)
    0.0
    """
    return Procrustes(distance, alpha)(x, y)


@dataclass(frozen=True, eq=False)
class RotationAlignment(Alignment):
    """The rotation that takes one shape nearest to another.

    Parameters
    ----------
    shapes : tuple of Shape
        Of x and of y.
    rotations : tuple of numpy.ndarray
        (axis, pair) of x and of y: coordinates times these are aligned with each other.
    reading : callable
        From inner product and sizes to the value.
    """

    shapes: tuple[Shape, Shape]
    rotations: tuple[np.ndarray, np.ndarray]
    reading: Reading

    def of_patterns(self, x: np.ndarray, y: np.ndarray) -> float:
        """Rotate these stimuli's shapes as was learnt, and compare them."""
        (a, size_x), (b, size_y) = (of.coordinates(patterns) for of, patterns in zip(self.shapes, (x, y), strict=True))
        return self.reading(float(np.vdot(a @ self.rotations[0], b @ self.rotations[1])), size_x, size_y)


def rotation_alignment(x: np.ndarray, y: np.ndarray, alpha: float, reading: Reading) -> RotationAlignment:
    """Find the rotation of one shape nearest to the other: ``Q = UVᵀ`` of the singular vectors of ``φ(X)ᵀφ(Y)``.

    Parameters
    ----------
    x, y : numpy.ndarray
        (stimulus, unit).
    alpha : float
        See `Procrustes`.
    reading : callable
        See `RotationAlignment`.
    """
    (shape_x, a), (shape_y, b) = (shape(patterns, alpha) for patterns in (x, y))
    left, sizes, right = np.linalg.svd(a.T @ b, full_matrices=False)
    known = sizes > CONSTANT * sizes.max(initial=0.0)  # the others would pair directions of which nothing is known
    return RotationAlignment(
        units=(x.shape[1], y.shape[1]),
        training_score=reading(float(sizes.sum()), float(np.linalg.norm(a)), float(np.linalg.norm(b))),
        bias=bias_of_units(x, y),
        shapes=(shape_x, shape_y),
        rotations=(left[:, known], right[known].T),
        reading=reading,
    )


def rotated_score(a: np.ndarray, b: np.ndarray, reading: Reading) -> float:
    """Give the training score of `rotation_alignment` from the coordinates of both shapes: no singular vectors."""
    sizes = np.linalg.svd(a.T @ b, compute_uv=False)
    return reading(float(sizes.sum()), float(np.linalg.norm(a)), float(np.linalg.norm(b)))
