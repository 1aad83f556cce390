"""The same work on threads here, or on any `concurrent.futures` executor: threads, processes, Dask's workers.

The numbers are the same bit for bit: what is one item is decided by who asks and never by how many workers there are,
and each item is computed with BLAS on one thread. A task whose worker dies is tried again.
"""

import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
)
from contextlib import ExitStack
from threading import Lock
from typing import Any, TypeVar

from compare.errors import BiasWarning, InvalidOptionError, ParallelError
from isocortex.threads import run_on_threads

__all__ = ["Workers", "checked_workers", "run"]

Item = TypeVar("Item")
Result = TypeVar("Result")
Workers = int | Executor | None
"""How many threads (as many as there are cores by default), or an executor."""

TASKS = 128  # items travel in so many parcels at most, since what they share travels with each
ATTEMPTS = 3  # how often a task is tried whose worker dies


def checked_workers(parallel: Any, threads: int | None = None) -> Workers:
    """Give who does the work: the executor, or threads where there is none.

    Raises
    ------
    InvalidOptionError
        If `parallel` is no executor.

    Examples
    --------
    >>> checked_workers(None, threads=2)
    2
    """
    if parallel is None:
        return threads
    if isinstance(parallel, Executor):
        return parallel
    remedy = ": take client.get_executor()" if hasattr(parallel, "get_executor") else ", such as a ProcessPoolExecutor"
    raise InvalidOptionError(
        f"parallel: must be an executor of concurrent.futures, got {type(parallel).__name__}{remedy}"
    )


def run(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    workers: Workers = None,
    done: Callable[[Item], None] | None = None,
    names: Sequence[str] | None = None,
) -> list[Result]:
    """Call `function` on every item, and give the results in the order of the items.

    Parameters
    ----------
    function : callable
        Of one item, and of nothing that changes. Other processes need it to be picklable: a function of a module, or a
        `functools.partial` of one.
    items : sequence
        What it is called on.
    workers : int or Executor, optional
        Threads of this process, or who is asked.
    done : callable, optional
        Called with each item that is finished, from the calling thread.
    names : sequence of str, optional
        What errors call the items.

    Raises
    ------
    ParallelError
        If the workers of a task died three times.
    InvalidOptionError
        If the executor takes no more tasks.

    Notes
    -----
    A `ProcessPoolExecutor` is of no more use once one of its processes has died. What is left is then computed by a
    pool of the same kind that is made for it; Dask replaces its workers by itself. An error inside the function is
    not tried again: it is raised as it is, with a note that names the item.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as pool:
    ...     run(abs, [-1, 2, -3], pool)
    [1, 2, 3]
    """
    from threadpoolctl import threadpool_limits

    called = [f"item {index} of {len(items)}" for index in range(len(items))] if names is None else list(names)
    with threadpool_limits(limits=1, user_api="blas"):
        if isinstance(workers, Executor):
            return _on_executor(function, list(items), workers, done, called)
        return run_on_threads(function, items, workers, done)


def _on_executor(
    function: Callable[[Any], Any],
    items: list[Any],
    executor: Executor,
    done: Callable[[Any], None] | None,
    names: list[str],
) -> list[Any]:
    size = -(-len(items) // TASKS)
    parcels = {start: items[start : start + size] for start in range(0, len(items), size or 1)}
    results: dict[int, list[Any]] = {}

    def finished(start: int, values: list[Any]) -> None:
        results[start] = values
        if done is not None:
            for item in parcels[start]:
                done(item)

    with ExitStack() as stack:
        for _ in range(ATTEMPTS):
            left = {start: parcel for start, parcel in parcels.items() if start not in results}
            if not left:
                break
            broken = _attempt(function, left, executor, names, finished)
            if broken and isinstance(executor, ProcessPoolExecutor):
                executor = stack.enter_context(_another(executor))
        else:
            lost = [start for start in parcels if start not in results]
            if lost:
                raise ParallelError(
                    f"{names[lost[0]]}: its worker died {ATTEMPTS} times, and {len(lost)} of {len(parcels)} tasks are "
                    "not done; workers die most often for want of memory: take fewer of them"
                )
    return [value for start in parcels for value in results[start]]


def _attempt(
    function: Callable[[Any], Any],
    parcels: dict[int, list[Any]],
    executor: Executor,
    names: list[str],
    finished: Callable[[int, list[Any]], None],
) -> bool:
    """Hand out parcels, take what comes back, and say whether workers died."""
    futures: dict[Future[list[Any]], int] = {}
    broken = False
    try:
        shared = _sent_once(function, executor)
        for start, parcel in parcels.items():
            futures[executor.submit(_task, shared, parcel, names[start : start + len(parcel)], os.getpid())] = start
    except BrokenExecutor:
        broken = True
    except RuntimeError as error:
        raise InvalidOptionError(f"parallel: the executor takes no tasks ({error}); give one that is open") from error
    try:
        for future in as_completed(futures):
            try:
                finished(futures[future], future.result())
            except BaseException as error:
                if not _died(error):
                    raise
                broken = True
    finally:
        for future in futures:
            future.cancel()
    return broken


def _died(error: BaseException) -> bool:
    """Say whether a worker died, rather than that its task went wrong; Dask's errors are told by their names."""
    return isinstance(error, (BrokenExecutor, CancelledError)) or type(error).__name__ in {
        "KilledWorker",
        "FutureCancelledError",
        "CommClosedError",
    }


def _another(executor: ProcessPoolExecutor) -> ProcessPoolExecutor:
    """Make a pool like one that broke."""
    return ProcessPoolExecutor(
        getattr(executor, "_max_workers", None), mp_context=getattr(executor, "_mp_context", None)
    )


def _sent_once(function: Callable[[Any], Any], executor: Executor) -> Any:
    """Send what all tasks share to each of Dask's workers once; other executors send it with every parcel."""
    client = getattr(executor, "_client", None)
    if client is None or not hasattr(client, "scatter"):
        return function
    return client.scatter(function, broadcast=True, hash=False)


def _task(function: Callable[[Any], Any], items: list[Any], names: list[str], asked_by: int) -> list[Any]:
    """Compute a parcel where it has arrived."""
    with ExitStack() as stack:
        if os.getpid() != asked_by:
            stack.enter_context(_one_blas_thread)
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore", BiasWarning)  # said once, by whoever asks
        results = []
        for item, name in zip(items, names, strict=True):
            try:
                results.append(function(item))
            except Exception as error:
                error.add_note(f"in {name}")
                raise
    return results


class _OneBlasThread:
    """A context that holds a worker's BLAS to one thread while any of its threads is inside."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._limits: Any = None

    def __enter__(self) -> None:
        import scipy.linalg  # noqa: F401  # it brings a BLAS of its own, which must be there to be held
        from threadpoolctl import threadpool_limits

        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._limits = threadpool_limits(limits=1, user_api="blas")

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._limits.restore_original_limits()


_one_blas_thread = _OneBlasThread()
