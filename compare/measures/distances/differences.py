"""Distances of every two rows by one matrix product, as exact as if they had been taken one by one.

``‖a - b‖² = ‖a‖² + ‖b‖² - 2ab`` costs one matrix product, but where a and b are nearly equal the result is what is left
of large numbers that cancel: equal rows get a distance of rounding errors, perhaps negative. So the mean row is removed
first, and every pair that is closer than `NEAR` of ``‖a‖² + ‖b‖²`` is taken again, difference by difference. For the
others the rounding errors of the product, a few units in the last place of ``‖a‖² + ‖b‖²``, leave at least ten digits.
"""

from collections.abc import Callable

import numpy as np

from compare.errors import InvalidActivityError

__all__ = ["BLOCK", "NEAR", "cross_differences", "differences_of_products", "squared_differences"]

NEAR = 1e-4
BLOCK = 2**20  # numbers taken at once: 8 MiB


def squared_differences(rows: np.ndarray) -> np.ndarray:
    """Compute the squared Euclidean distance of every two rows.

    Parameters
    ----------
    rows : numpy.ndarray
        (row, column), float64.

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

    def exact(one: int, others: np.ndarray) -> np.ndarray:
        difference = rows[others] - rows[one]
        return np.einsum("ij,ij->i", difference, difference)

    with np.errstate(over="ignore", invalid="ignore"):
        products = _centred_products(rows)
    return differences_of_products(products, exact, rows.shape[1])


def _centred_products(rows: np.ndarray) -> np.ndarray:
    """Compute the inner products of all rows less the mean row; only the upper triangle is written."""
    from scipy.linalg.blas import dsyrk

    count, columns = rows.shape
    products = np.zeros((count, count), order="F")
    step = max(BLOCK // count, 1)
    for start in range(0, columns, step):
        block = rows[:, start : start + step]
        block = block - block.mean(axis=0)
        # Fortran's lower triangle is our upper one; added in place, so that no second matrix is needed.
        products = dsyrk(1.0, block.T, beta=1.0, c=products, trans=1, lower=1, overwrite_c=1)
    return products.T


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
    for one in range(count - 1):
        both = own[one + 1 :] + own[one]
        row = distances[start : start + both.size]
        np.multiply(products[one, one + 1 :], -2.0, out=row)
        row += both
        # Not "<": where both rows are the mean row itself, all of it is 0.
        near = np.flatnonzero(row <= NEAR * both)
        for first in range(0, near.size, at_once):
            chosen = near[first : first + at_once]
            row[chosen] = exact(one, chosen + one + 1)
        start += both.size
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
    first, second = np.triu_indices(len(products), 1)
    return own[first] + own[second] - products[first, second] - products[second, first]
