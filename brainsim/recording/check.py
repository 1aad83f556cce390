"""Whether the arrays of a recording agree with each other: asked of every file before anybody sees what it holds."""

import numpy as np

from brainsim.recording.recording import Recording
from brainsim.recording.spikes import Spikes
from brainsim.units import DIVISORS

__all__ = ["check_recording"]


def check_recording(recording: Recording) -> None:
    """Raise a ValueError where arrays contradict each other."""
    rows = (len(recording.stimulus_ids), recording.trials)
    if not (0 < recording.dt < np.inf and recording.steps > 0 and recording.trials > 0):
        raise ValueError("dt, steps and trials must be positive and finite")
    if recording.start_step < 0:
        raise ValueError("start_step must not be negative")
    for name, counts in recording.spike_counts.items():
        first = recording.first_steps[name]
        if counts.ndim != 3 or counts.shape[:2] != rows or first.shape != counts.shape:
            raise ValueError(f"{name}: counts of shape {counts.shape} for {rows}")
        if counts.dtype.kind != "i" or first.dtype.kind != "i" or counts.min(initial=0) < 0:
            raise ValueError(f"{name}: counts must be whole numbers")
        if first.min(initial=0) < -1 or first.max(initial=-1) >= recording.steps:
            raise ValueError(f"{name}: first spikes outside the trial")
        if recording.spike_lists is not None:
            _check_spikes(name, recording.spike_lists[name], counts, recording.steps)
    for key, trace in [*recording.traces.items(), *recording.synapse_traces.items()]:
        if trace.values.ndim != 4 or trace.values.shape[:2] != rows or trace.values.shape[3] != len(trace.units):
            raise ValueError(f"{key}: trace of shape {trace.values.shape}")
        if trace.values.dtype.kind != "f" or trace.units.dtype.kind not in "iu" or trace.units.min(initial=0) < 0:
            raise ValueError(f"{key}: values must be real numbers, of units that are whole ones")
        if trace.unit not in DIVISORS or trace.every < 1 or trace.first < 0:
            raise ValueError(f"{key}: every {trace.every} steps from {trace.first}, in {trace.unit!r}")


def _check_spikes(name: str, spikes: Spikes, counts: np.ndarray, steps: int) -> None:
    lengths = counts.sum(axis=2, dtype=np.int64).ravel()
    if spikes.offsets.ndim != 1 or spikes.offsets[0] != 0 or not np.array_equal(np.diff(spikes.offsets), lengths):
        raise ValueError(f"{name}: spike lists do not agree with counts")
    if spikes.steps.shape != spikes.units.shape or spikes.steps.shape != (spikes.offsets[-1],):
        raise ValueError(f"{name}: spike lists of different lengths")
    if spikes.steps.dtype.kind not in "iu" or spikes.units.dtype.kind not in "iu":
        raise ValueError(f"{name}: spikes must be whole numbers")
    if not spikes.steps.size:
        return
    if spikes.units.min() < 0 or spikes.units.max() >= counts.shape[2]:
        raise ValueError(f"{name}: spikes outside the population")
    if spikes.steps.min() < 0 or spikes.steps.max() >= steps:
        raise ValueError(f"{name}: spikes outside the trial")
    rising = np.diff(spikes.steps) >= 0
    rising[spikes.offsets[(spikes.offsets > 0) & (spikes.offsets < len(spikes.steps))] - 1] = True
    if not rising.all():
        raise ValueError(f"{name}: spikes that are not in order of time")
    if not np.array_equal(spikes.counts(counts.shape[2]), counts.reshape(len(lengths), -1)):
        raise ValueError(f"{name}: spike lists do not agree with counts")
