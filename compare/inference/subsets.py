"""Any measure, computed anew for every choice of stimuli.

Where a measure is no cosine over pairs (`PairVectors`), stimuli cannot be weighted, and drawing them with replacement
would show every subject the same duplicates. So each stimulus is left out in turn, and pairs of them (`SecondOrder`),
which gives intervals their width. For all that has no smooth dependence on the stimuli (ranks, wins, predictions of
folds drawn anew) half of the stimuli are taken *without* replacement, many times: the delete-half jackknife of Shao and
Wu (1989, doi:10.1214/aos/1176347263; Shao and Tu 1995, The Jackknife and Bootstrap, section 2.3). For a subset of m of
n stimuli the deviations, times ``√(m / (n - m))``, have to first order the spread that the measure has over sets of n
stimuli. Their centre is that of m stimuli, and many measures depend on how many there are (canonical correlations,
predictivity), so it is moved to the value observed with all.

What an interval from subsets holds is thus the value expected with *this many* stimuli.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from compare.errors import DataError, TooFewStimuliError
from compare.inference.draws import complementary_draws, subset_draws
from compare.measures.measure import Measure
from compare.measures.rdm_comparators import compare_rdms
from compare.measures.rdm_comparators.kendall import KENDALL, Ordered

__all__ = ["ByPatterns", "ByRdms", "ByWhitenedRdms", "Comparison", "StimulusSubsets"]

SHARES = (1 / 2, 3 / 4, 7 / 8)
"""Of the stimuli; more than half where a measure is not defined for half of them."""


class Comparison(Protocol):
    """How two subjects are compared on some of the stimuli."""

    def part(self, array: np.ndarray, stimuli: np.ndarray, side: int) -> Any:
        """Give what a subject brings to every comparison on these stimuli, as x (side 0) or as y (side 1)."""

    def between(self, x: Any, y: Any) -> float:
        """Compare two subjects before the same stimuli by their parts."""

    def relabelled(self, part: Any, order: np.ndarray) -> Any:
        """Give the part of a y whose stimulus ``order[i]`` has taken the place of stimulus i."""


@dataclass(frozen=True)
class ByPatterns:
    """Patterns (stimulus[, trial], unit), compared by a measure."""

    measure: Measure

    def part(self, array: np.ndarray, stimuli: np.ndarray, side: int) -> Any:
        """Give what the measure takes of the rows."""
        return self.measure.part(array[stimuli], side)

    def between(self, x: Any, y: Any) -> float:
        """Give the measure, without the checks that all stimuli have passed."""
        return self.measure.of_parts(x, y)

    def relabelled(self, part: Any, order: np.ndarray) -> Any:
        """Give the part of stimuli that changed places."""
        return self.measure.relabelled(part, order)


@dataclass(frozen=True)
class ByRdms:
    """Square RDMs, compared by a comparator that needs all pairs of pairs: Kendall's tau."""

    method: str

    def part(self, array: np.ndarray, stimuli: np.ndarray, side: int) -> Ordered | None:
        """Sort the upper triangle of rows and columns; None where nothing varies."""
        from scipy.spatial.distance import squareform

        values = squareform(array[np.ix_(stimuli, stimuli)], checks=False)
        return Ordered.of(values) if np.ptp(values) > 0 else None

    def between(self, x: Ordered | None, y: Ordered | None) -> float:
        """Compare the upper triangles; NaN where one does not vary."""
        return KENDALL[self.method](x, y) if x is not None and y is not None else float("nan")

    def relabelled(self, part: Ordered | None, order: np.ndarray) -> Ordered | None:
        """Give the same distances to other pairs."""
        first, second = np.triu_indices(len(order), 1)
        a, b = np.minimum(order[first], order[second]), np.maximum(order[first], order[second])
        return None if part is None else part.taken(a * len(order) - a * (a + 1) // 2 + b - a - 1)


@dataclass(frozen=True)
class ByWhitenedRdms:
    """Square RDMs, each beside the noise covariance of its stimuli: (stimulus, other stimulus of one, of the other)."""

    method: str

    def part(self, array: np.ndarray, stimuli: np.ndarray, side: int) -> np.ndarray:
        """Give the rows and columns of both."""
        return array[np.ix_(stimuli, np.concatenate([stimuli, len(array) + stimuli]))]

    def between(self, x: np.ndarray, y: np.ndarray) -> float:
        """Compare the upper triangles, whitened by the second subject's noise; NaN where one does not vary."""
        from scipy.spatial.distance import squareform

        n = len(x)
        first, second = (squareform(both[:, :n], checks=False) for both in (x, y))
        if np.ptp(first) == 0 or np.ptp(second) == 0:
            return float("nan")
        return compare_rdms(first, second, self.method, y[:, n:])

    def relabelled(self, part: np.ndarray, order: np.ndarray) -> np.ndarray:
        """Give the rows and columns of stimuli that changed places."""
        return self.part(part, order, 1)


@dataclass(frozen=True)
class StimulusSubsets:
    """Several subjects before the same stimuli, compared on subsets of them.

    Parameters
    ----------
    comparison : Comparison
        How two of them are compared.
    arrays : tuple of numpy.ndarray
        One a subject, stimuli first.
    cells : tuple of (int, int)
        Which subjects are compared with which.
    least_stimuli : int
        How many stimuli that needs.
    names : tuple of str
        What error messages call the subjects.

    Raises
    ------
    TooFewStimuliError
        If no subset of the stimuli could be compared.
    """

    comparison: Comparison
    arrays: tuple[np.ndarray, ...]
    cells: tuple[tuple[int, int], ...]
    least_stimuli: int = 2
    names: tuple[str, ...] = ()

    @property
    def stimuli(self) -> int:
        """How many stimuli there are."""
        return len(self.arrays[0])

    @functools.cached_property
    def kept(self) -> int:
        """How many stimuli a subset has: half of them, or more if the measure is not defined for half."""
        n = self.stimuli
        for share in SHARES:
            kept = max(int(n * share), self.least_stimuli)
            if kept < n and np.isfinite(self.similarity(subset_draws(n, kept, 1, np.random.default_rng(0))[0])).any():
                return kept
        raise TooFewStimuliError(
            f"{n} stimuli: too few to compare on part of them, as intervals need; show more stimuli, or take a measure "
            "that asks for less (rsa, cka)"
        )

    @property
    def by_chance(self) -> bool:
        """Whether chance is drawn anew for every subset, so that leaving out one stimulus changes much."""
        return isinstance(self.comparison, ByPatterns) and self.comparison.measure.by_chance

    @property
    def in_halves(self) -> bool:
        """Whether half of the stimuli are enough."""
        return self.kept == self.stimuli // 2

    @property
    def chunk(self) -> int:
        """How many draws a worker takes at a time."""
        return 20

    def usable(self, draws: np.ndarray) -> np.ndarray:
        """Say whether enough stimuli were drawn."""
        return np.asarray((draws > 0).sum(axis=-1) >= self.least_stimuli)

    def draws(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draw subsets of the stimuli, (draw, stimulus) of 0 and 1; of halves, one and then the other."""
        if self.in_halves:
            return complementary_draws(self.stimuli, count, rng)
        return subset_draws(self.stimuli, self.kept, count, rng)

    def similarity(self, draws: np.ndarray | None = None) -> np.ndarray:
        """Give (subject, subject); NaN for what is not compared, or not defined on this subset."""
        stimuli = np.arange(self.stimuli) if draws is None else np.flatnonzero(draws)
        result = np.full((len(self.arrays), len(self.arrays)), np.nan)
        ys: dict[int, Any] = {}
        for a, others in self._by_x:
            x = None  # one at a time: that of a regression holds a decomposition for each fold
            for b in others:
                try:
                    x = self.comparison.part(self.arrays[a], stimuli, 0) if x is None else x
                    ys[b] = ys[b] if b in ys else self.comparison.part(self.arrays[b], stimuli, 1)
                    result[a, b] = self.comparison.between(x, ys[b])
                except DataError as error:
                    if draws is None:
                        who = f"{self.names[a]} with {self.names[b]}: " if self.names else ""
                        raise type(error)(f"{who}{error}") from error
        return result

    @functools.cached_property
    def _by_x(self) -> list[tuple[int, list[int]]]:
        """Give each x with its ys."""
        return [(x, [b for a, b in self.cells if a == x]) for x in dict.fromkeys(a for a, _ in self.cells)]

    def similarities(self, draws: np.ndarray) -> np.ndarray:
        """Give `similarity` for each row of multiplicities: (draw, subject, subject)."""
        return np.stack([self.similarity(row) for row in draws])

    def permuted(self, rows: np.ndarray, columns: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Give (permutation, row, column), the columns' stimuli given other labels."""
        result = np.empty((len(labels), len(rows), len(columns)))
        everyone = np.arange(self.stimuli)
        ys = [self.comparison.part(self.arrays[column], everyone, 1) for column in columns]
        for place, row in enumerate(rows):
            x = self.comparison.part(self.arrays[row], everyone, 0)
            for index, order in enumerate(labels):
                result[index, place] = [self.comparison.between(x, self.comparison.relabelled(y, order)) for y in ys]
        return result

    def replaced(self, rows: Mapping[int, np.ndarray]) -> "StimulusSubsets":
        """Give the same subjects, some of them with other arrays."""
        return replace(self, arrays=tuple(rows.get(index, array) for index, array in enumerate(self.arrays)))

    def settled(self, resampled: np.ndarray, observed: np.ndarray) -> np.ndarray:
        """Give deviations the spread of all stimuli, around what was observed with all."""
        with np.errstate(invalid="ignore"):
            known = np.isfinite(resampled)
            count = known.sum(axis=0)
            middle = np.where(known, resampled, 0.0).sum(axis=0) / np.where(count > 0, count, np.nan)
        return observed + np.sqrt(self.kept / (self.stimuli - self.kept)) * (resampled - middle)

    def alike(self) -> None:
        """Say that only the similarities tell which subjects are the same."""
