"""The spikes of a population or of a part of it, one after the other; row r of `ends` says where a step's begin.

Delays and refractory periods look back in a log, so its last `history` rows are carried over when it is begun anew.
"""

import numpy as np

__all__ = ["SpikeLog", "gathered"]

Spikes = tuple[np.ndarray, np.ndarray]


class SpikeLog:
    """Spikes of `size` units from unit `first` on; in `units` they are counted from there.

    Parameters
    ----------
    first, size : int
        Which units.
    history : int
        Rows that are remembered.
    rows : int
        Rows there is room for, besides.
    """

    def __init__(self, first: int, size: int, history: int, rows: int) -> None:
        self.first, self.size, self.history = first, size, history
        self.units = np.empty(size * (history + rows), dtype=np.uint32)  # memory is taken where it is written to
        self.ends = np.zeros(history + rows + 1, dtype=np.int64)

    def clear(self) -> None:
        """Forget all spikes."""
        self.ends[:] = 0

    def carry_over(self, rows: int) -> None:
        """Move the `history` rows that follow row `rows` to the beginning."""
        begin, end = self.ends[rows], self.ends[rows + self.history]
        self.units[: end - begin] = self.units[begin:end].copy()
        self.ends[: self.history + 1] = self.ends[rows : rows + self.history + 1] - begin

    def read(self, row: int, rows: int, step: int) -> Spikes:
        """Give the spikes of some rows from `row` on, which is that of `step`: steps int32, units of the population."""
        ends = self.ends[row : row + rows + 1]
        steps = np.repeat(np.arange(step, step + rows, dtype=np.int32), np.diff(ends))
        return steps, self.units[ends[0] : ends[-1]] + np.uint32(self.first)

    def remember(self, step: int, steps: np.ndarray, units: np.ndarray) -> None:
        """Take over the population's spikes of the `history` steps before `step`."""
        mine = (units >= self.first) & (units < self.first + self.size)
        steps, units = steps[mine], units[mine]
        self.units[: len(units)] = units - self.first
        self.ends[: self.history + 1] = np.searchsorted(steps, np.arange(step - self.history, step + 1))


def gathered(parts: list[Spikes]) -> Spikes:
    """Bring the spikes of a population's parts, each by step, into one order by step and unit."""
    if len(parts) == 1:
        return parts[0]
    steps, units = (np.concatenate(one) for one in zip(*parts, strict=True))
    order = np.argsort(steps, kind="stable")
    return steps[order], units[order]
