"""What ann raises; each error is also the builtin that people catch.

::

    ShapeError       (ValueError)       shapes that do not fit; the message names the layer
    DataError        (ValueError)       NaN or infinite values, labels out of range, unequal lengths
    NotCompiledError (RuntimeError)     training before `compile`, or weights before the input shape is known
    DivergenceError  (ArithmeticError)  the loss has left the finite numbers
    GradientError    (ArithmeticError)  a gradient differs from its central difference
    KinkError        (ArithmeticError)  a gradient was checked where there is none
    WeightsError     (ValueError)       a stored network that does not match
    ExportError      (ValueError)       a network that another program's format cannot hold
    SearchError      (ValueError)       a search of which every trial failed, or a folder that holds another search
"""

from isocortex.errors import (
    InvalidTypeError,
    InvalidValueError,
    IsocortexError,
    MissingFileError,
    UnreadableFileError,
    UnwritableFileError,
)

__all__ = [
    "DataError",
    "DivergenceError",
    "ExportError",
    "GradientError",
    "InvalidTypeError",
    "InvalidValueError",
    "IsocortexError",
    "KinkError",
    "MissingFileError",
    "NotCompiledError",
    "SearchError",
    "ShapeError",
    "UnreadableFileError",
    "UnwritableFileError",
    "WeightsError",
]


class ShapeError(InvalidValueError):
    """Shapes that do not fit: the message says which layer, what it got and what it expects."""


class DataError(InvalidValueError):
    """Data that cannot be trained on: NaN, infinite values, labels out of range, unequal lengths."""


class NotCompiledError(IsocortexError, RuntimeError):
    """The model lacks what this call needs: a loss and an optimiser, or its input shape."""


class DivergenceError(IsocortexError, ArithmeticError):
    """The loss is no longer a finite number, so training was stopped."""


class GradientError(IsocortexError, ArithmeticError):
    """A gradient differs from its central difference."""


class KinkError(GradientError):
    """The function has a kink where its gradient was checked, so there is no gradient to compare with."""


class WeightsError(UnreadableFileError):
    """A stored network that does not match; the message lists every mismatch."""


class ExportError(InvalidValueError):
    """A network that another program's format cannot hold: the message names the layer and why."""


class SearchError(InvalidValueError):
    """A search of which every trial failed, or a folder that holds another search."""
