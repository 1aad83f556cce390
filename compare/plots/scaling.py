"""Multidimensional scaling: stimuli on a plane, as far apart as their dissimilarities say, as far as a plane can."""

from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import InvalidActivityError
from compare.plots.canvas import axes_or_new, picture, square
from compare.report.figures.common import depth_colors, label
from isocortex.style import colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["mds"]

FEW = 7  # classes that have a colour of their own; more share a scale


def mds(
    dissimilarities: Any,
    stimuli: Any = None,
    labels: Any = None,
    *,
    size: float = 0.07,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw stimuli on a plane by metric multidimensional scaling.

    The plane begins with classical scaling (Torgerson 1952, doi:10.1007/BF02288916) and is improved by SMACOF (de
    Leeuw 1977); nothing is drawn at random. Its stress-1, the root of the squared error of distances by that of the
    dissimilarities (Kruskal 1964, doi:10.1007/BF02289565), stands in the corner: above 0.2 the picture is a poor one.

    Parameters
    ----------
    dissimilarities : array-like
        Condensed or square, finite; negative ones (cross-validated distances) count as 0.
    stimuli : array-like, optional
        (stimulus, height, width[, channel]): pictures instead of dots.
    labels : array-like, optional
        (stimulus,): classes, by colour.
    size : float
        Side of a picture, as a share of the Axes.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ActivityTypeError, InvalidActivityError
        If it is no RDM, holds NaN, or there is not one picture or label a stimulus.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> corners = np.array([[0, 0], [0, 3], [4, 0], [4, 3]])
    >>> axes = mds(np.linalg.norm(corners[:, None] - corners, axis=2))
    >>> axes.texts[-1].get_text()
    'stress 0.00'
    >>> plt.close(axes.figure)
    """
    matrix = square(dissimilarities, "plots.mds")
    if not np.isfinite(matrix).all():
        stimulus = int(np.argmax(~np.isfinite(matrix).all(axis=1)))
        raise InvalidActivityError(
            f"plots.mds: stimulus {stimulus} has a dissimilarity that is not finite (a pattern without variance?); "
            "leave it out"
        )
    for name, value in (("stimuli", stimuli), ("labels", labels)):
        if value is not None and len(value) != len(matrix):
            raise InvalidActivityError(f"{name}: must be one for each of {len(matrix)} stimuli, got {len(value)}")
    places, stress = _placed(np.maximum(matrix, 0.0))
    axes = axes_or_new(ax)
    classes = np.zeros(len(matrix), int) if labels is None else np.asarray(labels)
    names = np.unique(classes)
    colours = [colour(i) for i in range(len(names))] if len(names) <= FEW else list(depth_colors(len(names)))
    for name, one in zip(names, colours, strict=True):
        chosen = classes == name
        axes.scatter(
            places[chosen, 0], places[chosen, 1], s=14, color=one, edgecolor="none", label=label(name), zorder=2
        )
    # The same scale both ways, and room for pictures at the border.
    reach = 1.12 * max(float(np.abs(places).max()), 1e-12)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[], aspect="equal")
    axes.spines[:].set_visible(False)
    if stimuli is not None:
        for index, (x, y) in enumerate(places / (2 * reach) + 0.5):
            inset = axes.inset_axes((x - size / 2, y - size / 2, size, size))
            inset.imshow(picture(stimuli[index]), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            edge = colours[int(np.searchsorted(names, classes[index]))]
            inset.spines[:].set(visible=labels is not None, color=edge, linewidth=1.2)
            inset.set(xticks=[], yticks=[])
    if labels is not None:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handletextpad=0.2, borderaxespad=0.2)
    axes.text(0.99, 0.01, f"stress {stress:.2f}", transform=axes.transAxes, ha="right", va="bottom", fontsize=6)
    return axes


def _placed(matrix: np.ndarray) -> tuple[np.ndarray, float]:
    """Give places (stimulus, 2) and their stress-1."""
    from scipy.spatial.distance import pdist, squareform
    from sklearn.manifold import smacof

    size = float(matrix.max())
    if size == 0:
        return np.zeros((len(matrix), 2)), 0.0
    scaled = matrix / size
    squared = scaled**2
    centred = squared - squared.mean(axis=0)
    gram = -0.5 * (centred - centred.mean(axis=1, keepdims=True))
    sizes, axes = np.linalg.eigh(gram)
    begin = np.zeros((len(matrix), 2))
    kept = min(2, len(sizes))
    begin[:, :kept] = (axes * np.sqrt(np.maximum(sizes, 0.0)))[:, ::-1][:, :kept]
    begin *= np.where(begin[np.abs(begin).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)  # an axis has no sign of its own
    places, _ = smacof(scaled, n_components=2, init=begin, n_init=1, max_iter=300, eps=1e-9, normalized_stress=False)
    target = squareform(scaled, checks=False)
    error = np.sqrt(np.sum((pdist(places) - target) ** 2) / np.sum(target**2))
    return places, float(error)
