"""A network as Brian2 objects, stepped from outside.

Brian2's own `run` prepares all its code anew at every call and counts time in floating point; so the objects are
prepared once, and what its loop does in a step is done here: every object in Brian2's order, then the clock.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from brainsim.engine import draws
from brainsim.engine.brian_inputs import ShownPlayer, player
from brainsim.engine.brian_synapses import plastic_synapses, synapse_arrays, synapse_values
from brainsim.engine.checks import check_finite
from brainsim.engine.codegen import is_singular
from brainsim.engine.derive import state_variables
from brainsim.engine.engine import AnyRecord, Record, Trial
from brainsim.engine.errors import EquationError, NetworkError
from brainsim.engine.integrate import integrated
from brainsim.engine.language import parse_equations
from brainsim.engine.listed import Listed, spiking
from brainsim.engine.model_text import check_text
from brainsim.engine.network import Network, NeuronGroup, SourceGroup, SpikeGroup
from brainsim.engine.quiet import brian2, without_warnings
from brainsim.engine.stability import check_stable
from brainsim.engine.state import neurons, refractory_periods, remembered
from isocortex.errors import nearest

__all__ = ["BrianNetwork"]

BLOCK = 256  # steps for which random words are drawn at once
NEVER = -1e4  # s: what Brian2 takes for the last spike of a neuron that has not spiked


class BrianNetwork:
    """The network as Brian2 objects, and random input from outside."""

    def __init__(self, network: Network, seed: int) -> None:
        self.network, self.seed = network, seed
        self.holds, self.memory = refractory_periods(network), remembered(network)
        self.rates: Mapping[int, Any] = {}
        self.bin_steps, self.began, self.stimulus = 1, 0, 0
        self.sources: dict[int, _Ahead] = {}
        self.listed: dict[int, Listed] = {}
        self.players = [player(one, network.groups[one.target].size, network.dt) for one in network.inputs]
        for group in network.groups:
            if isinstance(group, NeuronGroup):
                check_stable(group, network.dt)
        self.b = brian2()
        saved = self.b.prefs.codegen.target
        self.b.prefs.codegen.target = "numpy"
        try:
            with without_warnings():
                self._build()
        finally:
            self.b.prefs.codegen.target = saved

    def _build(self) -> None:
        b, network = self.b, self.network
        self.clock = b.Clock(network.dt * b.second, name="isocortex_clock*")
        self.groups = [
            self._neurons(group) if isinstance(group, NeuronGroup) else self._source(group) for group in network.groups
        ]
        for number, source in enumerate(network.inputs):
            self.check_variable(source.target, source.variable, f"inputs[{number}]")
        inputs = [self._events(number) for number, one in enumerate(network.inputs) if not one.continuous]
        self.synapses = [self._synapses(number) for number in range(len(network.projections))]
        self.brian = b.Network(*self.groups, *inputs, *self.synapses)
        self.brian.run(0 * b.second, namespace={})  # prepares everything
        self.objects = [one for one in self.brian.sorted_objects if one.active]
        self.timestep = self.clock.variables["timestep"].get_value()
        self.time = self.clock.variables["t"].get_value()

    @property
    def step(self) -> int:
        """How many steps have been run."""
        return int(self.timestep[0])

    def present(self, rates: Mapping[int, Any], bin_steps: int, trial: Trial) -> None:
        """Take checked rates and spikes, and random numbers from `trial` from now on; bins and steps count from now."""
        self.rates, self.bin_steps, self.began, self.stimulus = rates, bin_steps, self.step, trial.stimulus
        network = self.network

        def key(group: NeuronGroup | SourceGroup | SpikeGroup, stream: str) -> np.ndarray:
            return draws.stream_key(self.seed, trial.stimulus_id, trial.trial, group.name, stream)

        self.sources = {
            k: _Ahead(partial(draws.words, key(group, "spikes"), group.size))
            for k, group in enumerate(network.groups)
            if isinstance(group, SourceGroup)
        }
        self.listed = {
            k: rates[k][trial.stimulus] for k, group in enumerate(network.groups) if isinstance(group, SpikeGroup)
        }
        for one, stream, playing in zip(network.inputs, network.input_streams, self.players, strict=True):
            playing.begin(key(network.groups[one.target], stream))
            if isinstance(playing, ShownPlayer):
                playing.show(rates[one.target][trial.stimulus], bin_steps)
        self._count_bins()

    def _count_bins(self) -> None:
        for playing in self.players:
            if isinstance(playing, ShownPlayer):
                playing.began = self.began

    def advance(self) -> None:
        """Do one step: what comes from outside, then Brian2's objects in its own order, then the clock."""
        self._draw()
        for one in self.objects:
            one.run()
        self.timestep[0] += 1
        self.time[0] = self.timestep[0] * self.network.dt

    def spiking(self, group: int) -> np.ndarray:
        """Give the units of a group that spiked in the last step, in order."""
        space = self.groups[group].variables["_spikespace"].get_value()
        return space[: space[-1]].astype(np.uint32)

    def variable(self, group: int, name: str, where: str) -> np.ndarray:
        """Give the memory of a state variable of a group of neurons."""
        self.check_variable(group, name, where)
        return self.groups[group].variables[name].get_value()

    def recorded(self, record: AnyRecord) -> np.ndarray:
        """Give the memory of what is recorded: of all units, or of all synapses in order of creation."""
        if isinstance(record, Record):
            return self.variable(record.group, record.variable, "records")
        model = self.network.projections[record.projection].synapse
        return np.zeros(0) if model is None else synapse_arrays(self.synapses[record.projection], model)["w"]

    def restore(self, step: int, began: int, recent: list[tuple[np.ndarray, np.ndarray]]) -> None:
        """Take over a step and what spiked just before it; state variables are written by the caller."""
        self.timestep[0], self.began = step, began
        self.time[0] = step * self.network.dt
        self._count_bins()
        for k, (steps, units) in enumerate(recent):
            variables = self.groups[k].variables
            if self.holds[k]:
                last = np.full(self.network.groups[k].size, -1, dtype=np.int64)
                last[units] = steps  # in order of time, so the last one stays
                spiked = last >= 0
                variables["lastspike"].get_value()[:] = np.where(spiked, last * self.network.dt, NEVER)
                variables["not_refractory"].get_value()[:] = ~spiked | (last < step - self.holds[k])
        for projection, synapses in zip(self.network.projections, self.synapses, strict=True):
            if synapses.active:
                self._send_again(synapses, step, *recent[projection.source], projection.connections.longest_delay)

    def changing(self) -> dict[str, np.ndarray]:
        """Give what spikes change in plastic synapses, and what inputs remember: the memory itself."""
        inputs = {
            f"inputs/{k}/value": self.players[k].state for k, one in enumerate(self.network.inputs) if one.remembers
        }
        return inputs | {
            f"synapses/{k}/{name}": values
            for k, projection in enumerate(self.network.projections)
            if projection.synapse is not None
            for name, values in synapse_arrays(self.synapses[k], projection.synapse).items()
        }

    def synapse_values(self, projection: int) -> dict[str, np.ndarray]:
        """Give weights and variables of plastic synapses as they are now."""
        model = self.network.projections[projection].synapse
        if model is None or not self.synapses[projection].active:
            return {"w": np.zeros(0)}
        return synapse_values(self.synapses[projection], model, self.step * self.network.dt)

    def set_synapses(self, projection: int, values: Mapping[str, np.ndarray]) -> None:
        """Set weights, or variables that are each synapse's own; see `brainsim.engine.engine.Session`."""
        wired = self.network.projections[projection]
        if wired.synapse is None:
            return
        checked = wired.synapse.check_values(values, wired.connections.synapses)
        arrays, now = synapse_arrays(self.synapses[projection], wired.synapse), self.synapse_values(projection)
        if set(checked) - {"w"}:
            # All of a synapse's variables share the time to which they are up to date.
            for name in arrays:
                arrays[name][:] = self.step * self.network.dt if name == "lastupdate" else now[name]
        for name, value in checked.items():
            if name in arrays:
                arrays[name][:] = value

    def check_finite(self) -> None:
        """Check every state variable; see `brainsim.engine.checks.check_finite`."""
        for k, group, names in neurons(self.network):
            for name in names:
                check_finite(group.name, name, self.groups[k].variables[name].get_value())

    def check_variable(self, group: int, name: str, where: str) -> None:
        """Check that a group has a state variable."""
        cells = self.network.groups[group]
        if not isinstance(cells, NeuronGroup):
            raise NetworkError(f"{where}: group {group} is not a group of neurons")
        variables = state_variables(cells)
        if name not in variables:
            raise NetworkError(f"{where}: {cells.name} has no state variable {name!r}; {nearest(name, variables)}")

    def _send_again(self, synapses: Any, step: int, steps: np.ndarray, units: np.ndarray, longest: int) -> None:
        """Put the spikes that are on their way into an emptied queue, by doing the steps since without arriving."""
        queue = synapses.pre.queue
        for _ in range(longest + 1):
            queue.advance()
        if len(steps):
            for one in range(step - self.memory, step):
                sent = units[slice(*np.searchsorted(steps, (one, one + 1)))]
                if len(sent):
                    queue.push(sent.astype(np.int32))
                queue.advance()

    def _draw(self) -> None:
        step = self.step
        for k, words in self.sources.items():
            rates = self.rates[k][self.stimulus]
            which = min((step - self.began) // self.bin_steps, len(rates) - 1)
            fires = self.groups[k].variables["fires"].get_value()
            fires[:] = words.at(step) < rates[which] * (self.network.dt * draws.SCALE)
        for k, listed in self.listed.items():
            fires = self.groups[k].variables["fires"].get_value()
            fires[:] = False
            fires[spiking(listed, step - self.began)] = True
        for k, group in enumerate(self.network.groups):
            if isinstance(group, NeuronGroup):
                for name in group.external:
                    self.groups[k].variables[name].get_value()[:] = 0.0
        for one, playing in zip(self.network.inputs, self.players, strict=True):
            if one.continuous:
                playing.add(step, self.groups[one.target].variables[one.variable].get_value(), None)

    def _neurons(self, group: NeuronGroup) -> Any:
        b = self.b
        # This also holds the text against the whitelist, before Brian2 sees it.
        if is_singular(group, self.network.dt):
            raise EquationError(
                f"{group.name}: Brian2's {group.method} step is 0/0 or nearly so for these time constants; use the "
                "compiled engine, which takes the limit, or another method"
            )
        text = check_text(group)
        cells = b.NeuronGroup(
            group.size,
            text.equations,
            method=lambda equations, variables, options=None: integrated(equations, variables, group.method),
            threshold=text.threshold,
            reset=text.reset_statements,
            refractory=group.refractory * b.second if group.refractory else False,
            clock=self.clock,
            namespace={},
        )
        for name, (value, _) in group.parameters.items():
            setattr(cells, f"{name}_", value)
        for name, value in group.initial.items():
            setattr(cells, f"{name}_", value)
        return cells

    def _source(self, group: SourceGroup | SpikeGroup) -> Any:
        # Brian2 warns of a missing reset, not of an empty one.
        text = {"model": "fires : boolean", "threshold": "fires", "reset": ""}
        return self.b.NeuronGroup(group.size, **text, clock=self.clock, namespace={})

    def _synapses(self, number: int) -> Any:
        b, projection = self.b, self.network.projections[number]
        self.check_variable(projection.target, projection.variable, f"projections[{number}]")
        wiring = projection.connections.expand()
        target = self.groups[projection.target]
        cells: NeuronGroup = self.network.groups[projection.target]  # type: ignore[assignment]
        lines = parse_equations(cells.equations, cells.name)
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

    def _events(self, number: int) -> Any:
        one, playing = self.network.inputs[number], self.players[number]
        target = self.groups[one.target]
        held = target.variables[one.variable].conditional_write is not None

        def add() -> None:
            active = target.variables["not_refractory"].get_value() if held else None
            playing.add(self.step, target.variables[one.variable].get_value(), active)

        return self.b.NetworkOperation(add, clock=self.clock, when="synapses", order=number - len(self.network.inputs))


class _Ahead:
    """Random numbers drawn some steps ahead."""

    def __init__(self, draw: Callable[[int, int], np.ndarray]) -> None:
        self.draw, self.first = draw, -BLOCK

    def at(self, step: int) -> np.ndarray:
        """Give the numbers of all units in a step."""
        if not self.first <= step < self.first + BLOCK:
            self.first, self.block = step, self.draw(BLOCK, step)
        return self.block[step - self.first]
