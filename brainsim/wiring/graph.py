"""Wiring from a graph, of networkx or in a GraphML file: nodes are units, edges are synapses."""

import os
import warnings
from collections.abc import Hashable, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

import numpy as np

from brainsim.errors import ConnectivityFileError, KindError, ModelError, ParameterError
from brainsim.wiring.pairs import FromPairs
from isocortex.files import existing

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["from_graph", "from_graphml"]

LARGEST = 256 * 2**20  # bytes of a GraphML file; a larger one takes gigabytes to parse, a matrix takes a fraction
DEEPEST = 64  # elements within elements; GraphML needs about six


def from_graph(
    graph: "nx.Graph",
    weight: str | None = None,
    delay: str | None = None,
    sources: Sequence[Hashable] | None = None,
    targets: Sequence[Hashable] | None = None,
) -> FromPairs:
    """Wire as a graph of networkx is.

    Parameters
    ----------
    graph : networkx.Graph
        Directed edges lead from source to target unit; an undirected edge is a synapse in each direction (one, if it
        is a loop). Parallel edges of a multigraph are several synapses.
    weight : str, optional
        The edges' attribute by which the projection's weight is multiplied.
    delay : str, optional
        The edges' attribute that is added to the projection's delay, in ms.
    sources, targets : sequence of nodes, optional
        Which node is which unit, in order; by default all nodes as the graph lists them, for both. Give both where
        the edges lead from one population to another.

    Returns
    -------
    FromPairs
        A rule for populations of as many units as there are nodes.

    Raises
    ------
    KindError, ParameterError, ModelError
        If it is no graph, an edge lacks an attribute or has one that is no number, or leads elsewhere.

    Examples
    --------
    >>> import networkx as nx
    >>> ring = nx.DiGraph()
    >>> ring.add_weighted_edges_from([(0, 1, 2.0), (1, 2, 3.0), (2, 0, 4.0)])
    >>> rule = from_graph(ring, weight="weight")
    >>> rule.sources.tolist(), rule.targets.tolist(), rule.weights.tolist()
    ([0, 1, 2], [1, 2, 0], [2.0, 3.0, 4.0])
    """
    if not (hasattr(graph, "is_directed") and hasattr(graph, "edges") and hasattr(graph, "nodes")):
        raise KindError(f"from_graph.graph: must be a graph of networkx, got {type(graph).__name__}")
    unit_of = [_units_of(graph, nodes, name) for nodes, name in ((sources, "sources"), (targets, "targets"))]
    pairs: list[tuple[int, int]] = []
    found: dict[str, list[float]] = {name: [] for name in (weight, delay) if name is not None}
    for here, there, attributes in graph.edges(data=True):
        ways = [(here, there)] if graph.is_directed() or here == there else [(here, there), (there, here)]
        known = [(unit_of[0][a], unit_of[1][b]) for a, b in ways if a in unit_of[0] and b in unit_of[1]]
        if not known:
            raise ModelError(f"from_graph: the edge {here!r} -> {there!r} leads from no source, or to no target")
        pairs += known
        for name, values in found.items():
            values += [_number(attributes, name, here, there)] * len(known)
    listed = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    order = np.lexsort((listed[:, 1], listed[:, 0]))  # whatever the order of edges, the same synapses in the same order
    return FromPairs(
        listed[order, 0],
        listed[order, 1],
        None if weight is None else np.array(found[weight], dtype=np.float64)[order],
        None if delay is None else np.array(found[delay], dtype=np.float64)[order],
        (len(unit_of[0]), len(unit_of[1])),
    )


def from_graphml(
    path: str | os.PathLike[str],
    weight: str | None = None,
    delay: str | None = None,
    sources: Sequence[str] | None = None,
    targets: Sequence[str] | None = None,
) -> FromPairs:
    """Wire as a GraphML file says.

    Parameters
    ----------
    path : path-like
        The file. One with a document type or entities, or of more than 256 MiB, is refused.
    weight, delay, sources, targets
        As for :func:`from_graph`; nodes are named by their ids, as text.

    Returns
    -------
    FromPairs
        A rule for populations of as many units as there are nodes.

    Raises
    ------
    MissingFileError
        If there is no such file.
    ConnectivityFileError
        If it is no GraphML, damaged, too large, or holds what could harm.
    ParameterError, ModelError
        As :func:`from_graph`.
    """
    import networkx as nx

    file = existing(path)
    if file.stat().st_size > LARGEST:
        raise ConnectivityFileError(
            f"{file}: {file.stat().st_size} bytes, more than the {LARGEST} that are read; give a matrix instead"
        )
    try:
        content = file.read_bytes()
        _check_xml(content)
        with warnings.catch_warnings():  # networkx warns of attributes without a type; we ask for numbers ourselves
            warnings.simplefilter("ignore")
            graph = nx.parse_graphml(content)
    except ConnectivityFileError as error:
        raise ConnectivityFileError(f"{file}: {error}") from error
    # networkx lets errors of all kinds through where a file contradicts itself.
    except (OSError, nx.NetworkXException, SyntaxError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ConnectivityFileError(f"{file}: is no GraphML, or damaged ({error})") from error
    return from_graph(graph, weight, delay, sources, targets)


def _units_of(graph: "nx.Graph", nodes: Sequence[Hashable] | None, where: str) -> dict[Hashable, int]:
    """Give each node's unit number."""
    chosen = list(graph.nodes) if nodes is None else list(nodes)
    unit_of = {node: unit for unit, node in enumerate(chosen)}
    if len(unit_of) < len(chosen) or not chosen:
        raise ParameterError(f"from_graph.{where}: need at least one node, each once, got {len(chosen)}")
    for node in chosen:
        if node not in graph:
            raise ParameterError(f"from_graph.{where}: the graph has no node {node!r}")
    return unit_of


def _number(attributes: Mapping[str, Any], name: str, here: Hashable, there: Hashable) -> float:
    """Give an edge's attribute as a number."""
    if name not in attributes:
        raise ParameterError(f"from_graph: the edge {here!r} -> {there!r} has no attribute {name!r}")
    value = attributes[name]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise KindError(f"from_graph: {name!r} of the edge {here!r} -> {there!r} must be a number, got {value!r}")
    return float(value)


def _check_xml(content: bytes) -> None:
    """Refuse XML that declares a document type or entities, or is nested deeply; see it parsed, not by its letters.

    An entity may stand for a gigabyte of others, or for a file of this machine.
    """
    parser = expat.ParserCreate()
    depth = 0

    def refuse(*_: Any) -> None:
        raise ConnectivityFileError("declares a document type or entities, which no GraphML needs")

    def enter(*_: Any) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise ConnectivityFileError(f"is nested more than {DEEPEST} deep")

    def leave(*_: Any) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = enter, leave
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ConnectivityFileError(f"is no XML, or damaged ({error})") from error
