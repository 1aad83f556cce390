"""A network as a graph of its layers."""

from typing import TYPE_CHECKING, Any

from ann.errors import InvalidTypeError
from ann.plots.layered import layered
from isocortex.style import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ann.network import Network

__all__ = ["network_graph"]

HEIGHT = 0.72
"""Of a layer's box, in rows."""

POINTS = 6.5
"""Of the text, where there is room."""


def network_graph(model: "Network", ax: "Axes | None" = None) -> "Axes":
    """Draw the layers from top to bottom as stimuli meet them, each with its kind, its output's shape and its weights.

    Layers with weights are blue. One that returns, with the weights of its first place, is dashed. Edges that leave
    rows out pass beside the layers there.

    Parameters
    ----------
    model : Network
        Built.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure that is large enough for the text.

    Raises
    ------
    NotCompiledError, InvalidTypeError
        If the model does not know its input shape yet, or is none.

    Examples
    --------
    >>> import ann, matplotlib.pyplot as plt
    >>> inputs = ann.Input((8,))
    >>> model = ann.Model(inputs, ann.layers.Add()([inputs, ann.layers.Dense(8)(inputs)]))
    >>> ax = network_graph(model)
    >>> plt.close(ax.figure)
    """
    from ann.network import Network

    if not isinstance(model, Network):
        raise InvalidTypeError(f"network_graph: draws a Sequential or a Model, got {type(model).__name__}")
    graph = model.graph
    places, ways = layered(graph)
    texts = {name: _text(name, node, graph) for name, node in graph.nodes(data=True)}
    across = [x for way in [places.values(), *ways.values()] for x, _ in way]
    rows = 1 + max(row for _, row in places.values())
    left, right = min(across) - 0.55, max(across) + 0.55
    longest = max(len(line) for text in texts.values() for line in text.split("\n"))
    if ax is None:
        import matplotlib.pyplot as plt

        inches = longest * POINTS * 0.6 / 72 + 0.1, POINTS * 5.4 / 72
        _, ax = plt.subplots(figsize=((right - left) * inches[0], rows * inches[1]), layout="constrained")
    ax.set_xlim(left, right)
    ax.set_ylim(rows - 0.5, -0.5)  # the first row on top
    ax.set_axis_off()
    width, height = _points(ax, right - left, rows)
    size = min(POINTS, width / (0.6 * longest), HEIGHT * height / 4)
    for name, place in places.items():
        _draw_box(ax, place, texts[name], graph.nodes[name], name, size, width / height)
    for (source, name), way in ways.items():
        arriving = sorted(graph.predecessors(name), key=lambda one: ways[one, name][-2][0])
        share = (arriving.index(source) + 1) / (len(arriving) + 1) - 0.5
        _draw_edge(ax, way, share if len(arriving) > 1 else 0.0)
    return ax


def _text(name: str, node: dict[str, Any], graph: Any) -> str:
    lines = [name, f"{node['kind']} {node['shape']}" if name != "input" else str(node["shape"])]
    if node["parameters"]:
        lines.append(f"{node['parameters']:,} parameters")
    elif node["layer"] not in (None, name) and graph.nodes[node["layer"]]["parameters"]:
        lines.append(f"those of {node['layer']}")
    return "\n".join(lines)


def _points(ax: "Axes", columns: float, rows: float) -> tuple[float, float]:
    """Give how many points a unit across and a row are, before any layout engine moves things."""
    box, figure = ax.get_position(), ax.figure
    inches = figure.get_figwidth(), figure.get_figheight()  # type: ignore[union-attr]
    return 72 * box.width * inches[0] / columns, 72 * box.height * inches[1] / rows


def _draw_box(
    ax: "Axes", place: tuple[float, int], text: str, node: dict[str, Any], name: str, size: float, aspect: float
) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, row = place
    box = FancyBboxPatch(
        (x - 0.5, row - HEIGHT / 2),
        1.0,
        HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.05",
        mutation_aspect=aspect,
        facecolor=(*_rgb(COLORS["sky"]), 0.45) if text.count("\n") == 2 else "white",
        edgecolor=COLORS["black"],
        linewidth=0.7,
        linestyle="dashed" if node["layer"] not in (None, name) else "solid",
        gid=name,
    )
    ax.add_patch(box)
    ax.text(x, row, text, ha="center", va="center", fontsize=size, linespacing=1.15)


def _draw_edge(ax: "Axes", way: list[tuple[float, int]], share: float) -> None:
    """Draw an arrow from below a box to the top of another: straight through rows, bent between them."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    points, codes = [(way[0][0], way[0][1] + HEIGHT / 2)], [Path.MOVETO]
    for number, (x, row) in enumerate(way[1:], 1):
        end = number == len(way) - 1
        top, target = row - HEIGHT / 2, x + 0.6 * share if end else x
        middle = (points[-1][1] + top) / 2
        points += [(points[-1][0], middle), (target, middle), (target, top)]
        codes += [Path.CURVE4] * 3
        if not end:
            points.append((x, row + HEIGHT / 2))
            codes.append(Path.LINETO)
    arrow = FancyArrowPatch(
        path=Path(points, codes), arrowstyle="-|>", mutation_scale=6, linewidth=0.8, color=COLORS["black"]
    )
    ax.add_patch(arrow)


def _rgb(color: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    return to_rgb(color)
