"""Pictures of representational dissimilarity matrices, stimuli sorted by class."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

from compare.report.figures.common import FAINT, MUTED, axes_or_new, label, new_figure
from isocortex.style import PAGE_WIDTH, SEQUENTIAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["correlation_ranks", "draw_geometry", "draw_rdm", "scaled_ranks", "spread_out"]

ABREAST = 6
MOST_STIMULI = 120


def draw_geometry(lines: Sequence[Mapping[str, np.ndarray]], labels: np.ndarray | None) -> "Figure":
    """Draw the RDMs of up to six subjects a line: layers above, regions below.

    Parameters
    ----------
    lines : sequence of mapping of str to numpy.ndarray (stimulus, ...)
        What is drawn in each line: name -> activity, trials already averaged.
    labels : numpy.ndarray (stimulus,), optional
        Classes; the stimuli are sorted by them.

    Returns
    -------
    matplotlib.figure.Figure
    """
    order = shown_stimuli(len(next(iter(lines[0].values()))), labels)
    figure = new_figure(PAGE_WIDTH, 0.25 + 1.22 * len(lines))
    axes = figure.subplots(len(lines), ABREAST, squeeze=False)
    for line, row in zip(lines, axes, strict=True):
        for ax in row[len(line) :]:
            ax.set_visible(False)
        for ax, (name, activity) in zip(row, line.items(), strict=False):
            draw_rdm(activity[order], ax)
            ax.set_title(label(name, 17), fontsize=7)
    scale = figure.colorbar(ScalarMappable(Normalize(0, 1), SEQUENTIAL), ax=axes, fraction=0.016, pad=0.012, aspect=28)
    scale.outline.set_visible(False)
    scale.set_ticks([0, 1], labels=["alike", "unlike"])
    scale.ax.tick_params(length=2, labelsize=6, color=MUTED)
    scale.set_label("rank of 1 − correlation", fontsize=6.5)
    return figure


def shown_stimuli(count: int, labels: np.ndarray | None) -> np.ndarray:
    """Give up to 120 stimuli, evenly taken from all of them sorted by class: more would be finer than the print."""
    order = np.argsort(labels, kind="stable") if labels is not None and len(labels) == count else np.arange(count)
    return order[np.unique(np.linspace(0, count - 1, min(count, MOST_STIMULI)).round().astype(int))]


def draw_rdm(activity: np.ndarray, ax: "Axes | None" = None) -> "Axes":
    """Draw one RDM as ranks between 0 and 1; stimuli without a correlation stay empty."""
    ax = axes_or_new(ax, 1.5, 1.5)
    ax.set_facecolor(FAINT)
    ax.imshow(correlation_ranks(activity), cmap=SEQUENTIAL, vmin=0, vmax=1, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return ax


def correlation_ranks(activity: np.ndarray) -> np.ndarray:
    """Give the ranks (stimulus, stimulus), scaled to [0, 1], of the correlation distances between stimuli.

    The ranks are what Spearman's correlation compares. The diagonal, and stimuli whose activity is constant, are NaN.
    """
    flat = np.asarray(activity, dtype=np.float64).reshape(len(activity), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(flat, axis=1, keepdims=True)
    unit = np.divide(flat, norm, out=np.full_like(flat, np.nan), where=norm > 0)
    distance = 1 - unit @ unit.T
    np.fill_diagonal(distance, 0)
    picture = scaled_ranks(distance)
    np.fill_diagonal(picture, np.nan)
    return picture


def scaled_ranks(distances: np.ndarray) -> np.ndarray:
    """Give the ranks of a square RDM from 0 to 1, as a square again; what is NaN has none."""
    ranks = rankdata(squareform(distances, checks=False), nan_policy="omit")
    known = np.isfinite(ranks)
    ranks[known] = (ranks[known] - 1) / max(known.sum() - 1, 1)
    return np.asarray(squareform(ranks, checks=False))


def spread_out(names: Sequence[str], most: int = ABREAST) -> list[str]:
    """Choose up to `most` names from first to last, evenly spaced.

    Examples
    --------
    >>> spread_out(["a", "b", "c", "d", "e"], most=3)
    ['a', 'c', 'e']
    """
    if len(names) <= most:
        return list(names)
    return [names[i] for i in np.unique(np.linspace(0, len(names) - 1, most).round().astype(int))]
