"""Which layer goes with which region: freely, one to one, or in order.

Each takes a matrix of similarities (candidate layer, region) and gives one candidate a region. Many matrices at once,
(..., layer, region), are the bootstraps.
"""

import numpy as np

__all__ = ["best", "one_to_one", "ordered", "support"]


def best(similarity: np.ndarray) -> np.ndarray:
    """Give each region the layer most similar to it, the earliest if there are several.

    Examples
    --------
    >>> best(np.array([[0.9, 0.8], [0.1, 0.7]]))
    array([0, 0])
    """
    return np.argmax(similarity, axis=-2)


def one_to_one(similarity: np.ndarray) -> np.ndarray:
    """Give no layer to two regions, and the largest total similarity; -1 where regions outnumber layers.

    The linear assignment problem (Kuhn 1955), by `scipy.optimize.linear_sum_assignment`.

    Examples
    --------
    >>> one_to_one(np.array([[0.9, 0.8], [0.1, 0.7]]))
    array([0, 1])
    """
    from scipy.optimize import linear_sum_assignment

    flat = similarity.reshape(-1, *similarity.shape[-2:])
    result = np.full((len(flat), similarity.shape[-1]), -1)
    for index, matrix in enumerate(flat):
        rows, columns = linear_sum_assignment(matrix, maximize=True)
        result[index, columns] = rows
    return result.reshape(*similarity.shape[:-2], -1)


def ordered(similarity: np.ndarray) -> np.ndarray:
    """Give later regions no earlier layers, and the largest total similarity: dynamic programming over regions.

    Neighbouring regions may share a layer, and layers may be skipped.

    Examples
    --------
    >>> ordered(np.array([[0.2, 0.9], [0.8, 0.7]]))
    array([1, 1])
    """
    layers, regions = similarity.shape[-2:]
    total = similarity[..., 0]
    chosen = []
    for region in range(1, regions):
        # Which layer, of those up to here, the previous region does best with: the argument of the running maximum.
        peak = np.maximum.accumulate(total, axis=-1)
        fresh = np.concatenate([np.ones((*total.shape[:-1], 1), bool), total[..., 1:] > peak[..., :-1]], axis=-1)
        chosen.append(np.maximum.accumulate(np.where(fresh, np.arange(layers), 0), axis=-1))
        total = peak + similarity[..., region]
    path = [np.argmax(total, axis=-1)]
    for step in reversed(chosen):
        path.append(np.take_along_axis(step, path[-1][..., None], axis=-1)[..., 0])
    return np.stack(path[::-1], axis=-1)


def support(assigned: np.ndarray, resampled: np.ndarray) -> np.ndarray:
    """Give the share of bootstraps (first axis of `resampled`) that assign each region as the data do.

    Examples
    --------
    >>> support(np.array([0, 1]), np.array([[0, 1], [0, 0]]))
    array([1. , 0.5])
    """
    return (resampled == assigned).mean(axis=0)
