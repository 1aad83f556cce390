"""What an engine gave, as a recording."""

from collections.abc import Sequence

from brainsim import engine as engines
from brainsim.brain import Brain
from brainsim.recording import Recording, Spikes, Trace
from brainsim.records import Recorded
from brainsim.units import from_si

__all__ = ["gathered"]


def gathered(
    brain: Brain,
    result: engines.RunResult,
    dt: float,
    steps: int,
    ids: tuple[int, ...],
    trials: int,
    seed: int,
    records: Sequence[Recorded],
) -> Recording:
    """Gather the results of trials, those of the first stimulus first, in a recording."""
    names = list(brain.populations)
    shape = (len(ids), trials, -1)
    spikes = None
    if result.spikes is not None:
        spikes = {name: Spikes.joined(lists) for name, lists in zip(names, result.spikes, strict=True)}
    traces = {
        (one.population, one.variable): Trace(
            from_si(values.reshape(*shape[:2], *values.shape[1:]), one.unit),
            one.engine.units,
            one.engine.every,
            one.unit,
        )
        for one, values in zip(records, result.traces, strict=True)
    }
    return Recording(
        brain=brain.name,
        dt=dt,
        steps=steps,
        stimulus_ids=ids,
        trials=trials,
        seed=seed,
        spike_counts={name: counts.reshape(shape) for name, counts in zip(names, result.counts, strict=True)},
        first_steps={name: first.reshape(shape) for name, first in zip(names, result.first, strict=True)},
        spike_lists=spikes,
        traces=traces,
    )
