"""What each region is like: when it answers, how much of the picture its units see, how fast they fire."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.report.figures.common import LINE, axes_or_new, label, new_figure
from isocortex.style import COLORS, PAGE_WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_latency", "draw_physiology", "draw_profile"]


def draw_physiology(brain: Mapping[str, Any], latency: Mapping[str, Any]) -> "Figure":
    """Draw onset latency, receptive field and mean rate by region, whichever are known, side by side.

    Parameters
    ----------
    brain : mapping
        ``results["brain"]``.
    latency : mapping
        ``results["latency"]``; may be empty.

    Returns
    -------
    matplotlib.figure.Figure
    """
    regions = brain["regions"]
    panels = [
        (key, title)
        for key, title in [
            ("receptive_field_px", "receptive field (pixels)"),
            ("mean_rate_hz", "mean rate (Hz, log scale)"),
        ]
        if any(region.get(key) is not None for region in regions)
    ]
    count = len(panels) + bool(latency)
    figure = new_figure(PAGE_WIDTH if count > 1 else 3.5, 2.1)
    axes = list(np.ravel(figure.subplots(1, max(count, 1))))
    if latency:
        draw_latency(latency, [region["name"] for region in regions], axes.pop(0))
    for ax, (key, title) in zip(axes, panels, strict=True):
        draw_profile({region["name"]: region.get(key) for region in regions}, title, ax)
        if key == "mean_rate_hz":
            log_rates(ax)
    return figure


def draw_latency(latency: Mapping[str, Any], regions: list[str], ax: "Axes | None" = None) -> "Axes":
    """Draw the median onset of each region with its interval."""
    ax = axes_or_new(ax, 3.5, 2.1)
    for j, region in enumerate(regions):
        onset = latency.get(region)
        if not onset or onset.get("median_ms") is None:
            continue
        ax.plot([j, j], [onset["low_ms"], onset["high_ms"]], color=COLORS["blue"], linewidth=1.4)
        ax.plot(j, onset["median_ms"], "o", color=COLORS["blue"], markersize=4)
    ax.set_ylabel("onset latency (ms)")
    ax.set_ylim(bottom=0)
    return name_regions(ax, regions)


def draw_profile(values: Mapping[str, float | None], title: str, ax: "Axes | None" = None) -> "Axes":
    """Draw one value a region, from 0."""
    ax = axes_or_new(ax, 3.5, 2.1)
    known = {j: value for j, value in enumerate(values.values()) if value is not None}
    ax.plot(list(known), list(known.values()), "o", color=COLORS["blue"], markersize=4)
    ax.set_ylabel(title)
    ax.set_ylim(bottom=0)
    return name_regions(ax, list(values))


def log_rates(ax: "Axes") -> None:
    """Put rates, which span decades, on a logarithmic axis with plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    values = [float(value) for line in ax.lines for value in np.ravel(line.get_ydata()) if value > 0]
    if not values:
        return
    ax.set_yscale("log")
    ax.set_ylim(min(values) / 2, max(values) * 2)
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())


def name_regions(ax: "Axes", regions: list[str]) -> "Axes":
    """Name the regions along the x axis."""
    steep = sum(len(label(region)) for region in regions) > 26
    ax.set_xticks(
        np.arange(len(regions)),
        [label(region, 14) for region in regions],
        rotation=40 if steep else 0,
        ha="right" if steep else "center",
        rotation_mode="anchor" if steep else "default",
    )
    ax.set_xlim(-0.5, len(regions) - 0.5)
    ax.tick_params(axis="x", length=0)
    ax.grid(axis="y", color=LINE, linewidth=0.5)
    ax.set_axisbelow(True)
    return ax
