"""What goes wrong when results become a report."""

from compare.errors import CompareError, InvalidValueError

__all__ = ["ResultsError"]


class ResultsError(CompareError, InvalidValueError):
    """Results that lack a part, or in which a part has another form than the report expects."""
