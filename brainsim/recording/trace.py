"""State variables of units and synapses through time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from brainsim.errors import ModelError

__all__ = ["Trace"]


@dataclass(frozen=True, eq=False)
class Trace:
    """A recorded state variable, of units or of synapses.

    Parameters
    ----------
    values : numpy.ndarray (stimulus, trial, sample, unit)
        In `unit`; the last axis holds synapses where the trace is of a projection.
    units : numpy.ndarray of int64 (unit)
        Which units (or synapses, numbered in order of creation) were recorded.
    every : int
        Steps from one sample to the next; a sample is the value at the end of its step.
    unit : str
        Public unit of the values.
    first : int
        Step of the first sample, counted from the recording's `start_step`.
    """

    values: np.ndarray
    units: np.ndarray
    every: int
    unit: str
    first: int = 0

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays take."""
        return self.values.nbytes + self.units.nbytes

    def steps(self) -> np.ndarray:
        """Give the step of each sample, counted from the recording's `start_step`: int64 (sample)."""
        return self.first + self.every * np.arange(self.values.shape[2], dtype=np.int64)

    def within(self, first: int, end: int) -> "Trace":
        """Give the samples of the steps from `first` to before `end`, counted from `first`; values are a view."""
        low, high = (max(0, -(-(step - self.first) // self.every)) for step in (first, end))
        return replace(self, values=self.values[:, :, low:high], first=self.first + low * self.every - first)

    def only(self, stimuli: Sequence[int], trials: Sequence[int]) -> "Trace":
        """Give the samples of some stimuli and trials, in the order named."""
        return replace(self, values=self.values[np.ix_(stimuli, trials)])

    @staticmethod
    def joined(name: str, parts: "Sequence[Trace]", lengths: Sequence[int]) -> "Trace":
        """Put traces of consecutive segments of `lengths` steps one after the other.

        Raises
        ------
        ModelError
            If units, intervals or public units differ, or the samples do not go on at their interval.
        """
        begun = parts[0]
        shift = expected = 0
        for part, length in zip(parts, lengths, strict=True):
            if (part.every, part.unit) != (begun.every, begun.unit) or not np.array_equal(part.units, begun.units):
                raise ModelError(f"Recording.join: {name} was recorded of other units, or at other intervals")
            if part is not begun and part.values.shape[2] and shift + part.first != expected:
                raise ModelError(
                    f"Recording.join: samples of {name} do not go on every {begun.every} steps; record at an interval "
                    "that divides the length of each run"
                )
            expected = shift + part.first + part.values.shape[2] * part.every
            shift += length
        return replace(begun, values=np.concatenate([part.values for part in parts], axis=2))
