"""How alike two representational dissimilarity matrices are.

Nili et al. (2014), PLoS Computational Biology 10:e1003553, doi:10.1371/journal.pcbi.1003553; Schütt et al. (2023),
eLife 12:e82566, doi:10.7554/eLife.82566.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.measures.patterns import real_array
from compare.measures.rdm_comparators.kendall import tau_a, tau_b
from compare.measures.rdm_comparators.linear import cosine, pearson
from compare.measures.rdm_comparators.ranks import rho_a, spearman
from compare.measures.rdm_comparators.whitened import centring_root, whitened_correlation, whitened_cosine
from isocortex.errors import nearest

__all__ = ["COMPARATORS", "WHITENED", "compare_rdms", "stimuli_of"]

COMPARATORS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "pearson": pearson,
    "spearman": spearman,
    "cosine": cosine,
    "rho-a": rho_a,
    "tau-a": tau_a,
    "tau-b": tau_b,
    "whitened-cosine": whitened_cosine,
    "whitened-correlation": whitened_correlation,
}
"""The comparators by name."""

WHITENED = {"whitened-cosine": whitened_cosine, "whitened-correlation": whitened_correlation}
"""Those that know how the noise of distances is shared."""


def compare_rdms(a: Any, b: Any, method: str = "spearman", noise_covariance: Any = None) -> float:
    """Compare two representational dissimilarity matrices.

    Parameters
    ----------
    a, b : array-like
        Condensed matrices, as `rdm` gives them. Pairs that are NaN in either are left out of both; of the whitened
        comparators, which need every pair, the stimuli whose pairs are all NaN.
    method : str
        ``"pearson"``, ``"cosine"``; ``"spearman"``: Pearson's correlation of average ranks; ``"rho-a"``: what
        Spearman's would be on average if ties were broken at random, fair to models with ties; ``"tau-a"``: concordant
        minus discordant over all pairs; ``"tau-b"``: corrected for ties; ``"whitened-cosine"`` and
        ``"whitened-correlation"``: the dependence among distances that share a stimulus taken into account.
    noise_covariance : array-like, optional
        For the whitened ones: how the noise of the patterns covaries between stimuli, (stimulus, stimulus), or
        (stimulus,) variances if it is independent, as of means over differently many trials. Equal and independent by
        default.

    Returns
    -------
    float
        At most 1. NaN if one of the two has no variance.

    Raises
    ------
    InvalidOptionError
        If there is no such method, a noise covariance is no covariance or given to a method that knows no noise, or a
        whitened method lacks single pairs.
    InvalidActivityError
        If the two are not condensed matrices of equally many stimuli.
    TooFewStimuliError
        If fewer than three pairs remain.

    Examples
    --------
    >>> compare_rdms([1.0, 2.0, 3.0], [1.0, 3.0, 2.0])
    0.5
    """
    if method not in COMPARATORS:
        raise InvalidOptionError(f"method: there is no {method!r}; {nearest(method, COMPARATORS)}")
    if noise_covariance is not None and method not in WHITENED:
        raise InvalidOptionError(f"noise_covariance: {method!r} knows no noise; take one of {', '.join(WHITENED)}")
    first, second = _condensed(a, "a"), _condensed(b, "b")
    if first.size != second.size:
        raise InvalidActivityError(
            f"a has {first.size} distances and b has {second.size}: both must see the same stimuli"
        )
    known = ~(np.isnan(first) | np.isnan(second))
    if known.sum() < 3:
        raise TooFewStimuliError(f"compare_rdms: {int(known.sum())} pairs of stimuli remain, at least 3 are needed")
    if method in WHITENED:
        kept = _whole_stimuli(known, method)
        root = None
        if noise_covariance is not None:
            covariance = np.asarray(noise_covariance)
            if covariance.ndim and len(covariance) == kept.size:
                covariance = covariance[np.ix_(kept, kept)] if covariance.ndim == 2 else covariance[kept]
            root = centring_root(covariance, int(kept.sum()))
        return WHITENED[method](first[known], second[known], root)
    return COMPARATORS[method](first[known], second[known])


def _condensed(a: Any, name: str) -> np.ndarray:
    array = real_array(a, name).astype(np.float64, copy=False)
    if array.ndim != 1 or stimuli_of(array.size) is None:
        raise InvalidActivityError(
            f"{name}: must be a condensed matrix of n(n-1)/2 distances, got shape {array.shape}; rdm() gives one"
        )
    return array


def _whole_stimuli(known: np.ndarray, method: str) -> np.ndarray:
    """Give which stimuli remain when those without any known pair are left out, (stimulus,) bool."""
    stimuli = stimuli_of(known.size) or 0
    first, second = np.triu_indices(stimuli, 1)
    kept = np.zeros(stimuli, bool)
    kept[first[known]] = kept[second[known]] = True
    lacking = int((~known & kept[first] & kept[second]).sum())
    if lacking:
        raise InvalidOptionError(
            f"method: {method!r} needs every pair of its stimuli, but {lacking} are NaN; leave the stimuli out, or "
            "take another method"
        )
    return kept


def stimuli_of(pairs: int) -> int | None:
    """Give the number of stimuli with so many pairs, or None if there is no such number.

    Examples
    --------
    >>> stimuli_of(10), stimuli_of(11)
    (5, None)
    """
    stimuli = round((1 + np.sqrt(1 + 8 * pairs)) / 2)
    return stimuli if stimuli > 1 and stimuli * (stimuli - 1) // 2 == pairs else None
