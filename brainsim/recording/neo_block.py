"""Recordings as Neo blocks.

Making one SpikeTrain object a unit and trial takes longer than many simulations, so spikes are handed over as Neo's
multiplexed SpikeTrainList: two arrays a trial, from which Neo makes the spike trains when somebody asks for one.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from brainsim.recording.choose import spikes_of
from isocortex.errors import MissingExtraError

if TYPE_CHECKING:
    import neo

    from brainsim.recording.recording import Recording
    from brainsim.recording.trace import Trace

__all__ = ["neo_block"]


def neo_block(recording: "Recording") -> "neo.Block":
    """See :meth:`Recording.to_neo`."""
    try:
        import neo
    except ImportError as error:
        raise MissingExtraError(
            "Recording.to_neo: needs Neo, which is not installed; pip install 'isocortex[neo]'"
        ) from error

    block = neo.Block(name=recording.brain, brain=recording.brain, seed=int(recording.seed), dt_ms=float(recording.dt))
    for stimulus, identifier in enumerate(recording.stimulus_ids):
        for trial in range(recording.trials):
            segment = neo.Segment(
                name=f"stimulus {identifier}, trial {trial}", stimulus_id=identifier, stimulus=stimulus, trial=trial
            )
            segment.block = block
            segment.spiketrains = _trains(recording, stimulus * recording.trials + trial)
            for (population, variable), trace in recording.traces.items():
                signal = _signal(recording, trace, trace.values[stimulus, trial], "unit")
                signal.name = f"{population} {variable}"
                signal.annotate(population=population, variable=variable)
                segment.analogsignals.append(signal)
            for (projection, variable), trace in recording.synapse_traces.items():
                signal = _signal(recording, trace, trace.values[stimulus, trial], "synapse")
                signal.name = f"{projection} {variable}"
                signal.annotate(projection=projection, variable=variable)
                segment.analogsignals.append(signal)
            block.segments.append(segment)
    return block


def _trains(recording: "Recording", row: int) -> Any:
    """Give the spikes of all populations in one trial as one list of spike trains, in order of populations."""
    import quantities as pq
    from neo.core.spiketrainlist import SpikeTrainList

    steps, channels = [], []
    names: list[str] = []
    units: list[int] = []
    begin = 0
    for name, size in recording.sizes.items():
        its_steps, its_units = spikes_of(recording, name, "Recording.to_neo").row(row)
        steps.append(its_steps)
        channels.append(its_units.astype(np.int64) + begin)
        names += [name] * size
        units += range(size)
        begin += size
    times = (np.concatenate(steps) + np.int64(recording.start_step)) * recording.dt
    return SpikeTrainList.from_spike_time_array(
        times,
        np.concatenate(channels),
        all_channel_ids=list(range(begin)),
        units="ms",
        t_start=recording.start * pq.ms,
        t_stop=recording.end * pq.ms,
        population=names,
        unit=units,
    )


def _signal(recording: "Recording", trace: "Trace", values: np.ndarray, axis: str) -> "neo.AnalogSignal":
    import neo
    import quantities as pq

    return neo.AnalogSignal(
        values,
        units="dimensionless" if trace.unit == "1" else trace.unit,
        t_start=(recording.start_step + trace.first + 1) * recording.dt * pq.ms,
        sampling_period=trace.every * recording.dt * pq.ms,
        array_annotations={axis: trace.units},
    )
