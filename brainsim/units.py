"""Units: ms, mV, nS, pA, pF, Hz and mm in public, SI inside; the one place where the two meet.

A value is a plain number in the public unit of its parameter, or a Brian2 quantity, whose dimension is checked.
Brian2 is imported only if somebody hands one of its quantities over, that is, if it is imported already.
"""

import math
from typing import Any

import numpy as np

from brainsim.errors import KindError, ParameterError

__all__ = ["DIVISORS", "SI_NAMES", "number", "numbers", "to_si"]

# Public unit -> what to divide by for SI. A division by an exact power of ten rounds once; a product with an inexact
# 1e-3 would round twice.
DIVISORS: dict[str, float] = {"ms": 1e3, "mV": 1e3, "nS": 1e9, "pA": 1e12, "pF": 1e12, "Hz": 1.0, "mm": 1e3, "1": 1.0}

# Public unit -> the SI unit, as Brian2's equations name it.
SI_NAMES: dict[str, str] = {
    "ms": "second",
    "mV": "volt",
    "nS": "siemens",
    "pA": "amp",
    "pF": "farad",
    "Hz": "Hz",
    "mm": "meter",
    "1": "1",
}


def to_si(value: Any, unit: str) -> Any:
    """Convert a number or an array from its public unit to SI.

    Parameters
    ----------
    value : float or numpy.ndarray
        In `unit`.
    unit : str
        One of ``ms mV nS pA pF Hz mm 1``.

    Returns
    -------
    float or numpy.ndarray
        In SI base units.

    Examples
    --------
    >>> to_si(-60.0, "mV"), to_si(200.0, "pF")
    (-0.06, 2e-10)
    """
    return value / DIVISORS[unit]


def number(
    value: Any, unit: str, where: str, *, positive: bool = False, nonnegative: bool = False, infinite: bool = False
) -> float:
    """Check one number, and convert it to its public unit if it is a Brian2 quantity.

    Parameters
    ----------
    value : float or brian2.Quantity
        What was given.
    unit : str
        The public unit of the parameter.
    where : str
        The parameter's name, for the message.
    positive, nonnegative : bool
        Whether it must be above 0, or at least 0.
    infinite : bool
        Whether it may be infinite.

    Returns
    -------
    float
        In the public unit.

    Raises
    ------
    ParameterError
        If it is not finite, out of range, or has another dimension than `unit`.
    KindError
        If it is not a number.

    Examples
    --------
    >>> number(20, "ms", "LIF.tau_m", positive=True)
    20.0
    >>> number(-1, "ms", "LIF.tau_m", positive=True)
    Traceback (most recent call last):
        ...
    brainsim.errors.ParameterError: LIF.tau_m: must be positive, got -1 ms
    """
    if hasattr(value, "dim"):
        value = _from_quantity(value, unit, where).item() if np.ndim(value) == 0 else np.asarray(value)
    if np.ndim(value) or isinstance(value, (bool, np.bool_, str, bytes)):
        raise KindError(f"{where}: must be a number in {unit}, got {value!r}")
    try:
        result = float(value)
    except (TypeError, ValueError):
        raise KindError(f"{where}: must be a number in {unit}, got {type(value).__name__} {value!r}") from None
    except OverflowError:
        raise ParameterError(f"{where}: must be finite, got a number of {len(str(value))} digits") from None
    shown = f"{result:g}" if unit == "1" else f"{result:g} {unit}"
    if math.isnan(result) or (math.isinf(result) and not infinite):
        raise ParameterError(f"{where}: must be finite, got {shown}")
    if positive and result <= 0:
        raise ParameterError(f"{where}: must be positive, got {shown}")
    if nonnegative and result < 0:
        raise ParameterError(f"{where}: must not be negative, got {shown}")
    return result


def numbers(value: Any, unit: str, where: str, size: int, *, nonnegative: bool = False) -> np.ndarray:
    """Check one number for each unit or synapse; Brian2 quantities are converted.

    Parameters
    ----------
    value : array-like or brian2.Quantity
        What was given.
    unit : str
        The public unit of the parameter.
    where : str
        The parameter's name, for the message.
    size : int
        How many there must be.
    nonnegative : bool
        Whether they must be at least 0.

    Returns
    -------
    numpy.ndarray of float64 (size)
        In the public unit; a copy that cannot be written to.

    Raises
    ------
    ParameterError, KindError
        If they are not so many, not finite, out of range, of another dimension, or no numbers.

    Examples
    --------
    >>> numbers([1, 2], "nS", "a.E.initial['AMPA']", size=2)
    array([1., 2.])
    """
    if hasattr(value, "dim"):
        value = _from_quantity(value, unit, where)
    try:
        result = np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise KindError(f"{where}: must be numbers in {unit}, got {value!r}") from None
    if result.shape != (size,):
        raise ParameterError(f"{where}: must be one number or {size}, got shape {result.shape}")
    if not np.isfinite(result).all():
        raise ParameterError(f"{where}: must be finite")
    if nonnegative and result.min(initial=0) < 0:
        raise ParameterError(f"{where}: must not be negative, got {result.min():g} {unit}")
    result.flags.writeable = False
    return result


def _from_quantity(value: Any, unit: str, where: str) -> np.ndarray:
    import brian2

    expected = brian2.DIMENSIONLESS if unit == "1" else getattr(brian2, SI_NAMES[unit]).dim
    if brian2.get_dimensions(value) != expected:
        raise ParameterError(f"{where}: must be in {unit}, got {value!s}")
    scaled = np.asarray(value, dtype=np.float64) * DIVISORS[unit]
    # Brian2 keeps 200*pF as 2e-10, and 2e-10 * 1e12 is 200.00000000000003: fifteen digits give back what was meant.
    return np.array([float(f"{one:.15g}") for one in scaled.ravel()]).reshape(scaled.shape)
