"""Where two time constants are equal the exact solution's constants are 0/0, though they have a limit: it is here.

For a membrane and a synapse of the same time constant the derived text divides ``exp(-dt / tau_m) - exp(-dt / tau_s)``
by ``tau_m - tau_s``; for an alpha function, by its square. Nearly equal ones lose digits: at a relative difference d,
about 2e-14 / d of the result for a step of a hundredth of the time constant. From a difference of 1e-4 downwards such a
constant is computed with a hundred digits, and where it is 0/0 even so, with parameters moved apart by 1e-20.
"""

import ast
import math
import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

from brainsim.engine.constants import evaluate, terms
from brainsim.engine.errors import EquationError
from brainsim.engine.language import UNITS

__all__ = ["cancels", "constant_value"]

CLOSE = 1e-4  # relative difference below which a denominator has lost too many digits
DIGITS = 100
APART = 1e-20  # relative, where parameters are exactly equal
GOLDEN = 0.6180339887498949  # spreads the parameters' shares of it
_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_RENAMED = {"arccos": "acos", "arcsin": "asin", "arctan": "atan"}
Values = Mapping[str, float | np.ndarray]


def constant_value(node: ast.expr, values: Values, where: str) -> np.ndarray:
    """Compute a constant of an update step, by its limit where it is 0/0 or nearly so.

    Parameters
    ----------
    node : ast.expr
        The expression.
    values : mapping of str to float or numpy.ndarray
        What its names stand for, SI.
    where : str
        What it belongs to, for the error.

    Returns
    -------
    numpy.ndarray
        float64, one value or one a unit.

    Raises
    ------
    EquationError
        If it has no finite value or limit.

    Examples
    --------
    >>> difference_quotient = ast.parse("(exp(-a) - exp(-b)) / (b - a)", mode="eval").body
    >>> f"{constant_value(difference_quotient, {'a': 1.0, 'b': 1.0}, 'E'):.16f}, {np.exp(-1.0):.16f}"
    '0.3678794411714423, 0.3678794411714423'
    """
    near = cancels(node, values)
    with np.errstate(all="ignore"):
        direct = np.asarray(evaluate(node, values), dtype=np.float64)
        value = _with_limits(node, values, near, direct) if near.any() else direct
    if not np.isfinite(value).all():
        raise EquationError(
            f"{where}: {ast.unparse(node)} is not finite, so the step is singular; change the parameters in it, or use "
            "method 'exponential_euler'"
        )
    return value


def cancels(node: ast.expr, values: Values) -> np.ndarray:
    """Say, for each unit, whether a denominator is a difference of nearly equal terms; bool, () or (unit,)."""
    near = np.asarray(False)
    with np.errstate(all="ignore"):
        for part in ast.walk(node):
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Div):
                for inner in ast.walk(part.right):
                    if isinstance(inner, ast.BinOp) and isinstance(inner.op, (ast.Add, ast.Sub)):
                        size = sum(np.abs(evaluate(term, values)) for _, term in terms(inner))
                        near = near | (np.abs(evaluate(inner, values)) <= CLOSE * size)
    return np.asarray(near)


def _with_limits(node: ast.expr, values: Values, near: np.ndarray, direct: np.ndarray) -> np.ndarray:
    """Replace what has lost its digits, unit by unit; NaN where there is no limit."""
    names = sorted({part.id for part in ast.walk(node) if isinstance(part, ast.Name)} & set(values))
    columns = np.broadcast_arrays(near, direct, *(values[name] for name in names))
    found = np.array(columns[1], dtype=np.float64)
    for unit in np.ndindex(found.shape):
        if columns[0][unit]:
            found[unit] = _limit(node, {name: float(part[unit]) for name, part in zip(names, columns[2:], strict=True)})
    return found


def _limit(node: ast.expr, values: dict[str, float]) -> float:
    from mpmath import mp, mpf

    with mp.workdps(DIGITS):
        exact = {name: mpf(value) for name, value in values.items()}
        try:
            return float(_precise(node, exact))
        except ZeroDivisionError:
            pass
        shares = {name: mpf(APART) * (0.5 + k * GOLDEN % 1) for k, name in enumerate(exact)}
        try:
            near, far = (
                _precise(node, {name: value * (1 + times * shares[name]) for name, value in exact.items()})
                for times in (1, 3)
            )
        except ZeroDivisionError:
            return math.nan
        # At a pole the two differ by a factor of 3 or more.
        return float(near) if abs(far - near) <= 1e-9 * abs(near) else math.nan


def _precise(node: ast.expr, values: Mapping[str, Any]) -> Any:
    """Compute an expression with as many digits as mpmath is set to."""
    from mpmath import expm1, mp, mpf

    if isinstance(node, ast.Constant):
        return mpf(float(node.value))  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return values[node.id] if node.id in values else mpf(UNITS[node.id])
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _BINARY[type(node.op)](_precise(node.left, values), _precise(node.right, values))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        inner = _precise(node.operand, values)
        return -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        inner = _precise(node.args[0], values)
        if node.func.id == "exprel":
            return expm1(inner) / inner if inner else mpf(1)
        function = abs if node.func.id == "abs" else getattr(mp, _RENAMED.get(node.func.id, node.func.id), None)
        if function is not None:
            return function(inner)
    raise EquationError(f"{ast.unparse(node)!r} has no limit that could be computed")
