"""Correlations of ranks: for distances of which only the order means something.

Spearman (1904), American Journal of Psychology 15:72-101; rho-a: Schütt et al. (2023), eLife 12:e82566,
doi:10.7554/eLife.82566.
"""

import numpy as np

from compare.measures.rdm_comparators.linear import pearson

__all__ = ["rho_a", "rounded", "spearman"]


def rounded(a: np.ndarray) -> np.ndarray:
    """Round to 11 digits of the largest, so that equal distances stay equal whatever order they were summed in."""
    largest = np.abs(a).max(initial=0.0)
    if largest == 0 or not np.isfinite(largest):
        return a
    return np.round(a, int(11 - np.ceil(np.log10(largest))))


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Give Pearson's correlation of average ranks: tied pairs are taken out of the variance that is to be explained."""
    return pearson(_ranks(a), _ranks(b))


def rho_a(a: np.ndarray, b: np.ndarray) -> float:
    """Give ``12 Σ x̃ỹ / (n³ - n)`` of average ranks less their mean: Spearman's expected value, ties broken at random.

    A matrix with ties does not reach 1, not even with itself: with groups of t tied pairs its largest value, against
    one that orders the untied pairs alike, is ``1 - Σ(t³ - t) / (n³ - n)``.
    """
    n = a.size
    middle = (n + 1) / 2
    return 12 * float((_ranks(a) - middle) @ (_ranks(b) - middle)) / (n**3 - n)


def _ranks(a: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    return rankdata(rounded(a))
