"""A network made ready to run: what the threads share, compiled and sorted once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from brainsim.engine.bundles import Bundle, StateLayout, bundled, part_size
from brainsim.engine.checks import LAST_STEP
from brainsim.engine.codegen import GroupCode, compile_group
from brainsim.engine.compiled_inputs import PreparedInput, prepared_input
from brainsim.engine.delivery import deliver
from brainsim.engine.derive import begin_steps, held_variables, state_variables
from brainsim.engine.engine import AnyRecord, Record
from brainsim.engine.errors import NetworkError
from brainsim.engine.network import Network, NeuronGroup
from brainsim.engine.stability import check_stable
from brainsim.engine.state import refractory_periods, remembered
from brainsim.engine.trial import run_steps
from isocortex.errors import nearest

__all__ = ["Program"]

LOG_LIMIT = 2**27  # most spikes that the logs have room for; only what is used takes memory
LONGEST_SLICE = 2000  # steps between two looks at the logs


@dataclass(eq=False)
class Program:
    """Everything about a network that no trial changes."""

    network: Network
    seed: int
    steps: int | None = None  # steps that a trial lasts, where this is known
    parts: int = 1  # threads that share one network
    variables: dict[int, tuple[str, ...]] = field(init=False)  # of each group of neurons
    kept_still: dict[int, frozenset[str]] = field(init=False)  # those written only outside refractoriness
    code: dict[int, GroupCode] = field(init=False)
    initial: dict[int, list[np.ndarray]] = field(init=False)
    layout: StateLayout = field(init=False)
    bundles: list[Bundle] = field(init=False)
    inputs: list[PreparedInput] = field(init=False)
    holds: list[int] = field(init=False)  # refractory steps of each group
    history: int = field(init=False)  # steps for which a spike is remembered
    slice_steps: int = field(init=False)

    def __post_init__(self) -> None:
        network = self.network
        neurons = {k: group for k, group in enumerate(network.groups) if isinstance(group, NeuronGroup)}
        under_way = begin_steps(neurons.values())
        self.variables = {k: state_variables(group) for k, group in neurons.items()}
        self.kept_still = {k: held_variables(group) for k, group in neurons.items()}
        self.initial = {
            k: [np.zeros(group.size) + group.initial.get(name, 0.0) for name in self.variables[k]]
            for k, group in neurons.items()
        }
        for number, projection in enumerate(network.projections):
            self.variable(projection.target, projection.variable, f"projections[{number}]")
        for number, source in enumerate(network.inputs):
            self.variable(source.target, source.variable, f"inputs[{number}]")
        self.inputs = [prepared_input(one, network.groups[one.target].size, network.dt) for one in network.inputs]
        self.layout = StateLayout.of(self.variables, [group.size for group in network.groups])
        # What would be released or delivered after the end of a trial need not be remembered until then.
        end = LAST_STEP if self.steps is None else self.steps
        self.holds = [min(hold, end) for hold in refractory_periods(network)]
        self.history = min(remembered(network), end)
        self.bundles = bundled(network, self.layout, self.masked, self.parts, None)
        units = sum(group.size for group in network.groups)
        # Last, since their equations may still be on their way; see `brainsim.engine.derivation`.
        if under_way:
            _compile_what_most_need()
        for group in neurons.values():
            check_stable(group, network.dt)
        self.code = {k: compile_group(group, network.dt) for k, group in neurons.items()}
        self.slice_steps = max(1, min(end, LONGEST_SLICE, LOG_LIMIT // units - self.history))

    def check_records(self, records: Sequence[AnyRecord]) -> None:
        """Check that the variables to be recorded are there.

        Raises
        ------
        NetworkError
            If a group has no such variable.
        """
        for number, record in enumerate(records):
            if isinstance(record, Record):
                self.variable(record.group, record.variable, f"records[{number}]")

    def variable(self, group: int, name: str, where: str) -> int:
        """Give the place of a state variable of a group of neurons.

        Raises
        ------
        NetworkError
            If the group has no such variable.
        """
        if group not in self.variables:
            raise NetworkError(f"{where}: group {group} is not a group of neurons")
        variables = self.variables[group]
        if name not in variables:
            raise NetworkError(
                f"{where}: {self.network.groups[group].name} has no state variable {name!r}; {nearest(name, variables)}"
            )
        return variables.index(name)

    def held(self, group: int, name: str) -> bool:
        """Say whether a variable stands still in refractoriness."""
        return self.holds[group] > 0 and name in self.kept_still[group]

    def masked(self, group: int, name: str) -> bool:
        """Say whether each arrival at a variable must ask if its unit is refractory, for plastic synapses look on.

        Otherwise refractory units are shielded from all that arrives (`brainsim.engine.shield`).
        """
        plastic = {one.target for one in self.network.projections if one.synapse is not None}
        return group in plastic and self.held(group, name)

    @property
    def shielded(self) -> list[tuple[int, str]]:
        """Variables (group, name) whose refractory units are shielded while all is delivered."""
        inputs, projections = self.network.inputs, self.network.projections
        arrivals = [(one.target, one.variable) for one in inputs if not one.continuous]
        reached = dict.fromkeys(arrivals + [(one.target, one.variable) for one in projections])
        return [one for one in reached if self.held(*one) and not self.masked(*one)]

    def ranges(self, group: int) -> list[slice]:
        """Give which units of a group each part holds; small groups leave some parts empty."""
        units = self.network.groups[group].size
        size = part_size(units, self.parts)
        return [slice(min(k * size, units), min((k + 1) * size, units)) for k in range(self.parts)]


def _compile_what_most_need() -> None:
    """Compile what hardly a network does without; it would be compiled a little later anyway."""
    nothing = np.zeros(0, dtype=np.int64)
    run_steps(nothing, nothing, 0, 0, 0)
    _ = deliver.address
