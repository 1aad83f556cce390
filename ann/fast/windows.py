"""One window of an image at a time, a vector of channels side by side: what pooling is made of.

Channels are few where images are large, and a loop over them that LLVM has made ready for many spends its time on what
is left over. So that the vectors are written out here, as long as `ann.fast.tile` found them to be.

A window is where it begins in a flat image, how many rows and columns of it lie there, and the steps between them.
"""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from ann.fast.compiling import compiled
from ann.fast.tile import BYTES, LEAST

__all__ = ["add_shares", "largest", "note_largest", "put_noted", "put_shares"]


class _Vectors:
    """What a generated loop needs: where its arrays lie, and vectors of so many of their numbers."""

    def __init__(self, context: Any, builder: Any, signature: Any, args: Any, arrays: int, length: int):
        self.context, self.builder = context, builder
        number = signature.args[0].dtype
        self.size = number.bitwidth // 8
        self.kind = ir.VectorType(context.get_value_type(number), max(length // self.size, 1))
        self.data = [context.make_array(signature.args[k])(context, builder, args[k]).data for k in range(arrays)]

    def all(self, value: float) -> Any:
        """Give a vector that is one number everywhere."""
        return ir.Constant(self.kind, [ir.Constant(self.kind.element, value)] * self.kind.count)

    def at(self, array: int, place: Any) -> Any:
        """Give the address of the vector that begins at a place of an array."""
        builder = self.builder
        return builder.bitcast(builder.gep(self.data[array], [place]), self.kind.as_pointer())

    def load(self, array: int, place: Any) -> Any:
        """Read it."""
        return self.builder.load(self.at(array, place), align=self.size)

    def store(self, value: Any, array: int, place: Any) -> None:
        """Write it."""
        self.builder.store(value, self.at(array, place), align=self.size)

    def over(self, window: Sequence[Any], body: Callable[[Any], None]) -> None:
        """Do something at every place of a window, row by row."""
        builder, (start, high, row, wide, column) = self.builder, window
        with cgutils.for_range(builder, high) as down:
            begin = builder.add(start, builder.mul(down.index, row))
            with cgutils.for_range(builder, wide) as along:
                body(builder.add(begin, builder.mul(along.index, column)))


def _largest(length: int) -> Any:
    @intrinsic
    def loop(typing, x, start, high, row, wide, column, out, place):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
            args = [args[0], args[6], *args[1:6], args[7]]
            vectors = _Vectors(context, builder, types.void(x, out), args, 2, length)
            *window, place = args[2:]
            best = cgutils.alloca_once_value(builder, vectors.all(float("-inf")))

            def look(there: Any) -> None:
                own, before = vectors.load(0, there), builder.load(best)
                builder.store(builder.select(builder.fcmp_ordered("<=", own, before), before, own), best)

            vectors.over(window, look)
            vectors.store(builder.load(best), 1, place)
            return context.get_dummy_value()

        return types.void(x, *[types.intp] * 5, out, types.intp), generate

    return loop


def _shares(length: int, adds: bool) -> Any:
    @intrinsic
    def loop(typing, x, start, high, row, wide, column, out, gradient, place, d_x):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
            arrays = [args[0], args[6], args[7], args[9]]
            vectors = _Vectors(context, builder, types.void(x, out, gradient, d_x), arrays, 4, length)
            nothing, most = vectors.all(0.0), vectors.load(1, args[8])
            rest = cgutils.alloca_once_value(builder, vectors.load(2, args[8]))

            def give(there: Any) -> None:
                found = builder.fcmp_ordered("==", vectors.load(0, there), most)
                left = builder.load(rest)
                share = builder.select(found, left, nothing)
                builder.store(builder.select(found, nothing, left), rest)
                vectors.store(builder.fadd(vectors.load(3, there), share) if adds else share, 3, there)

            vectors.over(args[1:6], give)
            return context.get_dummy_value()

        return types.void(x, *[types.intp] * 5, out, gradient, types.intp, d_x), generate

    return loop


def _noted(length: int) -> Any:
    @intrinsic
    def loop(typing, x, start, high, row, wide, column, out, place, notes):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
            arrays = types.void(x, out, notes)
            vectors = _Vectors(context, builder, arrays, [args[0], args[6], args[8]], 3, length)
            numbers = _numbers(vectors)
            best = cgutils.alloca_once_value(builder, vectors.all(float("-inf")))
            found = cgutils.alloca_once_value(builder, ir.Constant(numbers, [0] * numbers.count))
            count = cgutils.alloca_once_value(builder, ir.Constant(numbers, [0] * numbers.count))

            def look(there: Any) -> None:
                own, before, number = vectors.load(0, there), builder.load(best), builder.load(count)
                no_more = builder.fcmp_ordered("<=", own, before)
                builder.store(builder.select(no_more, before, own), best)
                builder.store(builder.select(no_more, builder.load(found), number), found)
                builder.store(builder.add(number, ir.Constant(numbers, [1] * numbers.count)), count)

            vectors.over(args[1:6], look)
            vectors.store(builder.load(best), 1, args[7])
            note = builder.bitcast(builder.gep(vectors.data[2], [args[7]]), numbers.as_pointer())
            builder.store(builder.load(found), note, align=1)
            return context.get_dummy_value()

        return types.void(x, *[types.intp] * 5, out, types.intp, notes), generate

    return loop


def _noted_shares(length: int) -> Any:
    @intrinsic
    def loop(typing, out, gradient, notes, place, lowest, d_x, start, high, row, wide, column):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
            arrays = types.void(out, gradient, notes, d_x)
            vectors = _Vectors(context, builder, arrays, [*args[:3], args[5]], 4, length)
            numbers, nothing = _numbers(vectors), vectors.all(0.0)
            least = cgutils.alloca_once(builder, vectors.kind)
            for lane in range(vectors.kind.count):
                index = ir.Constant(ir.IntType(32), lane)
                builder.store(builder.insert_element(builder.load(least), args[4], index), least)
            above = builder.fcmp_ordered(">", vectors.load(0, args[3]), builder.load(least))
            upstream = builder.select(above, vectors.load(1, args[3]), nothing)
            note = builder.bitcast(builder.gep(vectors.data[2], [args[3]]), numbers.as_pointer())
            found = builder.load(note, align=1)
            count = cgutils.alloca_once_value(builder, ir.Constant(numbers, [0] * numbers.count))

            def give(there: Any) -> None:
                number = builder.load(count)
                share = builder.select(builder.icmp_signed("==", number, found), upstream, nothing)
                vectors.store(share, 3, there)
                builder.store(builder.add(number, ir.Constant(numbers, [1] * numbers.count)), count)

            vectors.over(args[6:], give)
            return context.get_dummy_value()

        whole = types.intp
        return types.void(out, gradient, notes, whole, out.dtype, d_x, *[whole] * 5), generate

    return loop


def _numbers(vectors: _Vectors) -> Any:
    """Give the vector of bytes that says of every channel at which place of the window something stood."""
    return ir.VectorType(ir.IntType(8), vectors.kind.count)


_largest_full, _largest_short, _largest_one = (_largest(length) for length in (BYTES, LEAST, 0))
_put_full, _put_short, _put_one = (_shares(length, False) for length in (BYTES, LEAST, 0))
_add_full, _add_short, _add_one = (_shares(length, True) for length in (BYTES, LEAST, 0))

_noted_full, _noted_short, _noted_one = (_noted(length) for length in (BYTES, LEAST, 0))
_back_full, _back_short, _back_one = (_noted_shares(length) for length in (BYTES, LEAST, 0))


@compiled
def largest(x, start, high, row, wide, column, channels, out, place):  # type: ignore[no-untyped-def]
    """Put the largest number of a window, of every channel, where `place` says; -inf if nothing of it is there."""
    lanes, few = BYTES // x.itemsize, LEAST // x.itemsize
    c = 0
    while c < channels:
        if c + lanes <= channels:
            _largest_full(x, start + c, high, row, wide, column, out, place + c)
            c += lanes
        elif c + few <= channels:
            _largest_short(x, start + c, high, row, wide, column, out, place + c)
            c += few
        else:
            _largest_one(x, start + c, high, row, wide, column, out, place + c)
            c += 1


@compiled
def put_shares(x, start, high, row, wide, column, channels, out, gradient, place, d_x):  # type: ignore[no-untyped-def]
    """Give the gradient at `place` to where the largest number of a window stood, first among equals, and 0 else."""
    lanes, few = BYTES // x.itemsize, LEAST // x.itemsize
    c = 0
    while c < channels:
        if c + lanes <= channels:
            _put_full(x, start + c, high, row, wide, column, out, gradient, place + c, d_x)
            c += lanes
        elif c + few <= channels:
            _put_short(x, start + c, high, row, wide, column, out, gradient, place + c, d_x)
            c += few
        else:
            _put_one(x, start + c, high, row, wide, column, out, gradient, place + c, d_x)
            c += 1


@compiled
def add_shares(x, start, high, row, wide, column, channels, out, gradient, place, d_x):  # type: ignore[no-untyped-def]
    """Add it there, where windows overlap."""
    lanes, few = BYTES // x.itemsize, LEAST // x.itemsize
    c = 0
    while c < channels:
        if c + lanes <= channels:
            _add_full(x, start + c, high, row, wide, column, out, gradient, place + c, d_x)
            c += lanes
        elif c + few <= channels:
            _add_short(x, start + c, high, row, wide, column, out, gradient, place + c, d_x)
            c += few
        else:
            _add_one(x, start + c, high, row, wide, column, out, gradient, place + c, d_x)
            c += 1


@compiled
def note_largest(x, start, high, row, wide, column, channels, out, place, notes):  # type: ignore[no-untyped-def]
    """Do what `largest` does, and note in bytes at which place of the window that stood, the first among equals."""
    lanes, few = BYTES // x.itemsize, LEAST // x.itemsize
    c = 0
    while c < channels:
        if c + lanes <= channels:
            _noted_full(x, start + c, high, row, wide, column, out, place + c, notes)
            c += lanes
        elif c + few <= channels:
            _noted_short(x, start + c, high, row, wide, column, out, place + c, notes)
            c += few
        else:
            _noted_one(x, start + c, high, row, wide, column, out, place + c, notes)
            c += 1


@compiled
def put_noted(out, gradient, notes, place, lowest, channels, d_x, start, high, row, wide, column):  # type: ignore[no-untyped-def]
    """Give the gradient at `place` to the place in the window that was noted, where `out` is above `lowest`."""
    lanes, few = BYTES // out.itemsize, LEAST // out.itemsize
    c = 0
    while c < channels:
        if c + lanes <= channels:
            _back_full(out, gradient, notes, place + c, lowest, d_x, start + c, high, row, wide, column)
            c += lanes
        elif c + few <= channels:
            _back_short(out, gradient, notes, place + c, lowest, d_x, start + c, high, row, wide, column)
            c += few
        else:
            _back_one(out, gradient, notes, place + c, lowest, d_x, start + c, high, row, wide, column)
            c += 1
