"""What a run needs is checked before anything is computed: choices among names, and memory."""

from collections.abc import Mapping, Sized
from typing import Any

from brainsim.brain import Brain
from brainsim.errors import KindError, ParameterError
from brainsim.gathered import Asked
from brainsim.memory import readable, require
from brainsim.neurons import Source
from isocortex.errors import nearest

__all__ = ["check_choices", "require_encoding", "require_results", "require_run", "require_session"]

CHOICES = {"keep": ("spikes", "counts"), "engine": ("compiled", "brian2")}
ASSUMED_RATE = 20.0  # Hz: what a spike list is budgeted for before anybody knows
COUNT_BYTES, SPIKE_BYTES, TRACE_BYTES = 8, 16, 16  # while the results are gathered
RATE_BYTES = 16  # an encoder's own, and as the engine takes it
VARIABLE_BYTES, UNIT_BYTES = 8, 16  # of each state variable; of a unit's log, counts and refractoriness
BRIAN_BYTES = 62  # of a synapse that Brian2 has beside ours: ends, weight, delay and queue, and copies while it is made
SYNAPSE_BYTES = 24  # of a synapse that changes: its weight, a variable of its own, and when that was up to date


def check_choices(where: str, **chosen: str) -> None:
    """Check choices among names.

    Raises
    ------
    ParameterError, KindError
        If one is unknown; says which comes nearest. If it is no text.
    """
    for name, value in chosen.items():
        if not isinstance(value, str):
            raise KindError(f"{where}: {name} must be one of {', '.join(map(repr, CHOICES[name]))}, got {value!r}")
        if value not in CHOICES[name]:
            raise ParameterError(f"{where}: {name} {value!r} is unknown; {nearest(str(value), CHOICES[name])}")


def require_encoding(brain: Brain, stimuli: Any, duration: float) -> None:
    """Check that the rates that encoders will give have room.

    Raises
    ------
    MemoryLimitError
        If not.
    """
    needed = 0
    for region, encoder in brain.inputs.items():
        given = stimuli.get(region) if isinstance(stimuli, Mapping) else stimuli
        width = getattr(encoder, "bin", None)
        bins = 1 if not isinstance(width, (int, float)) or width <= 0 else -(-duration // width)
        sources = sum(
            one.units
            for one in brain.region(region).populations
            if isinstance(one.model, Source) or f"{region}.{one.name}" in brain.shown
        )
        stimuli_count = len(given) if isinstance(given, Sized) else 1
        needed += int(stimuli_count * bins * sources * RATE_BYTES)
    require(needed, f"simulate: rates of {brain.name!r}", "present fewer stimuli at a time")


def require_session(brain: Brain, engine: str, several: int = 1) -> None:
    """Check that the built brain and its state have room.

    Raises
    ------
    MemoryLimitError
        If not.
    """
    built, own = _built(brain, engine), several * _changing(brain)
    require(built + own, f"brain {brain.name!r}", f"built it takes {readable(built)}, its state {readable(own)}")


def require_run(asked: Asked, keep: str, threads: int, engine: str) -> None:
    """Check that the built brain, what each thread changes of it, and the results have room.

    Raises
    ------
    MemoryLimitError
        If not; says what each takes.
    """
    brain, trials = asked.brain, len(asked.stimulus_ids) * asked.trials
    built, own, a_trial = _built(brain, engine), _changing(brain), _trial(asked, keep)
    remedy = (
        f"a trial takes about {readable(a_trial)} of results, the built brain {readable(built)}, the state of each of "
        f"{threads} threads {readable(own)}"
    )
    what = f"simulate: {trials} trials of {brain.name!r}"
    less = _instead(asked, keep) if trials * a_trial >= built + threads * own else "; fewer units or synapses take less"
    require(int(built + threads * own + trials * a_trial), what, remedy + less)


def require_results(asked: Asked, keep: str) -> None:
    """Check that the results of a brain that is built have room.

    Raises
    ------
    MemoryLimitError
        If not; says what a trial takes.
    """
    trials, a_trial = len(asked.stimulus_ids) * asked.trials, _trial(asked, keep)
    samples = _samples(asked)
    remedy = f"a trial takes about {readable(a_trial)}, of which traces {readable(samples * TRACE_BYTES)}"
    what = f"results of {trials} trials of {asked.brain.name!r}"
    require(int(a_trial * trials), what, remedy + _instead(asked, keep))


def _instead(asked: Asked, keep: str) -> str:
    """Say what takes less: whatever most of a trial's results are."""
    if 2 * _samples(asked) * TRACE_BYTES > _trial(asked, keep):
        return "; records of fewer units, or with a longer every=, take less"
    return '; keep="counts" takes less' if keep == "spikes" else ""


def _samples(asked: Asked) -> int:
    """Give the samples that a trial's records take."""
    return sum(len(one.engine.units) * (asked.steps // one.engine.every + 1) for one in asked.records)


def _trial(asked: Asked, keep: str) -> float:
    """Give about how many bytes of results a trial takes, while they are gathered."""
    units = sum(population.units for population in asked.brain.populations.values())
    spikes = units * ASSUMED_RATE * asked.steps * asked.dt / 1e3 * SPIKE_BYTES if keep == "spikes" else 0.0
    samples = _samples(asked)
    return units * COUNT_BYTES + spikes + samples * TRACE_BYTES


def _built(brain: Brain, engine: str) -> int:
    """Give the bytes of the built brain, and of what Brian2 makes of it."""
    own = BRIAN_BYTES * sum(one.synapses for one in brain.pathways) if engine == "brian2" else 0
    return brain.memory() + int(own)


def _changing(brain: Brain) -> int:
    """Give the bytes of state that a thread has of its own."""
    units = sum(
        population.units * (UNIT_BYTES + VARIABLE_BYTES * len(brain.state_units(name)))
        for name, population in brain.populations.items()
        if not isinstance(population.model, Source)
    )
    changing = [one for one in brain.pathways if one.projection.plasticity or one.projection.short_term]
    return units + int(sum(one.synapses for one in changing) * SYNAPSE_BYTES)
