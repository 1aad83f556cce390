"""Numbers that come from outside, checked in one way."""

import math
from typing import Any

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError

__all__ = ["finite_number", "floating", "positive", "share"]


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
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise InvalidTypeError(f"{what}: must be a number, got {value!r}")
    if not (math.isfinite(value) and value >= least):
        bound = f" and at least {least:g}" if math.isfinite(least) else ""
        raise InvalidValueError(f"{what}: must be finite{bound}, got {value}")
    return float(value)


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
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise InvalidTypeError(f"{what}: must be a number, got {value!r}") from error
    if isinstance(value, (bool, str)):
        raise InvalidTypeError(f"{what}: must be a number, got {value!r}")
    if not 0 < number < math.inf:
        raise InvalidValueError(f"{what}: must be positive, got {value}")
    return value if isinstance(value, (int, float)) else number


def share(value: Any, what: str) -> float:
    """Give `value` if it is at least 0 and below 1.

    Raises
    ------
    InvalidValueError
        If it is not.
    """
    if isinstance(value, (bool, str)) or not 0 <= value < 1:
        raise InvalidValueError(f"{what}: must be at least 0 and below 1, got {value!r}")
    return float(value)
