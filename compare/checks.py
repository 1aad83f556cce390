"""What options of every kind are held to, in the same words."""

from typing import Any

import numpy as np

from compare.errors import InvalidOptionError

__all__ = ["check_count", "check_share", "is_count"]


def is_count(value: Any, least: int) -> bool:
    """Say whether an option is a whole number of at least `least`.

    Examples
    --------
    >>> is_count(3, 1), is_count(2.5, 1), is_count(True, 1)
    (True, False, False)
    """
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and bool(value >= least)


def check_count(name: str, value: Any, least: int) -> None:
    """Refuse what is no whole number of at least `least`.

    Raises
    ------
    InvalidOptionError
        If it is none; `name` is what the message calls it.

    Examples
    --------
    >>> check_count("folds", 1, 2)
    Traceback (most recent call last):
    compare.errors.InvalidOptionError: folds: must be a whole number of at least 2, got 1
    """
    if not is_count(value, least):
        raise InvalidOptionError(f"{name}: must be a whole number of at least {least}, got {value!r}")


def check_share(name: str, value: float) -> None:
    """Refuse what does not lie between 0 and 1.

    Raises
    ------
    InvalidOptionError
        If it does not.

    Examples
    --------
    >>> check_share("confidence", 95)
    Traceback (most recent call last):
    compare.errors.InvalidOptionError: confidence: must lie between 0 and 1, got 95
    """
    if not 0 < value < 1:
        raise InvalidOptionError(f"{name}: must lie between 0 and 1, got {value}")
