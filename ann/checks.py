"""Numbers that come from outside, checked in one way."""

import math
from typing import Any

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError

__all__ = ["finite_number", "floating", "is_number", "positive", "share"]


def is_number(value: Any) -> bool:
    """Say whether something is a real number, Python's or NumPy's; a truth value is none.

    Examples
    --------
    >>> is_number(np.float32(1)), is_number(True), is_number("1")
    (True, False, False)
    """
    return not isinstance(value, bool) and isinstance(value, (int, float, np.integer, np.floating))


def finite_number(value: Any, what: str, least: float = -math.inf) -> float:
    """Give `value` as a finite float of at least `least`.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no number, not finite or below `least`.

    Examples
    --------
    >>> finite_number(2, "alpha", least=0)
    2.0
    """
    if not is_number(value):
        raise InvalidTypeError(f"{what}: must be a number, got {value!r}")
    try:
        found = float(value)
    except OverflowError:  # an int beyond all floats
        found = math.inf
    if not (math.isfinite(found) and found >= least):
        bound = f" and at least {least:g}" if math.isfinite(least) else ""
        raise InvalidValueError(f"{what}: must be finite{bound}, got {found}")
    return found


def floating(dtype: Any, what: str) -> np.dtype:
    """Give the type of numbers that `dtype` names, float32 or float64.

    Raises
    ------
    InvalidValueError
        If it names none of the two.

    Examples
    --------
    >>> floating("float32", "dtype")
    dtype('float32')
    """
    try:
        found = None if dtype is None else np.dtype(dtype)
    except TypeError:
        found = None
    if found is None or found not in (np.float32, np.float64):
        raise InvalidValueError(f"{what}: must be float32 or float64, got {dtype!r}")
    return found


def positive(value: Any, what: str) -> float:
    """Give `value` if it is a positive, finite number.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no number, or not positive and finite.
    """
    if not is_number(value):
        raise InvalidTypeError(f"{what}: must be a number, got {value!r}")
    if not 0 < value < math.inf:
        raise InvalidValueError(f"{what}: must be positive, got {value}")
    finite_number(value, what)  # no whole number beyond all floats
    return value if isinstance(value, (int, float)) else float(value)


def share(value: Any, what: str) -> float:
    """Give `value` if it is at least 0 and below 1.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is not.
    """
    if not 0 <= finite_number(value, what) < 1:
        raise InvalidValueError(f"{what}: must be at least 0 and below 1, got {value!r}")
    return float(value)
