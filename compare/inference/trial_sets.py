"""How similar disjoint sets of a subject's own trials are: what every noise ceiling starts from."""

from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any, Protocol

import numpy as np

from compare.errors import DataError, InvalidOptionError
from compare.inference.pair_form import pair_vector
from compare.inference.pairs import PairVectors
from compare.measures.blocks import Patterns, chosen_from
from compare.measures.kernel_alignment import CKA
from compare.measures.measure import Measure
from compare.measures.rdm_comparators import compare_rdms
from compare.measures.rotation import rotated
from compare.measures.rsa import RSA
from compare.parallel import Workers, run

__all__ = ["Comparison", "comparison_of", "is_tau", "mean_similarity", "partitions"]

PARTITIONS = 10


class Comparison(Protocol):
    """How a set of trials is prepared, and how similar two prepared ones are: a cosine."""

    def prepare(self, trials: np.ndarray) -> np.ndarray:
        """Give what is compared of some trials (stimulus, trial, unit)."""

    def between(self, a: np.ndarray, b: np.ndarray) -> float:
        """Compare two."""


@dataclass(frozen=True)
class _OfRdms:
    measure: RSA
    side: int

    def prepare(self, trials: np.ndarray) -> np.ndarray:
        return pair_vector(self.measure, trials, self.side)

    def between(self, a: np.ndarray, b: np.ndarray) -> float:
        value = compare_rdms(a, b, self.measure.method, self.measure.noise_covariance)
        # The correlation of normal variables with this tau (Greiner 1909).
        return float(np.sin(np.pi / 2 * value)) if is_tau(self.measure) else value


@dataclass(frozen=True)
class _OfKernels:
    measure: CKA

    def prepare(self, trials: np.ndarray) -> np.ndarray:
        return pair_vector(self.measure, trials)

    def between(self, a: np.ndarray, b: np.ndarray) -> float:
        centring = "additive" if self.measure.debiased else "gower"
        return float(PairVectors(np.stack([a, b]), centring).similarity()[0, 1])


@dataclass(frozen=True)
class _OfPatterns:
    measure: Measure

    def prepare(self, trials: np.ndarray) -> np.ndarray:
        if self.measure.sees_trials(1):
            return np.asarray(trials)
        return rotated(Patterns(trials), self.measure.invariances)

    def between(self, a: np.ndarray, b: np.ndarray) -> float:
        return self.measure.cosine(self.measure.of_parts(self.measure.part(a, 0), self.measure.part(b, 1)))


def comparison_of(measure: Measure, side: int = 1) -> Comparison:
    """Give how sets of trials are compared by a measure.

    Parameters
    ----------
    measure : Measure
        How similar; of a distance, which is an angle, the cosine is taken.
    side : int
        0 if the subject stands where layers do, 1 where regions do, for measures that treat the two differently.
    """
    if isinstance(measure, RSA):
        return _OfRdms(measure, side)
    return _OfKernels(measure) if isinstance(measure, CKA) else _OfPatterns(measure)


def is_tau(measure: Measure) -> bool:
    """Say whether a measure is Kendall's tau, which is no cosine."""
    return isinstance(measure, RSA) and measure.method.startswith("tau")


def partitions(trials: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Give orders of the trials whose first and second halves are different partitions: all, or ten at random.

    Examples
    --------
    >>> [order.tolist() for order in partitions(4, np.random.default_rng(0))]
    [[0, 1, 2, 3], [0, 2, 1, 3], [0, 3, 1, 2]]
    """
    half = trials // 2
    if trials <= 5:
        orders = []
        for first in combinations(range(trials), half):
            rest = [trial for trial in range(trials) if trial not in first]
            orders += [np.array([*first, *second]) for second in combinations(rest, half) if first < second]
        return orders
    return [rng.permutation(trials) for _ in range(PARTITIONS)]


def mean_similarity(
    array: np.ndarray, comparison: Comparison, size: int, orders: list[np.ndarray], workers: Workers = 1
) -> float:
    """Give the mean similarity of disjoint sets of `size` trials.

    Parameters
    ----------
    array : numpy.ndarray
        (stimulus, trial, unit).
    comparison : Comparison
        How sets are compared.
    size : int
        Trials in a set.
    orders : list of numpy.ndarray
        Each is cut into as many sets as it holds.
    workers : int, Executor or None
        See `compare.parallel`.

    Returns
    -------
    float
        NaN if no two sets can be compared.
    """
    pairs: dict[tuple[tuple[int, ...], tuple[int, ...]], None] = {}
    for order in orders:
        sets = [tuple(sorted(order[start : start + size].tolist())) for start in range(0, len(order) - size + 1, size)]
        pairs |= dict.fromkeys(combinations(sorted(sets), 2))
    members = list(dict.fromkeys(one for pair in pairs for one in pair))
    prepared = dict(zip(members, run(partial(_prepared, comparison, array), members, workers), strict=True))
    values = run(partial(_between, comparison), [(prepared[a], prepared[b]) for a, b in pairs], workers)
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _prepared(comparison: Comparison, array: np.ndarray, trials: tuple[int, ...]) -> np.ndarray:
    return comparison.prepare(chosen_from(array, trials=trials))


def _between(comparison: Comparison, pair: tuple[Any, Any]) -> float:
    try:
        return comparison.between(*pair)
    except (DataError, InvalidOptionError):  # patterns that so few trials leave silent, or too few of them
        return float("nan")
