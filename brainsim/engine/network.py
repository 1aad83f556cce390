"""The lowered network that every engine runs: groups, projections and inputs, as plain data in SI base units.

SI (volt, siemens, ampere, second), because Brian2 computes in SI and the compiled engine matches its bits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from brainsim.engine.connections import ConvolutionConnections, SparseConnections, convolved_size
from brainsim.engine.errors import NetworkError
from brainsim.engine.recipes import Connections, DrawnConnections
from brainsim.engine.synapses import SynapseModel, SynapseVariable

__all__ = [
    "ConvolutionConnections",
    "DrawnConnections",
    "Network",
    "NeuronGroup",
    "PoissonInput",
    "Projection",
    "SourceGroup",
    "SparseConnections",
    "SynapseModel",
    "SynapseVariable",
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

    def __post_init__(self) -> None:
        _check_group(self.name, self.size)
        if not 0 <= self.refractory < np.inf:
            raise NetworkError(f"{self.name}.refractory: must be finite and not negative, got {self.refractory} s")
        for name, (value, _) in self.parameters.items():
            _check_values(f"{self.name}.parameters[{name!r}]", value, self.size)
        for name, value in self.initial.items():
            _check_values(f"{self.name}.initial[{name!r}]", value, self.size)


@dataclass(frozen=True)
class SourceGroup:
    """Independent Poisson units; a trial's stimulus gives their rates."""

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
class PoissonInput:
    """Background: in every step each unit of `target` gets ``weight`` times a Poisson count of mean ``rate * dt``.

    Each unit's counts are independent of all others'. They are added before the projections' spikes arrive.
    """

    target: int  # number of a group of neurons
    variable: str  # state variable of the target
    rate: float | np.ndarray  # Hz, of all units or of each
    weight: float  # SI


@dataclass(frozen=True, eq=False)
class Network:
    """Groups, the projections among them, background inputs, and the time step.

    Parameters
    ----------
    groups : tuple of NeuronGroup or SourceGroup
        Their names differ from each other.
    projections : tuple of Projection
        In the order in which spikes are delivered within a step.
    inputs : tuple of PoissonInput
        Background.
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

    groups: tuple[NeuronGroup | SourceGroup, ...]
    projections: tuple[Projection, ...] = ()
    inputs: tuple[PoissonInput, ...] = ()
    dt: float = 1e-4  # s

    def __post_init__(self) -> None:
        for name in ("groups", "projections", "inputs"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not 0 < self.dt < np.inf:
            raise NetworkError(f"Network.dt: must be positive, got {self.dt} s")
        names = [group.name for group in self.groups]
        if not names or len(set(names)) < len(names):
            raise NetworkError(f"Network.groups: need at least one group, each name once, got {names}")
        for number, projection in enumerate(self.projections):
            self._check_projection(f"Network.projections[{number}]", projection)
        for number, source in enumerate(self.inputs):
            target = self._target(f"Network.inputs[{number}]", source.target)
            _check_values(f"Network.inputs[{number}].rate", source.rate, target.size, low=0.0)
            _check_values(f"Network.inputs[{number}].weight", source.weight, 0)

    @property
    def input_streams(self) -> tuple[str, ...]:
        """The name of each input's random stream: unique among those of its target, and of no other group's concern."""
        names = []
        for number, source in enumerate(self.inputs):
            alike = [(other.target, other.variable) for other in self.inputs[:number]]
            names.append(f"input {source.variable} {alike.count((source.target, source.variable))}")
        return tuple(names)

    def _check_projection(self, where: str, projection: Projection) -> None:
        if not 0 <= projection.source < len(self.groups):
            raise NetworkError(f"{where}.source: there is no group {projection.source}, only {len(self.groups)}")
        target, wiring = self._target(where, projection.target), projection.connections
        source = self.groups[projection.source]
        if wiring.sources != source.size:
            raise NetworkError(f"{where}: wired from {wiring.sources} units, but {source.name} has {source.size}")
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
            raise NetworkError(f"{where}.target: {group.name} is a Poisson source, which receives nothing")
        return group


def _check_group(name: str, size: int) -> None:
    if not name:
        raise NetworkError("group name: must not be empty")
    if not isinstance(size, (int, np.integer)) or not 1 <= size < 2**32:
        raise NetworkError(f"{name}.size: must be a whole number from 1, got {size!r}")


def _check_values(where: str, value: float | np.ndarray, size: int, low: float = -np.inf) -> None:
    values = np.asarray(value, dtype=np.float64)
    if values.ndim and values.shape != (size,):
        raise NetworkError(f"{where}: must be one number or {size}, got an array of shape {values.shape}")
    if not np.isfinite(values).all() or np.any(values < low):
        raise NetworkError(f"{where}: must be finite{'' if low == -np.inf else f' and at least {low:g}'}")
