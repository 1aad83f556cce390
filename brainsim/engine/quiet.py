"""Brian2 as a library among others: imported late, and without taking over the interpreter's error hook."""

import sys
import warnings
from types import ModuleType

__all__ = ["brian2"]


def brian2() -> ModuleType:
    """Import Brian2; it takes two seconds, so only when it is needed.

    Brian2 sets its own ``sys.excepthook`` as it is imported, which would change what a user's crash looks like, and
    some of its dependencies warn.
    """
    hook = sys.excepthook
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import brian2
    finally:
        sys.excepthook = hook
    return brian2
