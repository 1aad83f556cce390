"""One measure's matrix, and beside it the same similarity given the pixels and the positions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from compare.report.figures.common import MUTED, baselines, label, new_figure
from compare.report.figures.matrix import draw_matrix
from compare.report.maps import as_matrix, best_rows, closer, given
from compare.report.numbers import listed, measure_name
from isocortex.style import PAGE_WIDTH, SEQUENTIAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["add_scale", "draw_similarity", "level_rows", "matrices_abreast", "panel_grid"]

MOST_COLUMNS_ABREAST = 9  # beyond, two matrices stand one above the other


def draw_similarity(layer_map: Mapping[str, Any], network: Mapping[str, Any], key: str) -> "Figure":
    """Draw the plain and, if there is one, the partial similarity on one colour scale.

    Parameters
    ----------
    layer_map : mapping
        One entry of ``results["comparison"]``.
    network : mapping
        ``results["network"]``, which tells layers from pixels.
    key : str
        Name of the measure, used in the cells' ids.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows, columns = layer_map["layers"], layer_map["regions"]
    panels = [("similarity", "Similarity" if closer(layer_map) else "Distance", layer_map)]
    partial = given(layer_map)
    if partial:
        panels.append(("partial", label(f"Given {listed(partial['given'])}", 40), partial))
    values = [as_matrix(panel["similarity"]) for _, _, panel in panels]
    limits = round_limits(np.concatenate([value.ravel() for value in values]))
    scale = SEQUENTIAL if closer(layer_map) else f"{SEQUENTIAL}_r"  # bright is close, of a distance too
    figure, axes = panel_grid(len(panels), layer_map)
    for i, ((kind, title, panel), ax) in enumerate(zip(panels, axes, strict=True)):
        draw_matrix(
            values[i],
            as_matrix(panel["low"]),
            as_matrix(panel["high"]),
            rows,
            columns,
            ax,
            apart=baselines(rows, network),
            best=best_rows(layer_map) if kind == "similarity" else None,
            ceiling=layer_map.get("ceiling") if kind == "similarity" else None,
            limits=limits,
            cmap=scale,
            dim_unclear=kind == "partial",
            key=f"{key}-{kind}",
            row_labels=i % matrices_abreast(layer_map) == 0,
        )
        ax.set_title(title, pad=8)
    level_rows(axes)
    add_scale(figure, axes, scale, limits, measure_name(key, axis=True))
    return figure


def panel_grid(count: int, layer_map: Mapping[str, Any]) -> "tuple[Figure, list[Any]]":
    """Make a figure for `count` matrices, two abreast where they fit, else one above the other."""
    width, height = matrix_size(layer_map, count)
    abreast = min(count, matrices_abreast(layer_map))
    lines = -(-count // abreast)
    figure = new_figure(width, height * lines)
    axes = list(np.ravel(figure.subplots(lines, abreast)))
    for ax in axes[count:]:
        ax.remove()
    return figure, axes[:count]


def matrices_abreast(layer_map: Mapping[str, Any]) -> int:
    """Give how many matrices stand side by side."""
    return 1 if len(layer_map["regions"]) > MOST_COLUMNS_ABREAST else 2


def round_limits(values: np.ndarray) -> tuple[float, float]:
    """Give tenths that enclose all values that are numbers."""
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    low, high = np.floor(known.min() * 10) / 10, np.ceil(known.max() * 10) / 10
    return float(low), float(max(high, low + 0.1))


def level_rows(axes: list[Any]) -> None:
    """Let the rows of all matrices stand at one height, whichever of them has a strip of ceilings."""
    bottom = max(ax.get_ylim()[0] for ax in axes)
    for ax in axes:
        ax.set_ylim(bottom, 0)


def matrix_size(layer_map: Mapping[str, Any], count: int = 2) -> tuple[float, float]:
    """Give width and height in inches for `count` matrices abreast."""
    rows, columns = len(layer_map["layers"]), len(layer_map["regions"])
    width = PAGE_WIDTH if count > 1 or columns > 4 else max(3.5, 1.7 + 0.55 * columns)
    return width, min(9.5, 0.85 + 0.3 * (rows + 1.2))


def add_scale(figure: "Figure", axes: list[Any], cmap: str, limits: tuple[float, float], title: str) -> None:
    """Add one thin colour scale to the right of all matrices."""
    scale = figure.colorbar(ScalarMappable(Normalize(*limits), cmap), ax=axes, fraction=0.018, pad=0.012, aspect=34)
    scale.outline.set_visible(False)
    scale.ax.tick_params(length=2, labelsize=6, color=MUTED)
    scale.set_label(title, fontsize=7)
