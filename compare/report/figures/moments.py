"""Time: how similar each layer is to each region from moment to moment, and when it is most similar."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.report.figures.common import MUTED, depth_colors, label, new_figure
from compare.report.maps import as_matrix
from compare.report.numbers import measure_name
from isocortex.style import PAGE_WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_latencies", "draw_moments"]

ABREAST = 3


def draw_moments(moments: Mapping[str, Any]) -> "Figure":
    """Draw one panel a region: a curve a layer over time, its interval as a band.

    Parameters
    ----------
    moments : mapping
        ``results["moments"]``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    regions = moments["regions"]
    lines = -(-len(regions) // ABREAST)
    figure = new_figure(PAGE_WIDTH, 0.5 + 1.65 * lines)
    axes = figure.subplots(lines, ABREAST, sharex=True, sharey=True, squeeze=False).ravel()
    for ax in axes[len(regions) :]:
        ax.remove()
    for i, ((region, found), ax) in enumerate(zip(regions.items(), axes, strict=False)):
        _curves(moments, found, ax)
        ax.set_title(label(region))
        if i % ABREAST == 0:
            ax.set_ylabel(measure_name(moments["measure"]))
        if i + ABREAST >= len(regions):
            ax.tick_params(labelbottom=True)
            ax.set_xlabel("time after onset (ms)")
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside right center")
    return figure


def _curves(moments: Mapping[str, Any], found: Mapping[str, Any], ax: "Axes") -> None:
    times = np.array(moments["times_ms"])
    value, low, high = (as_matrix(found[part]) for part in ("similarity", "low", "high"))
    ax.axhline(0, color=MUTED, linewidth=0.6)
    for row, (layer, colour) in enumerate(zip(moments["layers"], depth_colors(len(moments["layers"])), strict=True)):
        ax.fill_between(times, low[row], high[row], color=colour, alpha=0.15, linewidth=0)
        ax.plot(times, value[row], color=colour, linewidth=1.1, label=label(layer))
    ax.set_xlim(times[0], times[-1])


def draw_latencies(moments: Mapping[str, Any]) -> "Figure":
    """Draw when each layer is most similar to each region, with intervals; nothing where it is never above chance.

    Parameters
    ----------
    moments : mapping
        ``results["moments"]``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    layers, regions = moments["layers"], moments["regions"]
    figure = new_figure(PAGE_WIDTH, 0.9 + 0.42 * len(regions))
    ax = figure.add_subplot()
    shift = (np.arange(len(layers)) - (len(layers) - 1) / 2) * 0.75 / len(layers)
    for row, (layer, colour) in enumerate(zip(layers, depth_colors(len(layers)), strict=True)):
        parts = ("peak_latency", "peak_low", "peak_high")
        peak, low, high = np.array([[found[part][row] for found in regions.values()] for part in parts], dtype=float)
        places = np.arange(len(regions)) + shift[row]
        ax.hlines(places, low, high, color=colour, linewidth=1.1)
        ax.plot(peak, places, "o", color=colour, markersize=3.2, label=label(layer))
    ax.set_yticks(np.arange(len(regions)), [label(region) for region in regions])
    half = moments["bin_ms"] / 2
    ax.set(ylim=(len(regions) - 0.5, -0.5), xlim=(moments["times_ms"][0] - half, moments["times_ms"][-1] + half))
    for line in np.arange(len(regions) - 1) + 0.5:
        ax.axhline(line, color=MUTED, linewidth=0.3)
    ax.set_xlabel("time of the largest similarity (ms after onset)")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure
