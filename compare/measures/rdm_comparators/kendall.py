"""Kendall's rank correlations: do the two matrices order every two pairs of stimuli alike.

Kendall (1938), Biometrika 30:81-93; tau-a for models with ties: Nili et al. (2014), PLoS Computational Biology
10:e1003553, doi:10.1371/journal.pcbi.1003553.
"""

import numpy as np

from compare.measures.rdm_comparators.ranks import rounded

__all__ = ["tau_a", "tau_b"]


def tau_b(a: np.ndarray, b: np.ndarray) -> float:
    """Give concordant less discordant, over the geometric mean of those not tied in a and those not tied in b."""
    from scipy.stats import kendalltau

    return float(kendalltau(rounded(a), rounded(b)).statistic)


def tau_a(a: np.ndarray, b: np.ndarray) -> float:
    """Give concordant less discordant, over all: a matrix with ties does not reach 1, not even with itself."""
    tau = tau_b(a, b)
    # tau-b divides by the untied pairs of pairs, tau-a by all of them.
    pairs = a.size * (a.size - 1) / 2
    return 0.0 if np.isnan(tau) else tau * float(np.sqrt((pairs - _tied(a)) * (pairs - _tied(b)))) / pairs


def _tied(a: np.ndarray) -> float:
    counts = np.unique(rounded(a), return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1) / 2).sum())
