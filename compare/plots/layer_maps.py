"""A layer map as a matrix with its intervals, as what was decided, and as a hierarchy."""

from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import InvalidOptionError
from compare.mapping.layer_map import LayerMap
from compare.plots.canvas import axes_or_new, checked_map
from compare.report.figures.common import MUTED, label
from compare.report.figures.matrix import draw_matrix
from compare.report.maps import best_rows
from compare.report.numbers import p_value
from isocortex.errors import nearest
from isocortex.style import COLORS, DIVERGING, SEQUENTIAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["decision", "hierarchy", "matrix"]


def matrix(result: LayerMap, part: str = "similarity", ax: "Axes | None" = None) -> "Axes":
    """Draw similarities (layer, region), each with its interval beneath it.

    Outlined is the layer of each region that can be told from its runner-up; the strip beneath is the noise ceiling.

    Parameters
    ----------
    result : LayerMap
        What `compare.map_layers` gives.
    part : str
        ``"similarity"``, ``"partial"`` (what the given subjects do not account for), or the name of a null, from
        which the difference is drawn; cells whose interval includes 0 are grey in both of these.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ActivityTypeError
        If it is no `LayerMap`, or `ax` no Axes.
    InvalidOptionError
        If the map has no such part.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import compare
    >>> x = np.random.default_rng(0).normal(size=(2, 40, 30))
    >>> found = compare.map_layers({"a": x[0], "b": x[1]}, {"V1": x[0]}, bootstrap=100, permutations=100)
    >>> [text.get_text() for text in matrix(found).get_yticklabels()][:2]
    ['a', 'b']
    >>> plt.close()
    """
    found = checked_map(result, "plots.matrix")
    parts: dict[str, Any] = {"similarity": found}
    if found.partial is not None:
        parts["partial"] = found.partial
    parts |= found.nulls
    if part not in parts:
        raise InvalidOptionError(f"part: the map has no {part!r}; {nearest(str(part), parts)}")
    chosen = parts[part]
    plain = part == "similarity"
    values = (chosen.difference if part in found.nulls else chosen.similarity).values
    known = values[np.isfinite(values)]
    if part in found.nulls:
        reach = max(float(np.abs(known).max(initial=0.0)), 1e-3)
        limits, cmap = (-reach, reach), DIVERGING
    else:
        limits = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        cmap = SEQUENTIAL
    axes = axes_or_new(ax)
    bounded = {name: ends for name, ends in found.ceiling.items() if np.isfinite(ends).all()}
    return draw_matrix(
        values,
        chosen.low.values,
        chosen.high.values,
        found.layers,
        found.regions,
        axes,
        best=best_rows(found.to_dict()) if plain else None,
        ceiling=bounded if plain and bounded else None,
        limits=(limits[0], max(limits[1], limits[0] + 1e-3)),
        cmap=cmap,
        dim_unclear=not plain,
    )


def decision(result: LayerMap, ax: "Axes | None" = None) -> "Axes":
    """Draw for every region the lead of its best layer over the runner-up, with the simultaneous interval.

    Filled and named where the interval excludes 0; hollow where one cannot tell.

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
    >>> found = compare.map_layers({"a": x[0], "b": x[1]}, {"V1": x[0]}, bootstrap=100, permutations=100)
    >>> [text.get_text() for text in decision(found).get_yticklabels()]
    ['V1']
    >>> plt.close()
    """
    from compare.report.figures.decision import draw_lead

    found = checked_map(result, "plots.decision")
    return draw_lead(found.to_dict(), found.measure, axes_or_new(ax))


def hierarchy(result: LayerMap, ax: "Axes | None" = None) -> "Axes":
    """Draw the scores of hierarchical correspondence with their intervals, and the permutation p beside each.

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
    >>> hierarchy(found).get_xlabel()
    'score (1: later regions go with deeper layers)'
    >>> plt.close()
    """
    found = checked_map(result, "plots.hierarchy")
    axes = axes_or_new(ax)
    scores = found.hierarchy
    axes.axvline(0, color=MUTED, linewidth=0.8)
    for place, score in enumerate(scores.values()):
        value, low, high = (np.nan if score.get(end) is None else score[end] for end in ("value", "low", "high"))
        clear = bool(low > 0 or high < 0)
        axes.plot([low, high], [place, place], color=COLORS["blue"], linewidth=1.6, solid_capstyle="butt")
        axes.plot(value, place, "o", color=COLORS["blue"], mfc=COLORS["blue"] if clear else "none", markersize=4.5)
        p = score.get("p_value")
        text = "not defined" if not np.isfinite(value) else f"p {p_value(p)}" if p is not None else ""
        at: Any = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "annotation_clip": False}
        axes.annotate(text, (1, place), xytext=(4, 0), va="center", fontsize=6.5, color=MUTED, **at)
    axes.set_yticks(np.arange(len(scores)), [label(name.replace("_", " "), 30) for name in scores])
    axes.set(ylim=(len(scores) - 0.5, -0.5), xlabel="score (1: later regions go with deeper layers)")
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.06)
    return axes
