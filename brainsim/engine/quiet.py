"""Brian2 as a library among others: imported late and quietly, and without taking over the interpreter's error hook."""

import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

__all__ = ["brian2", "without_warnings"]


@contextmanager
def without_warnings() -> Iterator[None]:
    """Keep from the user what Brian2's dependencies deprecate among themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def brian2() -> ModuleType:
    """Import Brian2; it takes two seconds, so only when it is needed.

    Brian2 sets its own ``sys.excepthook`` as it is imported, which would change what a user's crash looks like, and
    some of its dependencies warn. It also listens to Ctrl-C, which only the main thread may ask for: on any other
    thread it is imported without, because we do not use that.
    """
    hook, listen = sys.excepthook, signal.signal
    try:
        if threading.current_thread() is not threading.main_thread():
            signal.signal = lambda number, handler: signal.getsignal(number)  # type: ignore[assignment]
        with without_warnings():
            import brian2
    finally:
        sys.excepthook, signal.signal = hook, listen
    return brian2
