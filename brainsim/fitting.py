"""Whether the parts of a brain fit together; each message names the part."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from brainsim.distributions import Distribution, parameter
from brainsim.drives import Drive
from brainsim.drives.drive import check_current
from brainsim.errors import KindError, ModelError, UnknownNameError
from brainsim.neurons import NeuronModel, Source, SpikeSource, check_receives
from brainsim.parts import Population, Projection, Region
from brainsim.receptors import Receptor
from brainsim.units import numbers
from isocortex.errors import nearest

if TYPE_CHECKING:
    from brainsim.brain import Brain

__all__ = ["check_names", "check_parts", "current_targets", "is_conductance"]


def check_parts(brain: "Brain") -> None:
    """Raise unless projections, drives, initial values and inputs fit the populations that they name.

    Raises
    ------
    ModelError, UnknownNameError, KindError, ParameterError
        If they do not.
    """
    for projection in brain.projections:
        _check_ends(brain, projection)
    for pathway in brain.pathways:
        pathway.projection.check(pathway.ends)
    for drive in brain.drives:
        _check_drive(brain, drive)
    for name in brain.populations:
        _check_initial(brain, name)
    _check_inputs(brain)


def check_names(name: str, model: NeuronModel | Source, receptors: Sequence[Receptor]) -> None:
    """Raise if two of a population's receptors, or a receptor and the model, name a variable alike.

    Raises
    ------
    ModelError
        Names the receptor, and asks for another name.
    """
    if not isinstance(model, NeuronModel):
        return
    taken = set(model.names)
    for receptor in receptors:
        names = {*receptor.parameters, *receptor.state_units}
        if clash := names & taken:
            raise ModelError(
                f"{name}: receptor {receptor!r} would name {sorted(clash)[0]!r} a second time; give it another name="
            )
        taken |= names
        check_receives(name, model, receptor)


def _check_ends(brain: "Brain", projection: Projection) -> None:
    brain.population(projection.source, projection.label)
    for name in projection.targets:
        if isinstance(brain.population(name, projection.label).model, Source):
            raise ModelError(f"{projection.label}: {name} holds sources, which receive nothing")


def _check_drive(brain: "Brain", drive: Drive) -> None:
    target = brain.population(drive.target, drive.label)
    if not isinstance(target.model, NeuronModel):
        raise ModelError(f"{drive.label}: {drive.target} holds sources, which receive nothing")
    drive.check(target.units)
    if drive.receptor is None:
        check_current(drive.target, target.model, drive.label)


def _check_initial(brain: "Brain", name: str) -> None:
    population, valid = brain.populations[name], brain.state_units(name)
    for variable, value in population.initial.items():
        where = f"{name}.initial[{variable!r}]"
        if variable not in valid:
            raise UnknownNameError(f"{where}: there is no such variable; {nearest(str(variable), valid)}")
        conductance = is_conductance(brain, name, variable)
        if isinstance(value, Distribution) or np.ndim(value) == 0:
            parameter(value, valid[variable], where, nonnegative=conductance)
        else:
            numbers(value, valid[variable], where, population.units, nonnegative=conductance)


def is_conductance(brain: "Brain", name: str, variable: str) -> bool:
    """Tell whether a variable of a population is that of a receptor's conductance, which cannot be negative."""
    model = brain.populations[name].model
    own = model.state_units if isinstance(model, NeuronModel) else {}
    return variable not in own and brain.state_units(name)[variable] == "nS"


def current_targets(brain: "Brain", region: str, encoder: Any) -> dict[str, Population]:
    """Give the populations of a region's neurons that an encoder gives a current, by their names in the region.

    Raises
    ------
    UnknownNameError
        If it names one that is not there.
    """
    if not callable(getattr(encoder, "currents", None)):
        return {}
    neurons = {one.name: one for one in brain.region(region).populations if isinstance(one.model, NeuronModel)}
    chosen = getattr(encoder, "populations", None)
    if chosen is None:
        return neurons
    for name in chosen:
        if name not in neurons:
            where = f"Brain.inputs[{region!r}].populations"
            raise UnknownNameError(f"{where}: there are no neurons {name!r}; {nearest(str(name), neurons)}")
    return {name: neurons[name] for name in chosen}


def _check_inputs(brain: "Brain") -> None:
    for name, encoder in brain.inputs.items():
        brain.region(name)
        if not any(callable(getattr(encoder, method, None)) for method in ("rates", "spikes", "currents")):
            raise KindError(f"Brain.inputs[{name!r}]: must have a method rates, spikes or currents, got {encoder!r}")
        for own, population in current_targets(brain, name, encoder).items():
            check_current(f"{name}.{own}", population.model, f"Brain.inputs[{name!r}]")  # type: ignore[arg-type]
    for region in brain.regions:
        _check_sources(brain, region)


def _check_sources(brain: "Brain", region: Region) -> None:
    sources = [one for one in region.populations if isinstance(one.model, Source)]
    own = brain.inputs.get(region.name)
    if own is not None and not sources and not current_targets(brain, region.name, own):
        raise ModelError(f"Brain.inputs[{region.name!r}]: the region has no sources to encode for")
    for one in sources:
        method = "spikes" if isinstance(one.model, SpikeSource) else "rates"
        kind, full = type(one.model).__name__, f"{region.name}.{one.name}"
        if own is None:
            raise ModelError(
                f"{full}: {kind} units take their {method} from an encoder; give inputs={{{region.name!r}: ...}}"
            )
        if not callable(getattr(own, method, None)):
            raise KindError(
                f"Brain.inputs[{region.name!r}]: must have a method {method}(stimuli, populations), which the "
                f"{kind} units of {full} need, got {own!r}"
            )
