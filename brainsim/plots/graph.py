"""A brain as a graph of its regions."""

from typing import TYPE_CHECKING

import numpy as np

from brainsim.analysis import hierarchy_levels
from brainsim.brain import Brain
from brainsim.errors import KindError
from brainsim.plots.canvas import axes_or_new
from isocortex.style import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["brain_graph"]

CLEARANCE = 0.42  # of a level's width: a region's radius and some air


def brain_graph(brain: Brain, ax: "Axes | None" = None) -> "Axes":
    """Draw regions from left to right as the signal meets them.

    A region's area grows with its neurons, an arrow's width with its synapses; feedback is dashed and bends below,
    ways that leave levels out bend above.

    Parameters
    ----------
    brain : Brain
        What is drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    KindError
        If it is no brain.

    Examples
    --------
    >>> import brainsim
    >>> import matplotlib.pyplot as plt
    >>> axes = brain_graph(brainsim.atlas.coba())
    >>> plt.close(axes.figure)
    """
    if not isinstance(brain, Brain):
        raise KindError(f"brain_graph: must be a Brain, got {type(brain).__name__}")
    axes = axes_or_new(ax)
    graph = brain.graph
    places = _places(brain)
    across, upwards = zip(*places.values(), strict=True)
    # One scale both ways: bends are worked out in the units that they are drawn in.
    axes.set_aspect("equal")
    axes.set_xlim(min(across) - 0.5, max(across) + 0.5)
    neurons = np.array([graph.nodes[name]["neurons"] for name in graph])
    largest = min(14.0, 0.34 * _points_a_level(axes))
    radii = dict(zip(graph, largest * np.sqrt(0.25 + 0.75 * neurons / neurons.max()), strict=True))
    edges = [(a, b, edge) for a, b, edge in graph.edges(data=True) if a != b]
    most = max((edge["synapses"] for _, _, edge in edges), default=1) or 1
    reached = [*upwards]
    for a, b, edge in edges:
        others = np.array([place for name, place in places.items() if name not in (a, b)]).reshape(-1, 2)
        bend = _bend(np.array(places[a]), np.array(places[b]), others, edge["feedback"])
        reached += _curve(np.array(places[a]), np.array(places[b]), bend)[:, 1].tolist()
        _draw_arrow(axes, (places[a], places[b]), (radii[a], radii[b]), bend, edge["feedback"], edge["synapses"] / most)
    axes.set_ylim(min(*reached, min(upwards) - 0.4) - 0.15, max(*reached, max(upwards) + 0.8) + 0.15)
    areas = [(2 * radii[name]) ** 2 for name in places]
    axes.scatter(across, upwards, s=areas, color=COLORS["sky"], edgecolors=COLORS["black"], linewidths=0.6, zorder=2)
    for name, place in places.items():
        _draw_name(axes, place, radii[name], name, graph.nodes[name]["function"])
    _draw_legend(axes, {bool(edge["feedback"]) for _, _, edge in edges}, most)
    axes.set_axis_off()
    axes.set_title(brain.name)
    return axes


def _draw_arrow(
    axes: "Axes",
    ends: tuple[tuple[float, float], tuple[float, float]],
    radii: tuple[float, float],
    bend: float,
    feedback: bool,
    share: float,
) -> None:
    from matplotlib.patches import FancyArrowPatch

    arrow = FancyArrowPatch(
        *ends,
        arrowstyle="-|>",
        mutation_scale=7,
        shrinkA=radii[0] + 1,
        shrinkB=radii[1] + 1,
        linewidth=0.6 + 1.8 * np.sqrt(share),
        linestyle="dashed" if feedback else "solid",
        color=COLORS["orange"] if feedback else COLORS["black"],
        connectionstyle=f"arc3,rad={bend}",
        label="feedback" if feedback else "feedforward",
        zorder=1,
    )
    axes.add_patch(arrow)


def _draw_name(axes: "Axes", place: tuple[float, float], radius: float, name: str, function: str) -> None:
    text = "\n".join([name, *function.split()])  # a word a line, or neighbours would run into each other
    axes.annotate(
        text,
        place,
        (0, radius + 1.5),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=6.5,
        linespacing=1.0,
        zorder=0.5,  # under the arrows: their heads must be seen
    )


def _draw_legend(axes: "Axes", kinds: set[bool], most: int) -> None:
    from matplotlib.lines import Line2D

    handles = []
    if False in kinds:
        handles.append(Line2D([], [], color=COLORS["black"], linestyle="solid", label="feedforward"))
    if True in kinds:
        handles.append(Line2D([], [], color=COLORS["orange"], linestyle="dashed", label="feedback"))
    if handles:
        title = f"width: synapses, up to {most:,}"
        axes.legend(
            handles=handles,
            title=title,
            title_fontsize=6.5,
            fontsize=6.5,
            ncols=2,
            loc="upper center",
            bbox_to_anchor=(0.5, 0.0),
            borderaxespad=0.0,
        )


def _points_a_level(axes: "Axes") -> float:
    """Give how many points there are from one level to the next, before any layout engine moves things."""
    left, right = axes.get_xlim()
    inches = axes.get_position().width * axes.figure.get_figwidth()  # type: ignore[union-attr]
    return 72 * inches / (right - left)


def _bend(start: np.ndarray, end: np.ndarray, others: np.ndarray, feedback: bool) -> float:
    """Give the least curvature that keeps an arrow clear of other regions; feedback bends below, others above first.

    Positive bends to the right of the way from start to end.
    """
    side = 1.0 if (end[0] < start[0]) != feedback else -1.0
    sizes = (0.3, 0.45, 0.6, 0.8, 1.0) if feedback else (0.0, 0.3, 0.45, 0.6, 0.8, 1.0)
    candidates = [sign * size for size in sizes for sign in ((side,) if feedback else (side, -side))]
    clear = [_clearance(start, end, others, bend) for bend in candidates]
    for bend, free in zip(candidates, clear, strict=True):
        if free >= CLEARANCE:
            return bend
    return candidates[int(np.argmax(clear))]


def _clearance(start: np.ndarray, end: np.ndarray, others: np.ndarray, bend: float) -> float:
    """Give the shortest distance from the arrow to other regions."""
    if not len(others):
        return np.inf
    return float(np.linalg.norm(_curve(start, end, bend)[:, None] - others[None], axis=2).min())


def _curve(start: np.ndarray, end: np.ndarray, bend: float) -> np.ndarray:
    """Give points along an arrow, a quadratic Bezier curve as matplotlib's arc3: (point, 2)."""
    along = end - start
    middle = (start + end) / 2 + bend * np.array([along[1], -along[0]])
    t = np.linspace(0, 1, 21)[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end


def _places(brain: Brain) -> dict[str, tuple[float, float]]:
    """Place each region at its level; regions of one level stand above each other."""
    rows: dict[int, list[str]] = {}
    for name, level in hierarchy_levels(brain).items():
        rows.setdefault(level, []).append(name)
    return {
        name: (float(level), 1.3 * ((len(names) - 1) / 2 - position))
        for level, names in rows.items()
        for position, name in enumerate(names)
    }
