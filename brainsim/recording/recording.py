"""A recording: what every unit did, in every trial of every stimulus."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from brainsim.recording import slicing, tables
from brainsim.recording.choose import check_position, spikes_of
from brainsim.recording.spikes import Spikes
from brainsim.recording.trace import Trace

if TYPE_CHECKING:
    import neo
    from xarray import DataArray

__all__ = ["Recording"]

Names = str | Sequence[str] | None


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
    synapse_traces : mapping of (str, str) to Trace
        (projection, variable) -> what was recorded of its synapses.

    Examples
    --------
    >>> import brainsim
    >>> brain = brainsim.atlas.coba()
    >>> recording = brainsim.simulate(brain, duration=20, seed=1)
    >>> times, units = recording.spikes("cortex.E")
    >>> len(times) == int(recording.counts()["cortex.E"].sum())
    True
    >>> recording.between(10, 20).duration
    10.0
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
    synapse_traces: Mapping[tuple[str, str], Trace] = field(default_factory=dict)

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

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays take: 8 a spike, 8 a unit and trial, and what the traces hold."""
        tables = sum(one.nbytes for one in [*self.spike_counts.values(), *self.first_steps.values()])
        spikes = sum(one.nbytes for one in (self.spike_lists or {}).values())
        return tables + spikes + sum(one.nbytes for one in [*self.traces.values(), *self.synapse_traces.values()])

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
        check_position(stimulus, len(self.stimulus_ids), "Recording.spikes: stimulus")
        check_position(trial, self.trials, "Recording.spikes: trial")
        steps, units = spikes_of(self, population, "Recording.spikes").row(stimulus * self.trials + trial)
        return (steps + np.int64(self.start_step)) * self.dt, units

    def spike_trains(self, population: str, stimulus: int = 0, trial: int = 0) -> list[np.ndarray]:
        """Give the spike times in ms of each unit of a population in one trial: a list with one array a unit.

        Raises
        ------
        UnknownNameError, ParameterError, KindError, ModelError
            As :meth:`spikes`.
        """
        times, units = self.spikes(population, stimulus, trial)
        order = np.argsort(units, kind="stable")
        ends = np.cumsum(np.bincount(units, minlength=self.sizes[population]))
        return np.split(times[order], ends[:-1])

    def counts(self) -> dict[str, "DataArray"]:
        """Give how often every unit spiked: population -> DataArray (stimulus, trial, unit)."""
        return {name: tables.table(self, name, its, "spikes", "1") for name, its in self.spike_counts.items()}

    def rates(self) -> dict[str, "DataArray"]:
        """Give how many spikes a second every unit fired: population -> DataArray (stimulus, trial, unit), Hz."""
        seconds = self.duration / 1e3
        return {name: tables.table(self, name, its / seconds, "rate", "Hz") for name, its in self.spike_counts.items()}

    def first_spikes(self) -> dict[str, "DataArray"]:
        """Give when every unit first spiked: population -> DataArray (stimulus, trial, unit), ms, NaN if never."""
        return {
            name: tables.table(self, name, np.where(its < 0, np.nan, (its + np.int64(self.start_step)) * self.dt),
                               "first spike", "ms")
            for name, its in self.first_steps.items()
        }  # fmt: skip

    def latencies(self, onset: float | None = None, populations: Names = None) -> dict[str, "DataArray"]:
        """Give how long after the onset of a stimulus every unit first spiked.

        Parameters
        ----------
        onset : float, optional
            When the stimulus came on, in ms (absolute); the beginning of the recording by default. For a later one
            spikes must have been kept.
        populations : str or sequence of str, optional
            Full names; all by default.

        Returns
        -------
        dict of str to xarray.DataArray (stimulus, trial, unit)
            In ms, NaN where a unit did not spike from the onset on.

        Raises
        ------
        UnknownNameError, ParameterError, KindError, ModelError
            If there is no such population, the onset is outside the recording, or only counts were kept.
        """
        return tables.latencies(self, onset, populations)

    def binned(self, width: float, populations: Names = None) -> dict[str, "DataArray"]:
        """Count the spikes of every unit in bins of time.

        A dense table: 4 bytes a bin and unit. :meth:`psth` averages over units and takes far less.

        Parameters
        ----------
        width : float
            Of a bin in ms, a whole number of steps; a last bin that the recording does not fill is left out.
        populations : str or sequence of str, optional
            Full names; all by default.

        Returns
        -------
        dict of str to xarray.DataArray of int32 (stimulus, trial, time, unit)
            Spikes; ``time`` in ms is where a bin begins.

        Raises
        ------
        UnknownNameError, ParameterError, KindError, ModelError
            If there is no such population, the bin does not fit, or only counts were kept.
        MemoryLimitError
            If the table will not fit into memory.
        """
        return tables.binned(self, width, populations)

    def psth(
        self, width: float | None = None, smoothing: float | None = None, populations: Names = None
    ) -> dict[str, "DataArray"]:
        """Give the peri-stimulus time histogram: the rate of an average unit through time, averaged over trials.

        Parameters
        ----------
        width : float, optional
            Of a bin in ms, a whole number of steps; 5 ms by default, or one step where `smoothing` is given. A last
            bin that the recording does not fill is left out.
        smoothing : float, optional
            Standard deviation in ms of a Gaussian that the histogram is smoothed with. At both ends the average is
            taken over what there is.
        populations : str or sequence of str, optional
            Full names; all by default.

        Returns
        -------
        dict of str to xarray.DataArray (stimulus, time)
            In Hz; ``time`` in ms is where a bin begins.

        Raises
        ------
        UnknownNameError, ParameterError, KindError, ModelError
            If there is no such population, a width does not fit, or only counts were kept.
        """
        return tables.psth(self, width, smoothing, populations)

    def trace(self, population: str, variable: str = "v") -> "DataArray":
        """Give a recorded state variable.

        Returns
        -------
        xarray.DataArray (stimulus, trial, time, unit)
            In its public unit, which ``attrs["units"]`` names; ``time`` in ms is the end of the step that a sample
            was taken in.

        Raises
        ------
        UnknownNameError
            If it was not recorded.
        """
        return tables.trace(self, population, variable)

    def synapse_trace(self, projection: str, variable: str = "w") -> "DataArray":
        """Give a recorded variable of a projection's synapses, its weights by default.

        Returns
        -------
        xarray.DataArray (stimulus, trial, time, synapse)
            As :meth:`trace`; synapses are numbered in order of creation.

        Raises
        ------
        UnknownNameError
            If it was not recorded.
        """
        return tables.synapse_trace(self, projection, variable)

    def between(self, start: float, end: float) -> "Recording":
        """Give the part from `start` to before `end`, in ms (absolute); its times stay what they are.

        Traces are views of this recording's.

        Raises
        ------
        ParameterError, KindError, ModelError
            If they are not whole steps within the recording, or only counts were kept.
        """
        return slicing.between(self, start, end)

    def select(
        self,
        stimuli: int | Sequence[int] | None = None,
        trials: int | Sequence[int] | None = None,
        populations: Names = None,
    ) -> "Recording":
        """Give some stimuli, trials and populations, in the order named; all where None.

        Parameters
        ----------
        stimuli, trials : int or sequence of int, optional
            Positions.
        populations : str or sequence of str, optional
            Full names.

        Raises
        ------
        UnknownNameError, ParameterError, KindError
            If one is not there, or named twice.
        """
        return slicing.select(self, stimuli, trials, populations)

    @staticmethod
    def join(recordings: "Sequence[Recording]") -> "Recording":
        """Put consecutive segments, such as a simulation's runs, together in one.

        Segments of one stimulus may have different ones, as a session that goes on presents them; the whole then
        carries the identifier of the first.

        Parameters
        ----------
        recordings : sequence of Recording
            In order of time, each beginning where the one before ends.

        Raises
        ------
        KindError, ModelError, ParameterError
            If one does not go on from the one before, or holds something else.
        """
        return slicing.join(recordings)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the recording to an ``.npz`` or a netCDF-4 file (``.nc``), whole or not at all.

        Raises
        ------
        ParameterError
            If the suffix is neither.
        isocortex.errors.UnwritableFileError
            If it cannot be written.
        """
        from brainsim.recording.files import write_recording

        write_recording(path, self)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Recording":
        """Read a recording that :meth:`save` wrote; nothing in the file is executed.

        Raises
        ------
        ParameterError
            If the suffix is neither ``.npz`` nor ``.nc``.
        isocortex.errors.MissingFileError, RecordingFileError
            If there is no such file, or it is damaged or something else.
        MemoryLimitError
            If what it holds will not fit into memory.
        """
        from brainsim.recording.files import read_recording

        return read_recording(path)

    def to_neo(self) -> "neo.Block":
        """Give the recording as a Neo block, which Elephant and others analyse.

        A segment a trial, annotated with ``stimulus_id``, ``stimulus`` and ``trial``; in it a spike train a unit,
        annotated with ``population`` and ``unit``, and an analog signal a trace.

        Raises
        ------
        isocortex.errors.MissingExtraError
            If Neo is not installed.
        ModelError
            If only counts were kept.
        """
        from brainsim.recording.neo_block import neo_block

        return neo_block(self)

    def __repr__(self) -> str:
        return (
            f"Recording({self.brain!r}: {len(self.populations)} populations, {len(self.stimulus_ids)} stimuli x "
            f"{self.trials} trials x {self.duration:g} ms, keep={self.keep!r})"
        )
