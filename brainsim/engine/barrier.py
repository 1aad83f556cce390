"""Where the threads of one network wait for each other, once in a step.

A thread spins for a moment and then offers its core to others, for where another process holds a core, spinning threads
would wait for one that cannot run.
"""

import ctypes
import sys
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

__all__ = ["LEFT", "barrier", "leave", "pass_on", "wait"]

SPINS = 20
LEFT = 8  # words after which the second one lies, in another line of memory
WORD = ir.IntType(64)


def barrier() -> np.ndarray:
    """Make the memory of a barrier: how often it was reached, and whether somebody left for good."""
    return np.zeros(2 * LEFT, dtype=np.int64)


def leave(memory: np.ndarray) -> None:
    """Let all that wait, or will, go on without waiting: one of them has failed."""
    memory[LEFT] = 1


def pass_on() -> int:
    """Give the address of the system's function by which a thread offers its core to others."""
    if sys.platform == "win32":
        function = ctypes.windll.kernel32.SwitchToThread
    else:
        function = ctypes.CDLL(None).sched_yield
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)


def _arrive(typing_context: Any, address: Any) -> Any:
    """Add 1 to the word at an address."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = builder.inttoptr(values[0], WORD.as_pointer())
        return builder.atomic_rmw("add", place, WORD(1), "seq_cst")

    return types.int64(types.int64), generate


def _look(typing_context: Any, address: Any) -> Any:
    """Read the word at an address, which another thread may have changed."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = builder.inttoptr(values[0], WORD.as_pointer())
        return builder.load_atomic(place, "seq_cst", 8)

    return types.int64(types.int64), generate


def _yield(typing_context: Any, function: Any) -> Any:
    """Call the function without arguments at an address."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [])
        result = builder.call(builder.inttoptr(values[0], kind.as_pointer()), [])
        return builder.sext(result, WORD)

    return types.int64(types.int64), generate


arrive: Any = intrinsic(_arrive)
look: Any = intrinsic(_look)
offer_core: Any = intrinsic(_yield)


@njit(nogil=True)
def wait(address, expected, yielding):  # type: ignore[no-untyped-def]
    """Arrive, and wait until the barrier was reached `expected` times; say whether all are still there."""
    arrive(address)
    tries = 0
    while look(address) < expected:
        tries += 1
        if tries > SPINS:
            if look(address + 8 * LEFT):
                return False
            offer_core(yielding)
    return True
