"""Parts of a recording, and recordings put together."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from brainsim.errors import KindError, ModelError, ParameterError
from brainsim.recording.choose import chosen, positions, spikes_of, time_steps
from brainsim.recording.spikes import Spikes
from brainsim.recording.trace import Trace

if TYPE_CHECKING:
    from brainsim.recording.recording import Recording

__all__ = ["between", "join", "select"]


def between(recording: "Recording", start: float, end: float) -> "Recording":
    """See :meth:`Recording.between`."""
    first = time_steps(start, recording.dt, "Recording.between: start") - recording.start_step
    last = time_steps(end, recording.dt, "Recording.between: end") - recording.start_step
    if not 0 <= first < last <= recording.steps:
        raise ParameterError(
            f"Recording.between: must be within {recording.start:g} to {recording.end:g} ms, the start before the end, "
            f"got {start:g} to {end:g} ms"
        )
    lists = {name: spikes_of(recording, name, "Recording.between") for name in recording.populations}
    spikes = {name: its.within(first, last) for name, its in lists.items()}
    shape = (len(recording.stimulus_ids), recording.trials, -1)
    return replace(
        recording,
        start_step=recording.start_step + first,
        steps=last - first,
        spike_counts={name: its.counts(recording.sizes[name]).reshape(shape) for name, its in spikes.items()},
        first_steps={name: its.first_steps(recording.sizes[name]).reshape(shape) for name, its in spikes.items()},
        spike_lists=spikes,
        traces={key: trace.within(first, last) for key, trace in recording.traces.items()},
        synapse_traces={key: trace.within(first, last) for key, trace in recording.synapse_traces.items()},
    )


def select(recording: "Recording", stimuli: Any, trials: Any, populations: Any) -> "Recording":
    """See :meth:`Recording.select`."""
    names = chosen(recording, populations)
    shown = positions(stimuli, len(recording.stimulus_ids), "Recording.select: stimuli")
    runs = positions(trials, recording.trials, "Recording.select: trials")
    rows = [stimulus * recording.trials + trial for stimulus in shown for trial in runs]
    some = np.ix_(shown, runs)
    lists = recording.spike_lists
    return replace(
        recording,
        stimulus_ids=tuple(recording.stimulus_ids[stimulus] for stimulus in shown),
        trials=len(runs),
        spike_counts={name: recording.spike_counts[name][some] for name in names},
        first_steps={name: recording.first_steps[name][some] for name in names},
        spike_lists=None if lists is None else {name: lists[name].only(rows) for name in names},
        traces={key: trace.only(shown, runs) for key, trace in recording.traces.items() if key[0] in names},
        synapse_traces={key: trace.only(shown, runs) for key, trace in recording.synapse_traces.items()},
    )


def join(recordings: Sequence["Recording"]) -> "Recording":
    """See :meth:`Recording.join`."""
    from brainsim.recording.recording import Recording

    parts = list(recordings)
    if not parts or not all(isinstance(part, Recording) for part in parts):
        raise KindError(f"Recording.join: must be recordings, at least one, got {recordings!r}")
    begun = parts[0]
    for before, after in itertools.pairwise(parts):
        _check_goes_on(before, after)
    lengths = [part.steps for part in parts]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    if starts[-1] >= 2**31:
        raise ParameterError(f"Recording.join: {starts[-1]} steps are more than a recording numbers, {2**31 - 1}")
    first = {name: steps.copy() for name, steps in begun.first_steps.items()}
    for part, start in zip(parts[1:], starts[1:-1], strict=True):
        for name, steps in part.first_steps.items():
            new = (first[name] < 0) & (steps >= 0)
            first[name][new] = steps[new] + start
    return replace(
        begun,
        steps=int(starts[-1]),
        spike_counts={name: np.stack([part.spike_counts[name] for part in parts]).sum(axis=0, dtype=np.int32)
                      for name in begun.populations},
        first_steps=first,
        spike_lists=None if begun.spike_lists is None else {
            name: _joined_spikes([(part.spike_lists or {})[name] for part in parts], starts)
            for name in begun.populations
        },
        traces={key: Trace.joined(" ".join(key), [part.traces[key] for part in parts], lengths)
                for key in begun.traces},
        synapse_traces={key: Trace.joined(" ".join(key), [part.synapse_traces[key] for part in parts], lengths)
                        for key in begun.synapse_traces},
    )  # fmt: skip


def _joined_spikes(parts: Sequence[Spikes], starts: np.ndarray) -> Spikes:
    rows = []
    for row in range(len(parts[0].offsets) - 1):
        steps, units = zip(*(part.row(row) for part in parts), strict=True)
        shifted = [its + np.int32(start) for its, start in zip(steps, starts, strict=False)]
        rows.append((np.concatenate(shifted), np.concatenate(units)))
    return Spikes.joined(rows)


def _check_goes_on(before: "Recording", after: "Recording") -> None:
    if after.start_step != before.start_step + before.steps:
        raise ModelError(
            f"Recording.join: one ends at {before.end:g} ms, the next begins at {after.start:g} ms; "
            "give consecutive segments in their order"
        )
    for what, one, other in (
        ("brains", before.brain, after.brain),
        ("steps dt", before.dt, after.dt),
        ("seeds", before.seed, after.seed),
        ("numbers of stimuli", len(before.stimulus_ids), len(after.stimulus_ids)),
        ("numbers of trials", before.trials, after.trials),
        ("populations", before.sizes, after.sizes),
        ("settings of keep", before.keep, after.keep),
        ("traces", set(before.traces), set(after.traces)),
        ("traces of synapses", set(before.synapse_traces), set(after.synapse_traces)),
    ):
        if one != other:
            raise ModelError(f"Recording.join: the segments have different {what}, {one} and {other}")
    # One stimulus after another is what a session that goes on presents; many side by side must be the same.
    if len(before.stimulus_ids) > 1 and before.stimulus_ids != after.stimulus_ids:
        raise ModelError("Recording.join: the segments have different stimuli")
