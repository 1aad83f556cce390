"""Similarities of all layers to each region, before what the region's own noise allows."""

from typing import TYPE_CHECKING

import numpy as np

from compare.mapping.layer_map import LayerMap
from compare.plots.canvas import axes_or_new, checked_map
from compare.report.figures.common import FAINT, MUTED, depth_colors, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ceilings"]


def ceilings(result: LayerMap, ax: "Axes | None" = None) -> "Axes":
    """Draw each region's similarities with their intervals, and its noise ceiling as a band behind them.

    Above the band nothing can be but by chance; within it a layer is as good as another measurement of the region.

    Parameters
    ----------
    result : LayerMap
        What `compare.map_layers` gives; regions without trials have no band.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ActivityTypeError
        If it is no `LayerMap`, or `ax` no Axes.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import compare
    >>> x = np.random.default_rng(0).normal(size=(2, 40, 30))
    >>> found = compare.map_layers({"a": x[0], "b": x[1]}, {"V1": x[0]}, bootstrap=100, permutations=100)
    >>> ceilings(found).get_ylabel()
    'RSA (correlation distance, Spearman)'
    >>> plt.close()
    """
    from matplotlib.patches import Patch, Rectangle

    found = checked_map(result, "plots.ceilings")
    axes = axes_or_new(ax)
    count = len(found.layers)
    colours = depth_colors(count)
    places = (np.arange(count) - (count - 1) / 2) * 0.7 / max(count, 1)
    bounded = False
    for column, region in enumerate(found.regions):
        lower, upper = found.ceiling.get(region, (np.nan, np.nan))
        if np.isfinite([lower, upper]).all():
            axes.add_patch(Rectangle((column - 0.42, lower), 0.84, upper - lower, facecolor="#d8dce1", linewidth=0))
            axes.plot([column - 0.42, column + 0.42], [upper, upper], color=MUTED, linewidth=0.8)
            bounded = True
    for row, layer in enumerate(found.layers):
        value, low, high = (part.values[row] for part in (found.similarity, found.low, found.high))
        across = np.arange(len(found.regions)) + places[row]
        axes.vlines(across, low, high, color=colours[row], linewidth=1.2, zorder=2)
        axes.plot(across, value, "o", color=colours[row], markersize=3.2, label=label(layer), zorder=3)
    axes.axhline(0, color=MUTED, linewidth=0.6, zorder=1)
    axes.set_xticks(np.arange(len(found.regions)), [label(region) for region in found.regions])
    axes.set(xlim=(-0.5, len(found.regions) - 0.5), ylabel=label(found.label, 60))
    axes.tick_params(axis="x", length=0)
    handles, names = axes.get_legend_handles_labels()
    if bounded:
        handles.append(Patch(facecolor="#d8dce1", edgecolor=FAINT))
        names.append("noise ceiling")
    axes.legend(handles, names, loc="center left", bbox_to_anchor=(1.0, 0.5), handletextpad=0.4)
    return axes
