"""The compiled loops of the bootstrap: pairs of stimuli, weighted by how often both were drawn.

A pair weighs ``w_i w_j`` where stimulus i was drawn w_i times; a stimulus with itself is no pair, however often it was
drawn. Every loop writes ``√weight × centred value`` of the pairs that weigh something, so that weighted inner products
of all rows are one matrix product.
"""

import numpy as np
from numba import njit

__all__ = ["additive_residuals", "centred_values", "pair_weights", "permuted", "weighted_ranks"]


@njit(cache=True, nogil=True)
def pair_weights(
    draws: np.ndarray,
    slot: np.ndarray,
    member: np.ndarray,
    weight: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
) -> int:
    """Give each pair that weighs something a number (`slot`, -1 for the others), and count them.

    `member`, `weight`, `first` and `second` tell, by that number, which pair it is, its weight, and its stimuli.
    """
    n = draws.size
    count = 0
    pair = 0
    for i in range(n):
        for j in range(i + 1, n):
            both = draws[i] * draws[j]
            if both > 0:
                slot[pair] = count
                member[count] = pair
                weight[count] = both
                first[count] = i
                second[count] = j
                count += 1
            else:
                slot[pair] = -1
            pair += 1
    return count


@njit(cache=True, nogil=True)
def weighted_ranks(
    order: np.ndarray, groups: np.ndarray, slot: np.ndarray, weight: np.ndarray, count: int, out: np.ndarray
) -> None:
    """Write the centred average ranks that the pairs would have if each stood there as often as it weighs.

    `order` (row, pair) sorts each row once and for all; `groups` numbers the groups of equal values along it. The rank
    of a group is the weight before it, plus half of its own weight and a half.
    """
    total = 0.0
    root = np.empty(count)
    for s in range(count):
        total += weight[s]
        root[s] = np.sqrt(weight[s])
    middle = (total + 1) / 2
    rows, pairs = order.shape
    drawn = np.empty(pairs + 1, np.int32)
    group = np.empty(pairs + 1, np.int32)
    for row in range(rows):
        # Gather the pairs that weigh something first, without a branch: which do is beyond any prediction.
        place = 0
        for position in range(pairs):
            s = slot[order[row, position]]
            drawn[place] = s
            group[place] = groups[row, position]
            place += s >= 0
        group[place] = -1
        before = 0.0
        start = 0
        own = 0.0
        for position in range(count):
            own += weight[drawn[position]]
            if group[position] != group[position + 1]:
                rank = before + (own + 1) / 2 - middle
                for member in range(start, position + 1):
                    s = drawn[member]
                    out[row, s] = root[s] * rank
                before += own
                own = 0.0
                start = position + 1


@njit(cache=True, nogil=True)
def centred_values(
    values: np.ndarray, member: np.ndarray, weight: np.ndarray, count: int, centre: bool, out: np.ndarray
) -> None:
    """Write the values, less their weighted mean if `centre`."""
    total = 0.0
    for s in range(count):
        total += weight[s]
    for row in range(values.shape[0]):
        mean = 0.0
        if centre:
            for s in range(count):
                mean += weight[s] * values[row, member[s]]
            mean /= total
        for s in range(count):
            out[row, s] = np.sqrt(weight[s]) * (values[row, member[s]] - mean)


@njit(cache=True, nogil=True)
def additive_residuals(
    values: np.ndarray,
    draws: np.ndarray,
    member: np.ndarray,
    weight: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    count: int,
    diagonal: bool,
    centre: bool,
    out: np.ndarray,
) -> None:
    """Write what is left of the values after the weighted least-squares fit of ``a_i + a_j``.

    The normal equations ``(S - 2w_i) a_i + T = r_i``, with S the sum of w, ``r_i`` the weighted row sum and
    ``T = Σ w_i a_i``, are solved in closed form. With `diagonal`, the zero distance of each stimulus from itself is
    fitted too, by ``2 a_i`` and with the weight ``w_i``: then S grows by 2, every pair stands for both of its orders,
    and the residuals ``-2 a_i`` follow the pairs. With `centre`, the pairs' weighted mean is removed before.
    """
    n = draws.size
    total = draws.sum() + (2.0 if diagonal else 0.0)
    share = 0.0
    for i in range(n):
        share += draws[i] / (total - 2 * draws[i])
    root = np.sqrt(weight[:count] * (2.0 if diagonal else 1.0))
    weights = weight[:count].sum()
    effect = np.empty(n)
    for row in range(values.shape[0]):
        mean = 0.0
        if centre:
            for s in range(count):
                mean += weight[s] * values[row, member[s]]
            mean /= weights
        effect[:] = 0.0
        for s in range(count):
            value = values[row, member[s]] - mean
            out[row, s] = value
            effect[first[s]] += draws[second[s]] * value
            effect[second[s]] += draws[first[s]] * value
        common = 0.0
        for i in range(n):
            common += draws[i] * effect[i] / (total - 2 * draws[i])
        common /= 1 + share
        for i in range(n):
            effect[i] = (effect[i] - common) / (total - 2 * draws[i])
        for s in range(count):
            out[row, s] = root[s] * (out[row, s] - effect[first[s]] - effect[second[s]])
        if diagonal:
            for i in range(n):
                out[row, count + i] = -2 * np.sqrt(draws[i]) * effect[i]


@njit(cache=True, nogil=True)
def permuted(squares: np.ndarray, labels: np.ndarray, out: np.ndarray) -> None:
    """Write the pairs' values after stimulus i has taken the place of stimulus ``labels[i]``.

    `squares` (row, stimulus, stimulus) are read one line at a time, which stays in the cache. Where values of single
    stimuli follow the pairs, they stand on the diagonals, and are given new places too.
    """
    rows, n = squares.shape[0], labels.size
    places = labels.astype(np.uint32)  # without a sign there is no index from the end to be looked for
    pairs = n * (n - 1) // 2
    for row in range(rows):
        start = 0
        for i in range(n):
            line = squares[row, places[i]]
            behind = places[i + 1 :]
            target = out[row, start : start + behind.size]
            for k in range(behind.size):
                target[k] = line[behind[k]]
            start += behind.size
    if out.shape[1] > pairs:
        for row in range(rows):
            for i in range(n):
                out[row, pairs + i] = squares[row, places[i], places[i]]
