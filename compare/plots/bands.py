"""Bands from layers to regions, as wide as the share of bootstraps that join them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from compare.report.figures.common import INK, MUTED, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_bands"]

GAP = 0.12  # between two regions or two layers, in heights of a region
BAR = 0.03  # width of the bars that bands leave and reach
LEAST = 0.01  # share of bootstraps below which no band is drawn


def draw_bands(
    shares: np.ndarray,
    layers: Sequence[str],
    regions: Sequence[str],
    told: Mapping[str, str | None],
    colours: np.ndarray,
    axes: "Axes",
) -> "Axes":
    """Draw which layers go with which regions.

    Parameters
    ----------
    shares : numpy.ndarray
        (layer, region), of all bootstraps.
    layers, regions : sequence of str
        Names, from the top downwards.
    told : mapping of str to str or None
        Region -> the layer that can be told, None where one cannot tell.
    colours : numpy.ndarray
        (layer, 4).
    axes : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

    wins = np.where(shares >= LEAST, shares, 0.0)
    heights = wins.sum(axis=1)
    left, right = _stacked(np.maximum(heights, 0.02)), _stacked(np.maximum(wins.sum(axis=0), 0.02))
    shift = (left[-1] - right[-1]) / 2
    left, right = left - max(shift, 0.0), right - max(-shift, 0.0)  # both columns about one middle
    leaves, reaches = left.copy(), right.copy()
    for row in range(len(layers)):
        for column in range(len(regions)):
            share = wins[row, column]
            if share == 0:
                continue
            y0, y1 = leaves[row], reaches[column]
            points = [(BAR, y0), (0.5, y0), (0.5, y1), (1 - BAR, y1)]
            points += [(1 - BAR, y1 + share), (0.5, y1 + share), (0.5, y0 + share), (BAR, y0 + share), (BAR, y0)]
            codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
            axes.add_patch(PathPatch(Path(points, codes), facecolor=colours[row], edgecolor="none", alpha=0.7))
            leaves[row] += share
            reaches[column] += share
    for row, layer in enumerate(layers):
        high = max(heights[row], 0.02)
        axes.add_patch(Rectangle((0, left[row]), BAR, high, facecolor=colours[row], linewidth=0))
        axes.text(-0.02, left[row] + high / 2, label(layer), ha="right", va="center", fontsize=7)
    for column, region in enumerate(regions):
        high = max(wins[:, column].sum(), 0.02)
        axes.add_patch(Rectangle((1 - BAR, right[column]), BAR, high, facecolor=INK, linewidth=0))
        clear = told.get(region) is not None
        axes.text(
            1.02,
            right[column] + high / 2,
            label(region) if clear else f"{label(region)} (cannot tell)",
            ha="left",
            va="center",
            fontsize=7,
            fontweight="bold" if clear else "normal",
            color=INK if clear else MUTED,
        )
    low, top = min(left[0], right[0]), max(left[-1], right[-1])
    axes.set(xlim=(-0.45, 1.55), ylim=(top + GAP, low - 2.5 * GAP))
    for x, text, side in ((-0.02, "layers", "right"), (0.5, "bootstraps won", "center"), (1.02, "regions", "left")):
        axes.text(x, low - GAP, text, ha=side, fontsize=7, color=MUTED)
    axes.axis("off")
    return axes


def _stacked(heights: np.ndarray) -> np.ndarray:
    """Give where each bar begins, one beneath the other, and last where all of them end."""
    ends = np.cumsum(heights + GAP)
    return np.concatenate([[0.0], ends]) - np.concatenate([np.zeros(len(heights)), [GAP]])
