"""A dense layer's three products: NumPy's, or those of `ann.fast.products` where these are faster.

That is where few rows (a batch) meet a large matrix. Which way is taken depends on shapes alone.
"""

from functools import lru_cache

import numpy as np

from ann import room

__all__ = ["column_sums", "constant", "in_pieces", "product", "product_of_turned", "row_sums", "turned_product"]

FEW = 128
"""Rows up to which a product in pieces is the faster one."""

LARGE = 2**15
"""Numbers of the matrix from which on it is worth loading compiled loops."""

PAIRS = 1_000_000
"""Numbers multiplied up to which BLAS needs no pieces."""


def in_pieces(rows: int, numbers: int) -> bool:
    """Tell whether so many rows times a matrix of so many numbers are faster in pieces.

    Examples
    --------
    >>> in_pieces(64, 784 * 256), in_pieces(64, 784 * 10)
    (True, False)
    """
    return numbers >= LARGE and rows <= FEW and rows * numbers > PAIRS


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Give ``a @ b``."""
    if len(a) * b.size <= PAIRS or not (in_pieces(len(a), b.size) and _plain(a, b)):
        return a.dot(b)
    from ann import fast

    out = room.empty((len(a), b.shape[1]), a.dtype)
    fast.product(a, b, out)
    return out


def turned_product(a: np.ndarray, b: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Give ``a.T @ b``, in `out` where there is one."""
    if a.size * b.shape[1] <= PAIRS or not (in_pieces(len(a), a.shape[1] * b.shape[1]) and _plain(a, b)):
        return a.T.dot(b, out)
    from ann import fast

    if out is None:
        out = room.empty((a.shape[1], b.shape[1]), a.dtype)
    fast.turned_product(a, b, out)
    return out


def product_of_turned(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Give ``a @ b.T``."""
    if len(a) * b.size <= PAIRS or not (in_pieces(len(a), b.size) and _plain(a, b)):
        return a.dot(b.T)
    from ann import fast

    out = room.empty((len(a), len(b)), a.dtype)
    if fast.fills_vectors(len(a), a.itemsize):
        fast.few_by_turned(a, b, out)
    else:
        fast.product_of_turned(a, b, out)
    return out


def column_sums(a: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Give the sum of each column of a matrix, in `out` where there is one: by a product, which takes half the time.

    Examples
    --------
    >>> column_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([4., 6.])
    """
    return _ones(len(a), a.dtype).dot(a, out)


def row_sums(a: np.ndarray) -> np.ndarray:
    """Give the sum of each row of a matrix, by a product too.

    Examples
    --------
    >>> row_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([3., 7.])
    """
    return a.dot(_ones(a.shape[1], a.dtype))


@lru_cache(maxsize=64)
def constant(value: float, dtype: np.dtype) -> np.ndarray:
    """Give a number as an array of this type, which multiplies a small one in half the time of Python's.

    Examples
    --------
    >>> constant(0.5, np.dtype("float32")) * np.ones(2, "float32")
    array([0.5, 0.5], dtype=float32)
    """
    array = np.array(value, dtype)
    array.flags.writeable = False
    return array


@lru_cache(maxsize=16)
def _ones(count: int, dtype: np.dtype) -> np.ndarray:
    ones = np.ones(count, dtype)
    ones.flags.writeable = False
    return ones


def _plain(a: np.ndarray, b: np.ndarray) -> bool:
    """Tell whether these are what loops are compiled for: contiguous, writeable and of one type."""
    return a.dtype == b.dtype and all(one.flags.c_contiguous and one.flags.writeable for one in (a, b))
