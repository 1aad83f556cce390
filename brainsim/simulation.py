"""simulate(...): stimuli through a brain, trial by trial."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from brainsim import engine as engines
from brainsim.brain import Brain
from brainsim.errors import Interrupted, KindError, ParameterError
from brainsim.gathered import Asked, finished
from brainsim.lower import lower
from brainsim.presented import presented
from brainsim.recording import Recording
from brainsim.records import Record, RecordWeights, listed, recorded
from brainsim.requirements import check_choices, require_encoding, require_results, require_run
from brainsim.timing import whole_steps
from brainsim.units import number
from brainsim.wiring.rule import count
from isocortex.progress import Advance, progress_bar
from isocortex.seeds import child_seed
from isocortex.threads import resolve_threads

__all__ = ["simulate"]


def simulate(
    brain: Brain,
    stimuli: Any = None,
    duration: float = 150.0,
    dt: float = 0.1,
    trials: int = 1,
    seed: int = 0,
    record: Sequence[Record | RecordWeights] | None = None,
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
    record : sequence of Record or RecordWeights, optional
        State variables, and weights of plastic synapses, to keep.
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
        If the run will not fit; asked before anything is built.
    Interrupted
        On Ctrl-C: a KeyboardInterrupt whose ``recording`` holds what is complete: the stimuli all of whose trials were
        finished, from the first on; where the first is not, those of its trials that were; where none is, what the
        first trial had reached; None if that is nothing.

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
    check_choices("simulate", keep=keep, engine=engine)
    threads = resolve_threads(threads)
    require_encoding(brain, stimuli, steps * dt)
    shown = presented(brain, stimuli, dt, steps)
    ids = _ids(stimulus_ids, shown.stimuli)
    runs = [
        engines.Trial(position, identifier, trial) for position, identifier in enumerate(ids) for trial in range(trials)
    ]
    require_run(Asked(brain, dt, steps, ids, trials, seed, ()), keep, min(threads, len(runs)), engine)
    network = lower(brain, dt)
    asked = Asked(brain, dt, steps, ids, trials, seed, recorded(brain, () if record is None else record, network))
    require_results(asked, keep)
    kept = [one.engine for one in asked.records]
    try:
        with progress_bar(len(runs) * steps, "steps", progress) as advance:
            result = engines.get_engine(engine, network).run(
                network, shown.rates, shown.bin_steps, steps, runs, seed, threads, keep, kept, advance
            )
    except engines.Interrupted as stopped:
        done = finished(stopped.reached, steps, len(ids), trials)
        part = asked.part(stopped.result, stopped.reached)
        raise Interrupted(part, f"simulate: interrupted after {done}") from None
    return asked.recording(result)


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
