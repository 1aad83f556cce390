"""Hierarchy scores: whether later regions go with later layers.

The regions' order is the order in which they are given. Three scores, each larger the clearer the order:

``"spearman"`` and ``"kendall"``
    Rank correlation (tau-b) of the region's place with its best layer's depth, as in Nonaka et al. (2021),
    iScience 24:103013, doi:10.1016/j.isci.2021.103013, though here over regions, not units. A bootstrap in which all
    regions share one layer shows no order and counts as 0.
``"mean depth slope"``
    Layers gained for each region further on: slope of the regions' mean depth, where every layer weighs as much as it
    is similar (negative similarity as 0). After the mean assigned layer of an area in Güçlü and van Gerven (2015),
    Journal of Neuroscience 35:10005, doi:10.1523/JNEUROSCI.5023-14.2015, who average over voxels.

The p-value is one-sided, from permutations of the regions' order: all of them up to seven regions, so with R regions it
is never below 1/R!. The interval is from the bootstrap over stimuli. The two answer different questions: p asks whether
such an order would arise by chance among these few regions, the interval how well these stimuli determine the score.
"""

from itertools import permutations
from typing import Any

import numpy as np

from compare.inference.intervals import percentile_interval
from compare.mapping.assignment import best

__all__ = ["hierarchy_scores"]

EXHAUSTIVE = 7  # regions up to which every order is tried: 5040
SAMPLED = 5000


def hierarchy_scores(
    similarity: np.ndarray, resampled: np.ndarray, rng: np.random.Generator, confidence: float = 0.95
) -> dict[str, dict[str, float]]:
    """Compute the hierarchy scores of a matrix.

    Parameters
    ----------
    similarity : numpy.ndarray
        (candidate layer, region), both in order.
    resampled : numpy.ndarray
        (bootstrap, candidate layer, region).
    rng : numpy.random.Generator
        For the orders tried where there are more than seven regions.
    confidence : float
        Nominal coverage of the intervals.

    Returns
    -------
    dict of str to dict
        For each score: value, low, high, p_value; NaN with fewer than 3 regions or 2 layers, or, for a rank
        correlation, if all regions share one best layer.
    """
    layers, regions = similarity.shape
    missing = dict.fromkeys(("value", "low", "high", "p_value"), float("nan"))
    if regions < 3 or layers < 2:
        return {name: dict(missing) for name in ("spearman", "kendall", "mean depth slope")}
    orders = _orders(regions, rng)
    result = {}
    for name, depth, score in (
        ("spearman", best, _spearman),
        ("kendall", best, _kendall),
        ("mean depth slope", _mean_depth, _slope),
    ):
        depths = depth(similarity).astype(np.float64)
        value = float(score(depths[None])[0])
        if np.isnan(value):
            result[name] = dict(missing)
            continue
        low, high = percentile_interval(np.nan_to_num(score(depth(resampled).astype(np.float64))), confidence)
        p_value = float((score(depths[orders]) >= value - 1e-12).mean())
        result[name] = {"value": value, "low": float(low), "high": float(high), "p_value": p_value}
    return result


def _orders(regions: int, rng: np.random.Generator) -> np.ndarray:
    if regions <= EXHAUSTIVE:
        return np.array(list(permutations(range(regions))))
    sampled = [rng.permutation(regions) for _ in range(SAMPLED - 1)]
    return np.array([np.arange(regions), *sampled])  # the order as it is counts as one


def _mean_depth(similarity: np.ndarray) -> np.ndarray:
    weight = np.maximum(np.nan_to_num(similarity), 0.0)
    depth = np.arange(similarity.shape[-2])[:, None]
    total = weight.sum(axis=-2)
    middle = (similarity.shape[-2] - 1) / 2  # where nothing is similar, no layer is preferred
    return np.where(total > 0, (weight * depth).sum(axis=-2) / np.where(total > 0, total, 1.0), middle)


def _slope(depths: np.ndarray) -> np.ndarray:
    place = np.arange(depths.shape[1]) - (depths.shape[1] - 1) / 2
    return depths @ place / (place @ place)


def _spearman(depths: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    return _correlation(rankdata(depths, axis=1))


def _kendall(depths: np.ndarray) -> np.ndarray:
    first, second = np.triu_indices(depths.shape[1], 1)
    sign = np.sign(depths[:, second] - depths[:, first])
    size = np.sqrt(np.abs(sign).sum(axis=1) * sign.shape[1])
    return np.where(size > 0, sign.sum(axis=1) / np.where(size > 0, size, 1.0), np.nan)


def _correlation(ranks: np.ndarray) -> np.ndarray:
    """Correlate each row with its positions."""
    place = np.arange(ranks.shape[1]) - (ranks.shape[1] - 1) / 2
    difference: Any = ranks - ranks.mean(axis=1, keepdims=True)
    size = np.sqrt((difference**2).sum(axis=1) * (place @ place))
    return np.where(size > 1e-12, difference @ place / np.where(size > 1e-12, size, 1.0), np.nan)
