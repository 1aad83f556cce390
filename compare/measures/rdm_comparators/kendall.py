"""Kendall's rank correlations: do the two matrices order every two pairs of stimuli alike.

Kendall (1938), Biometrika 30:81-93; tau-a for models with ties: Nili et al. (2014), PLoS Computational Biology
10:e1003553, doi:10.1371/journal.pcbi.1003553. Both need the number of concordant less discordant pairs of pairs,
``N - T_a - T_b + T_ab - 2D`` of N in all, T_a and T_b tied in one, T_ab in both, D discordant; D is counted in
``n log n`` steps (Knight 1966, Journal of the American Statistical Association 61:436-439).
"""

from dataclasses import dataclass, replace

import numpy as np

from compare.measures.rdm_comparators.ranks import rounded

__all__ = ["KENDALL", "Ordered", "tau_a", "tau_b"]


@dataclass(frozen=True, eq=False)
class Ordered:
    """How a matrix orders the pairs of stimuli: all that Kendall's correlations need of it.

    Parameters
    ----------
    levels : numpy.ndarray
        (pair,) int32: the place of each value among those that differ.
    order : numpy.ndarray
        (pair,): what sorts them.
    tied : float
        How many pairs of pairs are equal.
    """

    levels: np.ndarray
    order: np.ndarray
    tied: float

    @classmethod
    def of(cls, values: np.ndarray) -> "Ordered":
        """Sort values that are not to be told apart by rounding."""
        exact = rounded(values)
        order = np.argsort(exact, kind="stable")
        along = exact[order]
        rising = np.concatenate([[0], np.cumsum(along[1:] != along[:-1])])
        levels = np.empty(len(exact), np.int32)
        levels[order] = rising
        counts = np.bincount(rising).astype(np.float64)
        return cls(levels, order, float((counts * (counts - 1)).sum() / 2))

    def taken(self, places: np.ndarray) -> "Ordered":
        """Give the same values in other places, each once, to be the second that is compared: it is not sorted anew."""
        return replace(self, levels=self.levels[places], order=np.empty(0, np.intp))

    @property
    def pairs(self) -> float:
        """How many pairs of pairs there are."""
        return len(self.levels) * (len(self.levels) - 1) / 2


def tau_b_ordered(a: Ordered, b: Ordered) -> float:
    """Give concordant less discordant, over the geometric mean of those not tied in a and those not tied in b."""
    size = np.sqrt((a.pairs - a.tied) * (b.pairs - b.tied))
    return float(np.clip(_agreement(a, b) / size, -1.0, 1.0)) if size > 0 else float("nan")


def tau_a_ordered(a: Ordered, b: Ordered) -> float:
    """Give concordant less discordant, over all: a matrix with ties does not reach 1, not even with itself."""
    return _agreement(a, b) / a.pairs


KENDALL = {"tau-a": tau_a_ordered, "tau-b": tau_b_ordered}
"""Kendall's correlations of what is sorted already, by name."""


def tau_b(a: np.ndarray, b: np.ndarray) -> float:
    """Give `tau_b_ordered` of values."""
    return tau_b_ordered(Ordered.of(a), Ordered.of(b))


def tau_a(a: np.ndarray, b: np.ndarray) -> float:
    """Give `tau_a_ordered` of values."""
    return tau_a_ordered(Ordered.of(a), Ordered.of(b))


def _agreement(a: Ordered, b: Ordered) -> float:
    from compare.measures.rdm_comparators import _loops

    discordant = _loops.discordant(a.order, a.levels, b.levels)
    both = 0.0
    if a.tied and b.tied:
        counts = np.unique(a.levels.astype(np.int64) * len(b.levels) + b.levels, return_counts=True)[1].astype(float)
        both = float((counts * (counts - 1)).sum() / 2)
    return a.pairs - a.tied - b.tied + both - 2.0 * discordant
