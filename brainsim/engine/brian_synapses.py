"""Plastic synapses as Brian2 objects: the reference for the compiled ones."""

import ast
from types import ModuleType
from typing import Any

import numpy as np

from brainsim.engine.language import FUNCTIONS
from brainsim.engine.network import Projection
from brainsim.engine.synapses import SynapseModel

__all__ = ["plastic_synapses", "synapse_arrays", "synapse_values"]


def plastic_synapses(
    b: ModuleType, model: SynapseModel, projection: Projection, unit: str, where: tuple[int, int], **ends: Any
) -> Any:
    """Make the synapses of a projection that has a synapse model.

    Parameters
    ----------
    b : module
        Brian2.
    model : SynapseModel
        That of the projection.
    projection : Projection
        Which.
    unit : str
        Of the target's variable, as Brian2 names it; synapses themselves count in SI without units.
    where : tuple of int
        Number of the projection, and how many there are: arrivals of all projections come before any answer.
    **ends
        ``source``, ``target`` (groups) and ``clock``.
    """
    wiring = projection.connections.expand()
    number, projections = where
    numbers: dict[str, Any] = {_own(name): value for name, value in model.parameters.items()}
    lines = [f"{_own('w')} : 1"]
    for name, variable in model.variables.items():
        own, rest, tau = _own(name), _own(f"rest_{name}"), _own(f"tau_{name}")
        if variable.tau is None:
            lines.append(f"{own} : 1")
        else:
            lines.append(f"d{own}/dt = ({rest} - {own}) / {tau} : 1 (event-driven)")
            numbers |= {rest: variable.rest, tau: variable.tau * b.second}
    amount = f"({_renamed(model.amount)})" + ("" if unit == "1" else f" * {unit}")
    on_pre, on_post = ([f"{_own(name)} = {_renamed(text)}" for name, text in one] for one in (model.pre, model.post))
    synapses = b.Synapses(
        ends["source"],
        ends["target"],
        "\n".join(lines),
        on_pre="\n".join([f"{projection.variable}_post += {amount}", *on_pre]),
        on_post="\n".join(on_post) or None,
        clock=ends["clock"],
        order=number + 1,
        namespace=numbers,
    )
    if wiring.synapses == 0:
        synapses.active = False
        return synapses
    rows = np.repeat(np.arange(wiring.sources), np.diff(wiring.indptr.astype(np.int64)))
    synapses.connect(i=rows, j=wiring.targets.astype(np.int64))
    setattr(synapses, f"{_own('w')}_", wiring.weights)
    for name, variable in model.variables.items():
        setattr(synapses, f"{_own(name)}_", variable.initial)
    synapses.pre.order = number + 1
    if model.post:
        synapses.post.order = projections + number + 1
    synapses.pre.delay = np.asarray(wiring.delays) * ends["clock"].dt
    return synapses


def synapse_values(synapses: Any, model: SynapseModel, time: float) -> dict[str, np.ndarray]:
    """Give weights and variables at `time` (s), in order of creation, (synapse,)."""
    found = {"w": np.array(getattr(synapses, f"{_own('w')}_")[:])}
    for name, variable in model.variables.items():
        value = np.array(getattr(synapses, f"{_own(name)}_")[:])
        elapsed = 0.0 if variable.tau is None else time - np.array(synapses.lastupdate_[:])
        found[name] = variable.relaxed(value, elapsed)
    return found


def synapse_arrays(synapses: Any, model: SynapseModel) -> dict[str, np.ndarray]:
    """Give everything that a run changes, the memory itself, in order of creation, (synapse,)."""
    if not synapses.active:
        return {}
    names = {name: _own(name) for name in ("w", *model.variables)}
    if any(variable.tau is not None for variable in model.variables.values()):
        names["lastupdate"] = "lastupdate"
    return {name: synapses.variables[own].get_value() for name, own in names.items()}


def _own(name: str) -> str:
    """Give a name that meets none of a neuron's: Brian2 would take a parameter ``tau_post`` for the target's tau."""
    return f"{name}_synaptic"


def _renamed(text: str) -> str:
    tree = ast.parse(text.strip(), mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in FUNCTIONS:
            node.id = _own(node.id)
    return ast.unparse(tree)
