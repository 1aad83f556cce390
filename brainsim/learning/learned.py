"""What a brain has learned, as a brain of its own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from brainsim import wiring
from brainsim.brain import Brain, Pathway
from brainsim.engine import Network
from brainsim.errors import KindError
from brainsim.neurons import AdaptiveThreshold
from brainsim.parts import Population, Projection
from brainsim.units import DIVISORS

__all__ = ["frozen", "learned_brain", "plastic_pathways", "public_weights", "thresholds"]


def frozen(brain: Brain) -> Brain:
    """Give a brain that learns nothing more: no plasticity, and thresholds that no spike raises.

    Short-term plasticity stays.

    Parameters
    ----------
    brain : Brain
        Such as :func:`brainsim.learn` gives.

    Raises
    ------
    KindError
        If it is none.

    Examples
    --------
    >>> from brainsim import atlas
    >>> [projection.plasticity for projection in frozen(atlas.diehl_cook(10)).projections]
    [None, None, None]
    """
    if not isinstance(brain, Brain):
        raise KindError(f"frozen: brain must be a Brain, got {type(brain).__name__}")

    def still(population: Population) -> Population:
        if isinstance(population.model, AdaptiveThreshold):
            return replace(population, model=replace(population.model, increment=0.0))
        return population

    regions = [replace(region, populations=[still(one) for one in region.populations]) for region in brain.regions]
    projections = [replace(one, plasticity=None, normalization=None) for one in brain.projections]
    return replace(brain, regions=regions, projections=projections)


def plastic_pathways(brain: Brain) -> dict[int, Pathway]:
    """Give the pathways that learn, by their numbers, which are those of the network's projections."""
    return {k: pathway for k, pathway in enumerate(brain.pathways) if pathway.projection.plasticity is not None}


def thresholds(brain: Brain) -> dict[int, str]:
    """Give the populations whose thresholds adapt: number and full name."""
    names = enumerate(brain.populations.items())
    return {k: name for k, (name, population) in names if isinstance(population.model, AdaptiveThreshold)}


def public_weights(pathway: Pathway, weights: np.ndarray) -> np.ndarray:
    """Turn the engine's weights into those of the projection's receptor, within the bounds of its plasticity."""
    receptor, plasticity = pathway.projection.receptor, pathway.projection.plasticity
    public = weights * (DIVISORS[receptor.weight_unit] / receptor.gain)
    bound = np.inf if plasticity is None else plasticity.W_max
    return np.clip(public, min(bound, 0.0), max(bound, 0.0))


def learned_brain(
    brain: Brain, network: Network, weights: Mapping[int, np.ndarray], theta: Mapping[str, np.ndarray]
) -> Brain:
    """Put weights and thresholds into a brain.

    Parameters
    ----------
    brain : Brain
        That learned.
    network : Network
        What it was lowered to.
    weights : mapping of int to numpy.ndarray (synapse)
        Number of a pathway -> weights in the engine's unit, in order of creation.
    theta : mapping of str to numpy.ndarray (unit)
        Full name of a population -> mV.
    """
    projections: list[Projection] = []
    pathways = iter(enumerate(brain.pathways))
    for projection in brain.projections:
        own = [next(pathways) for _ in projection.targets]
        if own[0][0] in weights:
            projections += [_with_weights(pathway, network, k, weights[k]) for k, pathway in own]
        else:
            projections.append(projection)

    def taught(region: str, population: Population) -> Population:
        name = f"{region}.{population.name}"
        return (
            replace(population, initial={**population.initial, "theta": theta[name]}) if name in theta else population
        )

    regions = [
        replace(region, populations=[taught(region.name, one) for one in region.populations])
        for region in brain.regions
    ]
    return replace(brain, regions=regions, projections=projections)


def _with_weights(pathway: Pathway, network: Network, number: int, weights: np.ndarray) -> Projection:
    """Give the projection onto one target, with these weights; its wiring is drawn as before."""
    changes: dict[str, Any] = {"target": pathway.target, "weight": public_weights(pathway, weights)}
    if pathway.projection.wiring.factors != (1.0, 1.0):
        # Such a rule would multiply the weights by factors of its own: what it drew is listed instead.
        listed = network.projections[number].connections.expand()
        sources = np.repeat(np.arange(listed.sources), np.diff(np.asarray(listed.indptr, dtype=np.int64)))
        shape = (pathway.ends.sources, pathway.ends.targets)
        steps = np.broadcast_to(np.asarray(listed.delays, dtype=np.float64), listed.synapses)
        changes["wiring"] = wiring.from_pairs(sources, listed.targets, shape=shape)
        changes["delay"] = steps * network.dt * DIVISORS["ms"]
    return replace(pathway.projection, **changes)
