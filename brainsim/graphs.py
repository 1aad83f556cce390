"""A brain as a graph: of regions, or of populations; and as a GraphML file."""

import os
import re
from typing import TYPE_CHECKING

from brainsim.brain import Brain
from brainsim.errors import ModelError, ParameterError
from isocortex.errors import nearest
from isocortex.files import write_text

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["population_graph", "region_graph", "write_graph"]

# What XML 1.0 cannot hold, however it is written.
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def region_graph(brain: Brain) -> "nx.DiGraph":
    """Give regions and the projections between them as a graph; see :attr:`Brain.graph`."""
    import networkx as nx

    graph = nx.DiGraph(name=brain.name)
    for region in brain.regions:
        graph.add_node(region.name, function=region.function, neurons=region.units)
    for pathway in brain.pathways:
        source, target = pathway.projection.source.split(".")[0], pathway.target.split(".")[0]
        synapses, delay = pathway.synapses, pathway.mean_delay
        receptor, kind = pathway.projection.receptor.variable, pathway.projection.kind
        if not graph.has_edge(source, target):
            graph.add_edge(source, target, receptors=(), synapses=0.0, delay_ms=delay, kind=kind, feedback=True)
            graph.edges[source, target]["learning"] = ()
        edge = graph.edges[source, target]
        total = edge["synapses"] + synapses
        if total:
            edge["delay_ms"] = (edge["delay_ms"] * edge["synapses"] + delay * synapses) / total
        edge["synapses"] = total
        edge["receptors"] = tuple(dict.fromkeys((*edge["receptors"], receptor)))
        edge["learning"] = tuple(dict.fromkeys((*edge["learning"], *pathway.projection.learning)))
        edge["feedback"] = edge["feedback"] and kind == "feedback"
    for _, _, edge in graph.edges(data=True):
        edge["synapses"] = round(edge["synapses"])
    return graph


def population_graph(brain: Brain) -> "nx.MultiDiGraph":
    """Give populations and one edge for each projection onto each target.

    Nodes have ``region``, ``function``, ``model``, ``shape``, ``neurons`` and ``excitatory``; edges ``projection``,
    ``wiring``, ``receptor``, ``synapses`` (expected), ``weight`` (mean), ``unit``, ``delay_ms`` (mean), ``kind``
    and ``learning`` (what its synapses do besides).
    """
    import networkx as nx

    graph = nx.MultiDiGraph(name=brain.name)
    for region in brain.regions:
        for population in region.populations:
            name = f"{region.name}.{population.name}"
            graph.add_node(
                name,
                region=region.name,
                function=region.function,
                model=type(population.model).__name__,
                shape=population.grid,
                neurons=population.units,
                excitatory=brain.is_excitatory(name),
            )
    for pathway in brain.pathways:
        projection = pathway.projection
        graph.add_edge(
            projection.source,
            pathway.target,
            projection=projection.label,
            wiring=type(projection.wiring).__name__,
            receptor=projection.receptor.variable,
            synapses=round(pathway.synapses),
            weight=projection.mean_weight,
            unit=projection.receptor.weight_unit,
            delay_ms=pathway.mean_delay,
            kind=projection.kind,
            learning=projection.learning,
        )
    return graph


def write_graph(brain: Brain, path: str | os.PathLike[str], level: str) -> None:
    """Write a graph as GraphML; see :meth:`brainsim.Brain.save_graph`."""
    import networkx as nx

    levels = {"region": region_graph, "population": population_graph}
    if level not in levels:
        raise ParameterError(f"Brain.save_graph: level {level!r} is unknown; {nearest(str(level), levels)}")
    graph = levels[level](brain)
    for _, attributes in graph.nodes(data=True):
        _flatten(attributes)
    for *_, attributes in graph.edges(data=True):
        _flatten(attributes)
    text = "\n".join(nx.generate_graphml(graph, named_key_ids=True))
    if wrong := NO_XML.search(text):
        raise ModelError(
            f"Brain.save_graph: XML cannot hold the character {wrong.group()!r}, which a name has; rename it"
        )
    write_text(path, "<?xml version='1.0' encoding='utf-8'?>\n" + text + "\n")


def _flatten(attributes: dict[str, object]) -> None:
    """Write tuples as text, for GraphML knows numbers, text and truth values only."""
    for key, value in attributes.items():
        if isinstance(value, tuple):
            attributes[key] = (" x " if key == "shape" else ", ").join(map(str, value))
