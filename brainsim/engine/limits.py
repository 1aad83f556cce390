"""Where two time constants are equal the exact solution's constants are 0/0, though they have a limit: it is here.

For a membrane and a synapse of the same time constant the derived text divides ``exp(-dt / tau_m) - exp(-dt / tau_s)``
by ``tau_m - tau_s``. Nearly equal ones lose digits: at a relative difference d, about 2e-14 / d of the result for a
step of a hundredth of the time constant. From a difference of 1e-4 downwards we move all parameters apart by a small h,
to either side, and extrapolate to h = 0 (Richardson), which errs by about 1e-10.
"""

import ast
from collections.abc import Mapping

import numpy as np

from brainsim.engine.constants import evaluate, terms
from brainsim.engine.errors import EquationError

__all__ = ["cancels", "constant_value"]

CLOSE = 1e-4  # relative difference below which a denominator has lost too many digits
STEP = 2e-3  # h
GOLDEN = 0.6180339887498949  # spreads the parameters' shares of h
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
    >>> f"{constant_value(difference_quotient, {'a': 1.0, 'b': 1.0}, 'E'):.9f}, {np.exp(-1.0):.9f}"
    '0.367879441, 0.367879441'
    """
    near = cancels(node, values)
    with np.errstate(all="ignore"):
        direct = np.asarray(evaluate(node, values), dtype=np.float64)
        value = np.where(near, _limit(node, values), direct) if near.any() else direct
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


def _limit(node: ast.expr, values: Values) -> np.ndarray:
    """Extrapolate to where all parameters are; NaN where there is no limit."""
    fine, coarse = _extrapolated(node, values, STEP), _extrapolated(node, values, 2 * STEP)
    return np.where(np.abs(fine - coarse) <= 1e-6 * np.abs(fine), fine, np.nan)


def _extrapolated(node: ast.expr, values: Values, step: float) -> np.ndarray:
    narrow, wide = ([_moved(node, values, side * h) for side in (-1, 1)] for h in (step, 2 * step))
    middle = sum(narrow) / 2
    # At a pole the two sides differ in sign, and their mean means nothing.
    smooth = np.abs(narrow[1] - narrow[0]) <= 0.1 * np.abs(middle)
    return np.where(smooth, (4 * middle - sum(wide) / 2) / 3, np.nan)


def _moved(node: ast.expr, values: Values, h: float) -> np.ndarray:
    names = sorted({part.id for part in ast.walk(node) if isinstance(part, ast.Name)} & set(values))
    moved = {name: values[name] * (1 + h * (0.5 + k * GOLDEN % 1)) for k, name in enumerate(names)}
    return np.asarray(evaluate(node, {**values, **moved}))
