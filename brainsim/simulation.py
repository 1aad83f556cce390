"""simulate(...): stimuli through a brain, trial by trial."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from brainsim import engine as engines
from brainsim.brain import Brain
from brainsim.errors import KindError, ModelError, ParameterError, StimulusError, UnknownNameError
from brainsim.lower import lower, public_unit
from brainsim.memory import readable, require
from brainsim.neurons import Poisson
from brainsim.recording import Recording, Spikes, Trace
from brainsim.units import DIVISORS, number
from brainsim.wiring.rule import count
from isocortex.errors import nearest
from isocortex.progress import Advance, progress_bar
from isocortex.seeds import child_seed
from isocortex.threads import resolve_threads

__all__ = ["Record", "simulate"]

MOST_STEPS = 2**31 - 1  # of a trial: spikes are stored with the number of their step
ASSUMED_RATE = 20.0  # Hz: what a spike list is budgeted for before anybody knows
COUNT_BYTES, SPIKE_BYTES, TRACE_BYTES = 8, 16, 16  # while the results are gathered


@dataclass(frozen=True)
class Record:
    """A state variable that a simulation shall keep.

    Parameters
    ----------
    population : str
        Full name.
    variable : str
        A state variable: ``"v"``, another one of the model, or the name of a receptor.
    units : iterable of int, optional
        Which units; all of them by default.
    every : float, optional
        Interval between samples in ms, a whole number of steps; every step by default.

    Examples
    --------
    >>> Record("V1.E", "v", units=range(3), every=1.0).variable
    'v'
    """

    population: str
    variable: str = "v"
    units: Iterable[int] | None = None
    every: float | None = None


def simulate(
    brain: Brain,
    stimuli: Any = None,
    duration: float = 150.0,
    dt: float = 0.1,
    trials: int = 1,
    seed: int = 0,
    record: Sequence[Record] | None = None,
    keep: Literal["spikes", "counts"] = "spikes",
    engine: Literal["compiled", "brian2"] = "compiled",
    threads: int | None = None,
    stimulus_ids: Sequence[int] | None = None,
    progress: bool | Callable[[int, str], Advance] | None = None,
) -> Recording:
    """Present stimuli to a brain, each in a trial of its own that begins from the initial state.

    Parameters
    ----------
    brain : Brain
        Who sees them.
    stimuli : array-like or mapping of str to array-like, optional
        What the brain's encoders take, stimuli first: images (stimulus, height, width, channel) for a retina. A
        mapping gives each region its own. None for a brain without encoders.
    duration, dt : float
        Length of a trial and of a step, in ms.
    trials : int
        Trials of each stimulus.
    seed : int
        Of the trials' random numbers, which depend on nothing but the seed, the stimulus' id, the trial, the
        population and the unit: not on threads, nor on what else is run.
    record : sequence of Record, optional
        State variables to keep.
    keep : "spikes" or "counts"
        ``"counts"`` keeps counts and first spikes only. Running some stimuli again under their ids with ``"spikes"``
        gives exactly the spikes behind the counts.
    engine : "compiled" or "brian2"
        What runs it; the spikes are the same.
    threads : int, optional
        Trials run side by side; as many as there are cores by default.
    stimulus_ids : sequence of int, optional
        An id of each stimulus, no two alike; their positions by default.
    progress : bool or callable, optional
        Shows how many steps of all trials are done and the time left; see :func:`isocortex.progress.progress_bar`.

    Returns
    -------
    Recording

    Raises
    ------
    ParameterError, ModelError, StimulusError, UnknownNameError, KindError
        If something cannot be used; the message names it.
    MemoryLimitError
        If the run will not fit.

    Examples
    --------
    >>> import brainsim
    >>> brainsim.simulate(brainsim.atlas.coba(), duration=10)
    Recording('COBA': 2 populations, 1 stimuli x 1 trials x 10 ms, keep='spikes')
    """
    if not isinstance(brain, Brain):
        raise KindError(f"simulate: brain must be a Brain, got {type(brain).__name__}")
    dt = number(dt, "ms", "simulate: dt", positive=True)
    steps = _steps(number(duration, "ms", "simulate: duration", positive=True), dt, "simulate: duration")
    trials = count(trials, "simulate: trials", least=1)
    child_seed(seed)
    for name, value, known in (("keep", keep, ("spikes", "counts")), ("engine", engine, ("compiled", "brian2"))):
        if value not in known:
            raise ParameterError(f"simulate: {name} {value!r} is unknown; {nearest(str(value), known)}")
    rates, bin_steps, stimuli_count = _rates(brain, stimuli, steps, dt)
    ids = _ids(stimulus_ids, stimuli_count)
    threads = resolve_threads(threads)
    records = _records(brain, () if record is None else record, steps, dt)
    _require_memory(brain, steps, dt, stimuli_count * trials, keep, records)

    network = lower(brain, dt)
    presented = [
        engines.Trial(position, identifier, trial) for position, identifier in enumerate(ids) for trial in range(trials)
    ]
    with progress_bar(len(presented) * steps, "steps", progress) as advance:
        result = engines.get_engine(engine).run(
            network, rates, bin_steps, steps, presented, seed, threads, keep, [one.engine for one in records], advance
        )
    return _recording(brain, result, dt, steps, ids, trials, seed, records)


@dataclass(frozen=True)
class _Recorded:
    """A record as the engine takes it, and what it was called."""

    engine: engines.Record
    population: str
    variable: str
    unit: str


def _steps(length: float, dt: float, where: str) -> int:
    if not length / dt <= MOST_STEPS:
        raise ParameterError(f"{where}: {length:g} ms are more than {MOST_STEPS} steps of {dt:g} ms; raise dt")
    steps = round(length / dt)
    if steps < 1 or abs(steps * dt - length) > 1e-6 * dt * max(steps, 1):
        raise ParameterError(f"{where}: must be a whole number of steps of {dt:g} ms, got {length:g} ms")
    return steps


def _rates(brain: Brain, stimuli: Any, steps: int, dt: float) -> tuple[dict[int, np.ndarray], int, int]:
    """Ask the encoders; give rates by group, steps a bin lasts, and how many stimuli there are."""
    if not brain.inputs:
        if stimuli is not None:
            raise StimulusError(f"simulate: brain {brain.name!r} has no encoder, so it takes no stimuli")
        return {}, steps, 1
    if stimuli is None:
        raise StimulusError(f"simulate: brain {brain.name!r} needs stimuli for {', '.join(brain.inputs)}")
    if isinstance(stimuli, Mapping) and set(stimuli) != set(brain.inputs):
        raise StimulusError(f"stimuli: must be for {sorted(brain.inputs)}, got {sorted(map(str, stimuli))}")
    numbers = {name: position for position, name in enumerate(brain.populations)}
    rates: dict[int, np.ndarray] = {}
    bin_steps = {
        _steps(float(width), dt, f"Brain.inputs[{name!r}].bin")
        for name, encoder in brain.inputs.items()
        if (width := getattr(encoder, "bin", None)) is not None
    } or {steps}
    if len(bin_steps) > 1:
        raise ModelError(f"Brain.inputs: encoders must have bins of one width, got {sorted(bin_steps)} steps")
    width = bin_steps.pop()
    for name, encoder in brain.inputs.items():
        sources = {one.name: one for one in brain.region(name).populations if isinstance(one.model, Poisson)}
        given = encoder.rates(stimuli[name] if isinstance(stimuli, Mapping) else stimuli, sources)
        if not isinstance(given, Mapping):
            raise KindError(f"Brain.inputs[{name!r}]: its rates must map populations to arrays, got {given!r}")
        for source, population in sources.items():
            full = f"{name}.{source}"
            if source not in given:
                raise ModelError(f"Brain.inputs[{name!r}]: its encoder gives no rates for {full}")
            rates[numbers[full]] = _covering(np.asarray(given[source]), population.units, -(-steps // width), full)
    counts = {len(values) for values in rates.values()}
    if len(counts) > 1:
        raise StimulusError(f"stimuli: encoders were given different numbers of them, {sorted(counts)}")
    return rates, width, counts.pop()


def _covering(rates: np.ndarray, units: int, bins: int, where: str) -> np.ndarray:
    """Check rates, and let their last bin go on to the end of the trial."""
    if rates.dtype.kind not in "biuf":
        raise KindError(f"{where}: rates must be real numbers, got {rates.dtype}")
    if rates.ndim not in (2, 3) or rates.shape[-1] != units or 0 in rates.shape:
        raise StimulusError(
            f"{where}: rates must be (stimulus, unit) or (stimulus, bin, unit) with {units} units, got {rates.shape}"
        )
    if not np.isfinite(rates).all() or rates.min() < 0:
        raise StimulusError(f"{where}: rates must be finite and not negative")
    if rates.ndim == 3:
        rates = rates[:, :bins]
        if rates.shape[1] < bins:
            rates = np.pad(rates, ((0, 0), (0, bins - rates.shape[1]), (0, 0)), mode="edge")
    return rates


def _ids(stimulus_ids: Sequence[int] | None, stimuli: int) -> tuple[int, ...]:
    if stimulus_ids is None:
        return tuple(range(stimuli))
    ids = tuple(count(one, "simulate: stimulus_ids") for one in _listed(stimulus_ids, "simulate: stimulus_ids"))
    if len(ids) != stimuli:
        raise ParameterError(f"simulate: stimulus_ids must be {stimuli}, one a stimulus, got {len(ids)}")
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise ParameterError(
            f"simulate: stimulus_ids must differ, got {twice[0]} twice: both stimuli would meet the very same noise"
        )
    return ids


def _listed(values: Any, where: str) -> list:
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise KindError(f"{where}: must be a sequence, got {values!r}")
    return list(values)


def _records(brain: Brain, record: Sequence[Record], steps: int, dt: float) -> list[_Recorded]:
    numbers = {name: position for position, name in enumerate(brain.populations)}
    records: list[_Recorded] = []
    for one in _listed(record, "simulate: record"):
        if not isinstance(one, Record):
            raise KindError(f"simulate: record must hold Record objects, got {one!r}")
        where = f"Record({one.population!r}, {one.variable!r})"
        if one.population not in numbers:
            raise UnknownNameError(f"{where}: there is no such population; {nearest(str(one.population), numbers)}")
        population = brain.populations[one.population]
        if isinstance(population.model, Poisson):
            raise ModelError(f"{where}: Poisson units have no state variables")
        unit = public_unit(brain, one.population, one.variable)
        if unit is None:
            known = brain.state_units(one.population)
            raise UnknownNameError(f"{where}: there is no such variable; {nearest(str(one.variable), known)}")
        if any((one.population, one.variable) == (other.population, other.variable) for other in records):
            raise ModelError(f"{where}: is there twice; name all units in one Record")
        listed = range(population.units) if one.units is None else _listed(one.units, f"{where}: units")
        units = np.array([np.nan if np.ndim(unit) else unit for unit in listed])
        if units.ndim != 1 or (units.size and units.dtype.kind not in "iu"):
            raise KindError(f"{where}: units must be whole numbers, got {one.units!r}")
        if units.size == 0 or units.min() < 0 or units.max() >= population.units:
            raise ParameterError(f"{where}: units must be from 0 to {population.units - 1}, at least one, got {listed}")
        every = 1 if one.every is None else _steps(number(one.every, "ms", f"{where}: every"), dt, f"{where}: every")
        engine_record = engines.Record(numbers[one.population], one.variable, units.astype(np.int64), every)
        records.append(_Recorded(engine_record, one.population, one.variable, unit))
    return records


def _require_memory(brain: Brain, steps: int, dt: float, trials: int, keep: str, records: Sequence[_Recorded]) -> None:
    units = sum(population.units for population in brain.populations.values())
    spikes = units * ASSUMED_RATE * steps * dt / 1e3 * SPIKE_BYTES if keep == "spikes" else 0.0
    samples = sum(len(one.engine.units) * (steps // one.engine.every + 1) for one in records)
    a_trial = units * COUNT_BYTES + spikes + samples * TRACE_BYTES
    built = brain.memory()
    remedy = f"a trial takes about {readable(a_trial)} of results, the built brain {readable(built)}"
    if keep == "spikes":
        remedy += '; keep="counts" takes less'
    require(built + int(a_trial * trials), f"simulate: {trials} trials of {brain.name!r}", remedy)


def _recording(
    brain: Brain,
    result: engines.RunResult,
    dt: float,
    steps: int,
    ids: tuple[int, ...],
    trials: int,
    seed: int,
    records: Sequence[_Recorded],
) -> Recording:
    names = list(brain.populations)
    shape = (len(ids), trials, -1)
    spikes = None
    if result.spikes is not None:
        spikes = {name: _gather(lists) for name, lists in zip(names, result.spikes, strict=True)}
    traces = {
        (one.population, one.variable): Trace(
            values.reshape(*shape[:2], *values.shape[1:]) * DIVISORS[one.unit],
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


def _gather(lists: Sequence[tuple[np.ndarray, np.ndarray]]) -> Spikes:
    offsets = np.zeros(len(lists) + 1, dtype=np.int64)
    np.cumsum([len(steps) for steps, _ in lists], out=offsets[1:])
    steps = np.concatenate([part for part, _ in lists]) if lists else np.zeros(0, np.int32)
    units = np.concatenate([part for _, part in lists]) if lists else np.zeros(0, np.uint32)
    return Spikes(offsets, steps.astype(np.int32, copy=False), units.astype(np.uint32, copy=False))
