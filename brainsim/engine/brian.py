"""The reference engine: the same network, run by Brian2 itself.

Slow (NumPy code, no C compiler needed), and there to be compared with. Random input is drawn once, by
`brainsim.engine.draws`, and given to Brian2 step by step; everything else is Brian2's own.
"""

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from brainsim.engine import draws
from brainsim.engine.brian_synapses import plastic_synapses
from brainsim.engine.codegen import is_singular
from brainsim.engine.derive import declared_equations, derive_step
from brainsim.engine.engine import Engine, Keep, Record, RunResult, Trial, check_finite, check_run
from brainsim.engine.errors import EquationError, NetworkError
from brainsim.engine.language import parse_equations
from brainsim.engine.network import Network, NeuronGroup, SourceGroup
from brainsim.engine.quiet import brian2, without_warnings
from isocortex.errors import nearest
from isocortex.progress import Advance

__all__ = ["BrianEngine"]


class BrianEngine(Engine):
    """Runs networks on Brian2, trial after trial on one thread."""

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
        """Run every trial; see `Engine.run`. `threads` changes nothing here."""
        checked = check_run(network, rates, bin_steps, steps, trials, keep, records)
        with without_warnings():
            model = _Model(brian2(), network, records)
        shape = [(len(trials), group.size) for group in network.groups]
        counts = tuple(np.zeros(size, dtype=np.int32) for size in shape)
        first = tuple(np.full(size, -1, dtype=np.int32) for size in shape)
        spikes: tuple[list, ...] = tuple([] for _ in network.groups)
        traces: list[list[np.ndarray]] = [[] for _ in records]
        for index, trial in enumerate(trials):
            model.run(trial, checked, bin_steps, steps, seed)
            for group in range(len(network.groups)):
                when, units = model.spikes(group)
                counts[group][index] = np.bincount(units, minlength=network.groups[group].size)
                # Written from the last spike to the first, so that the first one stays.
                first[group][index][units[::-1]] = when[::-1]
                spikes[group].append((when, units))
            for kept, samples in zip(traces, model.traces(), strict=True):
                kept.append(samples)
            if advance is not None:
                advance(1)
        stacked = tuple(
            np.array(kept).reshape(len(trials), -(-steps // record.every), len(record.units))
            for kept, record in zip(traces, records, strict=True)
        )
        return RunResult(counts, first, spikes if keep == "spikes" else None, stacked)


class _Model:
    """The network as Brian2 objects, made once and restored before every trial."""

    def __init__(self, b: ModuleType, network: Network, records: Sequence[Record]) -> None:
        self.b, self.network, self.records = b, network, records
        self.saved = b.prefs.codegen.target
        b.prefs.codegen.target = "numpy"
        try:
            self._build()
        finally:
            b.prefs.codegen.target = self.saved

    def _build(self) -> None:
        b, network = self.b, self.network
        self.clock = b.Clock(network.dt * b.second, name="isocortex_clock*")
        self.groups = [
            self._neurons(group) if isinstance(group, NeuronGroup) else self._source(group) for group in network.groups
        ]
        for number, source in enumerate(network.inputs):
            self._check_variable(source.target, source.variable, f"inputs[{number}]")
        self.drawn: list[np.ndarray] = [np.zeros((1, 1)) for _ in network.inputs]
        inputs = [self._background(number) for number in range(len(network.inputs))]
        synapses = [self._synapses(number) for number in range(len(network.projections))]
        self.monitors = [b.SpikeMonitor(group) for group in self.groups]
        self.samples: list[list[np.ndarray]] = []
        recorder = b.NetworkOperation(self._record, clock=self.clock, when="end")
        for number, record in enumerate(self.records):
            self._check_variable(record.group, record.variable, f"records[{number}]")
        self.brian = b.Network(*self.groups, *inputs, *synapses, *self.monitors, recorder)
        self.brian.store()

    def run(self, trial: Trial, rates: Mapping[int, np.ndarray], bin_steps: int, steps: int, seed: int) -> None:
        """Run one trial from the initial state."""
        b, dt = self.b, self.network.dt
        self.brian.restore()
        self.samples = [[] for _ in self.records]
        for number, group in enumerate(self.network.groups):
            if isinstance(group, SourceGroup):
                key = draws.stream_key(seed, trial.stimulus_id, trial.trial, group.name, "spikes")
                who = draws.poisson_spikes(key, rates[number][trial.stimulus], bin_steps, steps, dt)
                when, unit = np.nonzero(who)
                self.groups[number].set_spikes(unit, when * dt * b.second, sorted=True)
        for number, stream in enumerate(self.network.input_streams):
            source = self.network.inputs[number]
            group = self.network.groups[source.target]
            key = draws.stream_key(seed, trial.stimulus_id, trial.trial, group.name, stream)
            table = draws.CountTable.of(np.zeros(group.size) + np.asarray(source.rate) * dt)
            self.drawn[number] = draws.poisson_counts(key, table, steps) * source.weight
        saved = b.prefs.codegen.target
        b.prefs.codegen.target = "numpy"
        try:
            with np.errstate(all="ignore"):  # 0/0 in refractory neurons, whose result Brian2 throws away
                self.brian.run(steps * dt * b.second, namespace={})
        finally:
            b.prefs.codegen.target = saved
        for number, group in enumerate(self.network.groups):
            if isinstance(group, NeuronGroup):
                for name in derive_step(group).variables:
                    check_finite(group.name, name, self.groups[number].variables[name].get_value())

    def spikes(self, group: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the last trial's spikes of a group: steps and units."""
        monitor = self.monitors[group]
        steps = np.rint(np.asarray(monitor.t_[:]) / self.network.dt).astype(np.int32)
        return steps, np.asarray(monitor.i[:]).astype(np.uint32)

    def traces(self) -> list[np.ndarray]:
        """Give the last trial's records, (sample, unit)."""
        return [np.array(samples) for samples in self.samples]

    def _neurons(self, group: NeuronGroup) -> Any:
        b = self.b
        if is_singular(
            group, self.network.dt
        ):  # which also holds the text against the whitelist, before Brian2 sees it
            raise EquationError(
                f"{group.name}: Brian2's {group.method} step is 0/0 or nearly so for these time constants; use the "
                "compiled engine, which takes the limit, or another method"
            )
        neurons = b.NeuronGroup(
            group.size,
            declared_equations(group),
            method=group.method,
            threshold=group.threshold,
            reset=group.reset.replace(";", "\n"),
            refractory=group.refractory * b.second if group.refractory else False,
            clock=self.clock,
            namespace={},
        )
        for name, (value, _) in group.parameters.items():
            setattr(neurons, f"{name}_", value)
        for name, value in group.initial.items():
            setattr(neurons, f"{name}_", value)
        return neurons

    def _source(self, group: SourceGroup) -> Any:
        return self.b.SpikeGeneratorGroup(group.size, [], [] * self.b.second, clock=self.clock)

    def _synapses(self, number: int) -> Any:
        b, projection = self.b, self.network.projections[number]
        self._check_variable(projection.target, projection.variable, f"projections[{number}]")
        wiring = projection.connections.expand()
        target = self.groups[projection.target]
        neurons: NeuronGroup = self.network.groups[projection.target]  # type: ignore[assignment]
        lines = parse_equations(neurons.equations, neurons.name)
        unit = next(line.unit for line in lines if line.name == projection.variable)
        if projection.synapse is not None:
            where = (number, len(self.network.projections))
            ends = {"source": self.groups[projection.source], "target": target, "clock": self.clock}
            return plastic_synapses(b, projection.synapse, projection, unit, where, **ends)
        synapses = b.Synapses(
            self.groups[projection.source],
            target,
            f"weight : {unit}",
            on_pre=f"{projection.variable}_post += weight",
            clock=self.clock,
            order=number + 1,
            namespace={},
        )
        if wiring.synapses == 0:
            synapses.active = False
            return synapses
        rows = np.repeat(np.arange(wiring.sources), np.diff(wiring.indptr.astype(np.int64)))
        synapses.connect(i=rows, j=wiring.targets.astype(np.int64))
        synapses.weight_ = wiring.weights
        synapses.pre.order = number + 1
        synapses.delay = np.asarray(wiring.delays) * self.network.dt * b.second
        return synapses

    def _background(self, number: int) -> Any:
        source = self.network.inputs[number]
        target = self.groups[source.target]
        held = target.variables[source.variable].conditional_write is not None

        def add() -> None:
            step = int(self.clock.variables["timestep"].get_value().item())
            values = target.variables[source.variable].get_value()
            amount = self.drawn[number][step]
            values += np.where(target.variables["not_refractory"].get_value(), amount, 0.0) if held else amount

        return self.b.NetworkOperation(add, clock=self.clock, when="synapses", order=number - len(self.network.inputs))

    def _record(self) -> None:
        step = int(self.clock.variables["timestep"].get_value().item())
        for samples, record in zip(self.samples, self.records, strict=True):
            if step % record.every == 0:
                values = self.groups[record.group].variables[record.variable].get_value()
                samples.append(values[np.asarray(record.units)].copy())

    def _check_variable(self, group: int, name: str, where: str) -> None:
        neurons: NeuronGroup = self.network.groups[group]  # type: ignore[assignment]
        variables = derive_step(neurons).variables
        if name not in variables:
            raise NetworkError(f"{where}: {neurons.name} has no state variable {name!r}; {nearest(name, variables)}")
