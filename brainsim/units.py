"""Units: ms, mV, nS, pA, pF, Hz and mm in public, SI inside; the one place where the two meet.

A value is a plain number in the public unit of its parameter, or a Brian2 quantity, whose dimension is checked.
Brian2 is imported only if somebody hands one of its quantities over, that is, if it is imported already.
"""

import ast
import math
import re
from typing import Any

import numpy as np

from brainsim.engine.errors import EquationError
from brainsim.engine.language import UNIT_POWERS, unit_tree
from brainsim.errors import KindError, ParameterError

__all__ = [
    "DIVISORS",
    "SI_NAMES",
    "from_si",
    "number",
    "numbers",
    "public_unit_of",
    "quantity_unit",
    "si_name",
    "to_si",
]

# Public unit -> what to divide by for SI. A division by an exact power of ten rounds once; a product with an inexact
# 1e-3 would round twice.
DIVISORS: dict[str, float] = {
    "ms": 1e3,
    "mV": 1e3,
    "nS": 1e9,
    "pA": 1e12,
    "pF": 1e12,
    "Hz": 1.0,
    "mm": 1e3,
    "mm/ms": 1.0,
    "1": 1.0,
}

# Public unit -> the SI unit, as Brian2's equations name it.
SI_NAMES: dict[str, str] = {
    "ms": "second",
    "mV": "volt",
    "nS": "siemens",
    "pA": "amp",
    "pF": "farad",
    "Hz": "hertz",
    "mm": "meter",
    "mm/ms": "meter/second",
    "1": "1",
}

# SI unit in equations -> the unit in which such a variable is given and recorded.
_PUBLIC = {
    **{si: public for public, si in SI_NAMES.items()},
    **{"ampere": "pA", "metre": "mm", "ohm": "Gohm"},
}
_QUANTITIES = ("1", "volt", "second", "siemens", "amp", "farad", "hertz", "ohm", "meter", "volt/second", "amp/second")


def to_si(value: Any, unit: str) -> Any:
    """Convert a number or an array from its public unit to SI.

    Parameters
    ----------
    value : float or numpy.ndarray
        In `unit`.
    unit : str
        One of ``ms mV nS pA pF Hz mm 1``, or a product of powers of units such as ``"nS/mV"``.

    Returns
    -------
    float or numpy.ndarray
        In SI base units.

    Examples
    --------
    >>> to_si(-60.0, "mV"), to_si(200.0, "pF")
    (-0.06, 2e-10)
    """
    return value / _divisor(unit)


def from_si(value: Any, unit: str) -> Any:
    """Convert a number or an array from SI to its public unit.

    Examples
    --------
    >>> from_si(-0.05, "mV")
    -50.0
    """
    return value * _divisor(unit)


def si_name(unit: str, where: str = "unit") -> str:
    """Give the SI unit of a unit, as Brian2's equations name it.

    Parameters
    ----------
    unit : str
        A public unit, another one such as ``"uV"``, or a product of powers of them.
    where : str
        What it belongs to, for the message.

    Raises
    ------
    ParameterError
        If it is no unit.

    Examples
    --------
    >>> si_name("nS/mV"), si_name("1/ms")
    ('siemens / volt', '1 / second')
    """
    # Brian2 does not read the brackets that Python puts around a negative power.
    return SI_NAMES.get(unit) or re.sub(r"\((-[\d.]+)\)", r"\1", ast.unparse(_Base().visit(_parsed(unit, where))))


def public_unit_of(si: str) -> str:
    """Give the public unit of a variable whose unit Brian2's equations name.

    Examples
    --------
    >>> public_unit_of("volt"), public_unit_of("amp / second"), public_unit_of("1")
    ('mV', 'pA / ms', '1')
    """
    tree = _parsed(si, "unit")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = _PUBLIC.get(node.id, node.id)
    return ast.unparse(tree)


def quantity_unit(value: Any, where: str) -> str:
    """Give the public unit of a Brian2 quantity's dimension.

    Raises
    ------
    ParameterError
        If there is no such unit.
    """
    import brian2

    for unit in _QUANTITIES:
        if brian2.get_dimensions(value) == _dimension(_parsed(unit, where)):
            return public_unit_of(unit)
    raise ParameterError(f"{where}: say the unit of {value!s} in the equations' text")


class _Base(ast.NodeTransformer):
    """Puts the SI unit in place of every unit."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(UNIT_POWERS[node.id][1])


def _parsed(unit: str, where: str) -> ast.expr:
    """Parse a product of powers of units.

    Raises
    ------
    ParameterError
        If it is something else.
    """
    try:
        return unit_tree(unit, UNIT_POWERS, where)
    except EquationError as error:
        raise ParameterError(str(error)) from None


def _power(node: ast.expr) -> float:
    """Give the power of ten between a parsed unit and its SI unit."""
    if isinstance(node, ast.Name):
        return UNIT_POWERS[node.id][0]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return _power(node.left) * float(ast.literal_eval(node.right))
    if isinstance(node, ast.BinOp):
        return _power(node.left) + (1 if isinstance(node.op, ast.Mult) else -1) * _power(node.right)
    return 0.0


def _divisor(unit: str) -> float:
    if unit in DIVISORS:
        return DIVISORS[unit]
    return 10.0 ** -_power(_parsed(unit, "unit"))


def _dimension(node: ast.expr) -> Any:
    """Give Brian2's dimension of a parsed unit."""
    import brian2

    if isinstance(node, ast.Name):
        return getattr(brian2, UNIT_POWERS[node.id][1]).dim
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return _dimension(node.left) ** float(ast.literal_eval(node.right))
    if isinstance(node, ast.BinOp):
        left, right = _dimension(node.left), _dimension(node.right)
        return left * right if isinstance(node.op, ast.Mult) else left / right
    return brian2.get_dimensions(1)


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
        odd = int(np.argmin(np.isfinite(result)))
        raise ParameterError(f"{where}: must be finite, got {result[odd]} {unit} at position {odd}")
    if nonnegative and result.min(initial=0) < 0:
        raise ParameterError(f"{where}: must not be negative, got {result.min():g} {unit}")
    result.flags.writeable = False
    return result


def _from_quantity(value: Any, unit: str, where: str) -> np.ndarray:
    import brian2

    if brian2.get_dimensions(value) != _dimension(_parsed(si_name(unit, where), where)):
        raise ParameterError(f"{where}: must be in {unit}, got {value!s}")
    scaled = np.asarray(value, dtype=np.float64) * _divisor(unit)
    # Brian2 keeps 200*pF as 2e-10, and 2e-10 * 1e12 is 200.00000000000003: fifteen digits give back what was meant.
    return np.array([float(f"{one:.15g}") for one in scaled.ravel()]).reshape(scaled.shape)
