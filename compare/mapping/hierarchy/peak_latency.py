"""Later layers peak later: rank correlation of layer number with the latency of the largest similarity.

Cichy, Khosla, Pantazis, Torralba and Oliva (2016), Scientific Reports 6:27755, doi:10.1038/srep27755: similarity of
each layer's RDM with that of the brain at every moment, and Spearman's correlation of layer number with the latency of
its peak. They draw subjects anew; here stimuli are drawn.
"""

import numpy as np

from compare.inference.intervals import percentile_interval
from compare.mapping.hierarchy.orders import order_p
from compare.mapping.hierarchy.rank_correlation import spearman

__all__ = ["latency_score", "peak_latency"]


def peak_latency(times: np.ndarray, similarity: np.ndarray) -> np.ndarray:
    """Give when each curve of (..., time) is largest, the earliest if several are; NaN where nothing is known.

    Examples
    --------
    >>> peak_latency(np.array([5.0, 15.0, 25.0]), np.array([[0.1, 0.5, 0.2], [np.nan, 0.0, 0.1]]))
    array([15., 25.])
    """
    known = np.isfinite(similarity)
    peak = np.where(known, similarity, -np.inf).argmax(axis=-1)
    return np.asarray(np.where(known.any(axis=-1), times[peak], np.nan))


def latency_score(
    latency: np.ndarray, resampled: np.ndarray, rng: np.random.Generator, confidence: float = 0.95
) -> dict[str, float]:
    """Correlate layer number with peak latency by ranks.

    Parameters
    ----------
    latency : numpy.ndarray
        (layer,), in order of depth; layers that are NaN are left out.
    resampled : numpy.ndarray
        (bootstrap, layer).
    rng : numpy.random.Generator
        For the orders tried where there are more than seven layers.
    confidence : float
        Nominal coverage of the interval.

    Returns
    -------
    dict
        value, low, high, p_value (one-sided, over all orders of the layers); NaN with fewer than 3 layers that have a
        peak, or if all peak at once.

    Examples
    --------
    >>> peaks = np.array([40.0, 60, 70])
    >>> {name: round(value, 2) for name, value in latency_score(peaks, peaks[None], np.random.default_rng(0)).items()}
    {'value': 1.0, 'low': 1.0, 'high': 1.0, 'p_value': 0.17}
    """
    known = np.isfinite(latency)
    depth = np.flatnonzero(known).astype(np.float64)
    value = float(spearman(latency[known], depth)) if known.sum() >= 3 else float("nan")
    if np.isnan(value):
        return dict.fromkeys(("value", "low", "high", "p_value"), float("nan"))
    low, high = percentile_interval(np.nan_to_num(spearman(resampled[:, known], depth)), confidence)
    p_value = order_p(lambda orders: spearman(latency[known], orders), depth, rng)
    return {"value": value, "low": float(low), "high": float(high), "p_value": p_value}
