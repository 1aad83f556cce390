"""Recordings as files: an ``.npz`` archive of arrays and one JSON text; read strictly, never executed."""

import json
import os
from typing import Any

import numpy as np

from brainsim.errors import RecordingFileError
from brainsim.recording import Recording, Spikes, Trace
from brainsim.units import DIVISORS
from isocortex.errors import UnreadableFileError
from isocortex.files import read_arrays, write_arrays

__all__ = ["read_recording", "write_recording"]

FORMAT = "isocortex recording 2"


def write_recording(path: str | os.PathLike[str], recording: Recording) -> None:
    """Write a recording; see :meth:`Recording.save`."""
    described: dict[str, Any] = {
        "format": FORMAT,
        "brain": recording.brain,
        "dt": recording.dt,
        "steps": recording.steps,
        "stimulus_ids": list(recording.stimulus_ids),
        "trials": recording.trials,
        "seed": int(recording.seed),
        "start_step": int(recording.start_step),
        "keep": recording.keep,
        "populations": list(recording.populations),
        "traces": [[*key, trace.every, trace.unit, trace.first] for key, trace in recording.traces.items()],
    }
    arrays: dict[str, np.ndarray] = {"recording": np.frombuffer(json.dumps(described).encode(), dtype=np.uint8)}
    for number, name in enumerate(recording.populations):
        arrays[f"counts/{number}"] = recording.spike_counts[name]
        arrays[f"first/{number}"] = recording.first_steps[name]
        if recording.spike_lists is not None:
            spikes = recording.spike_lists[name]
            arrays[f"offsets/{number}"] = spikes.offsets
            arrays[f"steps/{number}"] = spikes.steps
            arrays[f"units/{number}"] = spikes.units
    for number, trace in enumerate(recording.traces.values()):
        arrays[f"trace/{number}"] = trace.values
        arrays[f"traced/{number}"] = trace.units
    write_arrays(path, arrays)


def read_recording(path: str | os.PathLike[str]) -> Recording:
    """Read a recording; see :meth:`Recording.load`."""
    try:
        arrays = read_arrays(path)
    except UnreadableFileError as error:
        raise RecordingFileError(str(error)) from error
    try:
        described = json.loads(arrays["recording"].tobytes())
        if described["format"] != FORMAT:
            raise RecordingFileError(f"{path}: is of format {described['format']!r}, this version reads {FORMAT!r}")
        recording = _assembled(described, arrays)
        _check(recording)
    except RecordingFileError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        raise RecordingFileError(f"{path}: is not a recording, or damaged ({error!r})") from error
    return recording


def _assembled(described: dict[str, Any], arrays: dict[str, np.ndarray]) -> Recording:
    if not isinstance(described["populations"], list) or described["keep"] not in ("spikes", "counts"):
        raise ValueError("populations must be a list, keep 'spikes' or 'counts'")
    names = [str(name) for name in described["populations"]]
    spikes = None
    if described["keep"] == "spikes":
        spikes = {
            name: Spikes(arrays[f"offsets/{number}"], arrays[f"steps/{number}"], arrays[f"units/{number}"])
            for number, name in enumerate(names)
        }
    return Recording(
        brain=str(described["brain"]),
        dt=float(described["dt"]),
        steps=int(described["steps"]),
        stimulus_ids=tuple(int(one) for one in described["stimulus_ids"]),
        trials=int(described["trials"]),
        seed=int(described["seed"]),
        spike_counts={name: arrays[f"counts/{number}"] for number, name in enumerate(names)},
        first_steps={name: arrays[f"first/{number}"] for number, name in enumerate(names)},
        spike_lists=spikes,
        traces={
            (str(population), str(variable)): Trace(
                arrays[f"trace/{number}"], arrays[f"traced/{number}"], int(every), str(unit), int(first)
            )
            for number, (population, variable, every, unit, first) in enumerate(described["traces"])
        },
        start_step=int(described["start_step"]),
    )


def _check(recording: Recording) -> None:
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
    for key, trace in recording.traces.items():
        if trace.values.ndim != 4 or trace.values.shape[:2] != rows or trace.values.shape[3] != len(trace.units):
            raise ValueError(f"{key}: trace of shape {trace.values.shape}")
        if trace.unit not in DIVISORS or trace.every < 1 or trace.first < 0:
            raise ValueError(f"{key}: every {trace.every} steps from {trace.first}, in {trace.unit!r}")


def _check_spikes(name: str, spikes: Spikes, counts: np.ndarray, steps: int) -> None:
    lengths = counts.sum(axis=2).ravel()
    if spikes.offsets.ndim != 1 or spikes.offsets[0] != 0 or not np.array_equal(np.diff(spikes.offsets), lengths):
        raise ValueError(f"{name}: spike lists do not agree with counts")
    if spikes.steps.shape != spikes.units.shape or len(spikes.steps) != spikes.offsets[-1]:
        raise ValueError(f"{name}: spike lists of different lengths")
    if spikes.steps.size and (
        spikes.steps.min() < 0 or spikes.steps.max() >= steps or spikes.units.max() >= counts.shape[2]
    ):
        raise ValueError(f"{name}: spikes outside the trial or the population")
