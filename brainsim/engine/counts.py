"""Poisson counts, one a unit and step, from one word each: by looking it up among the cumulative probabilities.

A word w stands for the number ``w / 2**32``; the count is the first k whose cumulative probability is above it.
Probabilities are rounded to 2**-32, which shifts no mean by more than 1e-8.
"""

from dataclasses import dataclass

import numpy as np

from brainsim.engine.draws import CHUNK, SCALE, fill_chunk, words
from brainsim.engine.even_counts import even_counts
from brainsim.engine.operation import Compiled, Operation, bytes_at, doubles_at, integers_at

__all__ = ["MOST_COUNTED", "CountSearch", "CountTable", "Counts", "poisson_counts"]

CELLS = 256  # of a guide: a word's highest eight bits say where its search begins
FEW = 24  # limits of one mean: so many are compared with 64 words at once more quickly than each word is looked up
MOST_ROWS = 2**16  # of a table; beyond, it outgrows the caches and then the memory
MOST_COUNTED = 700.0  # mean count above which exp(-mean) vanishes


@dataclass(frozen=True, eq=False)
class CountTable:
    """Counts by a table: a row of cumulative probabilities for each different mean, and a guide into it.

    The guide says for the highest bits of a word where the search begins (Chen and Asau 1974,
    doi:10.1080/05695557408974949), so that it takes a step or two whatever the mean.
    """

    limits: np.ndarray  # int64 (mean, count): words below it (and not below the one before) give this count
    guide: np.ndarray  # uint8 (mean, cell): how many limits are below all of the cell's words, 255 if more
    lowest: np.ndarray  # int64 (mean,): count of the first limit
    row: np.ndarray  # int64 (bin, unit) or (bin, 1)
    bin_steps: int

    @classmethod
    def of(cls, means: np.ndarray, bin_steps: int) -> "CountTable":
        """Build the table for mean counts, (bin, unit) or (bin, 1)."""
        from scipy import special  # takes a fifth of a second to import, and few networks have a background

        different, row = np.unique(means, return_inverse=True)
        # Seven standard deviations, and some for small means, leave out less than a word's resolution.
        reach = 7 * np.sqrt(different)
        lowest = np.floor(different - reach).clip(0).astype(np.int64)
        counts = lowest[:, None] + np.arange(int(2 * reach.max()) + 16)
        limits = np.rint(special.pdtr(counts, different[:, None]) * SCALE).astype(np.int64)
        limits[:, -1] = int(SCALE)
        row = np.zeros((1, 1), dtype=np.int64) if len(different) == 1 else row.reshape(means.shape)
        cells = np.arange(CELLS) * (int(SCALE) // CELLS)
        guide = np.array([np.searchsorted(each, cells, side="right") for each in limits])
        return cls(limits, guide.clip(max=255).astype(np.uint8), lowest, row, bin_steps)

    def operation(
        self, key: np.ndarray, weight: float, variable: np.ndarray, active: np.ndarray | None, first: int = 0
    ) -> Operation:
        """Give the operation that adds `weight` times each unit's count; see `Counts`."""
        limits = self.limits[0]
        if active is None and self.row.size == 1 and np.count_nonzero(limits < SCALE) <= FEW:
            return even_counts(key, limits, int(self.lowest[0]), weight, variable, first)
        bins, wide = self.row.shape
        mask = 0 if active is None else active
        times = (self.limits.shape[1], self.bin_steps, bins - 1, wide)
        shared = (self.limits, self.guide, self.lowest, self.row, np.array([weight]))
        return Operation.of(add_counts, len(variable), *times, key, variable, mask, *shared, first)

    def search(self, drawn: np.ndarray, place: int) -> np.ndarray:
        """Give the counts of one step's words in a bin."""
        row = np.broadcast_to(self.row[place], drawn.shape)
        counts = np.empty(drawn.shape, dtype=np.int64)
        for each in np.unique(row):
            counts[row == each] = np.searchsorted(self.limits[each], drawn[row == each], side="right")
        return self.lowest[row] + counts


@dataclass(frozen=True, eq=False)
class CountSearch:
    """Counts by adding up probabilities until they pass the word: for rates too various for a table.

    The same counts as a table's, up to roundings of the probabilities at 2**-32.
    """

    means: np.ndarray  # float64 (bin, unit)
    nothing: np.ndarray  # float64 (bin, unit): probability of 0, times 2**32
    bin_steps: int

    @classmethod
    def of(cls, means: np.ndarray, bin_steps: int) -> "CountSearch":
        """Prepare for mean counts (bin, unit), at most `MOST_COUNTED`."""
        return cls(np.ascontiguousarray(means), np.exp(-means) * SCALE, bin_steps)

    def operation(
        self, key: np.ndarray, weight: float, variable: np.ndarray, active: np.ndarray | None, first: int = 0
    ) -> Operation:
        """Give the operation that adds `weight` times each unit's count; see `Counts`."""
        bins, units = self.means.shape
        mask = 0 if active is None else active
        shared = (self.means, self.nothing, np.array([weight]))
        return Operation.of(
            add_searched, len(variable), self.bin_steps, bins - 1, key, variable, mask, *shared, first, units
        )

    def search(self, drawn: np.ndarray, place: int) -> np.ndarray:
        """Give the counts of one step's words in a bin."""
        means, share = self.means[place], self.nothing[place].copy()
        total, counts = share.copy(), np.zeros(drawn.shape, dtype=np.int64)
        while (beyond := (total < drawn + 0.5) & (share > 0)).any():
            counts += beyond
            share[beyond] *= means[beyond] / counts[beyond]
            total[beyond] += share[beyond]
        return counts


Counts = CountTable | CountSearch
"""``operation(key, weight, variable, active, first)`` adds `weight` times each unit's count to `variable`.

`key` is read in every step; `variable` and `active` belong to a part of the units, which begins at unit `first`, a
multiple of 64.
"""


def counts_of(means: np.ndarray, bin_steps: int) -> Counts:
    """Prepare Poisson counts.

    Parameters
    ----------
    means : numpy.ndarray
        Mean count in a step, (bin, unit) or (bin, 1).
    bin_steps : int
        Steps that a bin lasts; the last one goes on.
    """
    if means.size <= MOST_ROWS or len(np.unique(means)) <= MOST_ROWS:
        return CountTable.of(means, bin_steps)
    return CountSearch.of(means, bin_steps)


def poisson_counts(key: np.ndarray, counts: Counts, size: int, steps: int, first: int = 0) -> np.ndarray:
    """Give the counts of `size` units in `steps` steps from step `first`, int64 (step, unit)."""
    drawn = words(key, size, steps, first).astype(np.float64)
    last = len(counts.row if isinstance(counts, CountTable) else counts.means) - 1
    places = np.minimum(np.arange(first, first + steps) // counts.bin_steps, last)
    return np.array([counts.search(each, place) for each, place in zip(drawn, places, strict=True)])


@Compiled
def add_counts(arguments, step, row):  # type: ignore[no-untyped-def]
    """Add the weighted counts of a background to a variable, by a table."""
    size, width, wide, first = arguments[0], arguments[1], arguments[4], arguments[13]
    key, variable, active = integers_at(arguments[5]), doubles_at(arguments[6]), bytes_at(arguments[7])
    masked = arguments[7] != 0
    lowest, weight = integers_at(arguments[10]), doubles_at(arguments[12])[0]
    various = wide > 1
    rows = integers_at(arguments[11] + 8 * (min(step // arguments[2], arguments[3]) * wide + (first if various else 0)))
    drawn = np.empty(CHUNK, np.uint32)
    shared = rows[0]
    for start in range(0, size, CHUNK):
        fill_chunk((first + start) // CHUNK, step, key, drawn)
        for k in range(min(CHUNK, size - start)):
            unit = start + k
            each = rows[unit] if various else shared
            limits = integers_at(arguments[8] + 8 * width * each)
            word = drawn[k]
            count = np.int64(bytes_at(arguments[9] + CELLS * each)[word >> np.uint32(24)])
            while limits[count] <= word:
                count += 1
            if not masked or active[unit]:
                variable[unit] += weight * (lowest[each] + count)
    return 0


@Compiled
def add_searched(arguments, step, row):  # type: ignore[no-untyped-def]
    """Add the weighted counts of a background to a variable, by adding up probabilities."""
    size = arguments[0]
    key, variable, active = integers_at(arguments[3]), doubles_at(arguments[4]), bytes_at(arguments[5])
    masked, weight = arguments[5] != 0, doubles_at(arguments[8])[0]
    first = arguments[9]
    place = 8 * (arguments[10] * min(step // arguments[1], arguments[2]) + first)
    means, nothing = doubles_at(arguments[6] + place), doubles_at(arguments[7] + place)
    drawn = np.empty(CHUNK, np.uint32)
    for start in range(0, size, CHUNK):
        fill_chunk((first + start) // CHUNK, step, key, drawn)
        for k in range(min(CHUNK, size - start)):
            unit = start + k
            if masked and not active[unit]:
                continue
            word = drawn[k] + 0.5
            share, count = nothing[unit], 0
            total = share
            while total < word and share > 0:
                count += 1
                share *= means[unit] / count
                total += share
            variable[unit] += weight * count
    return 0
