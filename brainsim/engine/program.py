"""A network made ready to run: what the threads share, compiled and sorted once."""

from dataclasses import dataclass, field

import numpy as np

from brainsim.engine.bundles import Bundle, StateLayout, bundled
from brainsim.engine.codegen import GroupCode, compile_group, refractory_steps
from brainsim.engine.draws import CountTable
from brainsim.engine.engine import Keep, Record
from brainsim.engine.errors import NetworkError
from brainsim.engine.network import Network, NeuronGroup
from isocortex.errors import nearest

__all__ = ["Program"]

LOG_LIMIT = 2**27  # most spikes that the logs have room for; only what is used takes memory
LONGEST_SLICE = 2000  # steps between two looks at the logs


@dataclass(eq=False)
class Program:
    """Everything about a run that no trial changes."""

    network: Network
    rates: dict[int, np.ndarray]  # of source groups, Hz, (stimulus, bin, unit)
    bin_steps: int
    steps: int
    seed: int
    keep: Keep
    records: tuple[Record, ...]
    code: dict[int, GroupCode] = field(init=False)
    initial: dict[int, list[np.ndarray]] = field(init=False)
    layout: StateLayout = field(init=False)
    bundles: list[Bundle] = field(init=False)
    backgrounds: list[CountTable] = field(init=False)
    holds: list[int] = field(init=False)  # refractory steps of each group
    history: int = field(init=False)  # steps for which a spike is remembered
    slice_steps: int = field(init=False)

    def __post_init__(self) -> None:
        network = self.network
        neurons = {k: group for k, group in enumerate(network.groups) if isinstance(group, NeuronGroup)}
        self.code = {k: compile_group(group, network.dt) for k, group in neurons.items()}
        self.initial = {
            k: [np.zeros(group.size) + group.initial.get(name, 0.0) for name in self.code[k].variables]
            for k, group in neurons.items()
        }
        for number, record in enumerate(self.records):
            self.variable(record.group, record.variable, f"records[{number}]")
        for number, projection in enumerate(network.projections):
            self.variable(projection.target, projection.variable, f"projections[{number}]")
        for number, source in enumerate(network.inputs):
            self.variable(source.target, source.variable, f"inputs[{number}]")
        self.backgrounds = [
            CountTable.of(np.zeros(network.groups[source.target].size) + np.asarray(source.rate) * network.dt)
            for source in network.inputs
        ]
        self.holds = [
            refractory_steps(group.refractory, network.dt) if isinstance(group, NeuronGroup) else 0
            for group in network.groups
        ]
        variables = {k: code.variables for k, code in self.code.items()}
        self.layout = StateLayout.of(variables, [group.size for group in network.groups])
        self.bundles = bundled(network, self.layout, self.held, 1, None)
        delays = [projection.connections.longest_delay for projection in network.projections]
        # What would be released or delivered after the end of the trial need not be remembered until then.
        self.holds = [min(hold, self.steps) for hold in self.holds]
        self.history = min(max([1, *self.holds, *delays]), self.steps)
        units = sum(group.size for group in network.groups)
        self.slice_steps = max(1, min(self.steps, LONGEST_SLICE, LOG_LIMIT // units - self.history))

    def variable(self, group: int, name: str, where: str) -> int:
        """Give the place of a state variable of a group of neurons.

        Raises
        ------
        NetworkError
            If the group has no such variable.
        """
        variables = self.code[group].variables
        if name not in variables:
            raise NetworkError(
                f"{where}: {self.network.groups[group].name} has no state variable {name!r}; {nearest(name, variables)}"
            )
        return variables.index(name)

    def held(self, group: int, name: str) -> bool:
        """Say whether a variable stands still in refractoriness."""
        return self.holds[group] > 0 and name in self.code[group].held

    def samples(self, record: Record) -> tuple[int, int]:
        """Give the shape of a record of one trial: (sample, unit)."""
        return -(-self.steps // record.every), len(record.units)
