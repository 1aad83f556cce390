"""learn(...): from a brain and stimuli to a brain that has learned."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np

from brainsim import engine as engines
from brainsim.brain import Brain
from brainsim.errors import KindError, LearningInterrupted, ModelError
from brainsim.learning.history import LearningHistory, Presentation
from brainsim.learning.learned import learned_brain, plastic_pathways, public_weights, thresholds
from brainsim.learning.pupil import Lesson, Pupil, Response, Reward
from brainsim.learning.repeat import Repeat, check_repeat
from brainsim.lower import lower
from brainsim.pathways import pathway
from brainsim.plasticity import RewardSTDP
from brainsim.plasticity.rule import checked_choice
from brainsim.presented import presented
from brainsim.requirements import require_session
from brainsim.timing import whole_steps
from brainsim.units import DIVISORS, number
from brainsim.wiring.rule import count, flag
from isocortex.progress import Advance, progress_bar
from isocortex.seeds import generator
from isocortex.threads import resolve_threads, run_on_threads

__all__ = ["learn"]


def learn(
    brain: Brain,
    stimuli: Any = None,
    duration: float = 350.0,
    rest: float = 150.0,
    seed: int = 0,
    *,
    dt: float = 0.1,
    passes: int = 1,
    shuffle: bool = True,
    repeat: Repeat | None = None,
    reward: Reward | None = None,
    batch: int | None = None,
    listener: Callable[[Presentation], None] | None = None,
    engine: Literal["compiled", "brian2"] = "compiled",
    threads: int | None = None,
    progress: bool | Callable[[int, str], Advance] | None = None,
) -> Brain:
    """Present stimuli one after the other to a brain whose synapses are plastic, and give the brain that it becomes.

    The brain lives on from stimulus to stimulus: nothing is reset, membrane potentials, conductances, spikes on their
    way, traces and thresholds simply go on, and the rest after each stimulus (no input from sources; drives stay) lets
    the quick ones decay. Plasticity works during rests too. Before each stimulus weights are normalised where a
    projection says so. The brain that is given back differs from `brain` in the weights of plastic projections
    (``Projection.weight``, one a synapse) and in adapted thresholds (``Population.initial["theta"]``) alone; everything
    else begins as it always did.

    Parameters
    ----------
    brain : Brain
        Who learns.
    stimuli : Any
        What its encoders take, stimuli first.
    duration, rest : float
        How long a stimulus and the rest after it last, in ms; `rest` may be 0.
    seed : int
        Of the random numbers and of the order. The same seed gives the same weights, bit for bit.
    dt : float
        Step in ms.
    passes : int
        How often all stimuli are gone through.
    shuffle : bool
        Whether each pass has a random order of its own; the order given otherwise.
    repeat : Repeat, optional
        When a stimulus is presented again, at higher rates. Its rest comes in between.
    reward : callable, optional
        ``reward(stimulus, counts)`` is called as a stimulus ends, with its position and the spike counts of every
        population, and gives the amount that every :class:`RewardSTDP` projection gets at that moment.
    batch : int, optional
        Learn in mini-batches: so many stimuli at a time, each from the brain's initial state with the weights and
        thresholds of the moment, side by side; then weights and thresholds become the mean of what the stimuli made of
        them. This is another algorithm: quick states do not go on, stimuli of a batch do not compete, and a batch
        changes weights by the mean of what its stimuli would. The result does not depend on `threads`.
    listener : callable, optional
        Called with a :class:`Presentation` after each stimulus, such as a :class:`LearningHistory`.
    engine : "compiled" or "brian2"
        What runs it.
    threads : int, optional
        For batches; as many as there are cores by default.
    progress : bool or callable, optional
        Shows a bar over presentations, with the time left; see :func:`isocortex.progress.progress_bar`.

    Returns
    -------
    Brain

    Raises
    ------
    ModelError, ParameterError, StimulusError, UnknownNameError, KindError
        If something cannot be used; the message names it.
    MemoryLimitError
        If the brain will not fit.
    LearningInterrupted
        On Ctrl-C; it is a KeyboardInterrupt whose ``brain`` holds what was learned by then.

    Examples
    --------
    >>> import numpy as np
    >>> from brainsim import atlas, learn
    >>> images = np.random.default_rng(0).random((2, 16))
    >>> wise = learn(atlas.diehl_cook(4, pixels=16), images, duration=20, rest=10, dt=0.5)
    >>> wise.projections[0].weight.shape, wise.region("cortex")["E"].initial["theta"].shape
    ((64,), (4,))
    """
    passes, batch = count(passes, "learn: passes", least=1), None if batch is None else count(batch, "learn: batch", 1)
    flag(shuffle, "learn: shuffle")
    checked_choice(engine, "learn: engine", ("compiled", "brian2"))
    _check_who(brain, reward, listener)
    require_session(brain, engine, batch or 1)
    lesson = _lesson(brain, stimuli, duration, rest, seed, dt, repeat, reward)
    order: list[tuple[int, int]] = []
    for sweep in range(passes):
        positions = np.arange(lesson.stimuli)
        if shuffle:
            positions = generator(seed, "order", sweep).permutation(positions)
        order += [(sweep, int(stimulus)) for stimulus in positions]
    pupils = [Pupil(lesson, engines.get_engine(engine)) for _ in range(min(batch or 1, len(order)))]
    walk = _one_by_one(pupils[0], order) if batch is None else _in_batches(pupils, order, resolve_threads(threads))
    learned = 0
    try:
        with progress_bar(len(order), "stimuli", progress) as advance:
            for sweep, stimulus, response in walk:
                if listener is not None:
                    _tell(listener, pupils[0], (learned, stimulus, sweep), response)
                learned += 1
                advance(1)
    except KeyboardInterrupt:
        raise LearningInterrupted(_outcome(pupils[0]), learned) from None
    return _outcome(pupils[0])


Learned = tuple[int, int, Response]  # pass, stimulus, what it drew
Known = tuple[dict[int, np.ndarray], dict[int, np.ndarray]]  # weights and thresholds


def _one_by_one(pupil: Pupil, order: list[tuple[int, int]]) -> Iterator[Learned]:
    for sweep, stimulus in order:
        yield sweep, stimulus, pupil.present(stimulus, sweep)


def _in_batches(pupils: list[Pupil], order: list[tuple[int, int]], threads: int) -> Iterator[Learned]:
    """Let each pupil learn one stimulus of a batch, and all then know the mean of what they learned."""
    known = (pupils[0].weights(), pupils[0].theta())
    for begin in range(0, len(order), len(pupils)):
        part = order[begin : begin + len(pupils)]
        try:
            responses = _batch(pupils, part, known, threads)
        except KeyboardInterrupt:
            pupils[0].begin_again(*known)  # of a batch, all or nothing is learned
            raise
        several = [(one.weights(), one.theta()) for one in pupils[: len(part)]]
        weights, theta = (
            {k: np.mean([one[what][k] for one in several], axis=0) for k in known[what]} for what in (0, 1)
        )
        known = (weights, theta)
        pupils[0].begin_again(*known)
        for (sweep, stimulus), response in zip(part, responses, strict=True):
            yield sweep, stimulus, response


def _batch(pupils: list[Pupil], part: list[tuple[int, int]], known: Known, threads: int) -> list[Response]:
    def present(place: int) -> Response:
        pupils[place].begin_again(*known)
        sweep, stimulus = part[place]
        return pupils[place].present(stimulus, sweep)

    return run_on_threads(present, range(len(part)), threads)


def _lesson(
    brain: Brain,
    stimuli: Any,
    duration: float,
    rest: float,
    seed: int,
    dt: float,
    repeat: Repeat | None,
    reward: Reward | None,
) -> Lesson:
    """Check what shall be learned, and how."""
    dt = number(dt, "ms", "learn: dt", positive=True)
    duration = number(duration, "ms", "learn: duration", positive=True)
    steps = whole_steps(duration, dt, "learn: duration")
    resting = number(rest, "ms", "learn: rest", nonnegative=True)
    check_repeat(repeat, brain, duration, dt)
    generator(seed, "order")  # raises on a seed that is none
    shown = presented(brain, stimuli, dt, steps)
    return Lesson(
        brain,
        lower(brain, dt),
        shown.rates,
        shown.stimuli,
        shown.bin_steps,
        steps,
        whole_steps(resting, dt, "learn: rest") if resting else 0,
        repeat,
        reward,
        seed,
    )


def _check_who(brain: Brain, reward: Reward | None, listener: Any) -> None:
    """Check that there is something that learns, and somebody who takes what is told."""
    if not isinstance(brain, Brain):
        raise KindError(f"learn: brain must be a Brain, got {type(brain).__name__}")
    if not plastic_pathways(brain) and not thresholds(brain):
        raise ModelError(f"learn: nothing in brain {brain.name!r} can learn; give a projection its plasticity=")
    for name, function in (("reward", reward), ("listener", listener)):
        if function is not None and not callable(function):
            raise KindError(f"learn: {name} must be a function, got {function!r}")
    if reward is not None and not any(isinstance(one.plasticity, RewardSTDP) for one in brain.projections):
        raise ModelError("learn: there is a reward, but no projection has plasticity=RewardSTDP(...)")
    if isinstance(listener, LearningHistory):
        listener.check(brain)


def _tell(
    listener: Callable[[Presentation], None], pupil: Pupil, place: tuple[int, int, int], response: Response
) -> None:
    def weights(name: str) -> np.ndarray:
        k = pathway(pupil.lesson.brain, name, "Presentation.weights")
        return public_weights(pupil.lesson.brain.pathways[k], pupil.session.synapses(k)["w"])

    listener(Presentation(*place, response.repeats, response.counts, weights))


def _outcome(pupil: Pupil) -> Brain:
    theta = {pupil.thresholds[k]: values * DIVISORS["mV"] for k, values in pupil.theta().items()}
    return learned_brain(pupil.lesson.brain, pupil.lesson.network, pupil.weights(), theta)
