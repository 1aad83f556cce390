"""What one thread writes to while it runs a network: state, spike logs, counts.

A group's log lists its spikes one after the other; row r of `ends` says where the spikes of a step begin. Delays and
refractory periods look back in it, so the last `history` rows of a slice are carried over to the next.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Event
from time import perf_counter
from typing import Any

import numpy as np

from brainsim.engine import draws
from brainsim.engine.checks import check_finite
from brainsim.engine.compiled_inputs import Place, clearing, emit_listed
from brainsim.engine.engine import Keep, Record, Trial
from brainsim.engine.network import NeuronGroup, SourceGroup
from brainsim.engine.operation import Operation
from brainsim.engine.program import Program
from brainsim.engine.recorder import recording
from brainsim.engine.shield import shield
from brainsim.engine.synapse_layout import SynapseLayout, SynapseState
from brainsim.engine.trial import run_steps

__all__ = ["Scratch", "samples_between"]

Spikes = tuple[np.ndarray, np.ndarray]
RESPONSE = 0.1  # seconds between two looks at Ctrl-C


class Scratch:
    """The memory of one thread, and the operations of a step upon it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        groups = program.network.groups
        rows = program.history + program.slice_steps
        self.step = 0
        self.began = 0  # step from which the bins of the rates count
        self.rows = 0  # of the logs, used since they were last carried over
        self.logs = [np.empty(group.size * rows, dtype=np.uint32) for group in groups]
        self.ends = [np.zeros(rows + 1, dtype=np.int64) for _ in groups]
        self.counts = [np.zeros(group.size, dtype=np.int32) for group in groups]
        self.first = [np.zeros(group.size, dtype=np.int32) for group in groups]
        self.active = [np.ones(group.size, dtype=np.uint8) for group in groups]
        self.memory = program.layout.memory()
        self.state = {k: [self._variable(k, name) for name in code.variables] for k, code in program.code.items()}
        self.samples: list[np.ndarray] = []
        self.rates: Mapping[int, Any] = {}  # kept alive: operations hold their addresses
        self.keys: dict[tuple[str, str], np.ndarray] = {}  # (population, stream) -> key of the trial's draws
        self.sources: dict[int, Operation] = {}
        self.listed: dict[int, Operation] = {}
        self.remembered = {
            k: np.zeros(groups[one.target].size) for k, one in enumerate(program.network.inputs) if one.remembers
        }
        self.synapses = {
            bundle.numbers[0]: SynapseState(bundle.wiring)
            for bundle in program.bundles
            if isinstance(bundle.wiring, SynapseLayout)
        }
        shields = [self._shield(group, name) for group, name in program.shielded]
        self.operations = [
            *self._cleared(),
            *self._inputs(continuous=True),
            *self._groups(),
            *(keep for keep, _ in shields),
            *self._inputs(continuous=False),
            *self._projections(),
            *(put_back for _, put_back in shields),
            *self._answers(),
            *self._resets(),
        ]

    def begin(self) -> None:
        """Go back to the initial state."""
        for k, initial in self.program.initial.items():
            for values, start in zip(self.state[k], initial, strict=True):
                values[:] = start
        self.step = self.began = self.rows = 0
        for ends, active in zip(self.ends, self.active, strict=True):
            ends[:] = 0
            active[:] = 1
        for synapses in self.synapses.values():
            synapses.begin(0)

    def present(self, rates: Mapping[int, Any], bin_steps: int, trial: Trial) -> None:
        """Take checked rates and spikes, and random numbers from `trial` from now on; bins and steps count from now."""
        self.rates, self.began = rates, self.step
        for (population, stream), key in self.keys.items():
            key[:] = draws.stream_key(self.program.seed, trial.stimulus_id, trial.trial, population, stream)
        for k, operation in self.sources.items():
            operation.arguments[1:3] = bin_steps, rates[k].shape[1] - 1
            operation.arguments[8] = rates[k][trial.stimulus].ctypes.data
        for k, operation in self.listed.items():
            steps, units = rates[k][trial.stimulus]
            operation.arguments[:3] = len(steps), steps.ctypes.data, units.ctypes.data
        self._count_bins()

    def _count_bins(self) -> None:
        for operation in self.sources.values():
            operation.arguments[10] = self.began
        for operation in self.listed.values():
            operation.arguments[3] = self.began

    def run(
        self,
        steps: int,
        keep: Keep,
        records: Sequence[Record],
        cancelled: Event,
        done: Callable[[int], None],
    ) -> list[Spikes]:
        """Go on for some steps, and give each group's spikes if they are kept.

        Once `cancelled` is set it ends soon, at the end of a step. `done` hears of the steps piece by piece.

        Raises
        ------
        NetworkError
            If a state variable is no longer finite at the end.
        """
        for counts, first in zip(self.counts, self.first, strict=True):
            counts[:] = 0
            first[:] = -1
        operations = [*self.operations, *self._records(records, steps)]
        functions = np.array([operation.function.address for operation in operations], dtype=np.int64)
        arguments = np.array([operation.arguments.ctypes.data for operation in operations], dtype=np.int64)
        kept: list[list[Spikes]] = [[_NONE] for _ in self.logs]
        end = self.step + steps
        while self.step < end and not cancelled.is_set():
            self._carry_over()
            begin = self.step
            self._run_slice(min(begin + self.program.slice_steps, end), functions, arguments, cancelled, done)
            if keep == "spikes":
                for events, log, ends in zip(kept, self.logs, self.ends, strict=True):
                    events.append(_read(log, ends, begin, self.step, self.program.history))
        if not cancelled.is_set():
            self._check_state()
        return [_joined(events) for events in kept] if keep == "spikes" else []

    def variable(self, group: int, name: str) -> np.ndarray:
        """Give the memory of a state variable of a group of neurons."""
        return self._target(group, name)[0]

    def recent(self, group: int) -> Spikes:
        """Give the spikes of a group that are still remembered: steps int64, units."""
        self._carry_over()
        history, ends = self.program.history, self.ends[group]
        steps = np.repeat(np.arange(self.step - history, self.step), np.diff(ends[: history + 1]))
        return steps, self.logs[group][: ends[history]].copy()

    def restore(self, step: int, began: int, recent: Sequence[Spikes]) -> None:
        """Take over a step and what spiked just before it; state variables are written by the caller."""
        history = self.program.history
        self.step, self.began, self.rows = step, began, 0
        for k, (steps, units) in enumerate(recent):
            self.logs[k][: len(units)] = units
            self.ends[k][: history + 1] = np.searchsorted(steps, np.arange(step - history, step + 1))
            self.active[k][:] = 1
            self.active[k][units[steps >= step - self.program.holds[k]]] = 0
        self._count_bins()

    def _run_slice(
        self,
        stop: int,
        functions: np.ndarray,
        arguments: np.ndarray,
        cancelled: Event,
        done: Callable[[int], None],
    ) -> None:
        """Run the steps of a slice in pieces, as long as `RESPONSE` allows; pieces change no bit."""
        piece = 1
        while self.step < stop and not cancelled.is_set():
            end = min(self.step + piece, stop)
            began = perf_counter()
            run_steps(functions, arguments, self.step, end, self.program.history + self.rows)
            piece *= 4 if perf_counter() - began < RESPONSE / 4 else 1
            self.rows += end - self.step
            done(end - self.step)
            self.step = end

    def _check_state(self) -> None:
        for k, code in self.program.code.items():
            for name, values in zip(code.variables, self.state[k], strict=True):
                check_finite(self.program.network.groups[k].name, name, values)

    def _carry_over(self) -> None:
        """Move the last `history` rows of the logs to their beginning."""
        steps, history = self.rows, self.program.history
        if steps:
            for log, ends in zip(self.logs, self.ends, strict=True):
                begin, end = ends[steps], ends[steps + history]
                log[: end - begin] = log[begin:end].copy()
                ends[: history + 1] = ends[steps : steps + history + 1] - begin
        self.rows = 0

    def _groups(self) -> list[Operation]:
        operations: list[Operation] = []
        for k, group in enumerate(self.program.network.groups):
            if isinstance(group, SourceGroup):
                self.sources[k] = Operation.of(
                    draws.draw_sources,
                    group.size,
                    1,  # bins, rates and the step they begin at: set by `present`
                    0,
                    self._key(group.name, "spikes"),
                    self.logs[k],
                    self.ends[k],
                    self.counts[k],
                    self.first[k],
                    0,
                    np.array([self.program.network.dt * draws.SCALE]),
                    0,
                )
                operations.append(self.sources[k])
            elif isinstance(group, NeuronGroup):
                operations.append(Operation.of(self.program.code[k].module.update, *self._group_arguments(k)))
            else:
                log = (self.logs[k], self.ends[k], self.counts[k], self.first[k])
                # How many spikes, where they are and the step they count from: set by `present`.
                self.listed[k] = Operation.of(emit_listed, 0, 0, 0, 0, *log)
                operations.append(self.listed[k])
        return operations

    def _resets(self) -> list[Operation]:
        return [Operation.of(code.module.reset, *self._group_arguments(k)) for k, code in self.program.code.items()]

    def _group_arguments(self, k: int) -> list[int | np.ndarray]:
        code = self.program.code[k]
        log: list[int | np.ndarray] = [self.logs[k], self.ends[k], self.active[k], self.counts[k], self.first[k]]
        size = self.program.network.groups[k].size
        return [size, *log, code.scalars, self.program.holds[k], *self.state[k], *code.arrays]

    def _cleared(self) -> list[Operation]:
        groups = enumerate(self.program.network.groups)
        return [
            clearing(self._variable(k, name))
            for k, group in groups
            if isinstance(group, NeuronGroup)
            for name in group.external
        ]

    def _inputs(self, continuous: bool) -> list[Operation]:
        operations: list[Operation] = []
        network = self.program.network
        for k, (one, stream) in enumerate(zip(network.inputs, network.input_streams, strict=True)):
            if one.continuous == continuous:
                key = self._key(network.groups[one.target].name, stream)
                variable, active = self._target(one.target, one.variable)
                place = Place(variable, active, key, self.remembered.get(k))
                operations += self.program.inputs[k].operations(place)
        return operations

    def _projections(self) -> list[Operation]:
        operations = []
        for bundle in self.program.bundles:
            number, wiring = bundle.numbers[0], bundle.wiring
            projection = self.program.network.projections[number]
            log, ends = self.logs[projection.source], self.ends[projection.source]
            target, active = self._target(projection.target, projection.variable)
            if bundle.shared:
                target = self.memory
            deliver = self.synapses[number].arrivals if isinstance(wiring, SynapseLayout) else wiring.operation
            operations.append(deliver(log, ends, target, active, self.program.history))
        return operations

    def _answers(self) -> list[Operation]:
        """Plastic synapses' answers to spikes of their targets."""
        operations = []
        for k, state in self.synapses.items():
            projection = self.program.network.projections[k]
            if state.layout.model.post:
                _, active = self._target(projection.target, projection.variable)
                log, ends = self.logs[projection.target], self.ends[projection.target]
                operations.append(state.answers(log, ends, active is not None))
        return operations

    def _records(self, records: Sequence[Record], steps: int) -> list[Operation]:
        """Make the operations that fill `samples`; trial after trial with the same records they fill the same."""
        first = [-(-self.step // record.every) for record in records]
        shapes = [samples_between(self.step, self.step + steps, record) for record in records]
        if [samples.shape for samples in self.samples] != shapes:
            self.samples = [np.zeros(shape) for shape in shapes]
        operations = []
        for record, samples, begin in zip(records, self.samples, first, strict=True):
            units = np.ascontiguousarray(record.units, dtype=np.int64)
            variable, _ = self._target(record.group, record.variable)
            operations.append(recording(variable, units, record.every, begin, samples))
        return operations

    def _target(self, group: int, name: str) -> tuple[np.ndarray, np.ndarray | None]:
        place = self.program.variable(group, name, f"group {group}")
        return self.state[group][place], self.active[group] if self.program.masked(group, name) else None

    def _shield(self, group: int, name: str) -> tuple[Operation, Operation]:
        variable, _ = self._target(group, name)
        return shield(self.logs[group], self.ends[group], self.program.holds[group], variable)

    def _variable(self, group: int, name: str) -> np.ndarray:
        begin = self.program.layout.offsets[group, name]
        return self.memory[begin : begin + self.program.network.groups[group].size]

    def _key(self, population: str, stream: str) -> np.ndarray:
        return self.keys.setdefault((population, stream), np.zeros(4, dtype=np.int64))


_NONE = (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint32))


def _read(log: np.ndarray, ends: np.ndarray, step: int, stop: int, history: int) -> Spikes:
    rows = ends[history : history + stop - step + 1]
    steps = np.repeat(np.arange(step, stop, dtype=np.int32), np.diff(rows))
    return steps, log[rows[0] : rows[-1]].copy()


def samples_between(step: int, stop: int, record: Record) -> tuple[int, int]:
    """Give the shape of what a record holds of the steps from `step` to before `stop`: (sample, unit)."""
    return -(-stop // record.every) - -(-step // record.every), len(record.units)


def _joined(events: list[Spikes]) -> Spikes:
    if len(events) == 2:
        return events[1]
    return np.concatenate([steps for steps, _ in events]), np.concatenate([units for _, units in events])
