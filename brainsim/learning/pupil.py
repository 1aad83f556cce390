"""One session of a brain that learns, and what is done with it from stimulus to stimulus."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from brainsim.brain import Brain
from brainsim.engine import Engine, Network, Trial
from brainsim.engine.engine import Session
from brainsim.learning.learned import plastic_pathways, thresholds
from brainsim.learning.repeat import Repeat
from brainsim.lower import engine_weight
from brainsim.plasticity import RewardSTDP

__all__ = ["Lesson", "Pupil", "Response", "Reward"]

Reward = Callable[[int, Mapping[str, np.ndarray]], float]


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is done with every stimulus.

    Parameters
    ----------
    brain, network : Brain, Network
        Who learns.
    rates : dict
        Number of a group of Poisson units -> Hz, (stimulus, ...); of spike sources -> list of (steps, units).
    stimuli : int
        How many there are.
    bin_steps, steps, rest : int
        Steps of a bin of rates, of a stimulus, and of the rest after it.
    repeat : Repeat, optional
        When a stimulus is repeated.
    reward : callable, optional
        From a stimulus and its spike counts to the reward for them.
    seed : int
        Of the random numbers.
    """

    brain: Brain
    network: Network
    rates: dict[int, Any]
    stimuli: int
    bin_steps: int
    steps: int
    rest: int
    repeat: Repeat | None
    reward: Reward | None
    seed: int


@dataclass(frozen=True, eq=False)
class Response:
    """What a stimulus drew: spikes of every population, and how often it had to be repeated."""

    counts: dict[str, np.ndarray]
    repeats: int


class Pupil:
    """A session, with what changes its weights beside spikes."""

    def __init__(self, lesson: Lesson, engine: Engine) -> None:
        self.lesson = lesson
        nothing = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        self.silence: dict[int, Any] = {
            k: [nothing] if isinstance(shown, list) else np.zeros((1, shown.shape[-1]))
            for k, shown in lesson.rates.items()
        }
        self.session: Session = engine.start(lesson.network, Trial(0, 0, 0), self.silence, 1, lesson.seed)
        self.initial: dict[str, np.ndarray] | None = None
        self.pathways = plastic_pathways(lesson.brain)
        self.thresholds = thresholds(lesson.brain)

    def present(self, stimulus: int, sweep: int) -> Response:
        """Normalise, present a stimulus, reward, rest; again where too few spikes came."""
        lesson, session, repeats = self.lesson, self.session, 0
        repeat = lesson.repeat
        while True:
            self._normalize()
            trial = Trial(0, stimulus, sweep)
            session.present(self._rates(stimulus, repeats), lesson.bin_steps, trial)
            result = session.run(lesson.steps, "counts")
            counts = {name: one[0].copy() for name, one in zip(lesson.brain.populations, result.counts, strict=True)}
            enough = repeat is None or repeats == repeat.most or counts[repeat.population].sum() >= repeat.least
            if enough and lesson.reward is not None:
                self.give(float(lesson.reward(stimulus, counts)))
            if lesson.rest:
                session.present(self.silence, 1, trial)
                session.run(lesson.rest, "counts")
            if enough:
                return Response(counts, repeats)
            repeats += 1

    def give(self, amount: float) -> None:
        """Give a reward now."""
        for k, pathway in self.pathways.items():
            rule = pathway.projection.plasticity
            if isinstance(rule, RewardSTDP):
                found = self.session.synapses(k)
                scaled = replace(rule, W_max=engine_weight(pathway)(rule.W_max))
                self.session.set_synapses(k, {"w": scaled.rewarded(found["w"], found["c"], amount)})

    def weights(self) -> dict[int, np.ndarray]:
        """Give the weights of all plastic pathways, in the engine's unit, in order of creation."""
        return {k: self.session.synapses(k)["w"] for k in self.pathways}

    def theta(self) -> dict[int, np.ndarray]:
        """Give the thresholds that adapt, in volts."""
        return {k: self.session.get(k, "theta") for k in self.thresholds}

    def begin_again(self, weights: Mapping[int, np.ndarray], theta: Mapping[int, np.ndarray]) -> None:
        """Go back to the initial state, but with these weights and thresholds."""
        if self.initial is None:
            self.initial = self.session.state()
        else:
            self.session.restore(self.initial)
        for k, values in weights.items():
            self.session.set_synapses(k, {"w": values})
        for k, values in theta.items():
            self.session.set(k, "theta", values)

    def _normalize(self) -> None:
        for k, pathway in self.pathways.items():
            rule = pathway.projection.normalization
            if rule is not None:
                self.session.change_weights(k, replace(rule, total=engine_weight(pathway)(rule.total)).normalized)

    def _rates(self, stimulus: int, repeats: int) -> dict[int, Any]:
        """Give the rates of one stimulus, higher at a repetition, but never above one spike a step."""
        lesson = self.lesson
        shown = {k: rates[stimulus : stimulus + 1] for k, rates in lesson.rates.items()}
        if repeats == 0 or lesson.repeat is None:
            return shown
        factor = lesson.repeat.factor(repeats)
        return {
            k: rates if isinstance(rates, list) else np.minimum(rates * factor, 1 / lesson.network.dt)
            for k, rates in shown.items()
        }
