"""Single units: to which layer those of each region go, and what hierarchy scores over units say."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.report.figures.common import INK, MUTED, depth_colors, label, new_figure
from compare.report.maps import as_matrix
from isocortex.style import PAGE_WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_units"]


def draw_units(units: Mapping[str, Any]) -> "Figure":
    """Draw, for each region, the share of its units that go to each layer, and the mean layer with its interval.

    Parameters
    ----------
    units : mapping
        ``results["units"]``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(PAGE_WIDTH, 2.7)
    stacked, means = figure.subplots(1, 2, width_ratios=(1.25, 1))
    _stack(units, stacked)
    _means(units["mean_layer"], units, means)
    return figure


def _stack(units: Mapping[str, Any], ax: "Axes") -> None:
    counts = as_matrix(units["encoding"])
    total = counts.sum(axis=0)
    share = counts / np.where(total > 0, total, 1)
    places, below = np.arange(float(len(units["regions"]))), np.zeros(len(units["regions"]))
    for layer, row, colour in zip(units["layers"], share, depth_colors(len(units["layers"])), strict=True):
        ax.bar(places, row, 0.72, bottom=below, color=colour, label=label(layer), linewidth=0)
        below += row
    for place, number in zip(places.tolist(), total.tolist(), strict=True):
        ax.text(place, 1.02, f"{number:.0f}", ha="center", va="bottom", fontsize=6, color=MUTED)
    ax.set_xticks(places, [label(region) for region in units["regions"]])
    ax.set(ylim=(0, 1), ylabel="share of assigned units")
    ax.tick_params(axis="x", length=0)
    handles, names = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], names[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=0.9)
    ax.set_title("Layer that predicts a unit best (above: units)", pad=12)


def _means(means: Mapping[str, Any], units: Mapping[str, Any], ax: "Axes") -> None:
    value, low, high = (as_matrix(means[part]) for part in ("value", "low", "high"))
    places = np.arange(len(units["regions"]))
    ax.vlines(places, low, high, color=INK, linewidth=1.2)
    ax.plot(places, value, "o", color=INK, markersize=4)
    ax.set_xticks(places, [label(region) for region in units["regions"]])
    count = len(units["layers"])
    ax.set_yticks(np.arange(1, count + 1), [f"{i + 1} {label(name, 16)}" for i, name in enumerate(units["layers"])])
    ax.set(xlim=(-0.5, len(places) - 0.5), ylim=(0.7, count + 0.3), ylabel="mean assigned layer")
    ax.set_title("Mean over units", pad=12)
