"""What the engine raises on purpose."""

from isocortex.errors import InvalidValueError

__all__ = ["EquationError", "NetworkError"]


class NetworkError(InvalidValueError):
    """A network, or what it shall be run with, that does not fit together."""


class EquationError(InvalidValueError):
    """Equation text that is refused: an unknown name, a function that is not allowed, a step that is singular."""
