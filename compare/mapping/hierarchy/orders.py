"""The order against every other order: what all permutation tests here share."""

from collections.abc import Callable
from functools import cache
from itertools import permutations

import numpy as np

__all__ = ["SAMPLED", "all_orders", "order_p"]

EXHAUSTIVE = 7  # places up to which every order is tried: 5040
SAMPLED = 5000
EQUAL = 1e-12  # scores closer than this are the same but for rounding


def all_orders(count: int, rng: np.random.Generator) -> np.ndarray:
    """Give every order of `count` places, or beyond seven 5000 of them, the order as it is among them.

    Examples
    --------
    >>> all_orders(3, np.random.default_rng(0)).shape
    (6, 3)
    """
    if count <= EXHAUSTIVE:
        return _every(count)
    some = rng.permuted(np.tile(np.arange(count), (SAMPLED - 1, 1)), axis=1)
    return np.concatenate([np.arange(count)[None], some])


def order_p(score: Callable[[np.ndarray], np.ndarray], places: np.ndarray, rng: np.random.Generator) -> float:
    """Test a score against all orders of its places, one-sided.

    Parameters
    ----------
    score : callable
        Of places (order, place); gives one value an order. NaN counts as no order: 0.
    places : numpy.ndarray
        As they are.
    rng : numpy.random.Generator
        For the orders tried where there are more than seven places.

    Returns
    -------
    float
        Share of orders with a score at least as large, the order as it is included, so never 0: exact if all orders
        are tried, and the chance that it falls below alpha without an order is then at most alpha.

    Examples
    --------
    >>> round(order_p(lambda places: places @ np.array([1.0, 2.0, 3.0]), np.arange(3.0), np.random.default_rng(0)), 3)
    0.167
    """
    values = np.nan_to_num(score(places[all_orders(len(places), rng)]))
    return float((values >= np.nan_to_num(score(places[None]))[0] - EQUAL).mean())


@cache
def _every(count: int) -> np.ndarray:
    orders = np.array(list(permutations(range(count))))
    orders.setflags(write=False)
    return orders
