"""Mean assigned layer: each unit goes to the layer that predicts it best, and a region is at its units' mean.

Güçlü and van Gerven (2015), Journal of Neuroscience 35:10005, doi:10.1523/JNEUROSCI.5023-14.2015, figure 5: the mean
layer number of an area's voxels rises along the ventral stream. Units that no layer predicts above chance have none.
The score is the least-squares slope of the regions' means on their places.
"""

import numpy as np

__all__ = ["assigned_layer_slope", "mean_assigned_layer"]


def mean_assigned_layer(counts: np.ndarray) -> np.ndarray:
    """Give each region's mean layer number, from 1, of (..., layer, region) units; NaN where there are none.

    Examples
    --------
    >>> mean_assigned_layer(np.array([[3, 0, 0], [1, 2, 0]]))
    array([1.25, 2.  ,  nan])
    """
    number = np.arange(1.0, counts.shape[-2] + 1)
    units = counts.sum(axis=-2)
    return np.asarray(np.where(units > 0, number @ counts / np.where(units > 0, units, 1), np.nan))


def assigned_layer_slope(counts: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Give the layers gained for each place further on; regions without an assigned unit do not count.

    Examples
    --------
    >>> float(assigned_layer_slope(np.array([[3, 0, 0], [1, 2, 0], [0, 0, 5]]), np.arange(3.0)))
    0.875
    """
    means = mean_assigned_layer(counts)
    known = np.isfinite(means)
    number = np.maximum(known.sum(axis=-1, keepdims=True), 1)
    away = np.where(known, places - (places * known).sum(axis=-1, keepdims=True) / number, 0.0)
    size = (away**2).sum(axis=-1)
    gain = (np.where(known, means, 0.0) * away).sum(axis=-1)
    return np.asarray(np.where(size > 0, gain / np.where(size > 0, size, 1.0), np.nan))
