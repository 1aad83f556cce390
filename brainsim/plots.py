"""Figures of recordings and brains. Every function takes an Axes (or makes one) and returns it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from brainsim import analysis
from brainsim.brain import Brain
from brainsim.recording import Recording, check_position, chosen
from isocortex.style import COLORS

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.axes import Axes

__all__ = ["brain_graph", "psth", "raster", "traces"]

ORDER = ("blue", "vermillion", "green", "orange", "purple", "sky", "black")


def raster(
    recording: Recording,
    populations: str | Sequence[str] | None = None,
    stimulus: int = 0,
    trial: int = 0,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw every spike of one trial as a dot: time across, units upwards, one band a population.

    Parameters
    ----------
    recording : Recording
        With spikes.
    populations : str or sequence of str, optional
        Full names, the first on top; all by default. Those of one region share a colour.
    stimulus, trial : int
        Positions.
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
    axes = _axes(ax)
    bottom = 0.0
    ticks = []
    colours = _region_colours(names)
    # Bands of equal height: a population of 100 units is as visible as one of 10,000.
    for name, (times, units) in zip(reversed(names), reversed(trials), strict=True):
        heights = bottom + 0.05 + 0.9 * (units + 0.5) / recording.sizes[name]
        axes.plot(times, heights, linestyle="none", marker=".", markersize=1.2, color=colours[name], rasterized=True)
        if bottom:
            axes.axhline(bottom, color="0.85", linewidth=0.4, zorder=0)
        ticks.append(bottom + 0.5)
        bottom += 1
    axes.set_yticks(ticks, [f"{name} ({recording.sizes[name]:,})" for name in reversed(names)])
    axes.set(xlim=(recording.start, recording.end), ylim=(0, bottom), xlabel="Time (ms)", ylabel="Population (units)")
    axes.tick_params(axis="y", length=0)
    return axes


def psth(
    recording: Recording,
    populations: str | Sequence[str] | None = None,
    stimulus: int | None = None,
    bin_width: float = 5.0,
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
    bin_width : float
        In ms.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError, ParameterError, ModelError
        As :func:`brainsim.analysis.psth`.
    """
    names = chosen(recording, populations)
    if stimulus is not None:
        check_position(stimulus, len(recording.stimulus_ids), "psth: stimulus")
    rates = [analysis.psth(recording, name, bin_width) for name in names]
    axes = _axes(ax)
    for position, (name, rate) in enumerate(zip(names, rates, strict=True)):
        drawn = rate.mean("stimulus") if stimulus is None else rate[stimulus]
        times = np.append(rate["time"].values, rate["time"].values[-1] + bin_width)
        colour = COLORS[ORDER[position % len(ORDER)]]
        axes.stairs(drawn.values, times, label=name, color=colour, linewidth=1.2)
    axes.set(xlim=(recording.start, recording.end), xlabel="Time (ms)", ylabel="Rate (Hz per unit)")
    axes.set_ylim(bottom=0)
    axes.legend()
    return axes


def traces(
    recording: Recording,
    population: str,
    variable: str = "v",
    stimulus: int = 0,
    trial: int = 0,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw a recorded state variable, one line a unit.

    Parameters
    ----------
    recording : Recording
        With the variable recorded.
    population, variable : str
        Which.
    stimulus, trial : int
        Positions.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError, ParameterError, KindError
        If it was not recorded, or there is no such stimulus or trial.
    """
    check_position(stimulus, len(recording.stimulus_ids), "traces: stimulus")
    check_position(trial, recording.trials, "traces: trial")
    trace = recording.trace(population, variable)[stimulus, trial]
    axes = _axes(ax)
    for unit in range(trace.sizes["unit"]):
        axes.plot(trace["time"], trace[:, unit], linewidth=0.8, label=f"unit {int(trace['unit'][unit])}")
    quantity = {"mV": "Membrane potential", "nS": f"{variable} conductance", "pA": f"{variable} current"}
    axes.set(
        xlim=(recording.start, recording.end), xlabel="Time (ms)", ylabel=f"{quantity[trace.units]} ({trace.units})"
    )
    axes.set_title(population)
    return axes


def brain_graph(brain: Brain, ax: "Axes | None" = None) -> "Axes":
    """Draw regions from left to right as the signal meets them; feedback dashed, area of a region by its neurons.

    Parameters
    ----------
    brain : Brain
        What is drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    import networkx as nx

    axes = _axes(ax)
    graph = brain.graph
    places = _places(graph)
    neurons = np.array([graph.nodes[name]["neurons"] for name in graph])
    sizes = 400 + 1400 * neurons / neurons.max()
    nx.draw_networkx_nodes(
        graph, places, ax=axes, node_size=sizes, node_color=COLORS["sky"], edgecolors=COLORS["black"], linewidths=0.6
    )
    nx.draw_networkx_labels(graph, places, ax=axes, font_size=7)
    for feedback, colour, style, bend in (
        (False, COLORS["black"], "solid", 0.0),
        (True, COLORS["orange"], "dashed", 0.3),
    ):
        edges = [(a, b) for a, b, edge in graph.edges(data=True) if a != b and edge["feedback"] == feedback]
        drawn = nx.draw_networkx_edges(
            graph,
            places,
            edgelist=edges,
            ax=axes,
            node_size=sizes,
            edge_color=colour,
            style=style,
            width=1.0,
            arrowsize=8,
            connectionstyle=f"arc3,rad={bend}",
        )
        for arrow in drawn or ():
            arrow.set_label("feedback" if feedback else "feedforward")
    for name, (x, y) in places.items():
        function = graph.nodes[name]["function"]
        if function:
            axes.annotate(function, (x, y), (0, -26), textcoords="offset points", ha="center", va="top", fontsize=6)
    axes.margins(0.15, 0.3)
    axes.set_axis_off()
    axes.set_title(brain.name)
    return axes


def _places(graph: "nx.DiGraph") -> dict[str, tuple[float, float]]:
    """Place each region at its distance from the regions that no other region feeds forward to."""
    import networkx as nx

    forward = nx.DiGraph()
    forward.add_nodes_from(graph)
    forward.add_edges_from((a, b) for a, b, edge in graph.edges(data=True) if a != b and not edge["feedback"])
    # Regions that feed each other forward share a level.
    levels = dict.fromkeys(graph, 0)
    groups = nx.condensation(forward)
    depth: dict[int, int] = {}
    for group in nx.topological_sort(groups):
        depth[group] = 1 + max((depth[before] for before in groups.predecessors(group)), default=-1)
        for name in groups.nodes[group]["members"]:
            levels[name] = depth[group]
    rows: dict[int, list[str]] = {}
    for name in graph:
        rows.setdefault(levels[name], []).append(name)
    return {
        name: (float(level), position - (len(names) - 1) / 2)
        for level, names in rows.items()
        for position, name in enumerate(names)
    }


def _region_colours(names: Sequence[str]) -> dict[str, str]:
    regions = list(dict.fromkeys(name.split(".")[0] for name in names))
    return {name: COLORS[ORDER[regions.index(name.split(".")[0]) % len(ORDER)]] for name in names}


def _axes(ax: "Axes | None") -> "Axes":
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots()[1]
