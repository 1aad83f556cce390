"""Spikes of a population: eight bytes each, sorted by time within their trial."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Spikes"]


@dataclass(frozen=True, eq=False)
class Spikes:
    """All spikes of a population, trial after trial.

    Parameters
    ----------
    offsets : numpy.ndarray of int64 (stimulus * trial + 1)
        Where each trial's spikes begin; trials of the first stimulus come first.
    steps : numpy.ndarray of int32 (spike)
        In which step, counted from the recording's `start_step`, rising within a trial.
    units : numpy.ndarray of uint32 (spike)
        Which unit.
    """

    offsets: np.ndarray
    steps: np.ndarray
    units: np.ndarray

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays take."""
        return self.offsets.nbytes + self.steps.nbytes + self.units.nbytes

    def row(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Give steps and units of one trial, as views."""
        part = slice(int(self.offsets[number]), int(self.offsets[number + 1]))
        return self.steps[part], self.units[part]

    def rows(self) -> np.ndarray:
        """Give the trial that each spike belongs to, int64 (spike)."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def within(self, first: int, end: int) -> "Spikes":
        """Give the spikes from step `first` to before step `end`, with steps counted from `first`."""
        parts = []
        for number in range(len(self.offsets) - 1):
            steps, units = self.row(number)
            part = slice(*np.searchsorted(steps, (first, end)))
            parts.append((steps[part], units[part]))
        return Spikes.joined(parts, -first)

    def only(self, numbers: Sequence[int]) -> "Spikes":
        """Give the spikes of some trials, in the order named."""
        return Spikes.joined([self.row(number) for number in numbers])

    @staticmethod
    def joined(parts: Sequence[tuple[np.ndarray, np.ndarray]], shift: int = 0) -> "Spikes":
        """Put trials of (steps, units) one after the other, their steps shifted."""
        offsets = np.zeros(len(parts) + 1, dtype=np.int64)
        np.cumsum([len(steps) for steps, _ in parts], out=offsets[1:])
        steps = np.empty(offsets[-1], dtype=np.int32)
        units = np.empty(offsets[-1], dtype=np.uint32)
        for begin, end, (its_steps, its_units) in zip(offsets[:-1], offsets[1:], parts, strict=True):
            steps[begin:end] = its_steps
            units[begin:end] = its_units
        steps += np.int32(shift)
        return Spikes(offsets, steps, units)

    def counts(self, units: int) -> np.ndarray:
        """Count the spikes of each unit: int32 (row, unit)."""
        counts = np.zeros((len(self.offsets) - 1, units), dtype=np.int32)
        for number in range(len(counts)):
            counts[number] = np.bincount(self.row(number)[1], minlength=units)
        return counts

    def first_steps(self, units: int) -> np.ndarray:
        """Give the step of each unit's first spike, -1 if none: int32 (row, unit)."""
        first = np.full((len(self.offsets) - 1, units), -1, dtype=np.int32)
        for number in range(len(first)):
            steps, members = self.row(number)
            first[number, members[::-1]] = steps[::-1]  # of those at one place the last one stays: the earliest
        return first
