"""Whitened comparators: distances that share a stimulus share its noise, and count accordingly less.

Diedrichsen et al. (2021), Neurons, Behavior, Data analysis, and Theory 5(3), doi:10.51628/001c.27664.

Let the noise of the patterns have covariance Σ between stimuli. The covariance of two squared distances, where the true
ones are 0, is up to a factor ``V = Ξ∘Ξ`` with ``Ξ = CΣCᵀ`` and C the pairwise contrasts; compared is
``aᵀV⁻¹b / √(aᵀV⁻¹a · bᵀV⁻¹b)``. V is as large as pairs times pairs, but never needed: with A the square matrix of a,
``aᵀV⁻¹b`` is proportional to ``tr(MAMB)``, where ``M = Σ⁻¹ - Σ⁻¹11ᵀΣ⁻¹ / 1ᵀΣ⁻¹1`` takes the mean out as Σ weighs it.
With equal and independent noise M is the centring matrix, and the whitened cosine of squared Euclidean distances is
linear CKA.
"""

from typing import Any

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError
from compare.measures.rdm_comparators.linear import cosine

__all__ = ["centring_root", "whitened_correlation", "whitened_cosine"]


def whitened_cosine(a: np.ndarray, b: np.ndarray, root: np.ndarray | None = None) -> float:
    """Give the cosine in the metric of V⁻¹; NaN if one is all zeros."""
    return cosine(_whitened(a, root), _whitened(b, root))


def whitened_correlation(a: np.ndarray, b: np.ndarray, root: np.ndarray | None = None) -> float:
    """Give the same after both means are removed; NaN if one does not vary."""
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return whitened_cosine(a - a.mean(), b - b.mean(), root)


def centring_root(covariance: Any, stimuli: int) -> np.ndarray:
    """Give the F of ``M = FᵀF`` for a noise covariance between stimuli.

    Parameters
    ----------
    covariance : array-like
        (stimulus, stimulus), or (stimulus,) variances of independent noise.
    stimuli : int
        How many stimuli the matrices have.

    Returns
    -------
    numpy.ndarray
        (stimulus, stimulus).

    Raises
    ------
    InvalidActivityError
        If it is of another number of stimuli.
    InvalidOptionError
        If it is no covariance: not finite, not symmetric, not positive definite.
    """
    noise = np.asarray(covariance, dtype=np.float64)
    if noise.shape not in ((stimuli,), (stimuli, stimuli)):
        raise InvalidActivityError(
            f"noise_covariance: must be ({stimuli}, {stimuli}) or ({stimuli},) for {stimuli} stimuli, got {noise.shape}"
        )
    if noise.ndim == 1:
        noise = np.diag(noise)
    if not np.isfinite(noise).all() or np.abs(noise - noise.T).max() > 1e-8 * np.abs(noise).max():
        raise InvalidOptionError("noise_covariance: must be finite and symmetric")
    try:
        # Σ = LLᵀ: centred where noise is white, with L⁻¹1 for the mean.
        inverse = np.linalg.inv(np.linalg.cholesky(noise))
    except np.linalg.LinAlgError:
        raise InvalidOptionError("noise_covariance: must be positive definite") from None
    mean = inverse.sum(axis=1)
    mean /= np.linalg.norm(mean)
    return inverse - np.outer(mean, mean @ inverse)


def _whitened(a: np.ndarray, root: np.ndarray | None) -> np.ndarray:
    """Give the entries of ``FAFᵀ``, whose inner products are ``tr(MAMB)``."""
    from scipy.spatial.distance import squareform

    square = squareform(a, checks=False)
    if root is not None:
        return (root @ square @ root.T).ravel()
    square = square - square.mean(axis=0)
    return (square - square.mean(axis=1, keepdims=True)).ravel()
