"""What one thread writes to while it runs a trial: state, spike logs, counts.

A group's log lists its spikes one after the other; row r of `ends` says where the spikes of a step begin. Delays and
refractory periods look back in it, so the last `history` rows of a slice are carried over to the next.
"""

from threading import Event
from time import perf_counter

import numpy as np

from brainsim.engine import draws
from brainsim.engine.engine import Trial, check_finite
from brainsim.engine.network import SourceGroup
from brainsim.engine.operation import Operation
from brainsim.engine.program import Program
from brainsim.engine.recorder import recording
from brainsim.engine.synapse_layout import SynapseLayout, SynapseState
from brainsim.engine.trial import run_steps

__all__ = ["Scratch"]

Spikes = tuple[np.ndarray, np.ndarray]
RESPONSE = 0.1  # seconds between two looks at Ctrl-C


class Scratch:
    """The memory of one thread, and the operations of a step upon it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        groups = program.network.groups
        rows = program.history + program.slice_steps
        self.logs = [np.empty(group.size * rows, dtype=np.uint32) for group in groups]
        self.ends = [np.zeros(rows + 1, dtype=np.int64) for _ in groups]
        self.counts = [np.zeros(group.size, dtype=np.int32) for group in groups]
        self.first = [np.zeros(group.size, dtype=np.int32) for group in groups]
        self.active = [np.ones(group.size, dtype=np.uint8) for group in groups]
        self.memory = program.layout.memory()
        self.state = {k: [self._variable(k, name) for name in code.variables] for k, code in program.code.items()}
        self.samples = [np.zeros(program.samples(record)) for record in program.records]
        self.keys: dict[tuple[str, str], np.ndarray] = {}  # (population, stream) -> key of the trial's draws
        self.sources: dict[int, Operation] = {}
        self.synapses = {
            bundle.numbers[0]: SynapseState(bundle.wiring)
            for bundle in program.bundles
            if isinstance(bundle.wiring, SynapseLayout)
        }
        self.operations = [
            *self._groups(),
            *self._inputs(),
            *self._projections(),
            *self._answers(),
            *self._resets(),
            *self._records(),
        ]
        self.functions = np.array([operation.function.address for operation in self.operations], dtype=np.int64)
        self.arguments = np.array([operation.arguments.ctypes.data for operation in self.operations], dtype=np.int64)

    def run(self, trial: Trial, cancelled: Event) -> list[Spikes]:
        """Run one trial from the initial state, and give each group's spikes if they are kept.

        Once `cancelled` is set it ends soon, with whatever there is.

        Raises
        ------
        NetworkError
            If a state variable is no longer finite at the end.
        """
        program = self.program
        self._begin(trial)
        kept: list[list[Spikes]] = [[] for _ in self.logs]
        step = 0
        while step < program.steps and not cancelled.is_set():
            stop = min(step + program.slice_steps, program.steps)
            self._run_slice(step, stop, cancelled)
            if program.keep == "spikes":
                for events, log, ends in zip(kept, self.logs, self.ends, strict=True):
                    events.append(_read(log, ends, step, stop, program.history))
            if stop < program.steps:
                self._carry_over(stop - step)
            step = stop
        if not cancelled.is_set():
            self._check_state()
        return [_joined(events) for events in kept] if program.keep == "spikes" else []

    def _run_slice(self, step: int, stop: int, cancelled: Event) -> None:
        """Run the steps of a slice in pieces, as long as `RESPONSE` allows; pieces change no bit."""
        row, piece = self.program.history, 1
        while step < stop and not cancelled.is_set():
            end = min(step + piece, stop)
            began = perf_counter()
            run_steps(self.functions, self.arguments, step, end, row)
            piece *= 4 if perf_counter() - began < RESPONSE / 4 else 1
            row += end - step
            step = end

    def _check_state(self) -> None:
        for k, code in self.program.code.items():
            for name, values in zip(code.variables, self.state[k], strict=True):
                check_finite(self.program.network.groups[k].name, name, values)

    def _begin(self, trial: Trial) -> None:
        for k, initial in self.program.initial.items():
            for values, start in zip(self.state[k], initial, strict=True):
                values[:] = start
        for k in range(len(self.logs)):
            self.ends[k][:] = 0
            self.counts[k][:] = 0
            self.first[k][:] = -1
            self.active[k][:] = 1
        for synapses in self.synapses.values():
            synapses.begin(0)
        for (population, stream), key in self.keys.items():
            key[:] = draws.stream_key(self.program.seed, trial.stimulus_id, trial.trial, population, stream)
        for k, operation in self.sources.items():
            operation.arguments[8] = self.program.rates[k][trial.stimulus].ctypes.data

    def _carry_over(self, steps: int) -> None:
        history = self.program.history
        for log, ends in zip(self.logs, self.ends, strict=True):
            begin, end = ends[steps], ends[steps + history]
            log[: end - begin] = log[begin:end].copy()
            ends[: history + 1] = ends[steps : steps + history + 1] - begin

    def _groups(self) -> list[Operation]:
        operations: list[Operation] = []
        for k, group in enumerate(self.program.network.groups):
            if isinstance(group, SourceGroup):
                rates = self.program.rates[k]
                self.sources[k] = Operation.of(
                    draws.draw_sources,
                    group.size,
                    self.program.bin_steps,
                    rates.shape[1] - 1,
                    self._key(group.name, "spikes"),
                    self.logs[k],
                    self.ends[k],
                    self.counts[k],
                    self.first[k],
                    rates,
                    np.array([self.program.network.dt * draws.SCALE]),
                )
                operations.append(self.sources[k])
            else:
                operations.append(Operation.of(self.program.code[k].module.update, *self._group_arguments(k)))
        return operations

    def _resets(self) -> list[Operation]:
        return [Operation.of(code.module.reset, *self._group_arguments(k)) for k, code in self.program.code.items()]

    def _group_arguments(self, k: int) -> list[int | np.ndarray]:
        code = self.program.code[k]
        log: list[int | np.ndarray] = [self.logs[k], self.ends[k], self.active[k], self.counts[k], self.first[k]]
        size = self.program.network.groups[k].size
        return [size, *log, code.scalars, self.program.holds[k], *self.state[k], *code.arrays]

    def _inputs(self) -> list[Operation]:
        operations = []
        network = self.program.network
        for source, stream, table in zip(network.inputs, network.input_streams, self.program.backgrounds, strict=True):
            key = self._key(network.groups[source.target].name, stream)
            variable, active = self._target(source.target, source.variable)
            operations.append(table.operation(key, source.weight, variable, active))
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

    def _records(self) -> list[Operation]:
        operations = []
        for record, samples in zip(self.program.records, self.samples, strict=True):
            units = np.ascontiguousarray(record.units, dtype=np.int64)
            variable, _ = self._target(record.group, record.variable)
            operations.append(recording(variable, units, record.every, samples))
        return operations

    def _target(self, group: int, name: str) -> tuple[np.ndarray, np.ndarray | None]:
        place = self.program.variable(group, name, "target")
        return self.state[group][place], self.active[group] if self.program.held(group, name) else None

    def _variable(self, group: int, name: str) -> np.ndarray:
        begin = self.program.layout.offsets[group, name]
        return self.memory[begin : begin + self.program.network.groups[group].size]

    def _key(self, population: str, stream: str) -> np.ndarray:
        return self.keys.setdefault((population, stream), np.zeros(4, dtype=np.int64))


def _read(log: np.ndarray, ends: np.ndarray, step: int, stop: int, history: int) -> Spikes:
    rows = ends[history : history + stop - step + 1]
    steps = np.repeat(np.arange(step, stop, dtype=np.int32), np.diff(rows))
    return steps, log[rows[0] : rows[-1]].copy()


def _joined(events: list[Spikes]) -> Spikes:
    if len(events) == 1:
        return events[0]
    return np.concatenate([steps for steps, _ in events]), np.concatenate([units for _, units in events])
