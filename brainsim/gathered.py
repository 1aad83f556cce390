"""What an engine gave, as a recording."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brainsim import engine as engines
from brainsim.brain import Brain
from brainsim.recording import Recording, Spikes, Trace
from brainsim.records import Recorded
from brainsim.units import from_si

__all__ = ["Asked", "finished"]


@dataclass(frozen=True, eq=False)
class Asked:
    """What was to be run, of which a result is the answer.

    Parameters
    ----------
    brain : Brain
        Who.
    dt : float
        Step in ms.
    steps : int
        Steps a trial.
    stimulus_ids : tuple of int
        Of each stimulus.
    trials : int
        Of each stimulus.
    seed : int
        Of the random numbers.
    records : sequence of Recorded
        What was to be kept.
    start : int
        Step in which it began.
    """

    brain: Brain
    dt: float
    steps: int
    stimulus_ids: tuple[int, ...]
    trials: int
    seed: int
    records: Sequence[Recorded]
    start: int = 0

    def recording(self, result: engines.RunResult) -> Recording:
        """Gather the results of trials, those of the first stimulus first."""
        rows = range(len(self.stimulus_ids) * self.trials)
        return self._recording(result, rows, self.stimulus_ids, self.trials, self.steps)

    def part(self, result: engines.RunResult, reached: np.ndarray) -> Recording | None:
        """Gather what is complete of a run that was interrupted; None if it is nothing.

        These are the stimuli all of whose trials were finished, from the first on; where the first is not, those of
        its trials that were; and where not one was, what its first trial had reached.
        """
        done = reached.reshape(len(self.stimulus_ids), self.trials) >= self.steps
        stimuli, trials = _leading(done)
        if stimuli:
            ids, steps = self.stimulus_ids[:stimuli], self.steps
            return self._recording(result, range(stimuli * self.trials), ids, self.trials, steps)
        if trials or reached[0]:
            steps = self.steps if trials else int(reached[0])
            return self._recording(result, range(max(trials, 1)), self.stimulus_ids[:1], max(trials, 1), steps)
        return None

    def _recording(
        self, result: engines.RunResult, rows: range, ids: tuple[int, ...], trials: int, steps: int
    ) -> Recording:
        names = list(self.brain.populations)
        shape = (len(ids), trials, -1)
        some = slice(0, len(rows))
        spikes = None
        if result.spikes is not None:
            lists = zip(names, result.spikes, strict=True)
            spikes = {name: Spikes.joined(parts[some], shift=-self.start) for name, parts in lists}
        traces = [
            ((one.name, one.variable), self._trace(one, values[some], shape[:2], steps), one.synaptic)
            for one, values in zip(self.records, result.traces, strict=True)
        ]
        first = {
            name: np.where(when[some] < 0, -1, when[some] - self.start).astype(np.int32).reshape(shape)
            for name, when in zip(names, result.first, strict=True)
        }
        return Recording(
            brain=self.brain.name,
            dt=self.dt,
            steps=steps,
            stimulus_ids=ids,
            trials=trials,
            seed=self.seed,
            spike_counts={name: counts[some].reshape(shape) for name, counts in zip(names, result.counts, strict=True)},
            first_steps=first,
            spike_lists=spikes,
            traces={key: trace for key, trace, synaptic in traces if not synaptic},
            start_step=self.start,
            synapse_traces={key: trace for key, trace, synaptic in traces if synaptic},
        )

    def _trace(self, one: Recorded, values: np.ndarray, shape: tuple[int, int], steps: int) -> Trace:
        first = -self.start % one.engine.every
        values = values[:, : -(-(steps - first) // one.engine.every) if steps > first else 0]
        public = from_si(values.reshape(*shape, *values.shape[1:]), one.unit) / one.scale
        return Trace(public, one.engine.units, one.engine.every, one.unit, first)


def finished(reached: np.ndarray, steps: int, stimuli: int, trials: int) -> str:
    """Say in words what :meth:`Asked.part` holds."""
    done = reached.reshape(stimuli, trials) >= steps
    whole, first = _leading(done)
    if whole:
        return f"{whole} of {stimuli} stimuli"
    if first:
        return f"{first} of {trials} trials of the first stimulus"
    return f"{reached[0]} of {steps} steps of the first trial" if reached[0] else "nothing"


def _leading(done: np.ndarray) -> tuple[int, int]:
    """Give how many stimuli are finished before the first that is not, and how many trials of the first stimulus."""
    stimuli, trials = ([*map(bool, one), False].index(False) for one in ([all(row) for row in done], done[0]))
    return stimuli, trials
