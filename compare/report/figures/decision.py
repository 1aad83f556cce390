"""Why a layer was told, or not: the share of bootstraps that each layer wins, and the best layer's lead."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Patch

from compare.report.figures.common import INK, LINE, MUTED, axes_or_new, baselines, depth_colors, label, new_figure
from compare.report.maps import as_matrix, told_layers
from compare.report.numbers import measure_name
from isocortex.style import COLORS, PAGE_WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_decision", "draw_lead", "draw_wins"]


def draw_decision(layer_map: Mapping[str, Any], network: Mapping[str, Any], key: str) -> "Figure":
    """Draw wins and lead side by side, regions from top to bottom.

    Parameters
    ----------
    layer_map : mapping
        One entry of ``results["comparison"]``, with ``"wins"`` and ``"best_minus_runner_up"``.
    network : mapping
        ``results["network"]``, which tells layers from pixels.
    key : str
        Name of the measure.

    Returns
    -------
    matplotlib.figure.Figure
    """
    count = len(layer_map["regions"])
    layers = len(layer_map["layers"])
    figure = new_figure(PAGE_WIDTH, 0.95 + 0.26 * count + 0.17 * -(-layers // 5))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.15, 1))
    draw_wins(layer_map, network, left)
    draw_lead(layer_map, key, right)
    return figure


def draw_wins(layer_map: Mapping[str, Any], network: Mapping[str, Any], ax: "Axes | None" = None) -> "Axes":
    """Draw for every region one bar, divided among the layers by the bootstraps that each is best in."""
    regions, layers = layer_map["regions"], layer_map["layers"]
    ax = axes_or_new(ax, 3.5, 0.8 + 0.26 * len(regions))
    wins = as_matrix(layer_map["wins"])
    apart = baselines(layers, network)
    own = [layer for layer in layers if layer not in apart]
    colors = dict(zip(own, depth_colors(len(own)), strict=True))
    start = np.zeros(len(regions))
    handles = []
    repeated = {name for group in layer_map.get("same_activity") or [] for name in group[1:]}
    for i, layer in enumerate(layers):
        if layer in repeated or not np.nansum(wins[i]) > 0:
            continue
        look = {"facecolor": colors.get(layer, MUTED), "edgecolor": "none"}
        ax.barh(np.arange(len(regions)), wins[i], left=start, height=0.62, **look)
        handles.append(Patch(label=label(layer), **look))
        start += np.nan_to_num(wins[i])
    ax.set(xlim=(0, 1), xlabel="share of bootstraps in which the layer is best")
    region_axis(ax, regions)
    ax.legend(
        handles=handles,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=min(4, len(handles)),
        fontsize=6,
        handlelength=0.9,
        handleheight=0.9,
        columnspacing=1.0,
        borderaxespad=0.3,
    )
    return ax


def draw_lead(layer_map: Mapping[str, Any], key: str, ax: "Axes | None" = None) -> "Axes":
    """Draw for every region best minus runner-up with its interval; solid where it excludes 0."""
    regions = layer_map["regions"]
    ax = axes_or_new(ax, 3.5, 0.8 + 0.26 * len(regions))
    ax.axvline(0, color=MUTED, linewidth=0.8)
    for j, region in enumerate(regions):
        lead = layer_map["best_minus_runner_up"].get(region)
        if not lead or lead.get("difference") is None:
            continue
        told = region in told_layers(layer_map)
        color = COLORS["blue"] if told else MUTED
        ax.plot([lead["low"], lead["high"]], [j, j], color=color, linewidth=1.6, solid_capstyle="butt")
        ax.plot(lead["difference"], j, "o", color=color, markerfacecolor=color if told else "none", markersize=4.5)
        name = label(lead["best"]) if told else "cannot tell"
        ax.annotate(
            name,
            (1, j),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=6.5,
            color=INK if told else MUTED,
            annotation_clip=False,
        )
    ax.set_xlabel(f"lead of the best over its runner-up, {measure_name(key)}")
    region_axis(ax, regions)
    ax.margins(x=0.06)
    ax.locator_params(axis="x", nbins=5)
    return ax


def region_axis(ax: "Axes", regions: list[str]) -> None:
    """Name the regions from top to bottom."""
    ax.set_yticks(np.arange(len(regions)), [label(region) for region in regions])
    ax.set_ylim(len(regions) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=LINE, linewidth=0.5)
    ax.set_axisbelow(True)
