"""Recordings as ``.npz`` files: an archive of arrays and one JSON text."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from brainsim.errors import RecordingFileError
from brainsim.recording.recording import Recording
from brainsim.recording.spikes import Spikes
from brainsim.recording.trace import Trace
from isocortex.files import DEFAULT_LIMIT, read_arrays, write_arrays

__all__ = ["read_npz", "write_npz"]

FORMAT = "isocortex recording 2"


def write_npz(path: Path, recording: Recording) -> None:
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
        "traces": [[*key, one.every, one.unit, one.first] for key, one in recording.traces.items()],
        "synapses": [[*key, one.every, one.unit, one.first] for key, one in recording.synapse_traces.items()],
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
    for kind, traces in (("trace", recording.traces), ("synapse", recording.synapse_traces)):
        for number, trace in enumerate(traces.values()):
            arrays[f"{kind}/{number}/values"] = trace.values
            arrays[f"{kind}/{number}/units"] = trace.units
    write_arrays(path, arrays)


def read_npz(path: Path) -> Recording:
    """Read a recording; see :meth:`Recording.load`."""
    arrays = read_arrays(path, limit=max(DEFAULT_LIMIT, 2 * path.stat().st_size))
    described = json.loads(arrays["recording"].tobytes())
    if described["format"] != FORMAT:
        raise RecordingFileError(f"{path}: is of format {described['format']!r}, this version reads {FORMAT!r}")
    return _assembled(described, arrays)


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
        traces=_traces(described["traces"], arrays, "trace"),
        synapse_traces=_traces(described["synapses"], arrays, "synapse"),
        start_step=int(described["start_step"]),
    )


def _traces(described: list, arrays: dict[str, np.ndarray], kind: str) -> dict[tuple[str, str], Trace]:
    return {
        (str(of), str(variable)): Trace(
            arrays[f"{kind}/{number}/values"], arrays[f"{kind}/{number}/units"], int(every), str(unit), int(first)
        )
        for number, (of, variable, every, unit, first) in enumerate(described)
    }
