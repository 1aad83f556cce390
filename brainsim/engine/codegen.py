"""An update step as Python source: one function that updates a group and finds who spikes, one that resets them.

The source holds no numbers of the network, so groups with the same equations share it.
"""

import ast
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType

import numpy as np

from brainsim.engine.constants import Constants
from brainsim.engine.derive import Step, derive_step
from brainsim.engine.generated import fill, load
from brainsim.engine.language import check_expression, names_in
from brainsim.engine.limits import cancels, constant_value
from brainsim.engine.network import NeuronGroup
from brainsim.engine.template import MODULE

__all__ = ["GroupCode", "compile_group", "is_singular", "refractory_steps"]


@dataclass(frozen=True, eq=False)
class GroupCode:
    """A group's compiled functions and the constants that they are called with."""

    module: ModuleType  # with update and reset, both of operation.SIGNATURE
    variables: tuple[str, ...]
    held: frozenset[str]  # written only outside refractoriness
    scalars: np.ndarray  # float64, dt first
    arrays: tuple[np.ndarray, ...]  # float64, one value a unit


def refractory_steps(refractory: float, dt: float) -> int:
    """Give the steps that a refractory period lasts, rounded down as Brian2 does; at least 1 if there is one.

    A neuron that spikes in step s is active again in step s + steps.

    Examples
    --------
    >>> refractory_steps(2e-3, 1e-4), refractory_steps(2.25e-3, 0.5e-3), refractory_steps(0.0, 1e-4)
    (20, 4, 0)
    """
    return max(int((refractory + 1e-3 * dt) / dt), 1) if refractory > 0 else 0


def compile_group(group: NeuronGroup, dt: float) -> GroupCode:
    """Compile a group's update step and reset.

    Raises
    ------
    EquationError
        If the equations are refused, or their step is singular for these parameters.
    """
    step = derive_step(group)
    plan, known = _planned(group, step, dt)
    module = load(plan.source, "group")
    scalars, arrays = (
        [constant_value(node, known, f"{group.name}.equations") for node in nodes]
        for nodes in (plan.scalars, plan.arrays)
    )
    return GroupCode(
        module,
        step.variables,
        step.held,
        np.array([dt, *(float(value) for value in scalars)]),
        tuple(np.ascontiguousarray(np.broadcast_to(value, group.size)) for value in arrays),
    )


def is_singular(group: NeuronGroup, dt: float) -> bool:
    """Say whether the group's derived step is 0/0 or nearly so, where the compiled engine takes the limit.

    Brian2 computes NaN there, or loses digits.
    """
    plan, known = _planned(group, derive_step(group), dt)
    return any(cancels(node, known).any() for node in (*plan.scalars, *plan.arrays))


def _planned(group: NeuronGroup, step: Step, dt: float) -> tuple["_Plan", dict[str, np.ndarray]]:
    values = {name: np.asarray(value, dtype=np.float64) for name, (value, _) in group.parameters.items()}
    per_unit = frozenset(name for name, value in values.items() if value.ndim)
    plan = _plan(step, frozenset(values) | {"dt"}, per_unit, group.refractory > 0)
    return plan, {**values, "dt": np.asarray(dt)}


@dataclass(frozen=True, eq=False)
class _Plan:
    """Source, and the expressions of the constants that it is called with."""

    source: str
    scalars: tuple[ast.expr, ...]
    arrays: tuple[ast.expr, ...]


@lru_cache(maxsize=512)
def _plan(step: Step, names: frozenset[str], per_unit: frozenset[str], refractory: bool) -> _Plan:
    """Write the source once for all groups that have the same equations."""
    writer = _Writer(step, names, per_unit, refractory)
    source = writer.source()
    found = writer.constants.found
    return _Plan(source, tuple(found[name] for name in writer.scalars), tuple(found[name] for name in writer.arrays))


