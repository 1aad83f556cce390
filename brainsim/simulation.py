"""simulate(...): stimuli through a brain, trial by trial."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from brainsim import engine as engines
from brainsim.brain import Brain
from brainsim.errors import KindError, ParameterError
from brainsim.gathered import gathered
from brainsim.lower import lower
from brainsim.memory import readable, require
from brainsim.presented import presented
from brainsim.recording import Recording
from brainsim.records import Record, Recorded, listed, recorded
from brainsim.timing import whole_steps
from brainsim.units import number
from brainsim.wiring.rule import count
from isocortex.errors import nearest
from isocortex.progress import Advance, progress_bar
from isocortex.seeds import child_seed
from isocortex.threads import resolve_threads

__all__ = ["simulate"]

ASSUMED_RATE = 20.0  # Hz: what a spike list is budgeted for before anybody knows
COUNT_BYTES, SPIKE_BYTES, TRACE_BYTES = 8, 16, 16  # while the results are gathered


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
    steps = whole_steps(number(duration, "ms", "simulate: duration", positive=True), dt, "simulate: duration")
    trials = count(trials, "simulate: trials", least=1)
    child_seed(seed)
    for name, value, known in (("keep", keep, ("spikes", "counts")), ("engine", engine, ("compiled", "brian2"))):
        if value not in known:
            raise ParameterError(f"simulate: {name} {value!r} is unknown; {nearest(str(value), known)}")
    shown = presented(brain, stimuli, dt, steps)
    ids = _ids(stimulus_ids, shown.stimuli)
    threads = resolve_threads(threads)
    records = recorded(brain, () if record is None else record, dt)
    _require_memory(brain, steps, dt, shown.stimuli * trials, keep, records)

    network = lower(brain, dt)
    runs = [
        engines.Trial(position, identifier, trial) for position, identifier in enumerate(ids) for trial in range(trials)
    ]
    asked = [one.engine for one in records]
    with progress_bar(len(runs) * steps, "steps", progress) as advance:
        result = engines.get_engine(engine).run(
            network, shown.rates, shown.bin_steps, steps, runs, seed, threads, keep, asked, advance
        )
    return gathered(brain, result, dt, steps, ids, trials, seed, records)


def _ids(stimulus_ids: Sequence[int] | None, stimuli: int) -> tuple[int, ...]:
    if stimulus_ids is None:
        return tuple(range(stimuli))
    ids = tuple(count(one, "simulate: stimulus_ids") for one in listed(stimulus_ids, "simulate: stimulus_ids"))
    if len(ids) != stimuli:
        raise ParameterError(f"simulate: stimulus_ids must be {stimuli}, one a stimulus, got {len(ids)}")
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise ParameterError(
            f"simulate: stimulus_ids must differ, got {twice[0]} twice: both stimuli would meet the very same noise"
        )
    return ids


def _require_memory(brain: Brain, steps: int, dt: float, trials: int, keep: str, records: Sequence[Recorded]) -> None:
    units = sum(population.units for population in brain.populations.values())
    spikes = units * ASSUMED_RATE * steps * dt / 1e3 * SPIKE_BYTES if keep == "spikes" else 0.0
    samples = sum(len(one.engine.units) * (steps // one.engine.every + 1) for one in records)
    a_trial = units * COUNT_BYTES + spikes + samples * TRACE_BYTES
    built = brain.memory()
    remedy = f"a trial takes about {readable(a_trial)} of results, the built brain {readable(built)}"
    if keep == "spikes":
        remedy += '; keep="counts" takes less'
    require(built + int(a_trial * trials), f"simulate: {trials} trials of {brain.name!r}", remedy)
