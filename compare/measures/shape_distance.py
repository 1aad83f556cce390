"""Procrustes distance: how far two geometries are after the best rotation.

Williams et al. (2021), NeurIPS, arXiv:2110.14739; Schönemann (1966), Psychometrika 31:1-10.
"""

from typing import Any

import numpy as np

from compare.measures.invariances import invariant_to
from compare.measures.patterns import aligned, centred

__all__ = ["procrustes"]


@invariant_to("translation", "scale", "permutation", "rotation")
def procrustes(x: Any, y: Any) -> float:
    """Compute the angular Procrustes distance, ``arccos(‖XᵀY‖_* / ‖X‖‖Y‖)`` of the centred activities.

    It is a metric: zero for the same geometry, symmetric, and the triangle inequality holds.

    Parameters
    ----------
    x, y : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit); they may differ in units.

    Returns
    -------
    float
        Radians, 0 (the same up to rotation, offset and scale) to π/2. NaN if one does not vary over stimuli.

    Raises
    ------
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used; at least 2 stimuli.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(10, 4))
    >>> round(procrustes(x, 3 * x[:, ::-1] + 1), 6)
    0.0
    """
    a, b = (_thin(centred(patterns)) for patterns in aligned(x, y, least=2))
    size = np.linalg.norm(a) * np.linalg.norm(b)
    if size == 0:
        return float("nan")
    return float(np.arccos(np.clip(np.linalg.svd(a.T @ b, compute_uv=False).sum() / size, -1.0, 1.0)))


def _thin(patterns: np.ndarray) -> np.ndarray:
    """With more units than stimuli, rotate into as many axes as there are stimuli: the distance does not see it."""
    if patterns.shape[1] <= patterns.shape[0]:
        return patterns
    return np.asarray(np.linalg.qr(patterns.T, mode="r")).T
