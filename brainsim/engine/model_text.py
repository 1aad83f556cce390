"""What a group of neurons says, held against the whitelist; nothing else of its text reaches Brian2 or a compiler."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from brainsim.engine.effort import Effort, effort_of
from brainsim.engine.errors import EquationError
from brainsim.engine.language import (
    Line,
    check_expression,
    check_name,
    check_unit,
    names_in,
    noises_in,
    noises_of,
    normal_name,
    parse_equations,
    parse_statements,
)
from brainsim.engine.network import NeuronGroup
from isocortex.errors import nearest

__all__ = ["METHODS", "STOCHASTIC", "ModelText", "check_text"]

METHODS = ("exact", "exponential_euler", "euler", "rk2", "rk4", "heun", "milstein")
STOCHASTIC = ("euler", "heun", "milstein")  # those that integrate white noise


@dataclass(frozen=True)
class ModelText:
    """A group's checked text, in parts; put together again it is what Brian2 reads."""

    lines: tuple[Line, ...]
    declared: tuple[tuple[str, str], ...]  # parameters and external variables -> Brian2's unit
    threshold: str
    reset: tuple[tuple[str, str], ...]
    noises: tuple[str, ...]  # white noises in the equations

    @property
    def variables(self) -> tuple[str, ...]:
        """The state variables."""
        return tuple(line.name for line in self.lines if line.differential)

    @property
    def names(self) -> frozenset[str]:
        """Whatever an expression may name besides noise: state variables, subexpressions, parameters and externals."""
        return frozenset({line.name for line in self.lines} | dict(self.declared).keys())

    @property
    def equations(self) -> str:
        """The equations, with parameters and external variables declared: constant during a step."""
        written = []
        for line in self.lines:
            left = f"d{line.name}/dt" if line.differential else line.name
            flag = " (unless refractory)" if line.unless_refractory else ""
            written.append(f"{left} = {line.expression} : {line.unit}{flag}")
        return "\n".join(written + [f"{name} : {unit} (constant)" for name, unit in self.declared])

    @property
    def reset_statements(self) -> str:
        """The reset, one statement a line."""
        return "\n".join(f"{name} = {expression}" for name, expression in self.reset)

    def subexpressions(self, where: str) -> tuple[tuple[str, str], ...]:
        """Give the subexpressions, each after those that it uses.

        Raises
        ------
        EquationError
            If they depend on each other in a circle.
        """
        waiting = {line.name: line.expression for line in self.lines if not line.differential}
        ordered: list[tuple[str, str]] = []
        while waiting:
            ready = [name for name, text in waiting.items() if not names_in(ast.parse(text)) & set(waiting)]
            if not ready:
                raise EquationError(f"{where}: {', '.join(sorted(waiting))} depend on each other in a circle")
            ordered += [(name, waiting.pop(name)) for name in ready]
        return tuple(ordered)


def check_text(group: NeuronGroup) -> ModelText:
    """Hold everything that a group says against the whitelist.

    Raises
    ------
    EquationError
        If it says what it may not say, names what is not there, or would become too large.
    """
    where = f"{group.name}.equations"
    if group.method not in METHODS:
        raise EquationError(f"{group.name}.method: there is no {group.method!r}; {nearest(group.method, METHODS)}")
    lines = tuple(parse_equations(group.equations, where))
    names = {line.name for line in lines}
    declared = {name: unit for name, (_, unit) in group.parameters.items()}
    _check_declared(declared, names, f"{group.name}.parameters")
    normals = {normal_name(noise) for noise in noises_of(group.equations)}
    external = {name: unit for name, unit in group.external.items() if name not in normals}
    _check_declared(external, names | set(declared), f"{group.name}.external")
    declared.update(external)
    names |= set(declared)
    declared.update(dict.fromkeys(sorted(normals), "1"))
    noises: set[str] = set()
    for line in lines:
        own = noises_in(line.expression) if line.differential else set()
        check_expression(line.expression, names | own, where)
        noises |= own
    text = ModelText(
        lines,
        tuple(declared.items()),
        ast.unparse(check_expression(group.threshold, names, f"{group.name}.threshold")),
        tuple(parse_statements(group.reset, f"{group.name}.reset")),
        tuple(sorted(noises)),
    )
    _check_effort(text, where)
    _check_statements(group, text)
    if noises and group.method not in STOCHASTIC:
        raise EquationError(
            f"{group.name}.method: white noise (xi) needs one of {', '.join(STOCHASTIC)}, got {group.method!r}"
        )
    return text


def _check_declared(units: Mapping[str, str], taken: set[str], where: str) -> None:
    for name, unit in units.items():
        check_name(name, where)
        check_unit(unit, f"{where}[{name!r}]")
        if name in taken:
            raise EquationError(f"{where}: {name!r} has an equation too, or is declared twice")


def _check_effort(text: ModelText, where: str) -> None:
    efforts: dict[str, Effort] = {}
    for name, expression in text.subexpressions(where):
        efforts[name] = effort_of(ast.parse(expression.strip(), mode="eval").body, efforts, where)
    for line in text.lines:
        if line.differential:
            effort_of(ast.parse(line.expression.strip(), mode="eval").body, efforts, where)


def _check_statements(group: NeuronGroup, text: ModelText) -> None:
    for name, expression in text.reset:
        if name not in text.variables:
            raise EquationError(f"{group.name}.reset: {name!r} is no state variable; {nearest(name, text.variables)}")
        known = text.names - {normal_name(noise) for noise in text.noises}
        check_expression(expression, known, f"{group.name}.reset")
    for name in group.initial:
        if name not in text.variables:
            raise EquationError(f"{group.name}.initial: {name!r} is no state variable; {nearest(name, text.variables)}")
    if group.refractory == 0 and any(line.unless_refractory for line in text.lines):
        raise EquationError(f"{group.name}.equations: (unless refractory) needs a refractory period above 0")
