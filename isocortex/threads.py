"""Plain Python threads over functions that release the interpreter, stopped cleanly by Ctrl-C."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from numbers import Integral
from queue import Empty, SimpleQueue
from typing import TypeVar

from isocortex.errors import InvalidTypeError, InvalidValueError

__all__ = ["resolve_threads", "run_on_threads"]

Item = TypeVar("Item")
Result = TypeVar("Result")

TICK = 0.1  # seconds


def resolve_threads(threads: int | None) -> int:
    """Give the number of threads to use: `threads`, or as many as the cores this process may use.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If `threads` is below 1, or no whole number.
    """
    if threads is None:
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1
    if isinstance(threads, bool) or not isinstance(threads, Integral):
        raise InvalidTypeError(f"threads: must be a whole number, got {threads!r}")
    if threads < 1:
        raise InvalidValueError(f"threads: must be at least 1, got {threads}")
    return int(threads)


def run_on_threads(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    threads: int | None = None,
    done: Callable[[Item], None] | None = None,
    cancel: Callable[[], None] | None = None,
    tick: Callable[[], None] | None = None,
) -> list[Result]:
    """Call `function` on every item, side by side, and give the results in the order of the items.

    Parameters
    ----------
    function : callable
        Should release the interpreter (compiled code, large NumPy operations) to gain from threads.
    items : iterable
        What it is called on.
    threads : int, optional
        How many run at once; as many as there are cores by default.
    done : callable, optional
        Called with each item as it finishes, from the calling thread: for progress bars.
    cancel : callable, optional
        Called once after an exception or Ctrl-C, so that calls under way may end early; what they then return or
        raise is dropped.
    tick : callable, optional
        Called ten times a second, and once after the last item, from the calling thread, which then computes nothing
        itself: an exception raised there, as by Ctrl-C, meets no call of `function` halfway.

    Returns
    -------
    list
        One result an item. The first exception, if any, is raised after the calls under way have ended; calls not
        yet begun are dropped. Ctrl-C does the same.

    Examples
    --------
    >>> run_on_threads(abs, [-1, 2, -3], threads=2)
    [1, 2, 3]
    """
    work = list(items)
    count = min(resolve_threads(threads), max(len(work), 1))
    if count == 1 and tick is None:
        results = []
        for item in work:
            results.append(function(item))
            if done is not None:
                done(item)
        return results
    finished: SimpleQueue[Future[Result]] = SimpleQueue()
    with ThreadPoolExecutor(count) as pool:
        try:
            futures = {pool.submit(function, item): item for item in work}
            for future in futures:
                future.add_done_callback(finished.put)
            pending = len(futures)
            while pending:
                try:
                    future = finished.get(timeout=None if tick is None else TICK)
                except Empty:
                    pass
                else:
                    pending -= 1
                    future.result()
                    if done is not None:
                        done(futures[future])
                if tick is not None:
                    tick()
        except BaseException:
            _end(pool, cancel)
            raise
    return [future.result() for future in futures]


def _end(pool: ThreadPoolExecutor, cancel: Callable[[], None] | None) -> None:
    """Wait for the calls under way; a second Ctrl-C changes nothing where they were told to end early."""
    while True:
        try:
            if cancel is not None:
                cancel()
            pool.shutdown(wait=True, cancel_futures=True)
            return
        except KeyboardInterrupt:
            if cancel is None:
                raise
