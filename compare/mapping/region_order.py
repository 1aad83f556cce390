"""The regions' order, read off the wiring instead of a list.

Trophic levels after MacKay, Johnson and Sansom (2020), "How directed is a directed network?", Royal Society Open
Science 7:201138, doi:10.1098/rsos.201138. A projection of weight ``w_mn`` from m to n should lead one level up; the
levels h are those that fail this least: they minimise

    Σ w_mn (h_n - h_m - 1)²,    so    (diag(u) - W - Wᵀ) h = v,    u = inflow + outflow,    v = inflow - outflow.

What is left, divided by Σ w_mn, is the trophic incoherence: 0 where every projection leads exactly one level up, 1
where the wiring has no direction at all, as in a loop.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import ActivityTypeError, DataError, InvalidOptionError
from isocortex.errors import nearest

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["RegionOrder", "region_order", "trophic_levels"]

TIE = 1e-8  # levels closer than this share of the whole span are the same but for rounding


@dataclass(frozen=True)
class RegionOrder:
    """Regions from the source of the wiring upwards.

    Parameters
    ----------
    levels : dict
        region -> trophic level, lowest first; the lowest is 0.
    incoherence : float
        Trophic incoherence of the graph: 0 layered, 1 without direction.
    ties : tuple of tuple of str
        Regions on one level: the wiring does not say which comes first.
    excluded : tuple of (str, str)
        Feedback projections that were left out.
    weight : str or None
        What a projection weighs.
    """

    levels: dict[str, float]
    incoherence: float
    ties: tuple[tuple[str, ...], ...]
    excluded: tuple[tuple[str, str], ...]
    weight: str | None

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions' names, lowest level first; those of one level in the order in which the brain lists them."""
        return tuple(self.levels)

    @property
    def places(self) -> dict[str, float]:
        """Region -> its rank from 1 on, the mean of the ranks where regions are on one level."""
        place = {region: float(rank) for rank, region in enumerate(self.levels, 1)}
        for tied in self.ties:
            place |= dict.fromkeys(tied, sum(place[region] for region in tied) / len(tied))
        return place

    def sort(self, regions: Mapping[str, Any]) -> dict[str, Any]:
        """Give the same mapping in this order.

        Raises
        ------
        InvalidOptionError
            If it names a region that has no place here.
        """
        for name in regions:
            if name not in self.levels:
                raise InvalidOptionError(f"order: has no place for {name!r}; {nearest(str(name), self.levels)}")
        return {name: regions[name] for name in self.levels if name in regions}

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers, text, lists and dicts."""
        return {
            "levels": dict(self.levels),
            "incoherence": self.incoherence,
            "ties": [list(tied) for tied in self.ties],
            "excluded": [list(pair) for pair in self.excluded],
            "weight": self.weight,
        }

    @staticmethod
    def from_dict(plain: Mapping[str, Any]) -> "RegionOrder":
        """Give back what `to_dict` gave."""
        return RegionOrder(
            levels=dict(plain["levels"]),
            incoherence=plain["incoherence"],
            ties=tuple(tuple(tied) for tied in plain["ties"]),
            excluded=tuple((source, target) for source, target in plain["excluded"]),
            weight=plain["weight"],
        )

    def __repr__(self) -> str:
        wide = max(len(name) for name in self.levels)
        lines = [f"<RegionOrder: {len(self.levels)} regions, trophic incoherence {self.incoherence:.3f}>"]
        lines += [f"{name:{wide}}  {level:.2f}" for name, level in self.levels.items()]
        lines += [f"on one level: {', '.join(tied)}" for tied in self.ties]
        if self.excluded:
            lines.append("without feedback " + ", ".join(f"{source} -> {target}" for source, target in self.excluded))
        return "\n".join(lines)


def region_order(
    brain: Any,
    *,
    feedback: bool = False,
    weight: str | None = "synapses",
    regions: Sequence[str] | None = None,
) -> RegionOrder:
    """Order the regions of a brain by trophic level, as its projections have it.

    Parameters
    ----------
    brain : brainsim.Brain or networkx.DiGraph
        A graph's edges may have an attribute ``feedback``, as those of ``Brain.graph`` do.
    feedback : bool
        Whether projections that are declared feedback count. They lead down on purpose, so they are left out by
        default, and told in `RegionOrder.excluded`. Projections within a region say nothing and never count.
    weight : str or None
        The edges' attribute that says how much a projection counts; None: all the same.
    regions : sequence of str, optional
        Which regions to order; all by default. The levels are those of the whole wiring anyway.

    Returns
    -------
    RegionOrder

    Raises
    ------
    ActivityTypeError
        If it is neither a brain nor a directed graph.
    InvalidOptionError
        If a region does not exist, or an edge has no such weight.
    DataError
        If no projection connects some of the regions with the others, not even by way of further regions: then
        nothing says which are higher.

    Examples
    --------
    >>> import networkx as nx
    >>> order = region_order(nx.DiGraph([("V1", "IT"), ("LGN", "V1"), ("retina", "LGN")]), weight=None)
    >>> order.regions, order.incoherence
    (('retina', 'LGN', 'V1', 'IT'), 0.0)
    """
    graph = _graph(brain)
    names = list(graph.nodes)
    chosen = _chosen(names, regions)
    position = {name: index for index, name in enumerate(names)}
    matrix = np.zeros((len(names), len(names)))
    excluded = []
    for source, target, edge in graph.edges(data=True):
        if source == target:
            continue
        if edge.get("feedback", False) and not feedback:
            excluded.append((source, target))
            continue
        matrix[position[source], position[target]] += _weight(edge, weight, source, target)
    part = _connected(matrix, position, chosen)
    levels, incoherence = trophic_levels(matrix[np.ix_(part, part)])
    of = {names[index]: float(level) for index, level in zip(part, levels, strict=True)}
    lowest = min(of[name] for name in chosen)
    span = max(float(np.ptp(levels)), 1.0)
    # Rounding must not decide an order that the wiring leaves open.
    steps = {name: round((of[name] - lowest) / (TIE * span)) for name in chosen}
    ordered = sorted(chosen, key=lambda name: steps[name])
    groups: list[list[str]] = []
    for name in ordered:
        if groups and steps[name] - steps[groups[-1][-1]] <= 1:
            groups[-1].append(name)
        else:
            groups.append([name])
    return RegionOrder(
        levels={name: steps[name] and of[name] - lowest for name in ordered},
        incoherence=incoherence,
        ties=tuple(tuple(group) for group in groups if len(group) > 1),
        excluded=tuple(excluded),
        weight=weight,
    )


def trophic_levels(weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Solve for the trophic levels of a connected graph.

    Parameters
    ----------
    weights : numpy.ndarray
        (source, target), not negative, connected when directions are ignored.

    Returns
    -------
    levels : numpy.ndarray
        One a node; the lowest is 0.
    incoherence : float
        From 0 to 1; 0 where there are no edges.

    Raises
    ------
    DataError
        If it is no square matrix of weights of at least 0.

    Examples
    --------
    >>> levels, incoherence = trophic_levels(np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]]))
    >>> levels.round(4), round(incoherence, 4)
    (array([0.    , 0.6667, 1.3333]), 0.1111)
    """
    w = np.asarray(weights, dtype=np.float64)
    if w.ndim != 2 or w.shape[0] != w.shape[1] or not np.isfinite(w).all() or (w < 0).any():
        raise DataError(f"weights: must be square, finite and not negative, got shape {w.shape}")
    total = float(w.sum())
    if total == 0:
        return np.zeros(len(w)), 0.0
    w = w / total
    inflow, outflow = w.sum(axis=0), w.sum(axis=1)
    laplacian = np.diag(inflow + outflow) - w - w.T
    levels = np.zeros(len(w))
    # The levels are known up to a constant, so the first node's is held at 0; what is left is positive definite.
    levels[1:] = np.linalg.solve(laplacian[1:, 1:], (inflow - outflow)[1:])
    levels -= levels.min()
    short = levels[None, :] - levels[:, None] - 1
    return levels, float((w * short**2).sum())


