"""How similar each layer is to a subject from moment to moment."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import ActivityTypeError, InvalidActivityError
from compare.plots.canvas import axes_or_new
from compare.report.figures.common import MUTED, depth_colors, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["time_courses"]


def time_courses(
    times: Any,
    values: Mapping[str, Any] | None = None,
    low: Mapping[str, Any] | None = None,
    high: Mapping[str, Any] | None = None,
    *,
    peaks: bool = True,
    ylabel: str = "similarity",
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw one curve a layer over time, its interval as a band, and a mark above where each is largest.

    Parameters
    ----------
    times : array-like or xarray.Dataset
        (time,), in ms, increasing. Or what `compare.time_courses` gives, which has values and intervals.
    values : mapping of str to array-like
        Layer -> similarity (time,); NaN where there is none.
    low, high : mapping of str to array-like, optional
        The ends of the intervals, by layer.
    peaks : bool
        Whether to mark each layer's latency of the largest value.
    ylabel : str
        What the curves are.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ActivityTypeError, InvalidActivityError
        If `values` maps no names to curves of as many values as there are times, or times do not increase.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = time_courses([0, 10, 20], {"conv": [0, 0.5, 0.2], "dense": [0, 0.1, 0.6]})
    >>> len(axes.lines) - 1, axes.get_xlabel()
    (4, 'time (ms)')
    >>> plt.close(axes.figure)
    """
    if values is None and hasattr(times, "data_vars"):
        table, times = times, times["time"].values
        values, low, high = (
            {str(layer): table[part].sel(layer=layer).values for layer in table["layer"].values}
            for part in ("similarity", "low", "high")
        )
    when = np.asarray(times, dtype=np.float64)
    if when.ndim != 1 or when.size < 2 or not (np.diff(when) > 0).all():
        raise InvalidActivityError(f"times: must be increasing, at least 2, got shape {when.shape}")
    if not isinstance(values, Mapping) or not values:
        raise ActivityTypeError(f"values: must map layers to curves, got {type(values).__name__}")
    if (low is None) != (high is None):
        raise InvalidActivityError("low, high: give both ends of the intervals, or neither")
    axes = axes_or_new(ax)
    axes.axhline(0, color=MUTED, linewidth=0.6)
    for one, (name, curve) in zip(depth_colors(len(values)), values.items(), strict=True):
        y = _curve(name, curve, when, "values")
        if low is not None and high is not None:
            below, above = (_curve(name, part.get(name), when, side) for side, part in (("low", low), ("high", high)))
            axes.fill_between(when, below, above, color=one, alpha=0.2, linewidth=0)
        axes.plot(when, y, color=one, label=label(name))
        if peaks and np.isfinite(y).any():
            axes.plot(
                when[np.nanargmax(y)], 1.0, "v", color=one, markersize=4, clip_on=False,
                transform=axes.get_xaxis_transform(),
            )  # fmt: skip
    axes.set(xlabel="time (ms)", ylabel=ylabel, xlim=(when[0], when[-1]))
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return axes


def _curve(name: Any, curve: Any, when: np.ndarray, part: str) -> np.ndarray:
    y = np.asarray(np.nan if curve is None else curve, dtype=np.float64)
    if y.shape != when.shape:
        raise InvalidActivityError(f"{part}[{name!r}]: must be {when.size} values, one a time, got shape {y.shape}")
    return y
