"""How much work a text would make: a short one can keep the algebra behind the integrators busy for ever.

``9**9**9`` has 369 million digits, ``(a + b)**999999999`` a billion terms, and thirty lines that each say ``x = y + y``
stand for a text of a gigabyte. Each is refused by a count of what it would become.
"""

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass

from brainsim.engine.errors import EquationError

__all__ = ["Effort", "effort_of"]

DEEPEST = 100  # expressions within expressions
MOST_NODES = 20_000  # names, numbers and operators, with subexpressions put in
MOST_TERMS = 5_000  # once all products are multiplied out
HIGHEST_POWER = 64


@dataclass(frozen=True)
class Effort:
    """What an expression becomes: nodes once subexpressions are put in, terms once products are multiplied out."""

    nodes: int = 1
    terms: int = 1


def effort_of(tree: ast.expr, known: Mapping[str, Effort], where: str) -> Effort:
    """Count what an expression becomes.

    Parameters
    ----------
    tree : ast.expr
        An expression that has passed the whitelist.
    known : mapping of str to Effort
        Of the subexpressions that stand for longer texts.
    where : str
        What it belongs to, for the error.

    Raises
    ------
    EquationError
        If it is too deep, too long, has a power too high, or a number too large.

    Examples
    --------
    >>> effort_of(ast.parse("(a + b)**3", mode="eval").body, {}, "E").terms
    4
    >>> effort_of(ast.parse("9**9**9", mode="eval").body, {}, "E")
    Traceback (most recent call last):
        ...
    brainsim.engine.errors.EquationError: E: 9 ** 9 ** 9 is not a finite number
    """
    return _Count(known, where).count(tree, 0)


class _Count:
    """One walk over an expression."""

    def __init__(self, known: Mapping[str, Effort], where: str) -> None:
        self.known, self.where = known, where

    def count(self, node: ast.expr, depth: int) -> Effort:
        """Count an expression at a depth within others."""
        if depth > DEEPEST:
            raise EquationError(f"{self.where}: more than {DEEPEST} expressions within each other; name parts of it")
        if isinstance(node, ast.Name):
            return self.known.get(node.id, Effort())
        parts = [self.count(part, depth + 1) for part in _operands(node)]
        if _is_number(node):
            self.check_number(node)
            return Effort()
        effort = Effort(1 + sum(part.nodes for part in parts), self.terms(node, parts))
        if effort.nodes > MOST_NODES or effort.terms > MOST_TERMS:
            raise EquationError(
                f"{self.where}: an expression that becomes {max(effort.nodes, effort.terms)} parts once written out, "
                f"more than {MOST_TERMS}; simplify it"
            )
        return effort

    def terms(self, node: ast.expr, parts: list[Effort]) -> int:
        """Count the terms of an expression whose operands' are counted."""
        counts = [part.terms for part in parts]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            power = self.power(node.right)
            return math.comb(power + counts[0] - 1, counts[0] - 1) if power else counts[0]
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
            return counts[0] * counts[1]
        return 1 if isinstance(node, ast.Call) else sum(counts)

    def power(self, exponent: ast.expr) -> int:
        """Give a constant exponent without its sign, rounded up; 0 where it depends on something."""
        if not _is_number(exponent):
            return 0
        power = abs(_value(exponent))
        if not power <= HIGHEST_POWER:
            raise EquationError(f"{self.where}: a power of {ast.unparse(exponent)}; the highest is {HIGHEST_POWER}")
        return math.ceil(power)

    def check_number(self, node: ast.expr) -> None:
        """Check what is made of numbers alone: the algebra would compute it digit by digit."""
        value = _value(node)
        if not math.isfinite(value):
            text = ast.unparse(node)
            shown = text if len(text) <= 40 else f"{text[:40]}..."
            raise EquationError(f"{self.where}: {shown} is not a finite number")


def _operands(node: ast.expr) -> list[ast.expr]:
    """Give the expressions that an expression is made of; the function of a call is none."""
    if isinstance(node, ast.Call):
        return list(node.args)
    return [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]


def _is_number(node: ast.expr) -> bool:
    """Say whether an expression is made of numbers and arithmetic alone."""
    arithmetic = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop)
    return all(isinstance(part, arithmetic) for part in ast.walk(node))


def _value(node: ast.expr) -> float:
    """Compute numbers in floating point, which takes no time; NaN where that fails."""
    try:
        if isinstance(node, ast.Constant):
            return float(node.value)  # type: ignore[arg-type]
        if isinstance(node, ast.UnaryOp):
            value = _value(node.operand)
            return -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.BinOp):
            left, right = _value(node.left), _value(node.right)
            result = _ARITHMETIC[type(node.op)](left, right)
            return result if isinstance(result, float) else math.nan
    except (OverflowError, ZeroDivisionError, ValueError):
        pass
    return math.nan


_ARITHMETIC = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Mod: lambda a, b: a % b,
    ast.Pow: lambda a, b: a**b,
}
