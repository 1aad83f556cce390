"""Plain Python threads over functions that release the interpreter, stopped cleanly by Ctrl-C."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from numbers import Integral
from typing import TypeVar

from isocortex.errors import InvalidTypeError, InvalidValueError

__all__ = ["resolve_threads", "run_on_threads"]

Item = TypeVar("Item")
Result = TypeVar("Result")


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
    if count == 1:
        results = []
        for item in work:
            results.append(function(item))
            if done is not None:
                done(item)
        return results
    with ThreadPoolExecutor(count) as pool:
        futures = {pool.submit(function, item): item for item in work}
        pending = set(futures)
        try:
            while pending:
                finished, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in finished:
                    future.result()
                    if done is not None:
                        done(futures[future])
        except BaseException:
            if cancel is not None:
                cancel()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [future.result() for future in futures]
