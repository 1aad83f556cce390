"""Brian2 as a library among others: imported late and quietly, and without taking over the interpreter's error hook."""

import sys
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
    some of its dependencies warn.
    """
    hook = sys.excepthook
    try:
        with without_warnings():
            import brian2
    finally:
        sys.excepthook = hook
    return brian2
