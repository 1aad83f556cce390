"""A representational dissimilarity matrix, with the stimuli along its sides."""

from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import InvalidActivityError
from compare.plots.canvas import axes_or_new, picture, square
from compare.report.figures.common import label
from compare.report.figures.geometry import scaled_ranks
from isocortex.style import SEQUENTIAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["rdm"]

PICTURES = 12  # along one side; more would be smaller than can be seen


def rdm(
    dissimilarities: Any,
    stimuli: Any = None,
    labels: Any = None,
    *,
    ranks: bool = False,
    title: str = "dissimilarity",
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw an RDM, sorted by class, with pictures of the stimuli or names of the classes along its sides.

    Parameters
    ----------
    dissimilarities : array-like
        Condensed or square, as `compare.rdm` gives it. Pairs that are NaN stay empty.
    stimuli : array-like, optional
        (stimulus, height, width[, channel]): pictures along the left and the upper side, evenly chosen where there
        are more than 12.
    labels : array-like, optional
        (stimulus,): the classes by which stimuli are sorted; without pictures their names stand along the sides.
    ranks : bool
        Show ranks from 0 to 1 instead of values, which is what Spearman's correlation compares.
    title : str
        Of the colour scale, with the unit.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ActivityTypeError, InvalidActivityError
        If it is no RDM, or there is not one picture or label a stimulus.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import compare
    >>> axes = rdm(compare.rdm(np.random.default_rng(0).normal(size=(6, 9))), labels=[0, 0, 0, 1, 1, 1])
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['0', '1']
    >>> plt.close(axes.figure)
    """
    matrix = square(dissimilarities, "plots.rdm")
    count = len(matrix)
    for name, value in (("stimuli", stimuli), ("labels", labels)):
        if value is not None and len(value) != count:
            raise InvalidActivityError(f"{name}: must be one for each of {count} stimuli, got {len(value)}")
    classes = None if labels is None else np.asarray(labels)
    order = np.arange(count) if classes is None else np.argsort(classes, kind="stable")
    shown = (scaled_ranks(matrix) if ranks else matrix.copy())[np.ix_(order, order)]
    np.fill_diagonal(shown, np.nan)
    axes = axes_or_new(ax)
    image = axes.imshow(shown, cmap=SEQUENTIAL, interpolation="nearest")
    scale = axes.figure.colorbar(image, cax=axes.inset_axes((1.03, 0.0, 0.04, 1.0)))
    scale.set_label(f"rank of {title}" if ranks else title)
    scale.outline.set_visible(False)
    axes.spines[:].set_visible(False)
    axes.set(xticks=[], yticks=[])
    if stimuli is not None:
        _pictures_along(axes, [stimuli[index] for index in order])
    elif classes is not None:
        _names_along(axes, classes[order])
    else:
        axes.set(xlabel="stimulus", ylabel="stimulus")
    return axes


def _pictures_along(axes: "Axes", images: list[Any]) -> None:
    """Put pictures to the left and above, within the Axes, so that any layout has room for them."""
    count = len(images)
    chosen = np.unique(np.linspace(0, count - 1, min(count, PICTURES)).round().astype(int))
    size = count / len(chosen)
    edge = -0.5 - 0.15 * size
    for place, index in enumerate(chosen):
        start = place * size - 0.5
        for x, y in ((edge - size, start), (start, edge - size)):
            axes.imshow(
                picture(images[index]),
                cmap="gray",
                vmin=0,
                vmax=1,
                interpolation="nearest",
                extent=(x + 0.04 * size, x + 0.96 * size, y + 0.96 * size, y + 0.04 * size),
            )
    axes.set(xlim=(edge - size, count - 0.5), ylim=(count - 0.5, edge - size))


def _names_along(axes: "Axes", classes: np.ndarray) -> None:
    names, start, counts = np.unique(classes, return_index=True, return_counts=True)
    middle = start + (counts - 1) / 2
    shown = [label(name, 12) for name in names]
    axes.set_yticks(middle, shown)
    axes.set_xticks(middle, shown, rotation=90 if max(map(len, shown)) > 2 else 0)
    axes.tick_params(length=0)
    for edge in start[1:]:
        axes.axhline(edge - 0.5, color="white", linewidth=0.5)
        axes.axvline(edge - 0.5, color="white", linewidth=0.5)
