"""What all figures share: an Axes to draw on, pictures beside a point, and the order of colours."""

from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import ActivityTypeError, InvalidActivityError
from compare.measures.rdm_comparators import stimuli_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["axes_or_new", "checked_map", "picture", "square"]


def axes_or_new(ax: "Axes | None") -> "Axes":
    """Give the Axes, or that of a new figure.

    Raises
    ------
    ActivityTypeError
        If it is something else, such as a figure.
    """
    from matplotlib.axes import Axes

    if isinstance(ax, Axes):
        return ax
    if ax is not None:
        raise ActivityTypeError(f"ax: must be a matplotlib Axes, got {type(ax).__name__}")
    import matplotlib.pyplot as plt

    return plt.subplots(layout="compressed")[1]


def checked_map(result: Any, name: str) -> Any:
    """Give back what is a `LayerMap`.

    Raises
    ------
    ActivityTypeError
        If it is something else.
    """
    from compare.mapping.layer_map import LayerMap

    if not isinstance(result, LayerMap):
        raise ActivityTypeError(f"{name}: takes what compare.map_layers gives, got {type(result).__name__}")
    return result


def square(dissimilarities: Any, name: str) -> np.ndarray:
    """Give an RDM as a symmetric matrix (stimulus, stimulus), from either form.

    Raises
    ------
    ActivityTypeError, InvalidActivityError
        If it is no RDM.
    """
    from scipy.spatial.distance import squareform

    array = np.asarray(dissimilarities)
    if array.dtype.kind not in "fiub":
        raise ActivityTypeError(f"{name}: must hold dissimilarities, got dtype {array.dtype}")
    array = array.astype(np.float64)
    if array.ndim == 1 and stimuli_of(array.size) is not None:
        return np.asarray(squareform(array, checks=False))
    if array.ndim == 2 and array.shape[0] == array.shape[1] > 1 and np.allclose(array, array.T, equal_nan=True):
        array = array.copy()
        np.fill_diagonal(array, 0.0)
        return array
    raise InvalidActivityError(
        f"{name}: must be an RDM, condensed (n(n-1)/2) or square and symmetric, got shape {array.shape}; "
        "compare.rdm gives one from activity"
    )


def picture(image: Any) -> np.ndarray:
    """Give a stimulus (height, width[, channel]) as what an Axes can show: grey or colour between 0 and 1.

    Raises
    ------
    InvalidActivityError
        If it is no image.
    """
    array = np.asarray(image, dtype=np.float64)
    if array.ndim not in (2, 3) or array.size == 0:
        raise InvalidActivityError(
            f"stimuli: must be images (height, width[, channel]), got one of shape {array.shape}"
        )
    low, high = float(np.nanmin(array)), float(np.nanmax(array))
    if low < 0 or high > 1:
        array = (array - low) / (high - low)
    if array.ndim == 3 and array.shape[2] not in (3, 4):
        array = array.mean(axis=2)
    return np.clip(array, 0.0, 1.0)
