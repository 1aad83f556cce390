"""Figures of what is inside a network; each takes an Axes, or makes one, and gives it back."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.data import as_array
from ann.errors import DataError, InvalidTypeError, ShapeError
from ann.explain.permute import Importance
from ann.layers.layer import positive_integer
from isocortex.style import COLORS, DIVERGING, SEQUENTIAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["activity_by_layer", "attribution_map", "gradients_by_layer", "importance_bars"]


def attribution_map(values: Any, image: Any = None, ax: "Axes | None" = None, colorbar: bool = True) -> "Axes":
    """Draw what `saliency`, `integrated_gradients` and the like gave for one image, over the image if it is given.

    Channels are added up. Where all is positive (saliency) the colours run from none to much, otherwise from blue
    (against the output) over white to red (for it), alike on both sides of 0. Over an image what is near 0 is
    transparent, so that the image is seen where it does not matter.

    Parameters
    ----------
    values : array
        (height, width) or (height, width, channel).
    image : array, optional
        (height, width) or (height, width, channel), drawn in light grey beneath.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    colorbar : bool
        Whether the scale stands beside it.

    Raises
    ------
    ShapeError, DataError
        If it is no image, or not finite.
    """
    drawn = _flat_image(values, "values")
    beneath = None if image is None else _flat_image(image, "image")
    ax = _axes(ax)
    signed = bool((drawn < 0).any())
    most = float(np.abs(drawn).max()) or 1.0
    colors, alpha = DIVERGING if signed else SEQUENTIAL, None
    if beneath is not None:
        ax.imshow(beneath, cmap="Greys", alpha=0.4)
        colors, alpha = DIVERGING if signed else "Reds", np.sqrt(np.abs(drawn) / most)
    picture = ax.imshow(drawn, cmap=colors, vmin=-most if signed else 0, vmax=most, alpha=alpha)
    if colorbar:
        ax.figure.colorbar(picture, ax=ax, shrink=0.8)
    ax.set_axis_off()
    return ax


def importance_bars(
    importance: Importance, names: Sequence[str] | None = None, most: int = 20, ax: "Axes | None" = None
) -> "Axes":
    """Draw what features are worth, the largest first, with 95 % intervals over stimuli.

    Parameters
    ----------
    importance : Importance
        What `permutation_importance` gave.
    names : sequence of str, optional
        Of all features of a stimulus; their numbers by default.
    most : int
        How many are drawn at most.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Raises
    ------
    ShapeError, InvalidTypeError, InvalidValueError
        If there are fewer names than features, or an argument is of another kind.
    """
    if not isinstance(importance, Importance):
        raise InvalidTypeError(f"importance: must be what permutation_importance gave, got {importance!r}")
    most = positive_integer(most, "most")
    if names is not None and (isinstance(names, str) or not isinstance(names, Sequence)):
        raise InvalidTypeError(f"names: must be a list of texts, got {names!r}")
    if names is not None and len(names) <= max(importance.features):
        raise ShapeError(f"names: got {len(names)} for features up to number {max(importance.features)}")
    ax = _axes(ax)
    order = np.argsort(-importance.mean, kind="stable")[:most]
    labels = [str(importance.features[i]) if names is None else names[importance.features[i]] for i in order]
    mean, places = importance.mean[order], np.arange(len(order))
    ax.barh(places, mean, color=COLORS["blue"])
    ax.hlines(places, importance.low[order], importance.high[order], color=COLORS["black"], linewidth=0.8)
    ax.set_yticks(places, labels)
    ax.invert_yaxis()
    ax.axvline(0, color=COLORS["black"], linewidth=0.6)
    ax.set_xlabel("worse when shuffled (95 % interval over stimuli)")
    return ax


def activity_by_layer(activations: Mapping[str, Any], ax: "Axes | None" = None) -> "Axes":
    """Draw the spread of activity in each layer, over stimuli and units: median, quartiles, and from 5 to 95 %.

    Parameters
    ----------
    activations : mapping of str to array
        What `Network.activations` gave.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Raises
    ------
    DataError, InvalidTypeError
        If there is no layer, a number is not finite, or it is no mapping.
    """
    found = _layers(activations, "activations")
    ax = _axes(ax)
    boxes = []
    for name, values in found.items():
        low, first, middle, third, high = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))
        boxes.append({"label": name, "whislo": low, "q1": first, "med": middle, "q3": third, "whishi": high})
    ax.bxp(boxes, showfliers=False, medianprops={"color": COLORS["vermillion"]})
    ax.tick_params(axis="x", rotation=45)
    ax.set_ylabel("activity (5 to 95 % of units and stimuli)")
    return ax


def gradients_by_layer(gradients: Mapping[str, Any], ax: "Axes | None" = None) -> "Axes":
    """Draw the size of the gradient in each layer, the root of the mean square over stimuli and units, on a log scale.

    Where it falls towards the first layers, gradients vanish; where it grows, they explode.

    Parameters
    ----------
    gradients : mapping of str to array
        ``Network.gradients(x, y).layers``, or what `output_gradients` gave.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Raises
    ------
    DataError, InvalidTypeError
        If there is no layer, a number is not finite, or it is no mapping.
    """
    found = _layers(gradients, "gradients")
    ax = _axes(ax)
    sizes = [float(np.sqrt(np.mean(np.square(values, dtype=float)))) for values in found.values()]
    ax.plot(range(len(sizes)), [size or np.nan for size in sizes], "o-", color=COLORS["blue"], markersize=4)
    if any(sizes):
        ax.set_yscale("log")
    ax.set_xticks(range(len(sizes)), list(found), rotation=45, ha="right")
    ax.set_ylabel("gradient (root mean square)")
    return ax


def _axes(ax: "Axes | None") -> "Axes":
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots()
    return ax


def _flat_image(values: Any, what: str) -> np.ndarray:
    given = as_array(values, what)
    if given.dtype.kind not in "fiub":
        raise DataError(f"{what}: must be numbers, got {given.dtype}")
    found = given.astype(float)
    if found.ndim not in (2, 3):
        raise ShapeError(f"{what}: got {found.shape}, expects (height, width) or (height, width, channel) of one image")
    if not np.isfinite(found).all():
        raise DataError(f"{what}: must be finite numbers")
    return found.sum(axis=2) if found.ndim == 3 else found


def _layers(arrays: Mapping[str, Any], what: str) -> dict[str, np.ndarray]:
    if not isinstance(arrays, Mapping):
        raise InvalidTypeError(f"{what}: must be arrays by layer, as a network gives them, got {type(arrays).__name__}")
    found = {name: as_array(values, what) for name, values in arrays.items()}
    if not found:
        raise DataError(f"{what}: holds no layer")
    for name, values in found.items():
        if not values.size or values.dtype.kind not in "fiub" or not np.isfinite(values).all():
            raise DataError(f"{what}: {name} must hold finite numbers")
    return found
