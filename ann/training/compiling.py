"""Telling that loops are being compiled, where the first step of training waits for that."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["telling", "while_compiling"]

PATIENCE = 2.0
"""Seconds of compiling that need no word."""

TEXT = "compiling loops, once on this machine"


def telling(learn: Callable[..., Any], tell: Callable[[str], None] | None) -> Callable[..., Any]:
    """Give what takes a step as `learn` does, and tells of compiling in the first; `learn` itself if nobody listens."""
    if tell is None:
        return learn
    listener, first = tell, True

    def step(*batch: Any) -> Any:
        nonlocal first
        if not first:
            return learn(*batch)
        first = False
        with while_compiling(listener):
            return learn(*batch)

    return step


@contextmanager
def while_compiling(tell: Callable[[str], None]) -> Iterator[None]:
    """Say once that loops are being compiled, if that takes longer than `PATIENCE` in this context.

    Parameters
    ----------
    tell : callable
        Takes the text, from whatever thread.
    """
    if "numba" not in sys.modules:  # then nothing is compiled
        yield
        return
    from numba.core import event

    event.Listener.register(_Listener)  # a class of numba's own would load it when ann is imported
    listener = _Listener(tell)
    event.register("numba:compile", listener)
    try:
        yield
    finally:
        event.unregister("numba:compile", listener)
        listener.close()


class _Listener:
    """Hears of every loop that is compiled, which is not those that come from the cache."""

    def __init__(self, tell: Callable[[str], None]):
        self.tell = tell
        self.lock = threading.Lock()
        self.under_way, self.since, self.told = 0, 0.0, False
        self.timer = threading.Timer(PATIENCE, self._look)
        self.timer.daemon = True

    def notify(self, event: Any) -> None:
        """Hear that compiling begins or ends; loops are compiled within each other, and on several threads."""
        with self.lock:
            begins = event.is_start
            self.under_way += 1 if begins else -1
            if begins and not self.since:
                self.since = time.monotonic()
                self.timer.start()
        self._look()

    def close(self) -> None:
        """Say nothing any more."""
        with self.lock:
            self.told = True
        self.timer.cancel()

    def _look(self) -> None:
        """Tell, if it is time and loops are being compiled right now."""
        with self.lock:
            due = not self.told and self.under_way > 0 and time.monotonic() - self.since >= 0.99 * PATIENCE
            self.told = self.told or due
            if due:
                self.tell(TEXT)
