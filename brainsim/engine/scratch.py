"""What a network writes to while it runs: state, spike logs, counts."""

from collections.abc import Callable, Mapping, Sequence
from threading import Event
from time import perf_counter
from typing import Any

import numpy as np

from brainsim.engine import draws
from brainsim.engine.checks import check_finite
from brainsim.engine.compiled_inputs import Place, clearing, count_from, emit_listed, show
from brainsim.engine.delivery import SynapseList
from brainsim.engine.engine import AnyRecord, Keep, Record, Trial
from brainsim.engine.inputs import StimulusInput
from brainsim.engine.network import NeuronGroup, SourceGroup
from brainsim.engine.operation import Operation
from brainsim.engine.program import Program
from brainsim.engine.recorder import recording
from brainsim.engine.shield import shield
from brainsim.engine.spike_log import SpikeLog, gathered
from brainsim.engine.synapse_layout import SynapseLayout, SynapseState
from brainsim.engine.team import Team
from brainsim.engine.waiting import WaitingList

__all__ = ["Scratch", "samples_between"]

Spikes = tuple[np.ndarray, np.ndarray]
RESPONSE = 0.1  # seconds between two looks at Ctrl-C


class Scratch:
    """The memory of one network that runs, and the operations of a step upon it.

    Its units are split into the program's parts, one a thread. In a step every part first finds who spikes; once all
    have, every part delivers to its own units.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        groups = program.network.groups
        self.step = 0
        self.began = 0  # step from which the bins of the rates count
        self.rows = 0  # of the logs, used since they were last carried over
        self.logs = [
            [
                SpikeLog(one.start, one.stop - one.start, program.history, program.slice_steps)
                for one in program.ranges(k)
            ]
            for k in range(len(groups))
        ]
        self.counts = [np.zeros(group.size, dtype=np.int32) for group in groups]
        self.first = [np.zeros(group.size, dtype=np.int32) for group in groups]
        self.active = [np.ones(group.size, dtype=np.uint8) for group in groups]
        self.memory = program.layout.memory()
        self.state = {k: [self._variable(k, name) for name in code.variables] for k, code in program.code.items()}
        self.samples: list[np.ndarray] = []
        self.rates: Mapping[int, Any] = {}  # kept alive: operations hold their addresses
        self.keys: dict[tuple[str, str], np.ndarray] = {}  # (population, stream) -> key of the trial's draws
        self.sources: list[tuple[int, Operation]] = []  # (group, its draws), part by part
        self.listed: list[tuple[int, Operation]] = []  # (group, its listed spikes), part by part
        self.shown: list[tuple[int, Operation]] = []  # (group, what it is given of the stimulus), part by part
        self.remembered = {
            k: np.zeros(groups[one.target].size) for k, one in enumerate(program.network.inputs) if one.remembers
        }
        self.synapses = {
            bundle.numbers[0]: SynapseState(bundle.wiring)
            for bundle in program.bundles
            if isinstance(bundle.wiring, SynapseLayout)
        }
        self.spiking = [self._spiking(part) for part in range(program.parts)]
        self.delivering = [self._deliveries(part) for part in range(program.parts)]

    def begin(self) -> None:
        """Go back to the initial state."""
        for k, initial in self.program.initial.items():
            for values, start in zip(self.state[k], initial, strict=True):
                values[:] = start
        self.step = self.began = self.rows = 0
        for parts, active in zip(self.logs, self.active, strict=True):
            active[:] = 1
            for log in parts:
                log.clear()
        for synapses in self.synapses.values():
            synapses.begin(0)

    def present(self, rates: Mapping[int, Any], bin_steps: int, trial: Trial) -> None:
        """Take checked rates and spikes, and random numbers from `trial` from now on; bins and steps count from now."""
        self.rates, self.began = rates, self.step
        for (population, stream), key in self.keys.items():
            key[:] = draws.stream_key(self.program.seed, trial.stimulus_id, trial.trial, population, stream)
        for k, operation in self.sources:
            operation.arguments[1:3] = bin_steps, rates[k].shape[1] - 1
            operation.arguments[8] = rates[k][trial.stimulus].ctypes.data
        for k, operation in self.listed:
            steps, units = rates[k][trial.stimulus]
            operation.arguments[:3] = len(steps), steps.ctypes.data, units.ctypes.data
        for k, operation in self.shown:
            show(operation, rates[k][trial.stimulus], bin_steps)
        self._count_bins()

    def _count_bins(self) -> None:
        for _, operation in self.shown:
            count_from(operation, self.began)
        for _, operation in self.sources:
            operation.arguments[10] = self.began
        for _, operation in self.listed:
            operation.arguments[3] = self.began

    def run(
        self,
        steps: int,
        keep: Keep,
        records: Sequence[AnyRecord],
        cancelled: Event,
        done: Callable[[int], None],
    ) -> list[Spikes]:
        """Go on for some steps, and give each group's spikes if they are kept.

        Once `cancelled` is set it ends soon, at the end of a step. `done` hears of the steps piece by piece.

        Raises
        ------
        NetworkError
            If a state variable is no longer finite, looked at every so many steps.
        """
        for counts, first in zip(self.counts, self.first, strict=True):
            counts[:] = 0
            first[:] = -1
        self._make_room(records, steps)
        team = Team(
            [
                (spiking, [*delivering, *self._records(records, part)])
                for part, (spiking, delivering) in enumerate(zip(self.spiking, self.delivering, strict=True))
            ]
        )
        kept: list[list[Spikes]] = [[_NONE] for _ in self.logs]
        end = self.step + steps
        while self.step < end and not cancelled.is_set():
            self._carry_over()
            begin = self.step
            self._run_slice(min(begin + self.program.slice_steps, end), team, cancelled, done)
            if not cancelled.is_set():
                self._check_state()
            if keep == "spikes":
                for events, parts in zip(kept, self.logs, strict=True):
                    read = [log.read(self.program.history, self.step - begin, begin) for log in parts]
                    events.append(gathered(read))
        return [_joined(events) for events in kept] if keep == "spikes" else []

    def variable(self, group: int, name: str) -> np.ndarray:
        """Give the memory of a state variable of a group of neurons."""
        return self._target(group, name)[0]

    def recent(self, group: int) -> Spikes:
        """Give the spikes of a group that are still remembered: steps int64, units."""
        self._carry_over()
        history = self.program.history
        steps, units = gathered([log.read(0, history, self.step - history) for log in self.logs[group]])
        return steps.astype(np.int64), units

    def restore(self, step: int, began: int, recent: Sequence[Spikes]) -> None:
        """Take over a step and what spiked just before it; state variables are written by the caller."""
        self.step, self.began, self.rows = step, began, 0
        for k, (steps, units) in enumerate(recent):
            for log in self.logs[k]:
                log.remember(step, steps, units)
            self.active[k][:] = 1
            self.active[k][units[steps >= step - self.program.holds[k]]] = 0
        self._count_bins()

    def _run_slice(
        self,
        stop: int,
        team: Team,
        cancelled: Event,
        done: Callable[[int], None],
    ) -> None:
        """Run the steps of a slice in pieces, as long as `RESPONSE` allows; pieces change no bit."""
        piece = 1
        while self.step < stop and not cancelled.is_set():
            end = min(self.step + piece, stop)
            began = perf_counter()
            team.run(self.step, end, self.program.history + self.rows)
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
        if self.rows:
            for parts in self.logs:
                for log in parts:
                    log.carry_over(self.rows)
        self.rows = 0

    def _spiking(self, part: int) -> list[Operation]:
        return [*self._cleared(part), *self._inputs(part, continuous=True), *self._groups(part)]

    def _groups(self, part: int) -> list[Operation]:
        """Operations that find which units of a part spike."""
        operations: list[Operation] = []
        for k, group in enumerate(self.program.network.groups):
            log = self.logs[k][part]
            if not log.size:
                continue
            own = slice(log.first, log.first + log.size)
            if isinstance(group, SourceGroup):
                drawing = Operation.of(
                    draws.draw_sources,
                    log.size,
                    1,  # bins, rates and the step they begin at: set by `present`
                    0,
                    self._key(group.name, "spikes"),
                    log.units,
                    log.ends,
                    self.counts[k][own],
                    self.first[k][own],
                    0,
                    np.array([self.program.network.dt * draws.SCALE]),
                    0,
                    log.first,
                    group.size,
                )
                self.sources.append((k, drawing))
                operations.append(drawing)
            elif isinstance(group, NeuronGroup):
                operations.append(Operation.of(self.program.code[k].module.update, *self._group_arguments(k, part)))
            else:
                counts, first = self.counts[k][own], self.first[k][own]
                # How many spikes, where they are and the step they count from: set by `present`.
                listed = Operation.of(emit_listed, 0, 0, 0, 0, log.units, log.ends, counts, first, log.first, log.size)
                self.listed.append((k, listed))
                operations.append(listed)
        return operations

    def _deliveries(self, part: int) -> list[Operation]:
        """Operations that bring a part what arrives, and reset those of its units that spiked."""
        shields = [
            self._shield(group, name, part) for group, name in self.program.shielded if self.logs[group][part].size
        ]
        return [
            *(keep for keep, _ in shields),
            *self._inputs(part, continuous=False),
            *self._projections(part),
            *(put_back for _, put_back in shields),
            *self._answers(),
            *self._resets(part),
        ]

    def _resets(self, part: int) -> list[Operation]:
        return [
            Operation.of(code.module.reset, *self._group_arguments(k, part))
            for k, code in self.program.code.items()
            if self.logs[k][part].size
        ]

    def _cleared(self, part: int) -> list[Operation]:
        groups = enumerate(self.program.network.groups)
        return [
            clearing(self._variable(k, name)[self.program.ranges(k)[part]])
            for k, group in groups
            if isinstance(group, NeuronGroup)
            for name in group.external
        ]

    def _group_arguments(self, k: int, part: int) -> list[int | np.ndarray]:
        code, log = self.program.code[k], self.logs[k][part]
        own = slice(log.first, log.first + log.size)
        mine = (log.units, log.ends, self.active[k][own], self.counts[k][own], self.first[k][own])
        values = [one[own] for one in (*self.state[k], *code.arrays)]
        return [log.size, *mine, code.scalars, self.program.holds[k], *values]

    def _inputs(self, part: int, continuous: bool) -> list[Operation]:
        operations: list[Operation] = []
        network = self.program.network
        for k, (one, stream) in enumerate(zip(network.inputs, network.input_streams, strict=True)):
            own = self.program.ranges(one.target)[part]
            if one.continuous == continuous and own.start < own.stop:
                key = self._key(network.groups[one.target].name, stream)
                variable, active = self._target(one.target, one.variable)
                state = self.remembered.get(k)
                place = Place(
                    variable[own],
                    None if active is None else active[own],
                    key,
                    None if state is None else state[own],
                    own.start,
                )
                made = self.program.inputs[k].operations(place)
                operations += made
                if isinstance(one, StimulusInput):
                    self.shown += [(one.target, operation) for operation in made]
        return operations

    def _projections(self, part: int) -> list[Operation]:
        operations = []
        for bundle in self.program.bundles:
            number, wiring = bundle.numbers[0], bundle.wiring
            projection = self.program.network.projections[number]
            logs = self.logs[projection.source]
            target, active = self._target(projection.target, projection.variable)
            if bundle.shared:
                target = self.memory
            if isinstance(wiring, SynapseList | WaitingList):
                operations.append(wiring.operation(logs, target, active, self.program.history, part))
            else:  # these are not split
                deliver = self.synapses[number].arrivals if isinstance(wiring, SynapseLayout) else wiring.operation
                operations.append(deliver(logs[0].units, logs[0].ends, target, active, self.program.history))
        return operations

    def _answers(self) -> list[Operation]:
        """Plastic synapses' answers to spikes of their targets."""
        operations = []
        for k, state in self.synapses.items():
            projection = self.program.network.projections[k]
            if state.layout.model.post:
                _, active = self._target(projection.target, projection.variable)
                log = self.logs[projection.target][0]
                operations.append(state.answers(log.units, log.ends, active is not None))
        return operations

    def _make_room(self, records: Sequence[AnyRecord], steps: int) -> None:
        """Take memory for samples; trial after trial with the same records it is the same."""
        shapes = [samples_between(self.step, self.step + steps, record) for record in records]
        if [samples.shape for samples in self.samples] != shapes:
            self.samples = [np.zeros(shape) for shape in shapes]

    def _records(self, records: Sequence[AnyRecord], part: int) -> list[Operation]:
        """Operations that fill `samples` with what is recorded of a part."""
        operations = []
        for record, samples in zip(records, self.samples, strict=True):
            units, begin = np.asarray(record.units, dtype=np.int64), -(-self.step // record.every)
            if isinstance(record, Record):
                own = self.program.ranges(record.group)[part]
                places = np.flatnonzero((units >= own.start) & (units < own.stop))
                variable = self.variable(record.group, record.variable)
            else:  # networks whose synapses change are not split
                synapses, places = self.synapses[record.projection], np.arange(len(units))
                variable, units = synapses.weights, synapses.layout.places(units)
            if self.program.parts == 1 or places.size:
                operations.append(recording(variable, units[places], places, record.every, begin, samples))
        return operations

    def _target(self, group: int, name: str) -> tuple[np.ndarray, np.ndarray | None]:
        place = self.program.variable(group, name, f"group {group}")
        return self.state[group][place], self.active[group] if self.program.masked(group, name) else None

    def _shield(self, group: int, name: str, part: int) -> tuple[Operation, Operation]:
        variable, _ = self._target(group, name)
        log = self.logs[group][part]
        own = variable[log.first : log.first + log.size]
        return shield(log.units, log.ends, self.program.holds[group], own)

    def _variable(self, group: int, name: str) -> np.ndarray:
        begin = self.program.layout.offsets[group, name]
        return self.memory[begin : begin + self.program.network.groups[group].size]

    def _key(self, population: str, stream: str) -> np.ndarray:
        return self.keys.setdefault((population, stream), np.zeros(4, dtype=np.int64))


_NONE = (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint32))


def samples_between(step: int, stop: int, record: AnyRecord) -> tuple[int, int]:
    """Give the shape of what a record holds of the steps from `step` to before `stop`: (sample, unit)."""
    return -(-stop // record.every) - -(-step // record.every), len(record.units)


def _joined(events: list[Spikes]) -> Spikes:
    if len(events) == 2:
        return events[1]
    return np.concatenate([steps for steps, _ in events]), np.concatenate([units for _, units in events])
