"""What a simulation gives: spikes, counts and first spikes of every unit, and the traces asked for.

Stored sparsely; xarray comes in where a table with named axes is asked for.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np

from brainsim.errors import KindError, ModelError, ParameterError, UnknownNameError
from isocortex.errors import nearest

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = ["Recording", "Spikes", "Trace"]


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


@dataclass(frozen=True, eq=False)
class Trace:
    """A recorded state variable.

    Parameters
    ----------
    values : numpy.ndarray (stimulus, trial, sample, unit)
        In `unit`.
    units : numpy.ndarray of int64 (unit)
        Which units were recorded.
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


@dataclass(frozen=True, eq=False)
class Recording:
    """What every unit did in every trial of every stimulus.

    Stimuli and trials are addressed by their position, units by their number; a spike's time is the start of its
    step, as in Brian2.

    Parameters
    ----------
    brain : str
        Name of the brain.
    dt : float
        Step in ms.
    steps : int
        Steps a trial lasted.
    stimulus_ids : tuple of int
        Identifier of each stimulus, which its random numbers depend on.
    trials : int
        Trials a stimulus.
    seed : int
        Of the trials' random numbers.
    spike_counts : mapping of str to numpy.ndarray of int32 (stimulus, trial, unit)
        Full name of each population -> its counts.
    first_steps : mapping of str to numpy.ndarray of int32 (stimulus, trial, unit)
        Step of the first spike, counted from `start_step`, -1 if none.
    spike_lists : mapping of str to Spikes, optional
        None where only counts were kept.
    traces : mapping of (str, str) to Trace
        (population, variable) -> what was recorded.
    start_step : int
        Step in which the recording begins: 0 for a trial, later for what a simulation did when it went on. All
        times are absolute, (start_step + step) * dt.

    Examples
    --------
    >>> import brainsim
    >>> brain = brainsim.atlas.coba()
    >>> recording = brainsim.simulate(brain, duration=20, seed=1)
    >>> times, units = recording.spikes("cortex.E")
    >>> len(times) == int(recording.counts()["cortex.E"].sum())
    True
    """

    brain: str
    dt: float
    steps: int
    stimulus_ids: tuple[int, ...]
    trials: int
    seed: int
    spike_counts: Mapping[str, np.ndarray]
    first_steps: Mapping[str, np.ndarray]
    spike_lists: Mapping[str, Spikes] | None = None
    traces: Mapping[tuple[str, str], Trace] = field(default_factory=dict)
    start_step: int = 0

    @property
    def duration(self) -> float:
        """How long a trial lasted, in ms."""
        return self.steps * self.dt

    @property
    def start(self) -> float:
        """When the recording begins, in ms."""
        return self.start_step * self.dt

    @property
    def end(self) -> float:
        """When the recording ends, in ms."""
        return (self.start_step + self.steps) * self.dt

    @property
    def populations(self) -> tuple[str, ...]:
        """Full names of the populations."""
        return tuple(self.spike_counts)

    @property
    def sizes(self) -> dict[str, int]:
        """Full name of each population -> how many units it has."""
        return {name: counts.shape[2] for name, counts in self.spike_counts.items()}

    @property
    def keep(self) -> str:
        """``"spikes"``, or ``"counts"`` where single spikes were not kept."""
        return "counts" if self.spike_lists is None else "spikes"

    def spikes(self, population: str, stimulus: int = 0, trial: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Give the spikes of a population in one trial.

        Parameters
        ----------
        population : str
            Full name.
        stimulus, trial : int
            Positions.

        Returns
        -------
        times : numpy.ndarray of float64 (spike)
            In ms, in order.
        units : numpy.ndarray of uint32 (spike)
            Which unit.

        Raises
        ------
        UnknownNameError
            If there is no such population.
        ParameterError, KindError
            If there is no such stimulus or trial.
        ModelError
            If only counts were kept.
        """
        self._known(population)
        check_position(stimulus, len(self.stimulus_ids), "Recording.spikes: stimulus")
        check_position(trial, self.trials, "Recording.spikes: trial")
        if self.spike_lists is None:
            raise ModelError(
                'Recording.spikes: only counts were kept; simulate with keep="spikes" '
                "(the same seed and stimulus_ids give the very same spikes)"
            )
        spikes = self.spike_lists[population]
        row = stimulus * self.trials + trial
        part = slice(int(spikes.offsets[row]), int(spikes.offsets[row + 1]))
        return (spikes.steps[part] + np.int64(self.start_step)) * self.dt, spikes.units[part]

    def counts(self) -> dict[str, "DataArray"]:
        """Give how often every unit spiked: population -> DataArray (stimulus, trial, unit)."""
        return {name: self._table(name, counts, "spikes", "1") for name, counts in self.spike_counts.items()}

    def rates(self) -> dict[str, "DataArray"]:
        """Give how many spikes a second every unit fired: population -> DataArray (stimulus, trial, unit), Hz."""
        return {
            name: self._table(name, counts / (self.duration / 1e3), "rate", "Hz")
            for name, counts in self.spike_counts.items()
        }

    def first_spikes(self) -> dict[str, "DataArray"]:
        """Give when every unit first spiked: population -> DataArray (stimulus, trial, unit), ms, NaN if never."""
        return {
            name: self._table(
                name, np.where(steps < 0, np.nan, (steps + np.int64(self.start_step)) * self.dt), "first spike", "ms"
            )
            for name, steps in self.first_steps.items()
        }

    def trace(self, population: str, variable: str = "v") -> "DataArray":
        """Give a recorded state variable.

        Returns
        -------
        xarray.DataArray (stimulus, trial, time, unit)
            In mV, nS or pA; ``time`` in ms is the end of the step that a sample was taken in.

        Raises
        ------
        UnknownNameError
            If it was not recorded.
        """
        from xarray import DataArray

        if (population, variable) not in self.traces:
            known = [f"{one} {other}" for one, other in self.traces]
            asked = f"{population} {variable}"
            raise UnknownNameError(f"Recording.trace: {asked!r} was not recorded; {nearest(asked, known)}")
        trace = self.traces[population, variable]
        samples = np.arange(trace.values.shape[2], dtype=np.int64)
        time = (self.start_step + trace.first + samples * trace.every + 1) * self.dt
        return DataArray(
            trace.values,
            dims=("stimulus", "trial", "time", "unit"),
            coords={"stimulus": list(self.stimulus_ids), "time": time, "unit": trace.units},
            name=variable,
            attrs={"units": trace.unit, "population": population},
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the recording to an ``.npz`` file, whole or not at all.

        Raises
        ------
        isocortex.errors.UnwritableFileError
            If it cannot be written.
        """
        from brainsim.storage import write_recording

        write_recording(path, self)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Recording":
        """Read a recording that :meth:`save` wrote; nothing in the file is executed.

        Raises
        ------
        isocortex.errors.MissingFileError, RecordingFileError
            If there is no such file, or it is damaged or something else.
        """
        from brainsim.storage import read_recording

        return read_recording(path)

    def __repr__(self) -> str:
        return (
            f"Recording({self.brain!r}: {len(self.populations)} populations, {len(self.stimulus_ids)} stimuli x "
            f"{self.trials} trials x {self.duration:g} ms, keep={self.keep!r})"
        )

    def _table(self, population: str, values: np.ndarray, name: str, unit: str) -> "DataArray":
        from xarray import DataArray

        return DataArray(
            values,
            dims=("stimulus", "trial", "unit"),
            coords={"stimulus": list(self.stimulus_ids)},
            name=name,
            attrs={"units": unit, "population": population},
        )

    def _known(self, population: str) -> None:
        if population not in self.spike_counts:
            raise UnknownNameError(
                f"Recording: there is no population {population!r}; {nearest(str(population), self.populations)}"
            )


def chosen(recording: Recording, populations: str | Sequence[str] | None) -> tuple[str, ...]:
    """Give the populations named, all if None.

    Raises
    ------
    UnknownNameError
        If one is not in the recording.
    KindError, ParameterError
        If they are no names, or none.
    """
    names = recording.populations if populations is None else populations
    if not isinstance(names, (str, Sequence)):
        raise KindError(f"populations: must be one or several names, got {names!r}")
    names = (names,) if isinstance(names, str) else tuple(names)
    if not names:
        raise ParameterError("populations: must be at least one, got none")
    for name in names:
        recording._known(name)
    return names


def check_position(value: int, end: int, where: str) -> None:
    """Check the position of a stimulus or trial.

    Raises
    ------
    KindError, ParameterError
        If it is no whole number, or there is none there.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise KindError(f"{where} must be a whole number, got {value!r}")
    if not 0 <= value < end:
        raise ParameterError(f"{where} must be from 0 to {end - 1}, got {value}")
