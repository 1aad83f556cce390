"""What can be read out linearly from the pixels, from every layer and from every region."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D

from compare.report.figures.common import LINE, MUTED, axes_or_new, label
from isocortex.style import COLORS, COLUMN_WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_readout"]

SIDES = {
    "pixels": ("pixels", MUTED, "D"),
    "layer": ("network layers", COLORS["vermillion"], "s"),
    "region": ("brain regions", COLORS["blue"], "o"),
}


def draw_readout(readout: Mapping[str, Any], ax: "Axes | None" = None) -> "Axes":
    """Draw cross-validated accuracy with its interval for each row, and the chance level.

    Parameters
    ----------
    readout : mapping
        ``results["readout"]``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    rows = readout["rows"]
    ax = axes_or_new(ax, COLUMN_WIDTH, 0.75 + 0.178 * len(rows))
    place, places = 0.0, []
    for i, row in enumerate(rows):
        if i and row["side"] != rows[i - 1]["side"]:
            place += 0.5
        places.append(place)
        _, color, marker = SIDES.get(row["side"], SIDES["pixels"])
        if row.get("low") is not None:
            ax.plot([row["low"], row["high"]], [place, place], color=color, linewidth=1.4, solid_capstyle="butt")
        ax.plot(row["accuracy"], place, marker, color=color, markersize=4)
        place += 1
    if readout.get("chance") is not None:
        ax.axvline(readout["chance"], color=MUTED, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
        ax.text(readout["chance"] + 0.012, places[-1] + 0.45, "chance", fontsize=6.5, color=MUTED, va="bottom")
    ax.set_yticks(places, [label(row["name"]) for row in rows])
    ax.set(xlim=(0, 1.02), ylim=(places[-1] + 0.7, -0.7), xlabel="accuracy of a linear readout")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=LINE, linewidth=0.5)
    ax.set_axisbelow(True)
    handles = [
        Line2D([], [], color=color, marker=marker, linestyle="none", markersize=4, label=name)
        for side, (name, color, marker) in SIDES.items()
        if any(row["side"] == side for row in rows)
    ]
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
        handletextpad=0.1,
        columnspacing=0.8,
        borderaxespad=0.2,
    )
    return ax
