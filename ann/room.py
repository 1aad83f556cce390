"""Memory that is used again: large arrays without the cost of asking the system for fresh pages.

A page that the system gives must be cleared first, which took a third of the time of an LSTM's forward pass. So the
memory of arrays that nobody looks at any more is kept, up to `MOST_BYTES`, and given out again. That nobody looks is
seen from CPython's count of references: every view of an array counts as one.
"""

import math
import sys
import threading
from typing import Any

import numpy as np

__all__ = ["bytes_of", "empty", "empty_like"]

MOST_BYTES = 2**28
"""How much may be kept while nobody uses it."""

SMALLEST = 2**16
"""Bytes below which the C library keeps memory by itself."""

LINE = 64
"""Bytes of a line of the cache, on which arrays begin: a vector of 64 bytes across two lines is fetched twice."""

_lock = threading.Lock()
_blocks: dict[int, list[np.ndarray]] = {}  # by size in bytes


def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Give an uninitialised array, as `numpy.empty` does.

    Examples
    --------
    >>> empty((2, 3), "float32").shape
    (2, 3)
    """
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    if size < SMALLEST:
        return np.empty(shape, dtype)
    with _lock:
        block = _take(_rounded(size))
    start = -block.__array_interface__["data"][0] % LINE
    return block[start : start + size].view(dtype).reshape(shape)


def empty_like(array: np.ndarray) -> np.ndarray:
    """Give an uninitialised array of the same shape and type, in C order."""
    return np.empty(array.shape, array.dtype) if array.nbytes < SMALLEST else empty(array.shape, array.dtype)


def bytes_of(size: int) -> int:
    """Give how many bytes an array of `size` bytes takes here.

    Examples
    --------
    >>> bytes_of(1000), bytes_of(100_000)
    (1000, 131072)
    """
    return size if size < SMALLEST else _rounded(size)


def _take(length: int) -> np.ndarray:
    blocks = _blocks.setdefault(length, [])
    for index in range(len(blocks)):
        if sys.getrefcount(blocks[index]) == 2:  # the list's, and the call's: no view is left
            return blocks[index]
    if sum(own * len(kept) for own, kept in _blocks.items()) + length > MOST_BYTES:
        # Forgotten here, a block lives as long as its views.
        _blocks.clear()
        blocks = _blocks.setdefault(length, [])
    blocks.append(np.empty(length + LINE, np.uint8))
    return blocks[-1]


def _rounded(size: int) -> int:
    """Round up to a power of 2 or one and a half times that, so that batches of many sizes share blocks."""
    power = 1 << (size - 1).bit_length()
    return power * 3 // 4 if size <= power * 3 // 4 else power
