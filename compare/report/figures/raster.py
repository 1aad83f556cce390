"""One trial through the regions: the stimulus, and every spike of a fair sample of the units."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from compare.report.figures.common import EXCITATORY, FAINT, INHIBITORY, INK, axes_or_new, label, new_figure
from compare.report.figures.pictures import show_image
from isocortex.style import PAGE_WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["UNITS_A_REGION", "draw_example", "draw_raster", "populations_of", "sample_units"]

UNITS_A_REGION = 60


def draw_example(
    example: Mapping[str, np.ndarray], latency: Mapping[str, Any], duration: float, regions: list[str]
) -> "Figure":
    """Draw the stimulus of a trial beside its raster.

    Parameters
    ----------
    example : mapping of str to numpy.ndarray
        ``image`` and, for each ``region.population``, ``/times`` (ms), ``/units`` and ``/size``.
    latency : mapping
        ``results["latency"]``: region -> ``median_ms``, marked in the raster. May be empty.
    duration : float
        Length of the trial in ms.
    regions : list of str
        The regions from top to bottom.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(PAGE_WIDTH, 0.7 + 0.62 * max(len(regions), 3))
    left, right = figure.subplots(1, 2, width_ratios=(1, 4.6))
    if "image" in example:
        show_image(example["image"], left)
        left.set_title("Stimulus")
        left.set_anchor("N")
    else:
        left.set_visible(False)
    draw_raster(example, latency, duration, regions, right)
    return figure


def draw_raster(
    example: Mapping[str, np.ndarray],
    latency: Mapping[str, Any],
    duration: float,
    regions: list[str],
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw the spikes of up to 60 units a region, sampled evenly over its populations, whether they fired or not."""
    ax = axes_or_new(ax, PAGE_WIDTH, 0.7 + 0.62 * len(regions))
    gap, top, ticks = 0.12 * UNITS_A_REGION, 0.0, []
    for j, region in enumerate(regions):
        sampled = sample_units(populations_of(example, region))
        rows = sum(len(units) for _, units, _ in sampled)
        if j % 2 == 0:
            ax.add_patch(Rectangle((0, top - gap / 2), duration, UNITS_A_REGION + gap, facecolor=FAINT, linewidth=0))
        stretch = UNITS_A_REGION / max(rows, 1)  # a region of few units fills its band all the same
        row = 0
        for name, units, excitatory in sampled:
            times, places = spikes_of(example, name, units)
            # One path a population: each spike a stroke, lifted off by NaN before the next.
            strokes = top + (row + places[:, None] + [-0.7, 1.7, np.nan]) * stretch
            color = EXCITATORY if excitatory else INHIBITORY
            ax.plot(np.repeat(times, 3), strokes.ravel(), color=color, linewidth=0.8, solid_capstyle="butt")
            row += len(units)
        if region in latency and latency[region].get("median_ms") is not None:
            ax.plot(latency[region]["median_ms"], top - gap / 4, "v", color=INK, markersize=4, clip_on=False)
        ticks.append(top + UNITS_A_REGION / 2)
        top += UNITS_A_REGION + gap
    ax.set_yticks(ticks, [label(region) for region in regions])
    ax.set(xlim=(0, duration), ylim=(top - gap / 2, -gap / 2), xlabel="time after stimulus onset (ms)")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    handles = [
        Line2D(
            [],
            [],
            color=EXCITATORY,
            marker="|",
            linestyle="none",
            markersize=6,
            markeredgewidth=1.5,
            label="excitatory",
        ),
        Line2D(
            [],
            [],
            color=INHIBITORY,
            marker="|",
            linestyle="none",
            markersize=6,
            markeredgewidth=1.5,
            label="inhibitory",
        ),
    ]
    if latency:
        handles.append(
            Line2D([], [], color=INK, marker="v", linestyle="none", markersize=4, label="median onset, all stimuli")
        )
    ax.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=3, borderaxespad=0.2, handletextpad=0.2)
    return ax


def populations_of(example: Mapping[str, np.ndarray], region: str) -> list[tuple[str, int, bool]]:
    """Give name, size and whether it is excitatory for every population of a region, excitatory ones first."""
    found = []
    for key in example:
        name = key.removesuffix("/size")
        if name == key or name.rpartition(".")[0] != region:
            continue
        own = name.rpartition(".")[2].lower()
        stated = example.get(f"{name}/excitatory")
        excitatory = bool(stated) if stated is not None else not (own == "i" or own.startswith("inh"))
        found.append((name, int(example[key]), excitatory))
    return sorted(found, key=lambda population: not population[2])


def sample_units(populations: list[tuple[str, int, bool]]) -> list[tuple[str, np.ndarray, bool]]:
    """Draw units without looking at their spikes, each population in proportion to its size, at least one of each."""
    total = sum(size for _, size, _ in populations)
    rng = np.random.default_rng(0)
    sampled = []
    for name, size, excitatory in populations:
        count = size if total <= UNITS_A_REGION else max(1, round(UNITS_A_REGION * size / total))
        sampled.append((name, np.sort(rng.choice(size, min(count, size), replace=False)), excitatory))
    return sampled


def spikes_of(example: Mapping[str, np.ndarray], name: str, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the times in ms of the spikes of `units`, and which of `units` each belongs to."""
    fired = np.asarray(example[f"{name}/units"])
    place = np.searchsorted(units, fired)
    place[place == len(units)] = 0
    kept = units[place] == fired if len(units) else np.zeros(len(fired), bool)
    return np.asarray(example[f"{name}/times"])[kept], place[kept]
