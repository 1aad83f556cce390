"""A batch on several threads: its parts run side by side, each with BLAS on one thread.

Loops on threads and a BLAS on threads get in each other's way, and BLAS changes bits with its number of threads.
So BLAS is held to one thread while a model computes, and a large batch is cut into parts of fixed size whose
gradients are added in their order: the bits do not depend on how many threads there are.
"""

import contextvars
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

__all__ = ["added", "blas_on_one_thread", "run_parts"]

PIECE = 2**15
"""Numbers of an array that are added up at a time."""

Part = TypeVar("Part")
Result = TypeVar("Result")


class _BlasOnOneThread:
    """A context, entered as often as one likes, that holds every loaded BLAS to one thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._depth = 0
        self._controller: Any = None
        self._limits: list[Any] = []

    def __enter__(self) -> None:
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self._limit()

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._depth -= 1
            if self._depth == 0:
                while self._limits:
                    self._limits.pop().restore_original_limits()

    def look_again(self) -> None:
        """Notice a BLAS that was loaded since; whoever loads one says so, since looking takes milliseconds."""
        with self._lock:
            self._controller = None
            if self._depth:
                self._limit()

    def _limit(self) -> None:
        if self._controller is None:
            from threadpoolctl import ThreadpoolController

            self._controller = ThreadpoolController().select(user_api="blas")
        self._limits.append(self._controller.limit(limits=1))


blas_on_one_thread = _BlasOnOneThread()

_pools: dict[int, ThreadPoolExecutor] = {}
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.clear)  # a forked child has no threads but the one that forked


def run_parts(function: Callable[[Part], Result], parts: Sequence[Part], threads: int) -> list[Result]:
    """Call `function` on every part, on up to `threads` threads, and give the results in the order of the parts.

    The threads outlive the call, so that it costs some tens of microseconds; the calling thread works too.

    Examples
    --------
    >>> run_parts(abs, [-1, 2, -3], threads=2)
    [1, 2, 3]
    """
    helpers = min(threads, len(parts)) - 1
    if helpers < 1:
        return [function(part) for part in parts]
    results: list[Any] = [None] * len(parts)
    waiting = iter(range(len(parts)))

    def work() -> None:
        for index in waiting:
            results[index] = function(parts[index])

    if helpers not in _pools:
        _pools[helpers] = ThreadPoolExecutor(helpers, thread_name_prefix="ann")
    # Each in a copy of the caller's context, where NumPy keeps its floating-point settings.
    futures = [_pools[helpers].submit(contextvars.copy_context().run, work) for _ in range(helpers)]
    try:
        work()
    finally:
        for future in futures:
            future.exception()
    for future in futures:
        future.result()
    return results


def added(arrays: Sequence[np.ndarray], threads: int) -> np.ndarray:
    """Add flat arrays in their order onto the first, and give that; in pieces, so that each sum stays in the cache.

    Examples
    --------
    >>> added([np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.ones(2)], threads=2)
    array([5., 7.])
    """
    total = arrays[0]

    def add(start: int) -> None:
        piece = total[start : start + PIECE]
        for array in arrays[1:]:
            piece += array[start : start + PIECE]

    if len(arrays) > 1:
        run_parts(add, range(0, total.size, PIECE), threads)
    return total
