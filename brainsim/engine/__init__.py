"""How a trial is computed. Nothing here knows a region's name; `Network` is all that an engine is given."""

from brainsim.engine.connections import ConvolutionConnections, SparseConnections, convolved_size
from brainsim.engine.engine import Engine, Interrupted, Record, RunResult, Session, SynapseRecord, Trial
from brainsim.engine.errors import EquationError, NetworkError
from brainsim.engine.inputs import (
    NormalInput,
    OrnsteinUhlenbeckInput,
    PoissonInput,
    SpikeInput,
    StimulusInput,
    TimedInput,
)
from brainsim.engine.network import Network, NeuronGroup, Projection, SourceGroup, SpikeGroup
from brainsim.engine.synapses import SynapseModel, SynapseVariable

__all__ = [
    "ConvolutionConnections",
    "Engine",
    "EquationError",
    "Interrupted",
    "Network",
    "NetworkError",
    "NeuronGroup",
    "NormalInput",
    "OrnsteinUhlenbeckInput",
    "PoissonInput",
    "Projection",
    "Record",
    "RunResult",
    "Session",
    "SourceGroup",
    "SparseConnections",
    "SpikeGroup",
    "SpikeInput",
    "StimulusInput",
    "SynapseModel",
    "SynapseRecord",
    "SynapseVariable",
    "TimedInput",
    "Trial",
    "convolved_size",
    "get_engine",
]


def get_engine(name: str, network: Network | None = None) -> Engine:
    """Give an engine by its name: "compiled", or "brian2", the reference.

    Where the `network` that it shall run is known, what takes long to find out about it is begun meanwhile.

    Raises
    ------
    NetworkError
        If there is no such engine.

    Examples
    --------
    >>> get_engine("compield")
    Traceback (most recent call last):
        ...
    brainsim.engine.errors.NetworkError: engine: there is no 'compield'; did you mean 'compiled'?
    """
    # Numba and Brian2 take a second to import, so each is loaded only when it is asked for.
    if name == "compiled":
        from brainsim.engine.derive import begin_steps

        if network is not None:
            begin_steps(group for group in network.groups if isinstance(group, NeuronGroup))
        from brainsim.engine.compiled import CompiledEngine

        return CompiledEngine()
    if name == "brian2":
        from brainsim.engine.brian import BrianEngine

        return BrianEngine()
    from isocortex.errors import nearest

    raise NetworkError(f"engine: there is no {name!r}; {nearest(name, ['compiled', 'brian2'])}")
