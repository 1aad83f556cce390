"""How sure the assignment is: bands from layers to regions, as wide as the share of bootstraps that join them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.report.figures.common import depth_colors, new_figure
from compare.report.maps import as_matrix
from isocortex.style import PAGE_WIDTH

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_shares"]

LEAST = 0.01  # a layer that wins less of every region has no band
KINDS = {"best": "Each region its best layer", "ordered": "Layers in the order of the regions"}


def draw_shares(shares: Mapping[str, Any]) -> "Figure":
    """Draw the bands of the best assignment, and of the one that keeps the order.

    Parameters
    ----------
    shares : mapping
        ``results["shares"]``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from compare.plots.bands import draw_bands

    matrices = {kind: as_matrix(shares["share"][shares["kinds"].index(kind)]) for kind in KINDS}
    winning = np.flatnonzero(np.max([matrix.max(axis=1) for matrix in matrices.values()], axis=0) >= LEAST)
    layers = [shares["layers"][i] for i in winning]
    colours = depth_colors(len(shares["layers"]))  # of all layers, so that each has its colour in every figure
    most = max(len(layers), len(shares["regions"]))
    figure = new_figure(PAGE_WIDTH, 0.7 + 0.42 * most)
    for kind, ax in zip(KINDS, figure.subplots(1, len(KINDS)), strict=True):
        draw_bands(matrices[kind][winning], layers, shares["regions"], shares["named"][kind], colours[winning], ax)
        ax.set_title(KINDS[kind])
    return figure
