"""Memory for what a loop needs while it runs, on lines of the cache: a vector across two lines is fetched twice."""

import numpy as np

from ann.fast.compiling import compiled
from ann.room import LINE

__all__ = ["zeros"]


@compiled
def zeros(count, like):  # type: ignore[no-untyped-def]
    """Give a flat array of so many zeros, of the type of another."""
    memory = np.zeros(count + LINE // like.itemsize, like.dtype)
    start = -memory.ctypes.data % LINE // like.itemsize
    return memory[start : start + count]
