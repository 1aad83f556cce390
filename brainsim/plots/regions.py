"""Regions in time: when each answers, and how many work at once."""

from typing import TYPE_CHECKING

import numpy as np

from brainsim.analysis import Concurrency, Propagation
from brainsim.errors import KindError
from brainsim.plots.canvas import axes_or_new
from isocortex.style import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["concurrency", "propagation"]


def propagation(found: Propagation, ax: "Axes | None" = None) -> "Axes":
    """Draw when each region answers, the highest on top, with 95 % intervals.

    Parameters
    ----------
    found : Propagation
        From :func:`brainsim.analysis.propagation`.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    KindError
        If it is something else.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> regions = [Region(name, [Population("cells", SpikeSource(), size=1)]) for name in ("first", "second")]
    >>> brain = Brain("two", regions, inputs={"first": Spikes(), "second": Spikes()})
    >>> early, late = (list(range(10, 50)), [0] * 40), (list(range(30, 70)), [0] * 40)
    >>> recording = simulate(brain, {"first": [early], "second": [late]}, duration=100, trials=2)
    >>> from brainsim import analysis
    >>> found = analysis.propagation(recording, levels={"first": 0, "second": 1}, bootstrap=100)
    >>> axes = propagation(found)
    >>> axes.get_xlabel()
    'Onset after the stimulus (ms), 95 % over trials'
    >>> plt.close(axes.figure)
    """
    if not isinstance(found, Propagation):
        raise KindError(f"propagation: must come from analysis.propagation, got {type(found).__name__}")
    axes = axes_or_new(ax)
    places = np.arange(len(found.regions))
    known = ~np.isnan(found.onset_ms)
    errors = np.stack([found.onset_ms - found.low_ms, found.high_ms - found.onset_ms])
    axes.errorbar(
        found.onset_ms[known],
        places[known],
        xerr=np.maximum(errors[:, known], 0),
        fmt="o-",
        markersize=3.5,
        color=COLORS["blue"],
        ecolor=COLORS["black"],
        elinewidth=1.0,
        capsize=2,
        linewidth=0.8,
    )
    axes.set_yticks(
        places, [name if one else f"{name} (silent)" for name, one in zip(found.regions, known, strict=True)]
    )
    axes.set_ylim(-0.5, len(places) - 0.5)
    axes.set_xlim(left=-0.02 * axes.get_xlim()[1])  # a dot at 0 stays whole
    axes.set_xlabel(f"Onset after the stimulus (ms), 95 % over {found.over}")
    if not np.isnan(found.rank_correlation):
        axes.set_title(
            f"Rank correlation with the hierarchy {found.rank_correlation:.2f} "
            f"[{found.rank_low:.2f}, {found.rank_high:.2f}]"
        )
    return axes


def concurrency(found: Concurrency, ax: "Axes | None" = None) -> "Axes":
    """Draw which regions are active when, and how many on average.

    A row a region, the first on top: the darker, the more stimuli it is active for at that time. The line is the mean
    number of active regions, on the right axis.

    Parameters
    ----------
    found : Concurrency
        From :func:`brainsim.analysis.concurrency`.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    KindError
        If it is something else.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> regions = [Region(name, [Population("cells", SpikeSource(), size=1)]) for name in ("first", "second")]
    >>> brain = Brain("two", regions, inputs={"first": Spikes(), "second": Spikes()})
    >>> early, late = (list(range(10, 50)), [0] * 40), (list(range(30, 70)), [0] * 40)
    >>> recording = simulate(brain, {"first": [early], "second": [late]}, duration=100)
    >>> from brainsim import analysis
    >>> axes = concurrency(analysis.concurrency(recording, shifts=100))
    >>> axes.get_xlabel()
    'Time (ms)'
    >>> plt.close(axes.figure)
    """
    if not isinstance(found, Concurrency):
        raise KindError(f"concurrency: must come from analysis.concurrency, got {type(found).__name__}")
    axes = axes_or_new(ax)
    share = found.active.values.mean(axis=0).T
    time, names = found.active["time"].values, [str(name) for name in found.active["region"].values]
    width = time[1] - time[0] if len(time) > 1 else 1.0
    edges = (time[0], time[-1] + width)
    axes.imshow(
        share,
        aspect="auto",
        cmap="Blues",
        vmin=0,
        vmax=1,
        extent=(*edges, len(names), 0),
        interpolation="none",
        alpha=0.7,
    )
    axes.set_yticks(np.arange(len(names)) + 0.5, names)
    axes.tick_params(axis="y", length=0)
    axes.set(xlim=edges, xlabel="Time (ms)")
    right = axes.twinx()
    right.stairs(found.number.values.mean(axis=0), (*time, edges[1]), color=COLORS["vermillion"], linewidth=1.2)
    right.set_ylim(0, len(names))
    right.set_ylabel("Active regions (mean)", color=COLORS["vermillion"])
    right.spines["right"].set_visible(True)
    axes.set_title(
        f"Two or more at once {found.parallel_share:.0%} of the time\n"
        f"(by chance {found.expected_share:.0%}, {found.expected_low:.0%} to {found.expected_high:.0%})"
    )
    return axes
