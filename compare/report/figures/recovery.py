"""Whether the claim was possible: what is named for each planted layer, and how many stimuli that takes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.report.figures.common import new_figure
from isocortex.style import PAGE_WIDTH

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_recovery"]


def draw_recovery(recovery: Mapping[str, Any]) -> "Figure":
    """Draw the confusion matrix, and beside it the share named right against the number of stimuli.

    Both are those of `compare.plots`.

    Parameters
    ----------
    recovery : mapping
        ``results["recovery"]``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import xarray as xr

    from compare import plots
    from compare.recovery.result import RecoveryResult

    named = xr.DataArray(
        np.array(recovery["named"]),
        dims=("stimuli", "trials", "repetition", "planted"),
        coords={part: recovery[key] for part, key in AXES.items()},
        name="named",
    )
    found = RecoveryResult(
        named,
        recovery["label"],
        recovery["units"],
        recovery["reliability"],
        recovery["made_of"],
        recovery["confidence"],
        tuple(recovery.get("notes") or ()),
    )
    figure = new_figure(PAGE_WIDTH, 1.1 + 0.3 * len(found.layers))
    several = len(recovery["stimuli"]) > 1
    axes = figure.subplots(1, 2, width_ratios=(1.3, 1)) if several else [figure.add_subplot()]
    plots.confusion(found, ax=axes[0])
    if several:
        plots.power(found, ax=axes[1])
    return figure


AXES = {"stimuli": "stimuli", "trials": "trials", "planted": "layers"}
