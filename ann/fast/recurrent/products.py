"""Products of small matrices inside compiled loops, added to what is there already.

`np.dot` in compiled code writes over its `out`, and copies a factor that is transposed or cut out of a larger matrix.
BLAS's gemm needs neither, and Numba has it at hand: here it is called by the name by which Numba calls it.

OpenBLAS multiplies up to a million pairs of numbers without packing them first, which is half as fast again where one
factor has few rows, as a step of a sequence has. So larger products are cut into pieces of that size.
"""

from typing import Any

import numpy as np
from numba import types
from numba.core.typing import signature
from numba.extending import overload

from ann.fast.recurrent.squash import contracted

__all__ = ["add_product", "add_turned_product", "product"]

AS_IT_IS, TURNED = ord("n"), ord("t")
SMALL, WIDE = 1_000_000, 128


@contracted
def product(a, b, out):  # type: ignore[no-untyped-def]
    """Fill `out` with ``a @ b``."""
    if out.size * b.shape[0] <= SMALL:
        np.dot(a, b, out)
    else:
        out[:] = 0
        add_product(a, b, out)


@contracted
def add_product(a, b, out):  # type: ignore[no-untyped-def]
    """Add ``a @ b`` to `out`; all may be blocks of larger matrices, with rows that are contiguous."""
    inner, columns = b.shape
    wide, deep = _piece(a.shape[0], columns, inner)
    for c in range(0, columns, wide):
        for k in range(0, inner, deep):
            _gemm(AS_IT_IS, a[:, k : k + deep], b[k : k + deep, c : c + wide], out[:, c : c + wide])


@contracted
def add_turned_product(a, b, out):  # type: ignore[no-untyped-def]
    """Add ``a.T @ b`` to `out`."""
    rows, columns = out.shape
    wide, high = _piece(a.shape[0], columns, rows)
    for c in range(0, columns, wide):
        for r in range(0, rows, high):
            _gemm(TURNED, a[:, r : r + high], b[:, c : c + wide], out[r : r + high, c : c + wide])


@contracted
def _piece(few, columns, length):  # type: ignore[no-untyped-def]
    """Give the columns of a piece, and its share of a length, that make with `few` rows a product that is small."""
    if few * columns * length <= SMALL:
        return columns, max(length, 1)
    wide = min(columns, WIDE)
    pieces = -(-few * wide * length // SMALL)
    return wide, -(-length // pieces)


def _gemm(turn, a, b, out):  # type: ignore[no-untyped-def]
    """Stand for the gemm of the argument's type."""


@overload(_gemm)
def _gemm_of_type(turn, a, b, out):  # type: ignore[no-untyped-def]
    number = types.CPointer(out.dtype)
    letter, size = types.char, types.intp
    takes = [letter, letter, letter, size, size, size, number, number, size, number, size, number, number, size]
    gemm: Any = types.ExternalFunction("numba_xxgemm", signature(types.intc, *takes))
    kind, item = (ord("s"), 4) if out.dtype == types.float32 else (ord("d"), 8)

    def call(turn, a, b, out):  # type: ignore[no-untyped-def]
        # BLAS counts along columns: our rows are its columns, so the factors change places.
        one = np.ones(1, out.dtype)
        gemm(
            kind, AS_IT_IS, turn, out.shape[1], out.shape[0], b.shape[0], one.ctypes, b.ctypes, b.strides[0] // item,
            a.ctypes, a.strides[0] // item, one.ctypes, out.ctypes, out.strides[0] // item,
        )  # fmt: skip

    return call
