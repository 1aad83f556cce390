"""The network on the left, the brain on the right, joined by which layer does what which region does."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, PathPatch
from matplotlib.path import Path

from compare.report.figures.common import MUTED, PAPER, axes_or_new, baselines, label
from compare.report.maps import told_layers
from compare.report.numbers import thousands
from isocortex.style import COLORS, PAGE_WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_correspondence", "hierarchical_positions", "network_graph", "region_graph"]

WIDTH, HEIGHT = 2.0, 0.62  # of a node's box; the two columns of nodes stand at x = 0 and x = 6.4
FAR = 6.4
ASIDE = 0.3  # between nodes of one level
UNCLEAR = (0, (3.0, 1.6))  # dashes of an edge that is not told
REACH = np.array([1.7, 0.0])  # how far an edge runs straight on before it bends
LEAST_SHARE = 0.05  # of the bootstraps that a layer must win for its edge to be drawn


def draw_correspondence(results: Mapping[str, Any], key: str = "rsa", ax: "Axes | None" = None) -> "Axes":
    """Draw both graphs and the edges of the assignment between them.

    An edge's width is the share of bootstraps in which the layer is the region's best. It is solid where a layer is
    told apart from its runner-up, dashed and grey where one cannot tell.

    Parameters
    ----------
    results : mapping
        The results of a study.
    key : str
        The measure whose assignment is drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    layer_map = results["comparison"][key]
    network, brain = network_graph(results["network"]), region_graph(results["brain"])
    for row in sorted(baselines(layer_map["layers"], results["network"])):
        if row in told_layers(layer_map).values():
            network.add_node(row, detail="not a layer")
    rows = max(len(by_level(network)), len(by_level(brain)), 2)
    wide = [(max(map(len, by_level(graph))) - 1) * (WIDTH + ASIDE) / 2 for graph in (network, brain)]
    far = FAR + sum(wide)
    ax = axes_or_new(ax, PAGE_WIDTH, 0.75 + 0.47 * rows)
    left = hierarchical_positions(network, 0.0, rows)
    right = hierarchical_positions(brain, far, rows)
    draw_edges(ax, network.edges(data=True), left, outward=-1)
    draw_edges(ax, brain.edges(data=True), right, outward=1)
    draw_assignment(ax, layer_map, left, right)
    draw_nodes(ax, network, left)
    draw_nodes(ax, brain, right)
    heading = label(results["brain"].get("name") or "brain", 30)
    heading = heading[:1].upper() + heading[1:]
    ax.text(0, 0.62, "Network", ha="center", fontsize=9)
    ax.text(far, 0.62, heading, ha="center", fontsize=9)
    reach = 1.75 if any(edge[2].get("feedback") for edge in brain.edges(data=True)) else 1.2
    ax.set(xlim=(-1.35 - wide[0], far + wide[1] + reach), ylim=(-rows + 0.4, 1.0))
    ax.axis("off")
    draw_legend(ax, feedback=reach > 1.5)
    return ax


def network_graph(network: Mapping[str, Any]) -> nx.DiGraph:
    """Turn ``results["network"]`` into a graph whose nodes carry a line of detail."""
    graph = nx.DiGraph()
    graph.add_edges_from(network.get("edges", []))
    for layer in network["layers"]:
        shape = " × ".join(str(size) for size in layer.get("shape", []))
        graph.add_node(layer["name"], detail=shape)
    return graph


def region_graph(brain: Mapping[str, Any]) -> nx.DiGraph:
    """Turn ``results["brain"]`` into a graph of its regions; an edge is marked if it is feedback only."""
    graph = nx.DiGraph()
    for region in brain["regions"]:
        detail = f"{thousands(region['neurons'])} neurons" if "neurons" in region else ""
        graph.add_node(region["name"], detail=detail)
    for projection in brain.get("projections", []):
        source, target = (region_of(projection[end], graph) for end in ("source", "target"))
        if source == target or source not in graph or target not in graph:
            continue
        feedback = projection.get("kind") == "feedback"
        known = graph.get_edge_data(source, target, {"feedback": True})
        graph.add_edge(source, target, feedback=feedback and known["feedback"])
    return graph


