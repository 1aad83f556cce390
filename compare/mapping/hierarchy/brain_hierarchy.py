"""The brain hierarchy score of Nonaka, Majima, Aoki and Kamitani (2021), iScience 24:103013.

doi:10.1016/j.isci.2021.103013. *Encoding*: each unit of the brain goes to the layer that predicts it best. *Decoding*:
each unit of the network goes to the region from which it is predicted best. Of either, units whose best correlation is
above 0 with p < 0.05 are kept, and the score is Spearman's correlation over them of layer number and region place. With
more than five layers it is the mean over many choices of five, the first and the last among them, so that networks of
any depth compare. The brain hierarchy score is the mean of the two.

The p-value of a correlation r over n stimuli is Student's, ``t = r √((n - 2) / (1 - r²))`` with n - 2 degrees of
freedom. The authors' published code takes ``r √((n - 2) (1 - r²))`` with n fixed at 50: r = 0.28 gets p = 0.069 (it is
0.049) and r = 0.99 gets 0.34 (it is 0), so that it drops the units that are predicted best; their numbers differ from
ours for that. As in the paper, the p-value is not corrected for having taken the best of several.
"""

from itertools import combinations
from math import comb

import numpy as np

__all__ = ["best_candidate", "correlation_p", "layer_choices", "spearman_of_counts"]


def correlation_p(r: np.ndarray, stimuli: int) -> np.ndarray:
    """Give the two-sided p-value of Pearson's r over `stimuli` pairs of normal numbers; NaN stays NaN.

    Examples
    --------
    >>> correlation_p(np.array([0.28, 0.99]), 50).round(3)
    array([0.049, 0.   ])
    """
    from scipy.special import stdtr

    with np.errstate(divide="ignore"):
        t = np.abs(r) * np.sqrt((stimuli - 2) / (1 - np.minimum(np.square(r), 1.0)))
    return np.asarray(2 * stdtr(stimuli - 2, -t))


def best_candidate(scores: np.ndarray, stimuli: int, alpha: float = 0.05) -> np.ndarray:
    """Give which candidate predicts each unit best, -1 where none does above chance.

    Parameters
    ----------
    scores : numpy.ndarray
        (candidate, unit): correlation of prediction and response; NaN counts as 0.
    stimuli : int
        Over how many stimuli.
    alpha : float
        Below which a correlation is above chance.

    Examples
    --------
    >>> best_candidate(np.array([[0.5, 0.1, -0.9], [0.6, 0.2, -0.8]]), 30)
    array([ 1, -1, -1])
    """
    known = np.nan_to_num(scores)
    top = known.max(axis=0)
    return np.asarray(np.where((top > 0) & (correlation_p(top, stimuli) < alpha), known.argmax(axis=0), -1))


def layer_choices(layers: int, kept: int, count: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Choose `kept` of the layers, the first and last among them: all choices, or `count` different ones if fewer.

    Examples
    --------
    >>> layer_choices(4, 3, 100, np.random.default_rng(0))
    [(0, 1, 3), (0, 2, 3)]
    """
    if layers <= kept:
        return [tuple(range(layers))]
    inner = range(1, layers - 1)
    if comb(layers - 2, kept - 2) <= count:
        return [(0, *chosen, layers - 1) for chosen in combinations(inner, kept - 2)]
    found: set[tuple[int, ...]] = set()
    while len(found) < count:
        found.add((0, *np.sort(rng.permutation(layers - 2)[: kept - 2] + 1).tolist(), layers - 1))
    return sorted(found)


def spearman_of_counts(counts: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Correlate layer number and region place by ranks over units that are only counted.

    Parameters
    ----------
    counts : numpy.ndarray
        (..., layer, region): how many units.
    places : numpy.ndarray
        (..., region).

    Returns
    -------
    numpy.ndarray
        (...): Spearman's rho with average ranks; NaN where all units have one layer, or one place.

    Examples
    --------
    >>> float(spearman_of_counts(np.array([[2, 1], [0, 3]]), np.arange(2.0)).round(4))
    0.7071
    """
    rows, columns = counts.sum(axis=-1), counts.sum(axis=-2)
    total = rows.sum(axis=-1)
    a = np.cumsum(rows, axis=-1) - (rows - 1) / 2  # average rank of the units of one layer
    below = (places[..., :, None] > places[..., None, :]) + (places[..., :, None] == places[..., None, :]) / 2
    b = (below * columns[..., None, :]).sum(axis=-1) + 0.5
    middle = (total + 1) / 2
    a, b = a - middle[..., None], b - middle[..., None]
    product = (counts * a[..., :, None] * b[..., None, :]).sum(axis=(-2, -1))
    size = np.sqrt((rows * a**2).sum(axis=-1) * (columns * b**2).sum(axis=-1))
    return np.asarray(np.where(size > 0, product / np.where(size > 0, size, 1.0), np.nan))
