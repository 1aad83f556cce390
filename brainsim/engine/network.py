"""The lowered network that every engine runs: groups, projections and inputs, as plain data in SI base units.

SI (volt, siemens, ampere, second), because Brian2 computes in SI and the compiled engine matches its bits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from brainsim.engine.connections import ConvolutionConnections, SparseConnections, convolved_size
from brainsim.engine.errors import NetworkError
from brainsim.engine.inputs import (
    Input,
    NormalInput,
    OrnsteinUhlenbeckInput,
    PoissonInput,
    SpikeInput,
    StimulusInput,
    TimedInput,
    input_streams,
)
from brainsim.engine.language import noises_of, normal_name
from brainsim.engine.recipes import Connections, DrawnConnections
from brainsim.engine.synapses import SynapseModel, SynapseVariable
from brainsim.engine.values import check_values

__all__ = [
    "ConvolutionConnections",
    "DrawnConnections",
    "Network",
    "NeuronGroup",
    "OrnsteinUhlenbeckInput",
    "PoissonInput",
    "Projection",
    "SourceGroup",
    "SparseConnections",
    "SpikeGroup",
    "SpikeInput",
    "StimulusInput",
    "SynapseModel",
    "SynapseVariable",
    "TimedInput",
    "convolved_size",
]


@dataclass(frozen=True, eq=False)
class NeuronGroup:
    """One population of neurons that share their equations.

    Parameters
    ----------
    name : str
        The population's full name; random numbers depend on it.
    size : int
        Number of neurons.
    equations : str
        Differential equations and subexpressions in Brian2's syntax, the receptors' included; the parameters are
        not declared here but given in `parameters`.
    method : str
        One of Brian2's integrators: "exact", "exponential_euler", "euler", "rk2", "rk4", "heun", ...
    threshold, reset : str
        Condition of a spike, and what then happens (several statements: one a line).
    refractory : float
        Seconds, rounded down to steps (with Brian2's tolerance of a thousandth of a step). 0 for none; the equations
        then carry no ``(unless refractory)``.
    parameters : mapping of str to (float or numpy.ndarray, str)
        SI value (one, or one a neuron) and the Brian2 name of its unit, such as ``(2e-10, "farad")``; "1" where it
        has none.
    initial : mapping of str to float or numpy.ndarray
        SI value of state variables when a trial begins; 0 where not given.
    external : mapping of str to str
        Variables that inputs set at the start of every step, before the state update, and the Brian2 name of their
        units; 0 where no input does. The integrators take them as constant during the step. The standard normal numbers
        of white noise in the equations (``normal_xi`` for ``xi``) are added.
    """

    name: str
    size: int
    equations: str
    method: str = "exponential_euler"
    threshold: str = "v > V_th"
    reset: str = "v = V_reset"
    refractory: float = 0.0  # s
    parameters: Mapping[str, tuple[float | np.ndarray, str]] = field(default_factory=dict)
    initial: Mapping[str, float | np.ndarray] = field(default_factory=dict)
    external: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_group(self.name, self.size)
        if not 0 <= self.refractory < np.inf:
            raise NetworkError(f"{self.name}.refractory: must be finite and not negative, got {self.refractory} s")
        for name, (value, _) in self.parameters.items():
            check_values(f"{self.name}.parameters[{name!r}]", value, self.size)
        for name, value in self.initial.items():
            check_values(f"{self.name}.initial[{name!r}]", value, self.size)
        normals = {normal_name(noise): "1" for noise in noises_of(self.equations)}
        object.__setattr__(self, "external", {**self.external, **normals})


@dataclass(frozen=True)
class SourceGroup:
    """Independent Poisson units; a trial's stimulus gives their rates."""

    name: str
    size: int

    def __post_init__(self) -> None:
        _check_group(self.name, self.size)


@dataclass(frozen=True)
class SpikeGroup:
    """Units that spike at listed steps; a trial's stimulus gives the list. A unit spikes at most once in a step."""

    name: str
    size: int

    def __post_init__(self) -> None:
        _check_group(self.name, self.size)


@dataclass(frozen=True, eq=False)
class Projection:
    """Spikes of group `source` increment `variable` of group `target` by the synapses' weights.

    Where there is a `synapse`, by what it says; then the weights are the initial ones of every trial.
    """

    source: int  # number of a group
    target: int  # number of a group of neurons
    variable: str  # state variable of the target
    connections: Connections
    synapse: SynapseModel | None = None


@dataclass(frozen=True, eq=False)
class Network:
    """Groups, the projections among them, background inputs, and the time step.

    Parameters
    ----------
    groups : tuple of NeuronGroup, SourceGroup or SpikeGroup
        Their names differ from each other.
    projections : tuple of Projection
        In the order in which spikes are delivered within a step.
    inputs : tuple of Input
        What comes from outside; those of one variable add up in this order.
    dt : float
        Seconds.

    Raises
    ------
    NetworkError
        If something names a group, unit or variable that is not there.

    Examples
    --------
    >>> cell = NeuronGroup("leaky", 1, "dv/dt = -v / tau : volt", parameters={
    ...     "tau": (20e-3, "second"), "V_th": (10e-3, "volt"), "V_reset": (0.0, "volt")})
    >>> Network((SourceGroup("in", 3), cell), dt=1e-4).groups[1].size
    1
    """

    groups: tuple[NeuronGroup | SourceGroup | SpikeGroup, ...]
    projections: tuple[Projection, ...] = ()
    inputs: tuple[Input, ...] = ()
    dt: float = 1e-4  # s

    def __post_init__(self) -> None:
        for name in ("groups", "projections", "inputs"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not 0 < self.dt < np.inf:
            raise NetworkError(f"Network.dt: must be positive, got {self.dt} s")
        names = [group.name for group in self.groups]
        if not names or len(set(names)) < len(names):
            raise NetworkError(f"Network.groups: need at least one group, each name once, got {names}")
        object.__setattr__(self, "inputs", (*self.inputs, *self._noise()))
        for number, projection in enumerate(self.projections):
            self._check_projection(f"Network.projections[{number}]", projection)
        for number, one in enumerate(self.inputs):
            self._check_input(f"Network.inputs[{number}]", one)
        shown = [one.target for one in self.inputs if isinstance(one, StimulusInput)]
        if len(set(shown)) < len(shown):
            raise NetworkError(f"Network.inputs: a group follows the stimulus once, got it several times: {shown}")

    @property
    def input_streams(self) -> tuple[str, ...]:
        """The name of each input's random stream; see `brainsim.engine.inputs.input_streams`."""
        return input_streams(self.inputs)

    @property
    def shown(self) -> frozenset[int]:
        """Numbers of the groups of neurons that a stimulus acts on directly."""
        return frozenset(one.target for one in self.inputs if isinstance(one, StimulusInput))

    def _noise(self) -> list[NormalInput]:
        """Give the normal numbers that white noise needs and that no input gives yet."""
        known = {(one.target, one.variable) for one in self.inputs if isinstance(one, NormalInput)}
        return [
            NormalInput(number, normal_name(noise))
            for number, group in enumerate(self.groups)
            if isinstance(group, NeuronGroup)
            for noise in noises_of(group.equations)
            if (number, normal_name(noise)) not in known
        ]

    def _check_input(self, where: str, one: Input) -> None:
        target = self._target(where, one.target)
        if one.continuous != (one.variable in target.external):
            needed = "an external variable" if one.continuous else "a state variable"
            raise NetworkError(
                f"{where}.variable: {type(one).__name__} needs {needed} of {target.name}, got {one.variable!r} "
                f"(external are: {', '.join(target.external) or 'none'})"
            )
        one.check(where, target.size)

    def _check_projection(self, where: str, projection: Projection) -> None:
        if not 0 <= projection.source < len(self.groups):
            raise NetworkError(f"{where}.source: there is no group {projection.source}, only {len(self.groups)}")
        target, wiring = self._target(where, projection.target), projection.connections
        source = self.groups[projection.source]
        if wiring.sources != source.size:
            raise NetworkError(f"{where}: wired from {wiring.sources} units, but {source.name} has {source.size}")
        if projection.variable in target.external:
            raise NetworkError(f"{where}.variable: {projection.variable!r} of {target.name} is set by inputs alone")
        convolved = isinstance(wiring, ConvolutionConnections)
        if wiring.reach > target.size or (convolved and wiring.reach != target.size):
            raise NetworkError(f"{where}: wired to {wiring.reach} units, but {target.name} has {target.size}")
        if projection.synapse is not None:
            weights = wiring.bank if isinstance(wiring, ConvolutionConnections) else wiring.weights
            projection.synapse.check_weights(weights, where)

    def _target(self, where: str, number: int) -> NeuronGroup:
        if not 0 <= number < len(self.groups):
            raise NetworkError(f"{where}.target: there is no group {number}, only {len(self.groups)}")
        group = self.groups[number]
        if not isinstance(group, NeuronGroup):
            raise NetworkError(f"{where}.target: {group.name} is a source, which receives nothing")
        return group


def _check_group(name: str, size: int) -> None:
    if not name:
        raise NetworkError("group name: must not be empty")
    if not isinstance(size, (int, np.integer)) or not 1 <= size < 2**32:
        raise NetworkError(f"{name}.size: must be a whole number from 1, got {size!r}")
