"""Trials side by side, on whatever executor, and past those that take their process with them."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any

from ann.errors import InvalidTypeError, SearchError
from ann.search.trial import Task, Trial, run_task
from isocortex.threads import resolve_threads

__all__ = ["checked_executor", "run_tasks"]

Ended = Callable[[Trial], None]


def run_tasks(tasks: Sequence[Task], executor: Executor | None, ended: Ended) -> None:
    """Run every task, and call `ended` with each trial the moment it ends.

    A process that dies breaks its pool, and every trial in it is lost with the guilty one. Those trials are run again,
    each in a process of its own: whichever dies there too has failed, the others have their results; the rest goes on
    in a new pool.

    Parameters
    ----------
    tasks : sequence of Task
        What to do.
    executor : concurrent.futures.Executor or None
        Where; one after the other in this process by default. Not shut down.
    ended : callable
        Called in this thread.

    Raises
    ------
    InvalidTypeError
        If `executor` is none.
    SearchError
        If it takes no work, because it was shut down.
    """
    if executor is None:
        for task in tasks:
            ended(run_task(task))
        return
    checked_executor(executor)
    # Not part of the interface, hence only asked for: no more trials are under way than there are workers, so that few
    # are lost together; and a new pool begins its processes as the old one did.
    workers = getattr(executor, "_max_workers", None) or resolve_threads(None)
    anew = partial(
        ProcessPoolExecutor,
        mp_context=getattr(executor, "_mp_context", None),
        initializer=getattr(executor, "_initializer", None),
        initargs=getattr(executor, "_initargs", ()),
    )
    waiting = deque(tasks)
    with ExitStack() as stack:
        while waiting:
            lost = _run(waiting, executor, workers, ended)
            for task in lost:
                ended(_alone(task, anew(1)))
            if lost and waiting:
                executor = stack.enter_context(anew(workers))


def checked_executor(executor: Any) -> Executor | None:
    """Give an executor, or None.

    Raises
    ------
    InvalidTypeError
        If it is neither.
    """
    if executor is not None and not isinstance(executor, Executor):
        raise InvalidTypeError(f"executor: must be a concurrent.futures.Executor or None, got {executor!r}")
    return executor


def _run(waiting: deque[Task], executor: Executor, workers: int, ended: Ended) -> list[Task]:
    """Run until nothing waits, or the executor breaks; give the tasks that were lost with it."""
    under_way: dict[Future[Trial], Task] = {}
    lost: list[Task] = []
    try:
        while under_way or (waiting and not lost):
            while waiting and not lost and len(under_way) < workers:
                task = waiting.popleft()
                try:
                    under_way[executor.submit(run_task, task)] = task
                except BrokenExecutor:
                    lost.append(task)
                except RuntimeError as error:
                    raise SearchError(f"executor: takes no trials ({error}); keep it open until the end") from error
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                task = under_way.pop(future)
                problem = future.exception()
                if isinstance(problem, BrokenExecutor):
                    lost.append(task)
                elif isinstance(problem, KeyboardInterrupt):  # Ctrl-C reaches the workers as well, and is no failure
                    raise problem
                elif problem is not None:  # it could not be sent, or its result could not
                    ended(replace(task.trial, error=f"{type(problem).__name__}: {problem}"))
                else:
                    ended(future.result())
    finally:
        for future in under_way:
            future.cancel()
    return lost


def _alone(task: Task, pool: Executor) -> Trial:
    with pool:
        try:
            return pool.submit(run_task, task).result()
        except BrokenExecutor as problem:
            return replace(task.trial, error=f"its process died ({problem})")
