"""A network made ready to run: what the threads share, compiled and sorted once."""

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np

from brainsim.engine.codegen import GroupCode, compile_group, refractory_steps
from brainsim.engine.connections import Connections, ConvolutionConnections
from brainsim.engine.convolution import FilterBank
from brainsim.engine.delivery import SynapseList
from brainsim.engine.draws import CountTable
from brainsim.engine.engine import Keep, Record
from brainsim.engine.errors import NetworkError
from brainsim.engine.network import Network, NeuronGroup, Projection
from brainsim.engine.synapse_layout import SynapseLayout
from isocortex.errors import nearest

__all__ = ["Program"]

LOG_LIMIT = 2**27  # most spikes that the logs have room for; only what is used takes memory
LONGEST_SLICE = 2000  # steps between two looks at the logs
FEW = 12  # synapses of a source


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
    wiring: list[SynapseList | FilterBank | SynapseLayout] = field(init=False)
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
        self.wiring = [_wired(network, projection) for projection in network.projections]
        self.backgrounds = [
            CountTable.of(np.zeros(network.groups[source.target].size) + np.asarray(source.rate) * network.dt)
            for source in network.inputs
        ]
        self.holds = [
            refractory_steps(group.refractory, network.dt) if isinstance(group, NeuronGroup) else 0
            for group in network.groups
        ]
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


def _wired(network: Network, projection: Projection) -> SynapseList | FilterBank | SynapseLayout:
    if projection.synapse is None:
        return _prepared(projection.connections)
    units = network.groups[projection.target].size
    return SynapseLayout.of(projection.synapse, projection.connections.expand(), units, network.dt)


_PREPARED: WeakKeyDictionary[Connections, SynapseList | FilterBank] = WeakKeyDictionary()


def _prepared(connections: Connections) -> SynapseList | FilterBank:
    """Sort connections for delivery, once while they live: a study simulates the same brain several times."""
    prepared = _PREPARED.get(connections)
    if prepared is None:
        # Pooling, and whatever else reaches a handful of units, is quicker listed than looked up in a bank.
        few = connections.synapses <= FEW * connections.sources
        if isinstance(connections, ConvolutionConnections) and not few:
            prepared = FilterBank.of(connections)
        else:
            prepared = SynapseList.of(connections.expand())
        _PREPARED[connections] = prepared
    return prepared
