"""The base errors; each is also the builtin that people catch.

::

    IsocortexError
    ├── InvalidValueError   (ValueError)          a value that cannot be used
    ├── InvalidTypeError    (TypeError)           an object of the wrong kind
    ├── MissingFileError    (FileNotFoundError)   a path that is not there
    ├── UnreadableFileError (ValueError)          a file that is truncated, foreign or hostile
    ├── UnwritableFileError (OSError)             a path that cannot be written, or a full disk
    └── MissingExtraError   (ImportError)         an optional dependency that is not installed

Every package derives its own from these (``brainsim.errors``, ``ann.errors``, ``compare.errors``), so
``except IsocortexError`` catches whatever we raise on purpose, and nothing else.
"""

import difflib
from collections.abc import Iterable

__all__ = [
    "InvalidTypeError",
    "InvalidValueError",
    "IsocortexError",
    "MissingExtraError",
    "MissingFileError",
    "UnreadableFileError",
    "UnwritableFileError",
    "nearest",
]


class IsocortexError(Exception):
    """Anything that isocortex raises on purpose."""


class InvalidValueError(IsocortexError, ValueError):
    """A value that cannot be used; the message names the thing, the value and the remedy."""


class InvalidTypeError(IsocortexError, TypeError):
    """An object of the wrong kind."""


class MissingFileError(IsocortexError, FileNotFoundError):
    """A path that is not there."""


class UnreadableFileError(IsocortexError, ValueError):
    """A file that is truncated, foreign, too large or hostile."""


class UnwritableFileError(IsocortexError, OSError):
    """A path that cannot be written: no permission, not a folder, or a full disk."""


class MissingExtraError(IsocortexError, ImportError):
    """An optional dependency that is not installed; the message says which extra to install."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """Say which valid name comes nearest, for the end of an error message.

    Parameters
    ----------
    name : str
        What was given.
    valid : iterable of str
        What would have been accepted.

    Returns
    -------
    str
        ``"did you mean 'spearman'?"``, or the list of valid names where nothing is near.

    Examples
    --------
    >>> nearest("spearmen", ["spearman", "pearson"])
    "did you mean 'spearman'?"
    >>> nearest("x", ["spearman", "pearson"])
    'choose one of: pearson, spearman'
    """
    names = sorted(valid)
    match = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if match:
        return f"did you mean {match[0]!r}?"
    return f"choose one of: {', '.join(names)}" if names else "there is none to choose from"
