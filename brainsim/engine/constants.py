"""What does not change while a trial runs is computed once: the constant parts of an expression, as numbers.

Sums and products are flattened, so that all constant terms of a sum become one number and all constant factors of a
product too; a division by a constant is a multiplication. This moves results by an ulp or so.
"""

import ast
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from brainsim.engine.errors import EquationError
from brainsim.engine.language import UNITS

__all__ = ["Constants", "evaluate", "terms"]

_BINARY = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.Mod: np.mod,
}
_UNARY = {ast.USub: np.negative, ast.UAdd: np.positive, ast.Not: np.logical_not}
_COMPARE = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}


@dataclass
class Constants:
    """The constant parts of a group's expressions, gathered while these are gone through.

    Parameters
    ----------
    names : frozenset of str
        Names that do not change: parameters and dt.
    """

    names: frozenset[str]
    found: dict[str, ast.expr] = field(default_factory=dict)  # k0, k1, ... -> expression
    _texts: dict[str, str] = field(default_factory=dict)  # expression -> k0, k1, ...

    def is_constant(self, node: ast.expr) -> bool:
        """Say whether an expression keeps its value."""
        functions = {id(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}
        names = (name for name in ast.walk(node) if isinstance(name, ast.Name) and id(name) not in functions)
        return all(name.id in self.names or name.id in UNITS for name in names)

    def hoist(self, node: ast.expr) -> ast.expr:
        """Replace the constant parts of an expression by the names of gathered constants."""
        if isinstance(node, ast.Constant):
            return ast.Constant(float(node.value))  # type: ignore[arg-type]
        if self.is_constant(node):
            return self._constant(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            return self._sum(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
            return self._product(node)
        if isinstance(node, ast.BinOp):
            whole = isinstance(node.right, ast.Constant) and float(node.right.value).is_integer()  # type: ignore[arg-type]
            power = ast.Constant(int(node.right.value)) if whole else self.hoist(node.right)  # type: ignore[attr-defined]
            return ast.BinOp(self.hoist(node.left), node.op, power)
        if isinstance(node, ast.UnaryOp):
            return ast.UnaryOp(node.op, self.hoist(node.operand))
        if isinstance(node, ast.Call):
            return ast.Call(node.func, [self.hoist(argument) for argument in node.args], [])
        if isinstance(node, ast.Compare):
            return ast.Compare(self.hoist(node.left), node.ops, [self.hoist(part) for part in node.comparators])
        if isinstance(node, ast.BoolOp):
            return ast.BoolOp(node.op, [self.hoist(part) for part in node.values])
        return node

    def _constant(self, node: ast.expr) -> ast.expr:
        name = self._texts.setdefault(ast.unparse(node), f"k{len(self.found)}")
        self.found.setdefault(name, node)
        return ast.Name(name)

    def _sum(self, node: ast.expr) -> ast.expr:
        parts = list(terms(node))
        constant = [(negative, term) for negative, term in parts if self.is_constant(term)]
        result: ast.expr | None = None
        for negative, term in parts:
            if not self.is_constant(term):
                result = _add(result, negative, self.hoist(term))
        if constant:
            total: ast.expr | None = None
            for negative, term in constant:
                total = _add(total, negative, term)
            if total is not None:
                result = _add(result, False, self._constant(total))
        return result if result is not None else ast.Constant(0.0)

    def _product(self, node: ast.expr) -> ast.expr:
        factors = list(_factors(node, False))
        constant: ast.expr = ast.Constant(1.0)
        upper: ast.expr | None = None
        lower: ast.expr | None = None
        for inverse, factor in factors:
            if self.is_constant(factor):
                constant = ast.BinOp(constant, ast.Div() if inverse else ast.Mult(), factor)
            elif inverse:
                lower = self.hoist(factor) if lower is None else ast.BinOp(lower, ast.Mult(), self.hoist(factor))
            else:
                upper = self.hoist(factor) if upper is None else ast.BinOp(upper, ast.Mult(), self.hoist(factor))
        if any(self.is_constant(factor) for _, factor in factors):
            scale = self._constant(constant)
            upper = scale if upper is None else ast.BinOp(upper, ast.Mult(), scale)
        if upper is None:
            upper = ast.Constant(1.0)
        return upper if lower is None else ast.BinOp(upper, ast.Div(), lower)


def evaluate(node: ast.expr, values: Mapping[str, float | np.ndarray]) -> float | np.ndarray:
    """Compute an expression of `values`, in the order in which it is written.

    Raises
    ------
    EquationError
        If it holds something that cannot be computed.

    Examples
    --------
    >>> evaluate(ast.parse("exp(-a / b)", mode="eval").body, {"a": 0.0, "b": 3.0})
    np.float64(1.0)
    """
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return values[node.id] if node.id in values else UNITS[node.id]
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)](evaluate(node.left, values), evaluate(node.right, values))
    if isinstance(node, ast.UnaryOp):
        return _UNARY[type(node.op)](evaluate(node.operand, values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _function(node.func.id)(*(evaluate(argument, values) for argument in node.args))
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _COMPARE[type(node.ops[0])](evaluate(node.left, values), evaluate(node.comparators[0], values))
    if isinstance(node, ast.BoolOp):
        combine = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return functools.reduce(combine, [evaluate(part, values) for part in node.values])
    raise EquationError(f"{ast.unparse(node)!r} cannot be computed")


def terms(node: ast.expr, negative: bool = False) -> Iterator[tuple[bool, ast.expr]]:
    """Take a sum apart: its terms, each with whether it is subtracted."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield from terms(node.left, negative)
        yield from terms(node.right, negative ^ isinstance(node.op, ast.Sub))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield from terms(node.operand, not negative)
    else:
        yield negative, node


def _factors(node: ast.expr, inverse: bool) -> Iterator[tuple[bool, ast.expr]]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        yield from _factors(node.left, inverse)
        yield from _factors(node.right, inverse ^ isinstance(node.op, ast.Div))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield inverse, ast.Constant(-1.0)
        yield from _factors(node.operand, inverse)
    else:
        yield inverse, node


def _add(total: ast.expr | None, negative: bool, term: ast.expr) -> ast.expr:
    if total is None:
        return ast.UnaryOp(ast.USub(), term) if negative else term
    return ast.BinOp(total, ast.Sub() if negative else ast.Add(), term)


def _function(name: str) -> Callable[..., Any]:
    if name == "exprel":
        from scipy.special import exprel

        return exprel
    if name == "int":
        return np.trunc
    return getattr(np, name)
