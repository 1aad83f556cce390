"""Spikes: every one of them, their rate through time, and the intervals between them."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from brainsim import analysis
from brainsim.errors import ModelError
from brainsim.plots.canvas import axes_or_new, region_colours
from brainsim.recording import Recording, check_position, chosen
from brainsim.wiring.rule import count
from isocortex.style import COLORS, colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["isi_histogram", "psth", "raster"]

Names = str | Sequence[str] | None


def raster(
    recording: Recording,
    populations: Names = None,
    stimulus: int = 0,
    trial: int = 0,
    most: int = 100_000,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw every spike of one trial as a dot: time across, units upwards, one band a population.

    Where there are more than `most` spikes only every second, third ... unit is drawn, with all of its spikes, and
    the axis says so: leaving single spikes out would make every unit look less active than it is.

    Parameters
    ----------
    recording : Recording
        With spikes.
    populations : str or sequence of str, optional
        Full names, the first on top; all by default. Those of one region share a colour.
    stimulus, trial : int
        Positions.
    most : int
        Spikes that are drawn at most, about.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError, ParameterError, ModelError
        As :meth:`Recording.spikes`.

    Examples
    --------
    >>> import brainsim
    >>> import matplotlib.pyplot as plt
    >>> recording = brainsim.simulate(brainsim.atlas.coba(), duration=20)
    >>> axes = brainsim.plots.raster(recording)
    >>> axes.get_xlabel()
    'Time (ms)'
    >>> plt.close(axes.figure)
    """
    names = chosen(recording, populations)
    trials = [recording.spikes(name, stimulus, trial) for name in names]
    one_in = math.ceil(sum(len(times) for times, _ in trials) / count(most, "raster: most", least=1)) or 1
    axes = axes_or_new(ax)
    colours = region_colours(names)
    sizes = recording.sizes
    bottom = 0.0
    ticks = []
    # Bands of equal height: a population of 100 units is as visible as one of 10,000.
    for name, (times, units) in zip(reversed(names), reversed(trials), strict=True):
        drawn = units % one_in == 0
        heights = bottom + 0.05 + 0.9 * (units[drawn] + 0.5) / sizes[name]
        size = 1.2 if drawn.sum() > 2000 else 2.0
        axes.plot(
            times[drawn],
            heights,
            linestyle="none",
            marker=".",
            markersize=size,
            markeredgewidth=0,
            color=colours[name],
            rasterized=True,
        )
        if bottom:
            axes.axhline(bottom, color="0.85", linewidth=0.4, zorder=0)
        ticks.append(bottom + 0.5)
        bottom += 1
    axes.set_yticks(ticks, [f"{name} ({sizes[name]:,})" for name in reversed(names)])
    label = "Population (units)" if one_in == 1 else f"Population (units, 1 in {one_in} drawn)"
    axes.set(xlim=(recording.start, recording.end), ylim=(0, bottom), xlabel="Time (ms)", ylabel=label)
    axes.tick_params(axis="y", length=0)
    return axes


def psth(
    recording: Recording,
    populations: Names = None,
    stimulus: int | None = None,
    bin_width: float | None = None,
    smoothing: float | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw the rate of an average unit of each population through time.

    Parameters
    ----------
    recording : Recording
        With spikes.
    populations : str or sequence of str, optional
        Full names; all by default.
    stimulus : int, optional
        Position; averaged over stimuli by default.
    bin_width : float, optional
        In ms; 5 by default, or one step where `smoothing` is given.
    smoothing : float, optional
        Standard deviation in ms of a Gaussian; the histogram's steps become a curve.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError, ParameterError, ModelError
        As :meth:`Recording.psth`.

    Examples
    --------
    >>> import brainsim
    >>> import matplotlib.pyplot as plt
    >>> recording = brainsim.simulate(brainsim.atlas.coba(), duration=100, seed=1)
    >>> axes = brainsim.plots.psth(recording, bin_width=5)
    >>> axes.get_ylabel()
    'Rate (Hz per unit)'
    >>> plt.close(axes.figure)
    """
    names = chosen(recording, populations)
    if stimulus is not None:
        check_position(stimulus, len(recording.stimulus_ids), "psth: stimulus")
    rates = recording.psth(bin_width, smoothing, names)
    axes = axes_or_new(ax)
    for position, name in enumerate(names):
        rate = rates[name]
        drawn = rate.mean("stimulus") if stimulus is None else rate[stimulus]
        times, width = rate["time"].values, rate.attrs["bin_width_ms"]
        if smoothing is None:
            edges = np.append(times, times[-1] + width)
            axes.stairs(drawn.values, edges, label=name, color=colour(position), linewidth=1.2, baseline=None)
        else:
            axes.plot(times + width / 2, drawn.values, label=name, color=colour(position))
    axes.set(xlim=(recording.start, recording.end), xlabel="Time (ms)", ylabel="Rate (Hz per unit)")
    axes.set_ylim(bottom=0)
    axes.legend()
    return axes


def isi_histogram(recording: Recording, population: str, bins: int = 50, ax: "Axes | None" = None) -> "Axes":
    """Draw how inter-spike intervals are distributed, beside those of a Poisson process of the same mean.

    Intervals beyond the 99th percentile are not drawn, and the axis says so; the title gives the median of the units'
    coefficients of variation.

    Parameters
    ----------
    recording : Recording
        With spikes.
    population : str
        Full name.
    bins : int
        How many.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError, ModelError, ParameterError
        If there is no such population, only counts were kept, or no unit spiked twice in a trial.

    Examples
    --------
    >>> import brainsim
    >>> import matplotlib.pyplot as plt
    >>> recording = brainsim.simulate(brainsim.atlas.coba(), duration=100, seed=1)
    >>> axes = isi_histogram(recording, "cortex.E")
    >>> axes.get_xlabel()
    'Inter-spike interval (ms, longest 1 % left out)'
    >>> plt.close(axes.figure)
    """
    intervals, _ = analysis.inter_spike_intervals(recording, population)
    if not intervals.size:
        raise ModelError(f"isi_histogram: no unit of {population} spiked twice in a trial")
    most = np.quantile(intervals, 0.99) + recording.dt
    # Whole steps a bin: a bin of 3.5 steps would hold three or four possible intervals by turns.
    width = math.ceil(most / recording.dt / count(bins, "isi_histogram: bins", least=1)) * recording.dt
    edges = np.arange(0, most + width, width) - recording.dt / 2
    number, _ = np.histogram(intervals, edges)
    axes = axes_or_new(ax)
    density = number / (intervals.size * width / 1e3)
    axes.stairs(density, edges, fill=True, color=COLORS["sky"], label=f"{intervals.size:,} intervals")
    mean = intervals.mean()
    time = np.linspace(0, edges[-1], 200)
    label = "Poisson, same mean"
    axes.plot(time, 1e3 / mean * np.exp(-time / mean), color=COLORS["black"], linestyle="dashed", label=label)
    variations = analysis.isi_cv(recording, population)
    if not np.isnan(variations).all():
        axes.set_title(f"{population}, median CV {np.nanmedian(variations):.2f}")
    axes.set(xlim=(0, edges[-1]), xlabel="Inter-spike interval (ms, longest 1 % left out)", ylabel="Density (1/s)")
    axes.legend()
    return axes
