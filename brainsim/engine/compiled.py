"""The compiled engine: whole trials without the interpreter, side by side on threads that share the weights."""

from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue

import numpy as np

from brainsim.engine.bundles import part_count
from brainsim.engine.checks import check_changing, check_rates, check_records, check_run, check_trial
from brainsim.engine.engine import AnyRecord, Engine, Interrupted, Keep, RunResult, Session, Trial
from brainsim.engine.network import Network
from brainsim.engine.program import Program
from brainsim.engine.scratch import Scratch, samples_between
from brainsim.engine.state import check_state, check_values, constant_synapses
from brainsim.engine.watch import Watch
from isocortex.progress import Advance
from isocortex.threads import resolve_threads

__all__ = ["CompiledEngine"]


class CompiledEngine(Engine):
    """Runs networks as machine code that Numba makes from their equations; the default engine.

    The first run of new equations compiles them (about a second each); the code is kept in the user's cache.
    """

    def start(
        self,
        network: Network,
        trial: Trial,
        rates: Mapping[int, np.ndarray],
        bin_steps: int,
        seed: int,
        threads: int | None = None,
    ) -> Session:
        """Begin a session; see `Engine.start`."""
        session = CompiledSession(Program(network, seed, parts=part_count(network, resolve_threads(threads))))
        session.present(rates, bin_steps, trial)
        return session

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
        records: Sequence[AnyRecord] = (),
        advance: Advance | None = None,
    ) -> RunResult:
        """Run every trial; see `Engine.run`."""
        checked = check_run(network, rates, bin_steps, steps, trials, keep, records)
        # Trials side by side first, for they never wait for each other; threads that are left go inside.
        workers = min(resolve_threads(threads), max(len(trials), 1))
        program = Program(network, seed, steps, part_count(network, resolve_threads(threads) // workers))
        program.check_records(records)
        result = _room(network, len(trials), keep, [samples_between(0, steps, record) for record in records])
        reached = np.zeros(len(trials), dtype=np.int64)
        idle: SimpleQueue[Scratch] = SimpleQueue()
        for _ in range(workers):
            idle.put(Scratch(program))
        watch = Watch(advance)

        def run_one(index: int) -> None:
            scratch = idle.get()
            try:
                scratch.begin()
                scratch.present(checked, bin_steps, trials[index])
                spikes = scratch.run(steps, keep, records, watch.cancelled, watch.done)
                _put(
                    result, index, scratch, spikes, [samples_between(0, scratch.step, record)[0] for record in records]
                )
                reached[index] = scratch.step
            finally:
                idle.put(scratch)

        try:
            watch.run(run_one, range(len(trials)), threads)
        except KeyboardInterrupt:
            raise Interrupted(result, reached) from None
        return result


class CompiledSession(Session):
    """A session upon the memory of one thread."""

    def __init__(self, program: Program) -> None:
        self.program, self.scratch = program, Scratch(program)
        self.scratch.begin()

    @property
    def step(self) -> int:
        """How many steps have been run."""
        return self.scratch.step

    def run(
        self, steps: int, keep: Keep = "spikes", records: Sequence[AnyRecord] = (), advance: Advance | None = None
    ) -> RunResult:
        """Go on; see `Session.run`."""
        check_records(self.program.network, steps, keep, records, self.step)
        self.program.check_records(records)
        begin, scratch, watch = self.step, self.scratch, Watch(advance)
        results: list[RunResult] = []

        def work(_: int) -> None:
            spikes = scratch.run(steps, keep, records, watch.cancelled, watch.done)
            shapes = [samples_between(begin, scratch.step, record) for record in records]
            result = _room(self.program.network, 1, keep, shapes)
            _put(result, 0, scratch, spikes, [samples for samples, _ in shapes])
            results.append(result)

        try:
            watch.run(work, range(1), 1)
        except KeyboardInterrupt:
            if not results:  # it came before anything was done
                raise
            raise Interrupted(results[0], np.array([self.step - begin])) from None
        return results[0]

    def present(self, rates: Mapping[int, np.ndarray], bin_steps: int, trial: Trial) -> None:
        """Present another stimulus; see `Session.present`."""
        check_trial(trial)
        checked = check_rates(self.program.network, rates, bin_steps, trial.stimulus + 1)
        self.scratch.present(checked, bin_steps, trial)

    def state(self) -> dict[str, np.ndarray]:
        """Give the state; see `Session.state`."""
        scratch = self.scratch
        state = {"step": np.array([scratch.step]), "began": np.array([scratch.began])}
        for k, code in self.program.code.items():
            for name, values in zip(code.variables, scratch.state[k], strict=True):
                state[f"variable/{k}/{name}"] = values.copy()
        for k in range(len(scratch.logs)):
            state[f"spikes/{k}/steps"], state[f"spikes/{k}/units"] = scratch.recent(k)
        return {**state, **{name: values.copy() for name, values in self._own().items()}}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go to a state; see `Session.restore`."""
        own = self._own()
        checked = check_state(self.program.network, state, own)
        for name, values in own.items():
            values[:] = checked[name]
        for k, code in self.program.code.items():
            for name, values in zip(code.variables, self.scratch.state[k], strict=True):
                values[:] = checked[f"variable/{k}/{name}"]
        recent = [(checked[f"spikes/{k}/steps"], checked[f"spikes/{k}/units"]) for k in range(len(self.scratch.logs))]
        self.scratch.restore(int(checked["step"][0]), int(checked["began"][0]), recent)

    def get(self, group: int, variable: str) -> np.ndarray:
        """Give a state variable; see `Session.get`."""
        return self.scratch.variable(group, variable).copy()

    def set(self, group: int, variable: str, values: np.ndarray) -> None:
        """Set a state variable; see `Session.set`."""
        target = self.scratch.variable(group, variable)
        target[:] = check_values(self.program.network.groups[group], variable, values)

    def synapses(self, projection: int) -> dict[str, np.ndarray]:
        """Give synapses; see `Session.synapses`."""
        if projection in self.scratch.synapses:
            return self.scratch.synapses[projection].values(self.step)
        return constant_synapses(self.program.network, projection)

    def change_weights(self, projection: int, change: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> None:
        """Change weights; see `Session.change_weights`."""
        check_changing(self.program.network, projection)
        synapses = self.scratch.synapses[projection]
        layout = synapses.layout
        synapses.weights[:] = layout.model.changed(synapses.weights, layout.targets, change)

    def set_synapses(self, projection: int, values: Mapping[str, np.ndarray]) -> None:
        """Set synapses; see `Session.set_synapses`."""
        check_changing(self.program.network, projection)
        self.scratch.synapses[projection].set(values, self.step)

    def _own(self) -> dict[str, np.ndarray]:
        """Give what plastic synapses and inputs keep: the memory itself."""
        inputs = {f"inputs/{k}/value": values for k, values in self.scratch.remembered.items()}
        return inputs | {
            f"synapses/{k}/{name}": values
            for k, synapses in self.scratch.synapses.items()
            for name, values in synapses.arrays.items()
        }


def _room(network: Network, trials: int, keep: Keep, traces: Sequence[tuple[int, int]]) -> RunResult:
    """Make room for the results of some trials."""
    shapes = [(trials, group.size) for group in network.groups]
    none = (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint32))
    return RunResult(
        tuple(np.zeros(shape, dtype=np.int32) for shape in shapes),
        tuple(np.full(shape, -1, dtype=np.int32) for shape in shapes),
        tuple([none] * trials for _ in shapes) if keep == "spikes" else None,
        tuple(np.zeros((trials, *shape)) for shape in traces),
    )


def _put(
    result: RunResult,
    index: int,
    scratch: Scratch,
    spikes: Sequence[tuple[np.ndarray, np.ndarray]],
    sampled: Sequence[int],
) -> None:
    """Copy what a thread's memory holds of a trial: of every record as many samples as were taken."""
    for group, (counts, first) in enumerate(zip(scratch.counts, scratch.first, strict=True)):
        result.counts[group][index], result.first[group][index] = counts, first
    if result.spikes is not None:
        for events, one in zip(result.spikes, spikes, strict=True):
            events[index] = one
    for trace, samples, count in zip(result.traces, scratch.samples, sampled, strict=True):
        trace[index, :count] = samples[:count]
