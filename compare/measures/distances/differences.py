"""Distances of every two rows by one matrix product, as exact as if they had been taken one by one.

``‖a - b‖² = ‖a‖² + ‖b‖² - 2ab`` costs one matrix product, but where a and b are nearly equal the result is what is left
of large numbers that cancel: equal rows get a distance of rounding errors, perhaps negative. So the mean row is removed
first, and every pair that is closer than `NEAR` of ``‖a‖² + ‖b‖²`` is taken again, difference by difference. For the
others the rounding errors of the product, a few units in the last place of ``‖a‖² + ‖b‖²``, leave at least ten digits.
"""

from collections.abc import Callable

import numpy as np

from compare.errors import InvalidActivityError
from compare.measures.blocks import BLOCK, Blocks, Patterns, columns_at_once

__all__ = [
    "NEAR",
    "centred_columns",
    "cross_differences",
    "differences_of_products",
    "squared_differences",
    "summed_products",
]

NEAR = 1e-4
ROWS = 64


def squared_differences(rows: np.ndarray | Blocks) -> np.ndarray:
    """Compute the squared Euclidean distance of every two rows.

    Parameters
    ----------
    rows : numpy.ndarray or Blocks
        (row, column), of any numbers; all is computed in float64, some columns at a time.

    Returns
    -------
    numpy.ndarray
        Condensed, in scipy's order; exactly 0 for equal rows.

    Raises
    ------
    InvalidActivityError
        If squares overflow.

    Examples
    --------
    >>> squared_differences(np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 4.0]]))
    array([25., 25.,  0.])
    """
    from scipy.spatial.distance import cdist

    parts: Blocks = Patterns(rows[:, None]) if isinstance(rows, np.ndarray) else rows

    def exact(one: int, others: np.ndarray) -> np.ndarray:
        return cdist(parts.rows([one]), parts.rows(others), "sqeuclidean")[0]

    with np.errstate(over="ignore", invalid="ignore"):
        products = summed_products(parts, _without_mean_row)
    return differences_of_products(products, exact, parts.shape[1])


def centred_columns(rows: Blocks, part: slice) -> np.ndarray:
    """Give some columns of all rows, less the mean row."""
    return _without_mean_row(rows.columns(part.start, part.stop))


def _without_mean_row(block: np.ndarray) -> np.ndarray:
    return np.subtract(block, block.mean(axis=0), out=block if block.flags.owndata else None)


def summed_products(rows: Blocks, centre: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Compute the inner products of all rows, `centre` of some columns at a time."""
    count, columns = rows.shape
    products = np.zeros((count, count))
    part = np.empty_like(products)
    step = columns_at_once(count, columns)
    for start in range(0, columns, step):
        block = centre(rows.columns(start, start + step))
        # NumPy knows a matrix times itself, which is half the work, and lets other threads run meanwhile.
        products += np.matmul(block, block.T, out=part)
        del block
    return products


def differences_of_products(
    products: np.ndarray, exact: Callable[[int, np.ndarray], np.ndarray], columns: int
) -> np.ndarray:
    """Compute ``k_ii + k_jj - 2 k_ij`` of a symmetric matrix of products, near pairs exactly.

    Parameters
    ----------
    products : numpy.ndarray
        (row, row), symmetric; only the upper triangle is read.
    exact : callable
        Given a row and an array of rows behind it, their distances, difference by difference.
    columns : int
        How many numbers a row has, for the memory that `exact` may take at once.

    Returns
    -------
    numpy.ndarray
        Condensed, in scipy's order.

    Raises
    ------
    InvalidActivityError
        If the products overflow.
    """
    count = len(products)
    own = products.diagonal().copy()
    if not np.isfinite(own).all():
        raise InvalidActivityError("x: values too large to be squared; rescale them")
    distances = np.empty(count * (count - 1) // 2)
    at_once = max(BLOCK // columns, 1)
    start = 0
    for first in range(0, count - 1, ROWS):
        last = min(first + ROWS, count - 1)
        both = own[first:last, None] + own[first + 1 :]
        strip = products[first:last, first + 1 :] * -2.0
        strip += both
        both *= NEAR
        near = strip <= both  # also where both rows are the mean row itself, and all of it is 0
        some = near.any(axis=1)
        for index in range(last - first):
            row = distances[start : start + count - 1 - first - index]
            row[:] = strip[index, index:]
            if some[index]:
                found = np.flatnonzero(near[index, index:])
                for begin in range(0, found.size, at_once):
                    chosen = found[begin : begin + at_once]
                    row[chosen] = exact(first + index, chosen + first + index + 1)
            start += row.size
    return distances


def cross_differences(products: np.ndarray) -> np.ndarray:
    """Compute ``k_ii + k_jj - k_ij - k_ji`` of products between two measurements of the same rows.

    Parameters
    ----------
    products : numpy.ndarray
        (row, row), not symmetric.

    Returns
    -------
    numpy.ndarray
        Condensed, in scipy's order. Its errors are of the size of rounding in the products: what is 0 on average has no
        digits that could be lost.
    """
    own = products.diagonal()
    distances = np.empty(len(products) * (len(products) - 1) // 2)
    start = 0
    for index in range(len(products) - 1):
        row = distances[start : start + len(products) - 1 - index]
        np.add(own[index], own[index + 1 :], out=row)
        row -= products[index, index + 1 :]
        row -= products[index + 1 :, index]
        start += row.size
    return distances
