"""Layers on the left, regions on the right, and bands as wide as the share of bootstraps that join them."""

from typing import TYPE_CHECKING

import numpy as np

from compare.mapping.layer_map import LayerMap
from compare.plots.bands import draw_bands
from compare.plots.canvas import axes_or_new, checked_map
from compare.report.figures.common import depth_colors

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["sankey"]


def sankey(result: LayerMap, ax: "Axes | None" = None) -> "Axes":
    """Draw which layers win which regions.

    A region's bar is divided among the layers by the share of bootstraps in which each is the most similar
    (`LayerMap.wins`, which is not a posterior probability). A layer's bar is as high as all that it wins. A region's
    name is bold where its layer can be told from the others.

    Parameters
    ----------
    result : LayerMap
        What `compare.map_layers` gives.
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
    >>> found = compare.map_layers({"a": x[0], "b": x[1]}, {"V1": x[0], "IT": x[1]}, bootstrap=100, permutations=100)
    >>> plt.close(sankey(found).figure)
    """
    found = checked_map(result, "plots.sankey")
    repeated = {name for group in found.same_activity for name in group[1:]}
    rows = [row for row, layer in enumerate(found.layers) if layer not in repeated]
    wins = np.nan_to_num(found.wins.values)[rows]
    layers = [found.layers[row] for row in rows]
    return draw_bands(wins, layers, found.regions, found.assignment["best"], depth_colors(len(layers)), axes_or_new(ax))
