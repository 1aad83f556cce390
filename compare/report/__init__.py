"""Results become figures and one self-contained page."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compare.report.page import write_report
    from compare.report.wording import verdict

__all__ = ["verdict", "write_report"]

_HOMES = {"verdict": "compare.report.wording", "write_report": "compare.report.page"}


def __getattr__(name: str) -> Any:
    """Load what draws only when it is asked for: Matplotlib and networkx take a second."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
