"""The compiled count behind Kendall's correlations."""

import numpy as np
from numba import njit

__all__ = ["discordant"]


@njit(cache=True, nogil=True)
def discordant(order: np.ndarray, first: np.ndarray, second: np.ndarray) -> int:
    """Count the pairs of values that `first` (sorted by `order`) and `second` order differently.

    Both hold levels, whole numbers from 0. Values are entered in the order of `first`, those that are equal in it
    together, into a tree of counts over the levels of `second` (Fenwick 1994, Software: Practice and Experience
    24:327-336): what has been entered before and lies above is discordant.
    """
    count = order.size
    size = np.uint32(count + 1)
    tree = np.zeros(count + 2, np.int32)
    one = np.uint32(1)
    total = 0
    start = 0
    while start < count:
        level = first[order[start]]
        stop = start
        while stop < count and first[order[stop]] == level:
            node = np.uint32(second[order[stop]] + 1)
            below = 0
            while node > 0:
                below += tree[node]
                node &= node - one
            total += start - below
            stop += 1
        for place in range(start, stop):
            node = np.uint32(second[order[place]] + 1)
            while node <= size:
                tree[node] += 1
                node += node & (~node + one)
        start = stop
    return total