class _Writer:
    """Turns one derived step into source."""

    def __init__(self, step: Step, names: frozenset[str], per_unit: frozenset[str], refractory: bool) -> None:
        self.step, self.per_unit, self.refractory = step, per_unit, refractory
        self.constants = Constants(names)
        self.names = {*step.variables, *names, *dict(step.subexpressions), "not_refractory"}
        self.needs_active = refractory and _reaches_others(step)
        # Subexpressions and constant temporaries are put in where they are used.
        self.definitions = {name: self.parse(text) for name, text in step.subexpressions}

    @property
    def arrays(self) -> list[str]:
        """Names of the gathered constants of which each unit has its own."""
        return [name for name, node in self.constants.found.items() if names_in(node) & self.per_unit]

    @property
    def scalars(self) -> list[str]:
        """Names of the other gathered constants."""
        return [name for name in self.constants.found if name not in self.arrays]

    def source(self) -> str:
        """Write the module."""
        update = self.update_lines()
        threshold = self.expression(self.parse(self.step.threshold))
        reset = [f"s_{name} = {self.expression(self.parse(text))}" for name, text in self.step.reset]
        written = list(dict.fromkeys(name for name, _ in self.step.reset))
        states, arrays = self.step.variables, self.arrays
        pointers = [f"at_{name} = doubles_at(arguments[{8 + k}])" for k, name in enumerate([*states, *arrays])]
        pieces = {
            "READ": [*pointers, *(f"{name} = scalars[{k + 1}]" for k, name in enumerate(self.scalars))],
            "LOAD": [f"s_{name} = at_{name}[i]" for name in states] + [f"{name} = at_{name}[i]" for name in arrays],
            "UPDATE": update,
            "STORE": [f"at_{name}[i] = s_{name}" for name in states],
            "RESET": reset,
            "STORE_RESET": [f"at_{name}[i] = s_{name}" for name in written],
        }
        crossed = f"({threshold}) & (active[i] != 0)" if self.refractory else threshold
        return fill(MODULE, pieces, {"CROSSED": crossed}, {"REFRACTORY": self.refractory})

    def update_lines(self) -> list[str]:
        """Write the update of one unit, a held variable's only where it is active."""
        lines = []
        for name, text in self.step.assignments:
            value = self.substituted(self.parse(text))
            if name not in self.step.variables and self.constants.is_constant(value):
                self.definitions[name] = value
                self.names.add(name)
                continue
            written = self.expression(value)
            if name in self.step.held:
                written = f"{written} if active[i] != 0 else s_{name}"
            lines.append(f"{self.local(name)} = {written}")
            self.names.add(name)
        return lines

    def parse(self, text: str) -> ast.expr:
        """Hold text against the whitelist, once more."""
        return check_expression(text, self.names, "equations", derived=True)

    def substituted(self, node: ast.expr) -> ast.expr:
        """Put in what names stand for."""
        return _Substitute(self).visit(node)

    def expression(self, node: ast.expr) -> str:
        """Write an expression of one unit, its constant parts by their names."""
        hoisted = self.constants.hoist(self.substituted(node))
        return ast.unparse(ast.fix_missing_locations(_Rename(self).visit(hoisted)))

    def local(self, name: str) -> str:
        """Give the name of a state variable or temporary in the written code."""
        return f"s_{name}" if name in self.step.variables else f"t{name}"


class _Substitute(ast.NodeTransformer):
    """Puts definitions in place of their names, and 1 for an active neuron where only held variables depend on it."""

    def __init__(self, writer: _Writer) -> None:
        self.writer = writer

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.writer.definitions:
            return self.visit(self.writer.definitions[node.id])
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if ast.unparse(node) == "int(not_refractory)":
            return ast.Name("not_refractory") if self.writer.needs_active else ast.Constant(1.0)
        return ast.Call(node.func, [self.visit(argument) for argument in node.args], [])


class _Rename(ast.NodeTransformer):
    """Gives state variables and temporaries names that meet no name of the template, and loops without branches."""

    def __init__(self, writer: _Writer) -> None:
        self.writer = writer
        self.constants = set(writer.constants.found)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.constants:
            return node
        if node.id == "t":
            return ast.Name("time")
        if node.id == "not_refractory":
            return ast.Name("active[i]")
        return ast.Name(self.writer.local(node.id))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        return ast.Call(ast.Name(f"f_{function}"), [self.visit(argument) for argument in node.args], [])

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        operator = ast.BitAnd() if isinstance(node.op, ast.And) else ast.BitOr()
        parts = [self.visit(part) for part in node.values]
        result = parts[0]
        for part in parts[1:]:
            result = ast.BinOp(result, operator, part)
        return result


def _reaches_others(step: Step) -> bool:
    """Say whether a variable that is not held depends on refractoriness within the step."""
    touched: set[str] = set()
    for name, text in step.assignments:
        used = names_in(ast.parse(text))
        if "not_refractory" in used or used & touched:
            touched.add(name)
    return bool(touched & (set(step.variables) - step.held))