def _graph(brain: Any) -> "nx.DiGraph":
    import networkx as nx

    graph = brain if isinstance(brain, nx.Graph) else getattr(brain, "graph", None)
    if not isinstance(graph, nx.DiGraph):
        raise ActivityTypeError(
            f"brain: must be a brainsim.Brain or a networkx.DiGraph, got {type(brain).__name__}; "
            "without directions there is no order"
        )
    if not graph.nodes:
        raise DataError("brain: the graph has no regions")
    return graph


def _chosen(names: list[Any], regions: Sequence[str] | None) -> list[Any]:
    if regions is None:
        return names
    wanted = [regions] if isinstance(regions, str) else list(regions)
    for name in wanted:
        if name not in names:
            raise InvalidOptionError(f"regions: there is no {name!r}; {nearest(str(name), map(str, names))}")
    if not wanted:
        raise InvalidOptionError("regions: is empty; leave it out for all of them")
    return [name for name in names if name in wanted]


def _weight(edge: Mapping[str, Any], weight: str | None, source: Any, target: Any) -> float:
    if weight is None:
        return 1.0
    if weight not in edge:
        raise InvalidOptionError(
            f"weight: the projection {source} -> {target} has no {weight!r}; {nearest(weight, edge)}; "
            "weight=None counts all the same"
        )
    value = edge[weight]
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not value >= 0 or np.isinf(value):
        raise InvalidOptionError(f"weight: {source} -> {target} has {weight} {value!r}; must be a number of at least 0")
    return float(value)


def _connected(matrix: np.ndarray, position: Mapping[Any, int], chosen: list[Any]) -> list[int]:
    """Give the nodes that hang together with the chosen ones."""
    from scipy.sparse.csgraph import connected_components

    _, component = connected_components(matrix > 0, directed=True, connection="weak")
    home = component[position[chosen[0]]]
    apart = [str(name) for name in chosen if component[position[name]] != home]
    if apart:
        raise DataError(
            f"brain: no projection connects {chosen[0]} with {', '.join(apart)}, so nothing says which is higher; "
            "choose regions= that are connected"
        )
    return [int(index) for index in np.flatnonzero(component == home)]
