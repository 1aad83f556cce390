"""A matrix product whose operands may lie anywhere in memory at fixed steps: what a convolution is made of.

BLAS wants the windows of an image copied side by side, although they overlap, and then copies them once more to have
them in the order of its registers. A product that is told the steps from window to window and from row to row of a
window reads the image as it is. It holds a small tile of the result in registers, up to 8 rows of one or two vectors,
and adds to it the products of numbers of the left side, each spread over a vector, with vectors of the right side.
LLVM does not find such a tile by itself, so that its instructions are written out here.

How long vectors are is asked of Numba, which compiles for the processor that it runs on or for the one that
``NUMBA_CPU_NAME`` and ``NUMBA_CPU_FEATURES`` name, and keeps what it compiled for each apart.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from ann.fast.compiling import compiled

__all__ = ["BYTES", "LEAST", "add_product", "product_onto", "whole_vectors"]

_triple, _, _features = cpu_target.target_context.codegen().magic_tuple()

BYTES = 64 if "+avx512f" in _features else 32 if "+avx2" in _features else 16
"""In a vector register."""

LEAST = 16
"""Bytes in the shortest vector, for what does not fill a register."""

PAIRS = BYTES == 64 or _triple.startswith(("aarch64", "arm64"))
"""Whether there are registers enough (32) for tiles of two vectors a row."""

LEFT, RIGHT, BEFORE, RESULT = 0, 5, 9, 13
"""Where the four arrays stand among the arguments of a tile."""


def _tile(rows: int, vectors: int, length: int) -> Any:
    """Make the product for a tile of up to so many rows, and as many vectors of so many bytes.

    Its arguments are those of `product_onto` without the last. Rows beyond the last are the last once more, so that
    few heights of tiles do for all.
    """

    @intrinsic
    def tile(  # type: ignore[no-untyped-def]
        typing, a, a_start, a_row, a_outer, a_inner, b, b_start, b_outer, b_inner,
        before, before_start, before_row, lowest, c, c_start, c_row, outer, inner, high,
    ):  # fmt: skip
        whole = types.intp
        signature = types.void(
            *(a, whole, whole, whole, whole, b, whole, whole, whole),
            *(before, whole, whole, a.dtype, c, whole, whole, whole, whole, whole),
        )
        return signature, lambda context, builder, sig, args: _generate(
            context, builder, sig, args, rows, vectors, length
        )

    return tile


def _generate(context, builder, signature, args, rows, vectors, length):  # type: ignore[no-untyped-def]
    a_start, a_row, a_outer, a_inner = args[1:5]
    b_start, b_outer, b_inner = args[6:9]
    before_start, before_row, lowest = args[10:13]
    c_start, c_row, outer, inner, height = args[14:]
    left, right, before, result = (
        context.make_array(signature.args[place])(context, builder, args[place]).data
        for place in (LEFT, RIGHT, BEFORE, RESULT)
    )
    size = signature.args[LEFT].dtype.bitwidth // 8
    lanes = length // size
    number = context.get_value_type(signature.args[LEFT].dtype)
    vector = ir.VectorType(number, lanes)
    nothing = ir.Constant(vector, ir.Undefined)
    everywhere = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)

    def whole(value):  # type: ignore[no-untyped-def]
        return context.get_constant(types.intp, value)

    def moved(start, steps, step):  # type: ignore[no-untyped-def]
        return builder.add(start, builder.mul(steps, step))

    def pointer(data, offset, kind):  # type: ignore[no-untyped-def]
        return builder.bitcast(builder.gep(data, [offset]), kind.as_pointer())

    def row(m):  # type: ignore[no-untyped-def]
        last = builder.sub(height, whole(1))
        return builder.select(builder.icmp_signed("<", whole(m), last), whole(m), last)

    def spread(one):  # type: ignore[no-untyped-def]
        single = builder.insert_element(nothing, one, ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(single, nothing, everywhere)

    def places(data, start, row):  # type: ignore[no-untyped-def]
        return [
            [pointer(data, moved(moved(start, step, row), whole(v), whole(lanes)), vector) for v in range(vectors)]
            for step in steps
        ]

    steps = [row(m) for m in range(rows)]
    begins = [builder.mul(step, a_row) for step in steps]
    origins, targets = places(before, before_start, before_row), places(result, c_start, c_row)
    # Memory only in name: LLVM keeps what stands here in registers.
    sums = [[cgutils.alloca_once(builder, vector) for _ in range(vectors)] for _ in range(rows)]
    for m in range(rows):
        for v in range(vectors):
            builder.store(builder.load(origins[m][v], align=size), sums[m][v])
    with cgutils.for_range(builder, outer) as over:
        a_outside, b_outside = moved(a_start, over.index, a_outer), moved(b_start, over.index, b_outer)
        with cgutils.for_range(builder, inner) as along:
            a_here, b_here = moved(a_outside, along.index, a_inner), moved(b_outside, along.index, b_inner)
            factors = [
                builder.load(pointer(right, moved(b_here, whole(v), whole(lanes)), vector), align=size)
                for v in range(vectors)
            ]
            for m in range(rows):
                one = builder.load(pointer(left, builder.add(a_here, begins[m]), number), align=size)
                factor = spread(one)
                for v in range(vectors):
                    product = builder.fmul(factor, factors[v], flags=("contract",))
                    total = builder.fadd(builder.load(sums[m][v]), product, flags=("contract",))
                    builder.store(total, sums[m][v])
    least = spread(lowest)
    for m in range(rows):
        for v in range(vectors):
            total = builder.load(sums[m][v])
            total = builder.select(builder.fcmp_ordered("<", total, least), least, total)  # NaN stays
            builder.store(total, targets[m][v], align=size)
    return context.get_dummy_value()


_8x2, _6x2, _4x2 = (_tile(rows, 2, BYTES) for rows in (8, 6, 4))
_8x1, _6x1, _4x1 = (_tile(rows, 1, BYTES) for rows in (8, 6, 4))
_8x0, _4x0 = (_tile(rows, 1, LEAST) for rows in (8, 4))


@compiled
def whole_vectors(length, itemsize):  # type: ignore[no-untyped-def]
    """How many numbers of so many bytes fill the vectors that hold at least `length`: the columns of a product."""
    lanes, short = BYTES // itemsize, LEAST // itemsize
    rest = length % lanes
    return length - rest + (0 if rest == 0 else short if rest <= short else lanes)


@compiled
def add_product(  # type: ignore[no-untyped-def]
    a, a_start, a_row, a_outer, a_inner, b, b_start, b_outer, b_inner, c, c_start, c_row, outer, inner, rows, columns
):
    """Add to ``c[m, n]`` the sum of ``a[o, k, m] b[o, k, n]`` over o < `outer` and k < `inner`.

    The arrays are flat. ``a[o, k, m]`` stands at ``a_start + o a_outer + k a_inner + m a_row``, ``b[o, k, n]`` at
    ``b_start + o b_outer + k b_inner + n`` and ``c[m, n]`` at ``c_start + m c_row + n``, for m < `rows` and n <
    `columns`, which must fill vectors (`whole_vectors`).
    """
    product_onto(
        *(a, a_start, a_row, a_outer, a_inner, b, b_start, b_outer, b_inner),
        *(c, c_start, c_row, a.dtype.type(-np.inf), c, c_start, c_row, outer, inner, rows, columns),
    )


@compiled
def product_onto(  # type: ignore[no-untyped-def]
    a, a_start, a_row, a_outer, a_inner, b, b_start, b_outer, b_inner,
    before, before_start, before_row, lowest, c, c_start, c_row, outer, inner, rows, columns,
):  # fmt: skip
    """Fill ``c[m, n]`` with ``before[m, n]`` and the sum of `add_product`, but no less than `lowest`.

    ``before[m, n]`` stands at ``before_start + m before_row + n``; with steps of 0 between its rows it is a bias.
    """
    lanes = BYTES // a.itemsize
    n = 0
    while n < columns:
        vectors = 2 if PAIRS and n + 2 * lanes <= columns else 1 if n + lanes <= columns else 0
        m = 0
        while m < rows:
            rest = rows - m
            # A low tile takes as long as a high one, so that the rest comes in tiles that it nearly fills.
            tall = 8 if rest > 10 or 6 < rest < 9 else 6 if rest > 4 else 4
            high = min(rest, tall)
            task = (
                *(a, a_start + m * a_row, a_row, a_outer, a_inner, b, b_start + n, b_outer, b_inner),
                *(before, before_start + m * before_row + n, before_row, lowest),
                *(c, c_start + m * c_row + n, c_row, outer, inner, high),
            )
            if vectors == 2:
                if tall == 8:
                    _8x2(*task)
                elif tall == 6:
                    _6x2(*task)
                else:
                    _4x2(*task)
            elif vectors == 1:
                if tall == 8:
                    _8x1(*task)
                elif tall == 6:
                    _6x1(*task)
                else:
                    _4x1(*task)
            elif tall > 4:
                _8x0(*task)
            else:
                _4x0(*task)
            m += high
        n += max(vectors * lanes, LEAST // a.itemsize)