def region_of(address: str, graph: nx.DiGraph) -> str:
    """Give the region of a ``"region.population"``, or of a region's own name."""
    return address if address in graph else address.rpartition(".")[0]


def levels(graph: nx.DiGraph) -> dict[str, int]:
    """Give each node its level: the longest way from an input, feedback apart.

    Nodes of a loop share a level. In a graph without any way forward, each node has its own, in the order given.
    """
    forward = nx.DiGraph()
    forward.add_nodes_from(graph)
    forward.add_edges_from((a, b) for a, b, data in graph.edges(data=True) if not data.get("feedback"))
    if not forward.edges:
        return {node: depth for depth, node in enumerate(forward)}
    condensed = nx.condensation(forward)
    level = {}
    for depth, generation in enumerate(nx.topological_generations(condensed)):
        for component in generation:
            level.update(dict.fromkeys(condensed.nodes[component]["members"], depth))
    return level


def by_level(graph: nx.DiGraph) -> list[list[str]]:
    """Give the nodes of each level, in the graph's order."""
    level = levels(graph)
    return [[node for node in graph if level[node] == depth] for depth in range(max(level.values()) + 1)]


def hierarchical_positions(graph: nx.DiGraph, x: float, rows: float) -> dict[str, np.ndarray]:
    """Lay a graph out in levels from y = 0 down to 1 - rows, centred on `x`.

    Returns
    -------
    dict of str to numpy.ndarray (2,)
    """
    nx.set_node_attributes(graph, levels(graph), "level")
    places = nx.multipartite_layout(graph, subset_key="level", align="horizontal")
    generations = by_level(graph)
    step = (rows - 1) / max(len(generations) - 1, 1)
    positions = {}
    for depth, generation in enumerate(generations):
        members = sorted(generation, key=lambda node: places[node][0])
        for i, node in enumerate(members):
            positions[node] = np.array([x + (i - (len(members) - 1) / 2) * (WIDTH + ASIDE), -depth * step])
    return positions


def draw_nodes(ax: "Axes", graph: nx.DiGraph, positions: Mapping[str, np.ndarray]) -> None:
    """Draw every node as a box with its name and its detail."""
    for node, data in graph.nodes(data=True):
        x, y = positions[node]
        box = FancyBboxPatch(
            (x - WIDTH / 2, y - HEIGHT / 2),
            WIDTH,
            HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=PAPER,
            edgecolor=MUTED,
            linewidth=0.8,
            linestyle=":" if data.get("detail") == "not a layer" else "-",
            zorder=3,
        )
        ax.add_patch(box)
        detail = label(data.get("detail", ""), 24)
        ax.text(x, y + (0.1 if detail else 0), label(node, 19), ha="center", va="center", fontsize=7, zorder=4)
        if detail:
            ax.text(x, y - 0.16, detail, ha="center", va="center", fontsize=5.5, color=MUTED, zorder=4)


def draw_edges(
    ax: "Axes", edges: Iterable[tuple[str, str, dict[str, Any]]], positions: Mapping[str, np.ndarray], outward: int
) -> None:
    """Draw a graph's own edges: straight to the next level, bent outwards where they skip one or feed back."""
    steps = np.unique([y for _, y in positions.values()])
    step = float(np.diff(steps).min()) if len(steps) > 1 else 1.0
    for source, target, data in edges:
        start, end = positions[source], positions[target]
        feedback = bool(data.get("feedback"))
        if abs(start[1] - end[1]) <= 1.01 * step and not feedback:
            down = np.sign(end[1] - start[1]) * np.array([0, HEIGHT / 2])
            points, bend = (start + down, end - down), "arc3"
        else:
            side = np.array([outward * WIDTH / 2, 0])
            points = (start + side + [0, 0.12], end + side - [0, 0.12])
            bend = f"arc3,rad={0.55 * outward * np.sign(end[1] - start[1]):.2f}"
        ax.add_patch(
            FancyArrowPatch(
                *points,
                connectionstyle=bend,
                arrowstyle="-|>",
                mutation_scale=6,
                shrinkA=0,
                shrinkB=0,
                color=COLORS["purple"] if feedback else MUTED,
                linewidth=0.8,
                zorder=2,
            )
        )


