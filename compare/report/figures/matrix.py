"""A layer x region matrix whose cells carry their value and, beneath it, their interval."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle

from compare.report.figures.common import FAINT, INK, MUTED, axes_or_new, label, on_color
from compare.report.numbers import fixed, span
from isocortex.style import SEQUENTIAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_matrix"]

GAP = 0.22  # between the baselines, the layers and the ceilings, in rows


def draw_matrix(
    values: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    ax: "Axes | None" = None,
    *,
    apart: frozenset[str] | set[str] = frozenset(),
    best: Mapping[str, Sequence[str]] | None = None,
    ceiling: Mapping[str, Sequence[float]] | None = None,
    limits: tuple[float, float] | None = None,
    cmap: str = SEQUENTIAL,
    dim_unclear: bool = False,
    key: str = "matrix",
    row_labels: bool = True,
) -> "Axes":
    """Draw one matrix.

    Parameters
    ----------
    values, low, high : numpy.ndarray (row, column)
        What the cells show, and the ends of its interval. NaN leaves a cell empty.
    rows, columns : sequence of str
        Names of layers and of regions.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    apart : set of str
        Rows that are no layers (pixels): drawn first and set apart by a gap.
    best : mapping of str to sequence of str, optional
        Column -> the rows to outline.
    ceiling : mapping of str to (lower, upper), optional
        Column -> noise ceiling, drawn as a strip beneath.
    limits : (float, float), optional
        The ends of the colour scale; those of `values` by default.
    cmap : str
        Name of the colour map.
    dim_unclear : bool
        Whether cells whose interval includes 0 are written in grey on no colour.
    key : str
        The cells' ids in an SVG are ``cell-<key>-<row>-<column>``.
    row_labels : bool
        Whether the rows' names are written.

    Returns
    -------
    matplotlib.axes.Axes
        The y axis counts rows downwards; `ax.figure` is the figure.
    """
    import matplotlib as mpl

    ax = axes_or_new(ax, 3.5, 0.6 + 0.3 * len(rows))
    norm = Normalize(*(limits or (float(np.nanmin(values)), float(np.nanmax(values)))))
    places = row_places(rows, apart)
    small = min(6.6, 15.6 * ax.bbox.width / ax.figure.dpi / len(columns))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            value, ends = values[i, j], (low[i, j], high[i, j])
            unclear = dim_unclear and ends[0] <= 0 <= ends[1]
            color = mpl.colormaps[cmap](norm(value))
            empty = not np.isfinite(value)
            face = FAINT if empty or unclear else color
            cell = Rectangle((j + 0.02, places[i] + 0.02), 0.96, 0.96, facecolor=face, linewidth=0)
            cell.set_gid(f"cell-{key}-{i}-{j}")
            ax.add_patch(cell)
            if empty:
                continue
            ink = MUTED if unclear else on_color(color)
            write_cell(ax, j + 0.5, places[i] + 0.5, fixed(value), span(*ends), ink, small)
            if best and row in best.get(column, ()):
                ax.add_patch(
                    Rectangle(
                        (j + 0.03, places[i] + 0.05), 0.94, 0.9, fill=False, edgecolor=INK, linewidth=1.8, zorder=4
                    )
                )
    bottom = max(places) + 1
    ticks = [place + 0.5 for place in places]
    names = [label(row) for row in rows]
    if ceiling:
        for j, column in enumerate(columns):
            if column in ceiling:
                draw_ceiling(ax, j, bottom + GAP, ceiling[column], small)
        ticks.append(bottom + GAP + 0.36)
        names.append("noise ceiling")
        bottom += GAP + 0.72
    ax.set(xlim=(0, len(columns)), ylim=(bottom, 0))
    ax.set_yticks(ticks, names if row_labels else [""] * len(ticks))
    steep = max(len(label(column)) for column in columns) * len(columns) > 44
    ax.set_xticks(
        np.arange(len(columns)) + 0.5,
        [label(column) for column in columns],
        rotation=40 if steep else 0,
        ha="left" if steep else "center",
        rotation_mode="anchor" if steep else "default",
    )
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def row_places(rows: Sequence[str], apart: frozenset[str] | set[str]) -> list[float]:
    """Give the top of each row; a gap stands wherever rows set apart meet the others."""
    places, place = [], 0.0
    for i, row in enumerate(rows):
        if i and (row in apart) != (rows[i - 1] in apart):
            place += GAP
        places.append(place)
        place += 1
    return places


def write_cell(ax: "Axes", x: float, y: float, value: str, interval: str, ink: str, size: float) -> None:
    """Write a value with its interval beneath; what would be too small to be read is left out."""
    style: dict[str, Any] = {"ha": "center", "va": "center", "color": ink, "in_layout": False, "clip_on": False}
    if size >= 5:
        ax.text(x, y - 0.16, value, fontsize=size, **style)
        ax.text(x, y + 0.24, interval, fontsize=size * 0.74, **style)
    elif size >= 3.4:
        ax.text(x, y, value, fontsize=size * 1.2, **style)


def draw_ceiling(ax: "Axes", column: int, top: float, ends: Sequence[float], size: float) -> None:
    """Draw one region's noise ceiling as a plain cell beneath its column."""
    ax.add_patch(Rectangle((column + 0.02, top + 0.02), 0.96, 0.68, facecolor=FAINT, linewidth=0))
    ax.text(
        column + 0.5,
        top + 0.37,
        span(ends[0], ends[1]),
        fontsize=size * 0.8,
        color=INK,
        ha="center",
        va="center",
        in_layout=False,
    )
