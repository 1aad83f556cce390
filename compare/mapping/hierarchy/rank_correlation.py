"""Rank correlation of the regions' places with their depths: Spearman's rho and Kendall's tau-b.

With the best layer's number as a region's depth this is the idea of Nonaka et al. (2021), iScience 24:103013,
doi:10.1016/j.isci.2021.103013, over regions instead of units. Kendall (1945), Biometrika 33:239-251, for tau-b.
"""

import numpy as np

__all__ = ["correlation", "kendall", "spearman"]

LEAST = 1e-12  # of a spread; below it, nothing varies


def spearman(depths: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Correlate ranks along the last axis; NaN where all depths or all places are the same.

    Examples
    --------
    >>> float(spearman(np.array([0, 2, 1, 3.0]), np.arange(4.0)).round(1))
    0.8
    """
    from scipy.stats import rankdata

    return correlation(rankdata(depths, axis=-1), rankdata(places, axis=-1))


def kendall(depths: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Give tau-b along the last axis; NaN where all depths or all places are the same.

    Examples
    --------
    >>> float(kendall(np.array([0, 2, 1, 3.0]), np.arange(4.0)).round(3))
    0.667
    """
    depths, places = np.broadcast_arrays(depths, places)
    first, second = np.triu_indices(depths.shape[-1], 1)
    a = np.sign(depths[..., second] - depths[..., first])
    b = np.sign(places[..., second] - places[..., first])
    size = np.sqrt(np.abs(a).sum(axis=-1) * np.abs(b).sum(axis=-1))
    return np.asarray(np.where(size > 0, (a * b).sum(axis=-1) / np.where(size > 0, size, 1.0), np.nan))


def correlation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Give Pearson's r along the last axis; NaN where one does not vary."""
    a = x - x.mean(axis=-1, keepdims=True)
    b = y - y.mean(axis=-1, keepdims=True)
    size = np.sqrt((a**2).sum(axis=-1) * (b**2).sum(axis=-1))
    return np.asarray(np.where(size > LEAST, (a * b).sum(axis=-1) / np.where(size > LEAST, size, 1.0), np.nan))
