"""A brain: regions, projections between them, drives and encoders; frozen, and checked when it is made."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from brainsim.drives import Drive
from brainsim.encoders import CurrentEncoder, Encoder, SpikeEncoder
from brainsim.errors import KindError, ModelError, UnknownNameError
from brainsim.fitting import check_names, check_parts, current_targets
from brainsim.neurons import NeuronModel, Source
from brainsim.parts import Population, Projection, Region, listed
from brainsim.receptors import Receptor
from brainsim.wiring.rule import Connectivity, Ends
from isocortex.errors import nearest
from isocortex.seeds import child_seed, generator

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Brain", "Pathway"]


@dataclass(frozen=True)
class Pathway:
    """One projection onto one of its targets.

    Parameters
    ----------
    projection : Projection
        Which.
    target : str
        Full name of this target.
    seed : int
        From which its wiring, weights and delays are drawn.
    ends : Ends
        The shapes it connects.
    """

    projection: Projection
    target: str
    seed: int
    ends: Ends

    @property
    def synapses(self) -> float:
        """How many synapses: exact where the rule fixes them, else expected."""
        return self.projection.wiring.synapses(self.ends)

    @property
    def mean_delay(self) -> float:
        """Mean delay of its synapses in ms, expected where delays are drawn."""
        return self.projection.mean_delay(self.ends)

    def connect(self) -> Connectivity:
        """Draw the synapses as they are drawn when the brain is built: who meets whom, in order of creation."""
        return self.projection.wiring.connect(self.ends, generator(self.seed, "wiring"))


@dataclass(frozen=True, eq=False)
class Brain:
    """An individual brain.

    Parameters
    ----------
    name : str
        What it is called.
    regions : sequence of Region
        Each name once.
    projections : sequence of Projection
        Spikes of one step are delivered in this order.
    drives : sequence of Drive
        What comes from outside, whatever the stimulus; those on one population add up.
    inputs : mapping of str to Encoder
        For every region that holds sources, what turns stimuli into their rates or spikes; or into currents into a
        region's neurons.
    seed : int
        This individual's wiring, weights, delays, parameters and initial values.

    Raises
    ------
    ModelError, UnknownNameError, KindError, ParameterError
        If the parts do not fit together; the message names the part.

    Examples
    --------
    >>> from brainsim import AMPA, LIF, Brain, Population, Projection, Region, wiring
    >>> region = Region("cortex", [Population("E", LIF(), size=100)])
    >>> local = Projection("cortex.E", "cortex.E", wiring.fixed_probability(0.1), AMPA(), weight=1)
    >>> Brain("slice", [region], [local]).units("cortex")
    ('cortex.E',)
    """

    name: str
    regions: Sequence[Region]
    projections: Sequence[Projection] = ()
    drives: Sequence[Drive] = ()
    inputs: Mapping[str, Encoder | SpikeEncoder | CurrentEncoder] = field(default_factory=dict)
    seed: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ModelError(f"Brain.name: must be a string that is not empty, got {self.name!r}")
        for attribute, kind in (("regions", Region), ("projections", Projection), ("drives", Drive)):
            object.__setattr__(self, attribute, listed(getattr(self, attribute), kind, f"Brain.{attribute}"))
        names = [region.name for region in self.regions]
        if not names or len(set(names)) < len(names):
            raise ModelError(f"Brain.regions: need at least one, each name once, got {names}")
        if not isinstance(self.inputs, Mapping):
            raise KindError(f"Brain.inputs: must map regions to encoders, got {self.inputs!r}")
        object.__setattr__(self, "inputs", dict(self.inputs))
        child_seed(self.seed)  # raises on a seed that is none
        check_parts(self)

    @cached_property
    def populations(self) -> dict[str, Population]:
        """Full name -> population, in order."""
        return {
            f"{region.name}.{population.name}": population
            for region in self.regions
            for population in region.populations
        }

    @cached_property
    def pathways(self) -> tuple[Pathway, ...]:
        """Every projection onto each of its targets, with the seed from which it is drawn.

        The seed follows from the brain's seed and the projection's name, or else its source, target and receptor; so
        taking a projection out leaves the wiring of all others as it was. Those that share
        all three are numbered in order: name them where one of them may be taken out.
        """
        pathways = []
        seen: dict[tuple[str, ...], int] = {}
        for projection in self.projections:
            source = self.populations[projection.source]
            for name in projection.targets:
                key = (projection.name or projection.source, name, projection.receptor.variable)
                seen[key] = seen.get(key, -1) + 1
                target = self.populations[name]
                asked = projection.wiring.placed
                places = (source.coordinates, target.coordinates) if asked else (None, None)
                ends = Ends(source.grid, target.grid, projection.source == name, projection.label, *places)
                pathways.append(Pathway(projection, name, child_seed(self.seed, "projection", *key, seen[key]), ends))
        return tuple(pathways)

    @cached_property
    def receptors(self) -> dict[str, tuple[Receptor, ...]]:
        """Full name of a population -> its receptors, equal ones once, in the order of projections, then drives."""
        found: dict[str, dict[str, Receptor]] = {name: {} for name in self.populations}
        arrivals = [(target, one.receptor) for one in self.projections for target in one.targets]
        arrivals += [(drive.target, drive.receptor) for drive in self.drives if drive.receptor is not None]
        for name, receptor in arrivals:
            known = found[name].setdefault(receptor.variable, receptor)
            if known != receptor:
                raise ModelError(
                    f"{name}: {known!r} and {receptor!r} are two receptors of one name; give one of them another name="
                )
        for name, receptors in found.items():
            check_names(name, self.populations[name].model, tuple(receptors.values()))
        return {name: tuple(receptors.values()) for name, receptors in found.items()}

    @cached_property
    def driven(self) -> frozenset[str]:
        """Full names of the populations that a drive, or a stimulus, sends a current into."""
        return frozenset(drive.target for drive in self.drives if drive.receptor is None) | self.shown

    @cached_property
    def shown(self) -> frozenset[str]:
        """Full names of the populations of neurons that an encoder gives a current for each stimulus."""
        return frozenset(
            f"{region}.{name}" for region in self.inputs for name in current_targets(self, region, self.inputs[region])
        )

    def state_units(self, population: str) -> dict[str, str]:
        """Give the state variables of a population, its receptors' included, and their public units.

        These can be recorded, and given in `initial`. Sources have none.

        Raises
        ------
        UnknownNameError
            If there is no such population.

        Examples
        --------
        >>> from brainsim import AdEx, Brain, Population, Region
        >>> Brain("one", [Region("cortex", [Population("E", AdEx(), size=1)])]).state_units("cortex.E")
        {'v': 'mV', 'w': 'pA'}
        """
        model = self.population(population, "state_units").model
        units = dict(model.state_units) if isinstance(model, NeuronModel) else {}
        for receptor in self.receptors[population]:
            units.update(receptor.state_units)
        return units

    def region(self, name: str) -> Region:
        """Give the region of this name.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        for region in self.regions:
            if region.name == name:
                return region
        names = [region.name for region in self.regions]
        raise UnknownNameError(f"brain {self.name!r} has no region {name!r}; {nearest(str(name), names)}")

    def population(self, name: str, where: str = "Brain") -> Population:
        """Give the population of this full name, such as ``"V1.E"``.

        Parameters
        ----------
        name : str
            Full name.
        where : str
            Who asks, for the message.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        if name not in self.populations:
            raise UnknownNameError(f"{where}: there is no population {name!r}; {nearest(str(name), self.populations)}")
        return self.populations[name]

    def units(self, region: str, excitatory: bool | None = True) -> tuple[str, ...]:
        """Give the full names of a region's populations.

        Parameters
        ----------
        region : str
            Name of the region.
        excitatory : bool, optional
            Only excitatory (True) or only inhibitory (False) populations; all of them if None.

        Raises
        ------
        UnknownNameError
            If there is no such region.
        """
        names = [f"{region}.{population.name}" for population in self.region(region).populations]
        return tuple(name for name in names if excitatory is None or self.is_excitatory(name) == excitatory)

    def is_excitatory(self, population: str) -> bool:
        """Tell whether a population's units excite their targets.

        Sources and units that project nowhere count as excitatory; any other population is inhibitory if every
        receptor that it projects to draws its targets away from threshold.

        Raises
        ------
        UnknownNameError
            If there is no such population.
        """
        stated = self.population(population, "is_excitatory").excitatory
        if stated is not None:
            return stated
        if isinstance(self.populations[population].model, Source):
            return True
        effects = [
            projection.receptor.excites(projection.mean_weight, model.mean_threshold)
            for projection in self.projections
            if projection.source == population
            for target in projection.targets
            if isinstance(model := self.populations[target].model, NeuronModel)
        ]
        return any(effects) or not effects

    @cached_property
    def graph(self) -> "nx.DiGraph":
        """Regions (``function``, ``neurons``) and the projections between them.

        An edge has ``receptors``, ``synapses`` (expected), ``delay_ms`` (mean over synapses), ``kind``, ``feedback``
        and ``learning`` (plasticity and short-term dynamics); projections within a region are an edge from it to
        itself.
        """
        from brainsim.graphs import region_graph

        return region_graph(self)

    def summary(self) -> str:
        """Describe the brain in a table, region by region."""
        from brainsim.overview import summary

        return summary(self)

    def memory(self) -> int:
        """Estimate how many bytes the brain takes up when it is built, before anything is."""
        from brainsim.overview import built_bytes

        return built_bytes(self)

    def __repr__(self) -> str:
        units = sum(population.units for population in self.populations.values())
        counted = f"{len(self.regions)} regions, {units:,} units, {len(self.projections)} projections"
        return f"Brain({self.name!r}: {counted})"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the brain as one file: what it is made of, not what is drawn from its seed.

        Raises
        ------
        KindError
            If it holds an object that is neither brainsim's nor a dataclass.
        UnwritableFileError
            If the file cannot be written.
        """
        from brainsim.brainfile import write_brain

        write_brain(path, self)

    @staticmethod
    def load(path: str | os.PathLike[str], classes: Iterable[type[Any]] = ()) -> "Brain":
        """Read a brain that :meth:`save` wrote; nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            The file.
        classes : iterable of type
            Your own dataclasses among the brain's parts, such as an encoder.

        Raises
        ------
        MissingFileError
            If there is no such file.
        BrainFileError
            If it is no brain, damaged, of a newer version, or asks for what no brain is made of.
        """
        from brainsim.brainfile import read_brain

        return read_brain(path, classes)

    def save_graph(self, path: str | os.PathLike[str], level: str = "region") -> None:
        """Write the graph of regions, or of populations, as GraphML.

        Parameters
        ----------
        path : path-like
            The file.
        level : "region" or "population"
            What a node is.

        Raises
        ------
        ParameterError
            If `level` is another.
        UnwritableFileError
            If the file cannot be written.
        """
        from brainsim.graphs import write_graph

        write_graph(self, path, level)

    def replace(self, **changes: Any) -> "Brain":
        """Give a new brain in which some fields are others, such as ``seed=1``.

        Raises
        ------
        UnknownNameError
            If there is no such field.
        """
        known = ["name", "regions", "projections", "drives", "inputs", "seed"]
        for field_name in changes:
            if field_name not in known:
                raise UnknownNameError(f"Brain.replace: there is no {field_name!r}; {nearest(field_name, known)}")
        return replace(self, **changes)

    def without(self, region: str) -> "Brain":
        """Give a new brain that lacks a region and all that led to it and from it: a lesion.

        Raises
        ------
        UnknownNameError
            If there is no such region.
        ModelError
            If it is the only one.
        """
        from brainsim.lesions import without_region

        return without_region(self, region)

    def without_feedback(self) -> "Brain":
        """Give a new brain that lacks all projections of kind ``"feedback"``."""
        from brainsim.lesions import without_feedback

        return without_feedback(self)
