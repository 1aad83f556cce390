"""Layers gained for each region further on: slope of the regions' mean depth.

Every layer counts as much as it is similar to the region (negative similarity as 0). After the mean assigned layer of
an area in Güçlü and van Gerven (2015), Journal of Neuroscience 35:10005, doi:10.1523/JNEUROSCI.5023-14.2015, for a
similarity that is one number a region; their own score, over units, is in `assigned_layer`.
"""

import numpy as np

__all__ = ["mean_depth", "slope"]


def mean_depth(similarity: np.ndarray) -> np.ndarray:
    """Give each region's mean layer number, from 0, of (..., layer, region).

    Examples
    --------
    >>> mean_depth(np.array([[0.5, -0.1], [0.5, 0.2]]))
    array([0.5, 1. ])
    """
    weight = np.maximum(np.nan_to_num(similarity), 0.0)
    depth = np.arange(similarity.shape[-2])[:, None]
    total = weight.sum(axis=-2)
    middle = (similarity.shape[-2] - 1) / 2  # where nothing is similar, no layer is preferred
    return np.asarray(np.where(total > 0, (weight * depth).sum(axis=-2) / np.where(total > 0, total, 1.0), middle))


def slope(depths: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Give the least-squares slope of depth on place along the last axis; NaN where all places are the same.

    Examples
    --------
    >>> float(slope(np.array([1, 2, 6.0]), np.array([1, 2, 3.0])))
    2.5
    """
    places = places - places.mean(axis=-1, keepdims=True)
    size = (places**2).sum(axis=-1)
    return np.asarray(np.where(size > 0, (depths * places).sum(axis=-1) / np.where(size > 0, size, 1.0), np.nan))
