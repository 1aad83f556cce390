"""One thing that happens in every step of a trial, as compiled code and the memory that it works on.

A trial is a list of operations, called step by step. Each is a C function of the same signature, so the loop
over them is compiled once for all networks; each is compiled and cached by itself, and only where its source changes.
Its `arguments` are 64-bit integers: sizes, and addresses of arrays.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from llvmlite import ir
from numba import cfunc, types
from numba.extending import intrinsic

__all__ = [
    "SIGNATURE",
    "Compiled",
    "Operation",
    "address_of",
    "bytes_at",
    "call",
    "doubles_at",
    "floats_at",
    "integers_at",
    "ints_at",
    "prefetch",
    "shorts_at",
    "uints_at",
]

# (arguments, step of the trial, row of the spike log) -> nothing of interest
SIGNATURE = types.int64(types.CPointer(types.int64), types.int64, types.int64)


class Compiled:
    """A function of `SIGNATURE` that is compiled, or loaded from Numba's cache, when its address is first asked for."""

    def __init__(self, function: Callable[..., int]) -> None:
        self.function = function

    @cached_property
    def code(self) -> Any:
        """The compiled function; it must live as long as its address is used."""
        return cfunc(SIGNATURE, cache=True)(self.function)

    @property
    def address(self) -> int:
        """Where the compiled function lies."""
        return self.code.address


@dataclass(frozen=True, eq=False)
class Operation:
    """A compiled function, what it is called with, and the arrays whose addresses it holds."""

    function: Any  # with an address: Compiled, or a CFunc of SIGNATURE
    arguments: np.ndarray  # int64
    alive: tuple[np.ndarray, ...]  # addresses do not keep arrays from being freed

    @classmethod
    def of(cls, function: Any, *arguments: int | np.ndarray) -> "Operation":
        """Make an operation; arrays become their addresses, and must be contiguous."""
        arrays = tuple(argument for argument in arguments if isinstance(argument, np.ndarray))
        return cls(function, np.array([_word(argument) for argument in arguments], dtype=np.int64), arrays)


def address_of(array: np.ndarray) -> int:
    """Give where an array's first entry lies."""
    return int(array.ctypes.data)


def _word(argument: int | np.ndarray) -> int:
    return address_of(argument) if isinstance(argument, np.ndarray) else int(argument)


def _reader(element: types.Type) -> Any:
    """Make the compiled function that turns an address into a pointer, whose items need no bounds and no wraparound."""

    def read(typing_context: Any, address: Any) -> Any:
        pointer = types.CPointer(element)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(pointer))

        return pointer(types.int64), generate

    return intrinsic(read)


doubles_at = _reader(types.float64)
integers_at = _reader(types.int64)
uints_at = _reader(types.uint32)
ints_at = _reader(types.int32)
shorts_at = _reader(types.uint16)
bytes_at = _reader(types.uint8)
floats_at = _reader(types.float32)


def _prefetch(typing_context: Any, address: Any) -> Any:
    """Ask for the line of memory at an address before it is needed; any address will do."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        flag, place = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [place, flag, flag, flag])
        function = builder.module.declare_intrinsic("llvm.prefetch", [place], kind)
        # for reading, to be kept in all caches, data
        builder.call(function, [builder.inttoptr(values[0], place), flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(types.int64), generate


prefetch: Any = intrinsic(_prefetch)


def _call(typing_context: Any, function: Any, arguments: Any, step: Any, row: Any) -> Any:
    """Call the function at the address `function` with the arguments at the address `arguments`."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        word = ir.IntType(64)
        kind = ir.FunctionType(word, [word.as_pointer(), word, word])
        target = builder.inttoptr(values[0], kind.as_pointer())
        return builder.call(target, [builder.inttoptr(values[1], word.as_pointer()), values[2], values[3]])

    return types.int64(types.int64, types.int64, types.int64, types.int64), generate


call: Any = intrinsic(_call)
