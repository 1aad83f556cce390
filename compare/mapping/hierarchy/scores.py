"""The hierarchy scores of a matrix of similarities (layer, region), each with its p-value and its interval.

==================== =============================================== ================================================
score                is                                              file
==================== =============================================== ================================================
``spearman``         rank correlation of place and best layer        `rank_correlation`
``kendall``          tau-b of the same                               `rank_correlation`
``mean depth slope`` layers gained for each region further on        `mean_depth`
``layer slope``      gain in similarity per layer, for each region   `layer_slope`
==================== =============================================== ================================================

The p-value is one-sided, from permutations of the regions' order: all of them up to seven regions, so with R regions it
is never below 1/R!. The interval is from the bootstrap over stimuli. The two answer different questions: p asks whether
such an order would arise by chance among these few regions, the interval how well these stimuli determine the score.
"""

from functools import partial

import numpy as np

from compare.errors import InvalidOptionError
from compare.inference.estimates import Estimate
from compare.inference.intervals import percentile_interval
from compare.mapping.assignment import best
from compare.mapping.hierarchy.layer_slope import layer_trend
from compare.mapping.hierarchy.mean_depth import mean_depth, slope
from compare.mapping.hierarchy.orders import order_p
from compare.mapping.hierarchy.rank_correlation import correlation, kendall

__all__ = ["hierarchy_scores"]


def _best_rank(similarity: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    return np.asarray(rankdata(best(similarity), axis=-1))


SCORES = {
    "spearman": (_best_rank, correlation),
    "kendall": (best, kendall),
    "mean depth slope": (mean_depth, slope),
    "layer slope": (layer_trend, slope),
}
"""name -> a region's depth, and what is made of depths and places."""
LINEAR = "layer slope"


def hierarchy_scores(
    similarity: np.ndarray,
    resampled: np.ndarray,
    rng: np.random.Generator,
    confidence: float = 0.95,
    places: np.ndarray | None = None,
    estimate: Estimate | None = None,
) -> dict[str, dict[str, float]]:
    """Compute the hierarchy scores of a matrix.

    Parameters
    ----------
    similarity : numpy.ndarray
        (candidate layer, region), both in order; larger is closer.
    resampled : numpy.ndarray
        (bootstrap, candidate layer, region).
    rng : numpy.random.Generator
        For the orders tried where there are more than seven regions.
    confidence : float
        Nominal coverage of the intervals.
    places : numpy.ndarray, optional
        The regions' places in the hierarchy, as `RegionOrder.places` gives them: regions on one level share theirs.
        Only their ranks count. 1, 2, 3... by default.
    estimate : Estimate, optional
        Of the same matrix: gives the interval of "layer slope" its width, as this score is a sum of similarities.

    Returns
    -------
    dict of str to dict
        For each score: value, low, high, p_value; NaN with fewer than 3 regions or 2 layers, or, for a rank
        correlation, if all regions share one best layer. A bootstrap in which they do counts as 0.

    Raises
    ------
    InvalidOptionError
        If there is not one place a region.

    Examples
    --------
    >>> scores = hierarchy_scores(np.eye(3), np.eye(3)[None], np.random.default_rng(0))
    >>> {name: round(score["value"], 2) for name, score in scores.items()}
    {'spearman': 1.0, 'kendall': 1.0, 'mean depth slope': 1.0, 'layer slope': 0.5}
    """
    from scipy.stats import rankdata

    layers, regions = similarity.shape
    where = np.arange(regions, dtype=np.float64) if places is None else np.asarray(places, dtype=np.float64)
    if where.shape != (regions,) or not np.isfinite(where).all():
        raise InvalidOptionError(f"places: must be one number for each of {regions} regions, got shape {where.shape}")
    where = rankdata(where)
    missing = dict.fromkeys(("value", "low", "high", "p_value"), float("nan"))
    if regions < 3 or layers < 2:
        return {name: dict(missing) for name in SCORES}
    result = {}
    for name, (depth, score) in SCORES.items():
        depths = depth(similarity).astype(np.float64)
        value = float(score(depths[None], where)[0])
        if np.isnan(value):
            result[name] = dict(missing)
            continue
        if name == LINEAR and estimate is not None:
            low, high = estimate.map(lambda each: slope(layer_trend(each), where)).interval(confidence)
        else:
            draws = np.nan_to_num(score(depth(resampled).astype(np.float64), where))
            low, high = percentile_interval(draws, confidence)
        p_value = order_p(partial(score, depths), where, rng)
        result[name] = {"value": value, "low": float(low), "high": float(high), "p_value": p_value}
    return result
