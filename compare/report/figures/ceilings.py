"""Similarities before what each region's noise allows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from compare.mapping.layer_map import LayerMap
from compare.report.figures.common import baselines, new_figure
from isocortex.style import PAGE_WIDTH

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_ceilings"]


def draw_ceilings(layer_map: Mapping[str, Any], network: Mapping[str, Any]) -> "Figure":
    """Draw all layers before each region's noise ceiling, as `compare.plots.ceilings` does.

    Parameters
    ----------
    layer_map : mapping
        One entry of ``results["comparison"]``, with ``"ceiling"``.
    network : mapping
        ``results["network"]``, which tells layers from pixels; rows that are no layers are left out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from compare import plots

    apart = baselines(layer_map["layers"], network)
    rows = [row for row, layer in enumerate(layer_map["layers"]) if layer not in apart]
    own = {part: [layer_map[part][row] for row in rows] for part in ("layers", "similarity", "low", "high")}
    kept = {part: layer_map[part] for part in ("label", "regions", "ceiling") if part in layer_map}
    figure = new_figure(PAGE_WIDTH, 2.6)
    plots.ceilings(LayerMap.from_dict({**kept, **own}), figure.add_subplot())
    return figure
