"""What the future of a session depends on, as named arrays.

It is the same on all engines, but for synapses that spikes change: their weights and variables are up to date to
different steps on different engines, and go on bit for bit only on the engine that they are from.

========================  =======================================================================================
``step``                  int64 (1): steps done
``began``                 int64 (1): step from which the stimulus' bins count
``variable/K/NAME``       float64 (unit): state variable of group K, SI
``spikes/K/steps``,       int64 and uint32 (spike): who spiked in the last `remembered` steps, by step and unit; from
``spikes/K/units``        these follow refractoriness and the spikes on their way
``inputs/N/value``        float64 (unit): what input N remembers, as the Ornstein-Uhlenbeck deviation from its mean
``synapses/P/...``        what spikes change in the synapses of projection P, as the engine keeps it
========================  =======================================================================================
"""

from collections.abc import Iterator, Mapping

import numpy as np

from brainsim.engine.checks import LAST_STEP
from brainsim.engine.codegen import refractory_steps
from brainsim.engine.derive import state_variables
from brainsim.engine.errors import NetworkError
from brainsim.engine.network import Network, NeuronGroup, SourceGroup, SpikeGroup
from isocortex.errors import nearest

__all__ = [
    "check_state",
    "check_values",
    "constant_synapses",
    "initial_state",
    "neurons",
    "refractory_periods",
    "remembered",
]


def neurons(network: Network) -> Iterator[tuple[int, NeuronGroup, tuple[str, ...]]]:
    """Give number, group and state variables of every group of neurons."""
    for k, group in enumerate(network.groups):
        if isinstance(group, NeuronGroup):
            yield k, group, state_variables(group)


def refractory_periods(network: Network) -> list[int]:
    """Give the refractory period of each group, in steps."""
    return [
        refractory_steps(group.refractory, network.dt) if isinstance(group, NeuronGroup) else 0
        for group in network.groups
    ]


def remembered(network: Network) -> int:
    """Give for how many steps a spike may still matter: the longest delay or refractory period, at least 1."""
    delays = [projection.connections.longest_delay for projection in network.projections]
    return max([1, *refractory_periods(network), *delays])


def initial_state(network: Network) -> dict[str, np.ndarray]:
    """Give the state in which a trial begins."""
    state = {"step": np.zeros(1, dtype=np.int64), "began": np.zeros(1, dtype=np.int64)}
    for k, group, names in neurons(network):
        for name in names:
            state[f"variable/{k}/{name}"] = np.zeros(group.size) + group.initial.get(name, 0.0)
    for k in range(len(network.groups)):
        state[f"spikes/{k}/steps"] = np.zeros(0, dtype=np.int64)
        state[f"spikes/{k}/units"] = np.zeros(0, dtype=np.uint32)
    return state


def check_state(
    network: Network, state: Mapping[str, np.ndarray], own: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Check a state, which may come from a file, and give its arrays with their types.

    `own` holds arrays that the engine expects beside those that all engines expect.

    Raises
    ------
    NetworkError
        If something is missing, superfluous, of another shape, or impossible.
    """
    expected = {**initial_state(network), **own}
    if wrong := sorted(set(expected) ^ set(state)):
        engine = " and this engine" if wrong[0].startswith("synapses/") else ""
        what = "missing" if wrong[0] in expected else "unknown"
        raise NetworkError(f"state: is not of this network{engine}, {wrong[0]!r} is {what}")
    checked = {}
    for name, start in expected.items():
        values = np.asarray(state[name])
        free = name.startswith("spikes/")
        if values.ndim != 1 or (values.shape != start.shape and not free) or values.dtype.kind not in _kinds(start):
            raise NetworkError(
                f"state: {name!r} must be {start.dtype} {start.shape}, got {values.dtype} {values.shape}"
            )
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise NetworkError(f"state: {name!r} must be finite")
        checked[name] = values.astype(start.dtype)
    step, began = int(checked["step"][0]), int(checked["began"][0])
    if not 0 <= began <= step < LAST_STEP:
        raise NetworkError(f"state: steps must be 0 <= began <= step < {LAST_STEP}, got {began} and {step}")
    for k, group in enumerate(network.groups):
        steps, units = checked[f"spikes/{k}/steps"], checked[f"spikes/{k}/units"]
        _check_spikes(group.name, group.size, steps, units, step - remembered(network), step)
    for name in own:
        number, _, variable = name.removeprefix("synapses/").partition("/")
        model = network.projections[int(number)].synapse if name.startswith("synapses/") else None
        if model is not None and variable == "w":
            model.check_weights(checked[name], f"state: {name!r}")
        elif checked[name].dtype.kind == "i" and not ((checked[name] >= 0) & (checked[name] <= step)).all():
            raise NetworkError(f"state: {name!r} must be steps from 0 to {step}")
    return checked


def constant_synapses(network: Network, projection: int) -> dict[str, np.ndarray]:
    """Give the weights of a projection whose synapses nothing changes, float64 (synapse), in order of creation.

    Raises
    ------
    NetworkError
        If there is no such projection.
    """
    if not 0 <= projection < len(network.projections):
        raise NetworkError(f"synapses: there is no projection {projection}, only {len(network.projections)}")
    wiring = network.projections[projection].connections.expand()
    return {"w": np.broadcast_to(np.asarray(wiring.weights, dtype=np.float64), wiring.synapses).copy()}


def _check_spikes(name: str, size: int, steps: np.ndarray, units: np.ndarray, first: int, end: int) -> None:
    if len(steps) != len(units):
        raise NetworkError(f"state: spikes of {name}: {len(steps)} steps, but {len(units)} units")
    if len(steps) and (
        steps.min() < max(first, 0)
        or steps.max() >= end
        or units.max() >= size
        or np.any(np.diff((steps - first) * size + units) <= 0)
    ):
        raise NetworkError(
            f"state: spikes of {name}: must be of units 0 to {size - 1} in steps {max(first, 0)} to {end - 1}, each "
            "once, in order"
        )


def check_values(group: NeuronGroup | SourceGroup | SpikeGroup, variable: str, values: np.ndarray) -> np.ndarray:
    """Check values for a state variable, and give them as float64 (unit).

    Raises
    ------
    NetworkError
        If the group has no such variable, inputs alone set it, or the values are not finite or not one a unit.
    """
    names = state_variables(group) if isinstance(group, NeuronGroup) else ()
    if variable not in names:
        raise NetworkError(f"{group.name} has no state variable {variable!r}; {nearest(variable, names)}")
    if isinstance(group, NeuronGroup) and variable in group.external:
        raise NetworkError(f"{group.name}.{variable}: is set by inputs at the start of every step, by nobody else")
    checked = np.asarray(values, dtype=np.float64)
    if checked.shape != (group.size,) or not np.isfinite(checked).all():
        raise NetworkError(f"{group.name}.{variable}: must be {group.size} finite values, one a unit")
    return checked


def _kinds(start: np.ndarray) -> str:
    return "f" if start.dtype.kind == "f" else "iu"
