"""The compiled engine: whole trials without the interpreter, side by side on threads that share the weights."""

from collections.abc import Mapping, Sequence
from queue import SimpleQueue
from threading import Event

import numpy as np

from brainsim.engine.engine import Engine, Keep, Record, RunResult, Trial, check_run
from brainsim.engine.network import Network
from brainsim.engine.program import Program
from brainsim.engine.scratch import Scratch
from isocortex.progress import Advance
from isocortex.threads import resolve_threads, run_on_threads

__all__ = ["CompiledEngine"]


class CompiledEngine(Engine):
    """Runs networks as machine code that Numba makes from their equations; the default engine.

    The first run of new equations compiles them (about a second each); the code is kept in the user's cache.
    """

    def run(
        self,
        network: Network,
        rates: Mapping[int, np.ndarray],
        bin_steps: int,
        steps: int,
        trials: Sequence[Trial],
        seed: int,
        threads: int | None = None,
        keep: Keep = "spikes",
        records: Sequence[Record] = (),
        advance: Advance | None = None,
    ) -> RunResult:
        """Run every trial; see `Engine.run`."""
        checked = check_run(network, rates, bin_steps, steps, trials, keep, records)
        program = Program(network, checked, bin_steps, steps, seed, keep, tuple(records))
        shape = [(len(trials), group.size) for group in network.groups]
        counts = tuple(np.zeros(size, dtype=np.int32) for size in shape)
        first = tuple(np.zeros(size, dtype=np.int32) for size in shape)
        spikes: list[list] = [[None] * len(trials) for _ in network.groups]
        traces = tuple(np.zeros((len(trials), *program.samples(record))) for record in records)
        idle: SimpleQueue[Scratch] = SimpleQueue()
        cancelled = Event()
        for _ in range(min(resolve_threads(threads), max(len(trials), 1))):
            idle.put(Scratch(program))

        def run_one(index: int) -> None:
            scratch = idle.get()
            try:
                trial_spikes = scratch.run(trials[index], cancelled)
                for group, (trial_counts, trial_first) in enumerate(zip(scratch.counts, scratch.first, strict=True)):
                    counts[group][index], first[group][index] = trial_counts, trial_first
                for group, events in enumerate(trial_spikes):
                    spikes[group][index] = events
                for trace, samples in zip(traces, scratch.samples, strict=True):
                    trace[index] = samples
            finally:
                idle.put(scratch)

        done = None if advance is None else lambda index: advance(1)
        run_on_threads(run_one, range(len(trials)), threads, done, cancelled.set)
        return RunResult(counts, first, tuple(spikes) if keep == "spikes" else None, traces)
