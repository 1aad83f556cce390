"""Similarities before what each region's noise allows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from compare.mapping.layer_map import LayerMap
from compare.report.figures.common import new_figure
from isocortex.style import PAGE_WIDTH

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_ceilings"]


def draw_ceilings(layer_map: Mapping[str, Any]) -> "Figure":
    """Draw all layers before each region's noise ceiling, as `compare.plots.ceilings` does.

    Parameters
    ----------
    layer_map : mapping
        One entry of ``results["comparison"]``, with ``"ceiling"``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from compare import plots

    figure = new_figure(PAGE_WIDTH, 2.6)
    plots.ceilings(LayerMap.from_dict(layer_map), figure.add_subplot())
    return figure
