"""How much more similar than a null, such as an untrained network: differences with their intervals."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.report.figures.common import baselines, label
from compare.report.figures.matrix import draw_matrix
from compare.report.figures.similarity import add_scale, level_rows, matrices_abreast, panel_grid
from compare.report.maps import against, as_matrix, best_rows, closer, known_nulls
from compare.report.numbers import measure_name
from isocortex.style import DIVERGING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_nulls"]


def draw_nulls(layer_map: Mapping[str, Any], network: Mapping[str, Any], key: str) -> "Figure":
    """Draw one matrix of differences for each null; cells whose interval includes 0 stay grey.

    Parameters
    ----------
    layer_map : mapping
        One entry of ``results["comparison"]``, with ``"nulls"``.
    network : mapping
        ``results["network"]``, which tells layers from pixels.
    key : str
        Name of the measure, used in the cells' ids.

    Returns
    -------
    matplotlib.figure.Figure
    """
    nulls = known_nulls(layer_map)
    rows, columns = layer_map["layers"], layer_map["regions"]
    differences = [as_matrix(null["difference"]) for null in nulls.values()]
    bound = max(0.05, float(np.nanmax(np.abs(differences))))
    figure, axes = panel_grid(len(nulls), layer_map)
    for i, ((name, null), ax) in enumerate(zip(nulls.items(), axes, strict=True)):
        draw_matrix(
            differences[i],
            as_matrix(null["low"]),
            as_matrix(null["high"]),
            rows,
            columns,
            ax,
            apart=baselines(rows, network),
            best=best_rows(layer_map),
            limits=(-bound, bound),
            cmap=DIVERGING,
            dim_unclear=True,
            key=f"{key}-null{i}",
            row_labels=i % matrices_abreast(layer_map) == 0,
        )
        ax.set_title(against(layer_map, label(name, 28)), pad=8)
    level_rows(axes)
    add_scale(
        figure,
        axes,
        DIVERGING,
        (-bound, bound),
        f"{'difference in' if closer(layer_map) else 'closer by,'} {measure_name(key, axis=True)}",
    )
    return figure
