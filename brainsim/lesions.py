"""Lesions: a brain without one of its regions, or without its feedback."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from brainsim.drives import Drive
from brainsim.encoders import CurrentEncoder, Encoder, SpikeEncoder
from brainsim.neurons import NeuronModel
from brainsim.parts import Projection, Region

if TYPE_CHECKING:
    from brainsim.brain import Brain

__all__ = ["without_feedback", "without_region"]


def without_region(brain: "Brain", region: str) -> "Brain":
    """Take a region out; see :meth:`brainsim.Brain.without`."""
    gone = {f"{region}.{population.name}" for population in brain.region(region).populations}
    projections = []
    for projection in brain.projections:
        targets = [target for target in projection.targets if target not in gone]
        if projection.source not in gone and targets:
            projections.append(replace(projection, target=targets))
    return _left(
        brain,
        [one for one in brain.regions if one.name != region],
        projections,
        [drive for drive in brain.drives if drive.target not in gone],
        {name: encoder for name, encoder in brain.inputs.items() if name != region},
    )


def without_feedback(brain: "Brain") -> "Brain":
    """Take feedback projections out; see :meth:`brainsim.Brain.without_feedback`."""
    kept = [one for one in brain.projections if one.kind != "feedback"]
    return _left(brain, brain.regions, kept, brain.drives, brain.inputs)


def _left(
    brain: "Brain",
    regions: Sequence[Region],
    projections: Sequence[Projection],
    drives: Sequence[Drive],
    inputs: Mapping[str, Encoder | SpikeEncoder | CurrentEncoder],
) -> "Brain":
    """Give what is left, in which populations stay what they were.

    A population stays inhibitory though what it inhibited is gone, and a receptor that nothing reaches any more
    takes its initial value with it.
    """
    arrivals = [(target, one.receptor) for one in projections for target in one.targets]
    arrivals += [(drive.target, drive.receptor) for drive in drives if drive.receptor is not None]
    reached = {(target, variable) for target, receptor in arrivals for variable in receptor.state_units}
    left = []
    for region in regions:
        populations = []
        for population in region.populations:
            name = f"{region.name}.{population.name}"
            own = population.model.state_units if isinstance(population.model, NeuronModel) else {}
            initial = {key: value for key, value in population.initial.items() if key in own or (name, key) in reached}
            populations.append(replace(population, initial=initial, excitatory=brain.is_excitatory(name)))
        left.append(replace(region, populations=populations))
    return replace(brain, regions=left, projections=projections, drives=drives, inputs=inputs)