def draw_assignment(
    ax: "Axes",
    layer_map: Mapping[str, Any],
    left: Mapping[str, np.ndarray],
    right: Mapping[str, np.ndarray],
) -> None:
    """Draw, from layers to regions, the share of bootstraps that each layer wins."""
    found = winning_edges(layer_map, left, right)
    pairs = [(layer, region) for layer, region, _, _ in found]
    starts = fan(pairs, 0, 1, right)
    ends = fan(pairs, 1, 0, left)
    for layer, region, share, told in found:
        start = left[layer] + [WIDTH / 2, starts[layer, region]]
        end = right[region] + [-WIDTH / 2, ends[layer, region]]
        path = Path([start, start + REACH, end - REACH, end], [Path.MOVETO] + [Path.CURVE4] * 3)
        ax.add_patch(
            PathPatch(
                path,
                fill=False,
                edgecolor=COLORS["blue"] if told else MUTED,
                linewidth=(0.6 + 3.4 * share) if told else (0.5 + 1.5 * share),
                linestyle="-" if told else UNCLEAR,
                alpha=0.9 if told else 0.7,
                capstyle="butt",
            )
        )


def winning_edges(
    layer_map: Mapping[str, Any], left: Mapping[str, Any], right: Mapping[str, Any]
) -> list[tuple[str, str, float, bool]]:
    """Give layer, region, share of bootstraps won and whether it is the region's layer, for every edge to be drawn."""
    best = told_layers(layer_map)
    found = []
    groups = layer_map.get("same_activity") or []
    for i, layer in enumerate(layer_map["layers"]):
        for j, region in enumerate(layer_map["regions"]):
            told = best.get(region) == layer
            share = (layer_map["wins"][i][j] if layer_map.get("wins") else float(told)) or 0.0
            others = {name for group in groups if layer in group for name in group if name != layer}
            repeated = best.get(region) in others or (others and layer not in [group[0] for group in groups])
            if layer in left and region in right and (told or (share >= LEAST_SHARE and not repeated)):
                found.append((layer, region, share, told))
    return found


def fan(
    edges: list[tuple[str, str]], near: int, far: int, places: Mapping[str, np.ndarray]
) -> dict[tuple[str, str], float]:
    """Give each edge its height within the box at its near end, so that edges of one box do not lie on each other."""
    offsets = {}
    for node in {edge[near] for edge in edges}:
        own = sorted((edge for edge in edges if edge[near] == node), key=lambda edge: -places[edge[far]][1])
        for rank, edge in enumerate(own):
            offsets[edge] = (HEIGHT * 0.62) * ((len(own) - 1) / 2 - rank) / max(len(own) - 1, 1)
    return offsets


def draw_legend(ax: "Axes", feedback: bool) -> None:
    """Explain the lines."""
    lines = [
        Line2D([], [], color=COLORS["blue"], linewidth=3, label="the region's layer (width: bootstraps won)"),
        Line2D([], [], color=MUTED, linewidth=1.4, linestyle=UNCLEAR, label="wins some, not told apart"),
        Line2D([], [], color=MUTED, linewidth=0.8, marker=">", markersize=3, label="feedforward"),
    ]
    if feedback:
        lines.append(Line2D([], [], color=COLORS["purple"], linewidth=0.8, marker=">", markersize=3, label="feedback"))
    ax.legend(
        handles=lines,
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        ncols=len(lines),
        fontsize=6,
        handlelength=2.2,
        columnspacing=1.4,
        borderaxespad=0.2,
    )
