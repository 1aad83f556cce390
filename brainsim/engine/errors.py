"""What the engine raises on purpose."""

from brainsim.errors import BrainsimError
from isocortex.errors import InvalidValueError

__all__ = ["EquationError", "NetworkError"]


class NetworkError(BrainsimError, InvalidValueError):
    """A network, or what it shall be run with, that does not fit together."""


class EquationError(BrainsimError, InvalidValueError):
    """Equation text that is refused: an unknown name, a function that is not allowed, a step that is singular."""
