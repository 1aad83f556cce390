"""Results become figures and one self-contained page.

What draws is loaded only when it is asked for: Matplotlib and networkx take a second.
"""

import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from compare.report.page import write_report
    from compare.report.wording import verdict

__all__ = ["verdict", "write_report"]

_HOME = {"verdict": "compare.report.wording", "write_report": "compare.report.page"}


def __getattr__(name: str) -> _typing.Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(_importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value
