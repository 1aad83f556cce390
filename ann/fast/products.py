"""Matrix products with few rows, written or added where they belong.

`np.dot` in compiled code writes over its `out`, and copies a factor that is transposed or cut out of a larger matrix.
BLAS's gemm needs neither, and Numba has it at hand: here it is called by the name by which Numba calls it.

OpenBLAS multiplies up to a million pairs of numbers without packing them first, which takes half to three quarters of
the time where a factor has few rows, as a batch or a step of a sequence has. So larger products are cut into pieces of
that size.
"""

from typing import Any

import numpy as np
from numba import types
from numba.core.typing import signature
from numba.extending import overload

from ann.fast.buffers import zeros
from ann.fast.compiling import compiled
from ann.fast.tile import product_onto, whole_vectors
from ann.products import PAIRS

__all__ = [
    "add_product",
    "add_turned_product",
    "few_by_turned",
    "fills_vectors",
    "product",
    "product_of_turned",
    "turned_product",
]

AS_IT_IS, TURNED = ord("n"), ord("t")
WIDE = 128
BLOCK = 32


@compiled
def product(a, b, out):  # type: ignore[no-untyped-def]
    """Fill `out` with ``a @ b``."""
    if out.size * b.shape[0] <= PAIRS:
        np.dot(a, b, out)
    else:
        _pieces(AS_IT_IS, a, b, 0, out)


@compiled
def add_product(a, b, out):  # type: ignore[no-untyped-def]
    """Add ``a @ b`` to `out`; all may be blocks of larger matrices, with rows that are contiguous."""
    _pieces(AS_IT_IS, a, b, 1, out)


@compiled
def product_of_turned(a, b, out):  # type: ignore[no-untyped-def]
    """Fill `out` with ``a @ b.T``."""
    _pieces(TURNED, a, b, 0, out)


@compiled
def few_by_turned(a, b, out):  # type: ignore[no-untyped-def]
    """Do what `product_of_turned` does where the rows of `a` fill vectors: all are contiguous.

    Seen from the other side, every number of `b` meets a vector of them, and `b` is read once and as it lies.
    """
    rows, inner = a.shape
    full, nothing = whole_vectors(rows, a.itemsize), a.dtype.type(-np.inf)
    turned = zeros((inner + 1) * full, a)  # zeros to begin sums with stand behind
    for r in range(rows):
        for k in range(inner):
            turned[k * full + r] = a[r, k]
    block, flat = zeros(BLOCK * full, a), b.reshape(-1)
    for c in range(0, b.shape[0], BLOCK):
        high = min(BLOCK, b.shape[0] - c)
        product_onto(
            *(flat, c * inner, inner, 0, 1, turned, 0, 0, full),
            *(turned, inner * full, 0, nothing, block, 0, full, 1, inner, high, full),
        )
        for r in range(rows):
            target = out[r, c : c + high]
            for k in range(high):
                target[k] = block[k * full + r]


@compiled
def fills_vectors(rows, itemsize):  # type: ignore[no-untyped-def]
    """Whether so many numbers fill vectors but for a fifth."""
    return 4 * whole_vectors(rows, itemsize) <= 5 * rows


@compiled
def turned_product(a, b, out):  # type: ignore[no-untyped-def]
    """Fill `out` with ``a.T @ b``."""
    _turned_pieces(a, b, 0, out)


@compiled
def add_turned_product(a, b, out):  # type: ignore[no-untyped-def]
    """Add ``a.T @ b`` to `out`."""
    _turned_pieces(a, b, 1, out)


@compiled
def _pieces(turn, a, b, keep, out):  # type: ignore[no-untyped-def]
    """Add ``a @ b``, or ``a @ b.T``, to `keep` times `out`."""
    inner, columns = a.shape[1], out.shape[1]
    wide, deep = _piece(a.shape[0], columns, inner)
    for c in range(0, columns, wide):
        for k in range(0, inner, deep):
            piece = b[k : k + deep, c : c + wide] if turn == AS_IT_IS else b[c : c + wide, k : k + deep]
            _gemm(AS_IT_IS, turn, a[:, k : k + deep], piece, keep if k == 0 else 1, out[:, c : c + wide])


@compiled
def _turned_pieces(a, b, keep, out):  # type: ignore[no-untyped-def]
    """Add ``a.T @ b`` to `keep` times `out`."""
    rows, columns = out.shape
    wide, high = _piece(a.shape[0], columns, rows)
    for c in range(0, columns, wide):
        for r in range(0, rows, high):
            _gemm(TURNED, AS_IT_IS, a[:, r : r + high], b[:, c : c + wide], keep, out[r : r + high, c : c + wide])


@compiled
def _piece(few, columns, length):  # type: ignore[no-untyped-def]
    """Give the columns of a piece, and its share of a length, that make with `few` rows a product that is small."""
    if few * columns * length <= PAIRS:
        return columns, max(length, 1)
    wide = min(columns, WIDE)
    pieces = -(-few * wide * length // PAIRS)
    return wide, -(-length // pieces)


def _gemm(turn_a, turn_b, a, b, keep, out):  # type: ignore[no-untyped-def]
    """Stand for the gemm of the argument's type: add the product to `keep` times `out`."""


@overload(_gemm)
def _gemm_of_type(turn_a, turn_b, a, b, keep, out):  # type: ignore[no-untyped-def]
    number = types.CPointer(out.dtype)
    letter, size = types.char, types.intp
    takes = [letter, letter, letter, size, size, size, number, number, size, number, size, number, number, size]
    gemm: Any = types.ExternalFunction("numba_xxgemm", signature(types.intc, *takes))
    kind, item = (ord("s"), 4) if out.dtype == types.float32 else (ord("d"), 8)

    def call(turn_a, turn_b, a, b, keep, out):  # type: ignore[no-untyped-def]
        # BLAS counts along columns: our rows are its columns, so the factors change places.
        factors = np.empty(2, out.dtype)
        factors[0], factors[1] = 1, keep
        inner = a.shape[1] if turn_a == AS_IT_IS else a.shape[0]
        gemm(
            kind, turn_b, turn_a, out.shape[1], out.shape[0], inner, factors.ctypes, b.ctypes, b.strides[0] // item,
            a.ctypes, a.strides[0] // item, factors[1:].ctypes, out.ctypes, out.strides[0] // item,
        )  # fmt: skip

    return call
