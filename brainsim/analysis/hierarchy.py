"""Which populations are a region, and where a region stands in the hierarchy."""

from collections.abc import Mapping, Sequence

from brainsim.brain import Brain
from brainsim.errors import KindError, ParameterError
from brainsim.recording import Recording, chosen

__all__ = ["Regions", "hierarchy_levels", "region_groups"]

Regions = Brain | Mapping[str, str | Sequence[str]] | None


def hierarchy_levels(brain: Brain) -> dict[str, int]:
    """Give the level of every region: the most feedforward steps to it from a region that none feeds forward to.

    Regions that feed each other forward share a level; feedback does not count.

    Parameters
    ----------
    brain : Brain
        Whose regions.

    Returns
    -------
    dict of str to int
        0 for where the signal comes in.

    Examples
    --------
    >>> import brainsim
    >>> hierarchy_levels(brainsim.atlas.coba())
    {'cortex': 0}
    """
    import networkx as nx

    graph = brain.graph
    forward = nx.DiGraph()
    forward.add_nodes_from(graph)
    forward.add_edges_from((a, b) for a, b, edge in graph.edges(data=True) if a != b and not edge["feedback"])
    groups = nx.condensation(forward)
    levels = dict.fromkeys(graph, 0)
    depth: dict[int, int] = {}
    for group in nx.topological_sort(groups):
        depth[group] = 1 + max((depth[before] for before in groups.predecessors(group)), default=-1)
        for name in groups.nodes[group]["members"]:
            levels[name] = depth[group]
    return levels


def region_groups(recording: Recording, regions: Regions, where: str) -> dict[str, tuple[str, ...]]:
    """Give the populations of every region.

    A brain gives a region's excitatory populations, all where it has none; without one, a region is what stands
    before the dot in the populations' names.

    Raises
    ------
    UnknownNameError, KindError, ParameterError
        If a population is not in the recording, or there is no region.
    """
    every = chosen(recording, None)
    if isinstance(regions, Brain):
        named = {one.name: regions.units(one.name) or regions.units(one.name, None) for one in regions.regions}
        groups = {name: tuple(one for one in its if one in recording.spike_counts) for name, its in named.items()}
        groups = {name: its for name, its in groups.items() if its}
    elif isinstance(regions, Mapping):
        groups = {str(name): chosen(recording, populations) for name, populations in regions.items()}
    elif regions is None:
        groups = {}
        for name in every:
            groups[name.split(".")[0]] = (*groups.get(name.split(".")[0], ()), name)
    else:
        raise KindError(f"{where}: regions must be a Brain or map names to populations, got {regions!r}")
    if not groups:
        raise ParameterError(f"{where}: there is no region")
    return groups
