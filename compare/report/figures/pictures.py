"""Small pictures: stimuli and what a unit is tuned to."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from compare.report.figures.common import LINE, axes_or_new, label, new_figure
from isocortex.style import DIVERGING, PAGE_WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_filters", "drawable", "mosaic", "show_image"]

ABREAST = 16
MOST = 32  # pictures of one region


def show_image(image: np.ndarray, ax: "Axes | None" = None) -> "Axes":
    """Show an image (height, width[, channel]) of values in [0, 1]: one channel in grey, three in colour."""
    ax = axes_or_new(ax, 1.5, 1.5)
    picture = np.clip(np.asarray(image, dtype=float), 0, 1)
    if picture.ndim == 3 and picture.shape[2] not in (3, 4):
        picture = picture[..., 0] if picture.shape[2] == 1 else picture.mean(axis=2)
    ax.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(visible=True, color=LINE)
    return ax


def draw_filters(filters: Mapping[str, np.ndarray]) -> "Figure":
    """Draw the kernels (kernel, height, width) of each region, up to 32 a region, each on its own scale about 0.

    Parameters
    ----------
    filters : mapping of str to numpy.ndarray
        Region -> kernels; entries that are no pictures are left out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = drawable(filters)
    lines = [-(-min(len(kernels), MOST) // ABREAST) for kernels in shown.values()]
    figure = new_figure(PAGE_WIDTH, 0.3 * len(shown) + 0.45 * sum(lines))
    axes = np.ravel(figure.subplots(len(shown), 1, height_ratios=lines))
    for ax, (region, kernels) in zip(axes, shown.items(), strict=True):
        picture = mosaic(kernels[:MOST])
        ax.imshow(picture, cmap=DIVERGING, vmin=-1, vmax=1, interpolation="nearest", aspect="equal")
        ax.set_title(label(region))
        ax.set_anchor("W")
        ax.axis("off")
    return figure


def drawable(filters: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Keep what is a stack of pictures: (kernel, height, width), or one more axis of channels, which is summed."""
    kept = {}
    for name, kernels in filters.items():
        stack = np.asarray(kernels, dtype=float)
        if stack.ndim == 4:
            stack = stack.sum(axis=3)
        if stack.ndim == 3 and min(stack.shape) > 0 and max(stack.shape[1:]) > 1:
            kept[name] = stack
    return kept


def mosaic(kernels: np.ndarray) -> np.ndarray:
    """Put kernels (kernel, height, width) abreast, 16 a line, each divided by its largest magnitude; gaps are NaN."""
    count, height, width = kernels.shape
    lines = -(-count // ABREAST)
    picture = np.full((lines * (height + 1) - 1, ABREAST * (width + 1) - 1), np.nan)
    for i, kernel in enumerate(kernels):
        top, left = (i // ABREAST) * (height + 1), (i % ABREAST) * (width + 1)
        largest = np.nanmax(np.abs(kernel))
        picture[top : top + height, left : left + width] = kernel / largest if largest > 0 else kernel
    return picture
