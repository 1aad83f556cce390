"""How alike two representational dissimilarity matrices are.

Nili et al. (2014), PLoS Computational Biology 10:e1003553, doi:10.1371/journal.pcbi.1003553; rho-a and the whitened
comparators after Schütt et al. (2023), eLife 12:e82566, doi:10.7554/eLife.82566, and Diedrichsen et al. (2021),
Neurons, Behavior, Data analysis, and Theory 5(3), doi:10.51628/001c.27664.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError
from isocortex.errors import nearest

__all__ = ["COMPARATORS", "compare_rdms"]


def compare_rdms(a: Any, b: Any, method: str = "spearman") -> float:
    """Compare two representational dissimilarity matrices.

    Parameters
    ----------
    a, b : array-like
        Condensed matrices, as `rdm` gives them. Pairs that are NaN in either are left out of both.
    method : str
        ``"pearson"``, ``"cosine"``; ``"spearman"``: Pearson's correlation of average ranks; ``"rho-a"``: what
        Spearman's would be on average if ties were broken at random, fair to models with ties; ``"tau-a"``: concordant
        minus discordant over all pairs; ``"tau-b"``: corrected for ties; ``"whitened-cosine"`` and
        ``"whitened-correlation"``: the dependence among distances that share a stimulus taken into account, for
        patterns with independent and equal noise.

    Returns
    -------
    float
        At most 1. NaN if one of the two has no variance.

    Raises
    ------
    InvalidOptionError
        If there is no such method, or the method needs every pair and some are NaN.
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
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    for name, array in (("a", first), ("b", second)):
        if array.ndim != 1 or stimuli_of(array.size) is None:
            raise InvalidActivityError(
                f"{name}: must be a condensed matrix of n(n-1)/2 distances, got shape {array.shape}; rdm() gives one"
            )
    if first.size != second.size:
        raise InvalidActivityError(
            f"a has {first.size} distances and b has {second.size}: both must see the same stimuli"
        )
    known = ~(np.isnan(first) | np.isnan(second))
    if known.sum() < 3:
        raise TooFewStimuliError(f"compare_rdms: {int(known.sum())} pairs of stimuli remain, at least 3 are needed")
    if not known.all():
        if method.startswith("whitened"):
            raise InvalidOptionError(f"method: {method!r} needs every pair, but {int((~known).sum())} are NaN")
        first, second = first[known], second[known]
    return float(COMPARATORS[method](first, second))


def stimuli_of(pairs: int) -> int | None:
    """Give the number of stimuli with so many pairs, or None if there is no such number.

    Examples
    --------
    >>> stimuli_of(10), stimuli_of(11)
    (5, None)
    """
    stimuli = round((1 + np.sqrt(1 + 8 * pairs)) / 2)
    return stimuli if stimuli > 1 and stimuli * (stimuli - 1) // 2 == pairs else None


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    size = np.sqrt(np.sum(a * a) * np.sum(b * b))
    return np.sum(a * b) / size if size > 0 else np.nan


def _pearson(a: np.ndarray, b: np.ndarray) -> float:
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return np.nan
    return _cosine(a - a.mean(), b - b.mean())


def _ranks(a: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    return rankdata(rounded(a))


def rounded(a: np.ndarray) -> np.ndarray:
    """Round to 11 digits of the largest, so that equal distances stay equal whatever order they were summed in."""
    largest = np.abs(a).max(initial=0.0)
    if largest == 0 or not np.isfinite(largest):
        return a
    return np.round(a, int(11 - np.ceil(np.log10(largest))))


def _spearman(a: np.ndarray, b: np.ndarray) -> float:
    return _pearson(_ranks(a), _ranks(b))


def _rho_a(a: np.ndarray, b: np.ndarray) -> float:
    n = a.size
    middle = (n + 1) / 2
    return 12 * float((_ranks(a) - middle) @ (_ranks(b) - middle)) / (n**3 - n)


def _tau_b(a: np.ndarray, b: np.ndarray) -> float:
    from scipy.stats import kendalltau

    return kendalltau(rounded(a), rounded(b)).statistic


def _tau_a(a: np.ndarray, b: np.ndarray) -> float:
    tau = _tau_b(a, b)
    # tau-b divides by the untied pairs of pairs, tau-a by all of them.
    pairs = a.size * (a.size - 1) / 2
    return 0.0 if np.isnan(tau) else tau * float(np.sqrt((pairs - _tied(a)) * (pairs - _tied(b)))) / pairs


def _tied(a: np.ndarray) -> float:
    counts = np.unique(rounded(a), return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1) / 2).sum())


def _whitened_cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Cosine of the double-centred matrices, diagonal included: the whitening in closed form.

    For independent noise of equal variance the covariance of two squared distances is (up to a factor)
    ``V = (CCᵀ)∘(CCᵀ)`` with C the pairwise contrasts, and ``aᵀV⁻¹b`` is proportional to the inner product of the
    Gower-centred matrices ``-½HDH``.
    """
    return _cosine(_gower(a).ravel(), _gower(b).ravel())


def _whitened_correlation(a: np.ndarray, b: np.ndarray) -> float:
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return np.nan
    return _whitened_cosine(a - a.mean(), b - b.mean())


def _gower(a: np.ndarray) -> np.ndarray:
    from scipy.spatial.distance import squareform

    square = squareform(a, checks=False)
    square = square - square.mean(axis=0)
    return -0.5 * (square - square.mean(axis=1, keepdims=True))


COMPARATORS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "pearson": _pearson,
    "spearman": _spearman,
    "cosine": _cosine,
    "rho-a": _rho_a,
    "tau-a": _tau_a,
    "tau-b": _tau_b,
    "whitened-cosine": _whitened_cosine,
    "whitened-correlation": _whitened_correlation,
}
"""The comparators by name."""
