"""Canonical correlations of two subjects.

Hotelling (1936), Biometrika 28:321-377; SVCCA: Raghu et al. (2017), NeurIPS, arXiv:1706.05806.
"""

from typing import Any

import numpy as np

from compare.errors import InvalidOptionError, TooFewStimuliError
from compare.measures.invariances import invariant_to
from compare.measures.patterns import CONSTANT, aligned, centred

__all__ = ["cca", "svcca"]


@invariant_to("translation", "scale", "permutation", "rotation", "affine")
def cca(x: Any, y: Any) -> float:
    """Compute the mean canonical correlation.

    Parameters
    ----------
    x, y : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit).

    Returns
    -------
    float
        0 to 1: the mean over as many canonical correlations as the smaller subject has dimensions. NaN if one does
        not vary over stimuli. If the dimensions together exceed stimuli - 1, the excess correlations are 1 for
        whatever data; `svcca` or `cka` ask less.

    Raises
    ------
    TooFewStimuliError
        If one subject's dimensions are not fewer than its stimuli less one: every correlation would be 1.
    InvalidActivityError, ActivityTypeError
        If the activity cannot be used.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(100, 5))
    >>> round(cca(x, x @ rng.normal(size=(5, 5))), 6)
    1.0
    """
    a, b = (_basis(centred(patterns)) for patterns in aligned(x, y, least=3))
    for name, basis in (("x", a), ("y", b)):
        if basis.shape[1] >= len(basis) - 1:
            raise TooFewStimuliError(
                f"{name}: {basis.shape[1]} dimensions from {len(basis)} stimuli, so every canonical correlation is 1; "
                "take more stimuli, or svcca or cka"
            )
    return _mean_correlation(a, b)


@invariant_to("translation", "scale", "permutation", "rotation")
def svcca(x: Any, y: Any, variance: float = 0.99, components: int | None = None) -> float:
    """Compute the mean canonical correlation of the principal components that hold most of the variance.

    Parameters
    ----------
    x, y : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit).
    variance : float
        Share of each subject's variance that is kept, above 0 and at most 1.
    components : int, optional
        Keep so many components instead.

    Returns
    -------
    float
        0 to 1; NaN if one subject does not vary over stimuli.

    Raises
    ------
    InvalidOptionError
        If `variance` or `components` is out of range.
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used; at least 3 stimuli.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(100, 5))
    >>> round(svcca(x, 2 * x + 1), 6)
    1.0
    """
    if not 0 < variance <= 1:
        raise InvalidOptionError(f"variance: must be above 0 and at most 1, got {variance}")
    if components is not None and components < 1:
        raise InvalidOptionError(f"components: must be at least 1, got {components}")
    a, b = (_basis(centred(patterns), variance, components) for patterns in aligned(x, y, least=3))
    return _mean_correlation(a, b)


def _basis(patterns: np.ndarray, variance: float = 1.0, components: int | None = None) -> np.ndarray:
    """Give an orthonormal basis (stimulus, dimension) of the leading components."""
    left, sizes, _ = np.linalg.svd(patterns, full_matrices=False)
    rank = int((sizes > CONSTANT * sizes[0]).sum())
    if components is not None:
        return left[:, : min(components, rank)]
    if variance < 1 and rank:
        explained = np.cumsum(sizes[:rank] ** 2) / np.sum(sizes**2)
        rank = int(np.searchsorted(explained, variance)) + 1
    return left[:, :rank]


def _mean_correlation(a: np.ndarray, b: np.ndarray) -> float:
    if a.shape[1] == 0 or b.shape[1] == 0:
        return float("nan")
    return float(np.clip(np.linalg.svd(a.T @ b, compute_uv=False), 0.0, 1.0).mean())
