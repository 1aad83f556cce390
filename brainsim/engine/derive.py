"""From equations to one update step, by Brian2's own integrators.

Brian2 takes two seconds to import, so what it derived is kept in the user's private cache, under a hash of everything
that it depends on. What comes from there passes the same whitelist as the equations.
"""

import ast
import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version

from brainsim.engine.errors import EquationError
from brainsim.engine.language import (
    Line,
    check_expression,
    check_name,
    check_unit,
    names_in,
    parse_equations,
    parse_statements,
)
from brainsim.engine.network import NeuronGroup
from isocortex.cache import cache_folder
from isocortex.errors import MissingFileError, UnreadableFileError, nearest
from isocortex.files import read_json, write_json

__all__ = ["METHODS", "Step", "check_text", "declared_equations", "derive_step"]

METHODS = ("exact", "exponential_euler", "euler", "rk2", "rk4", "heun", "milstein")


@dataclass(frozen=True)
class Step:
    """One time step of a neuron: assignments in order, then who has spiked and what a spike does.

    `held` are the variables that are written only outside refractoriness.
    """

    variables: tuple[str, ...]
    held: frozenset[str]
    assignments: tuple[tuple[str, str], ...]  # (name, expression); those that begin with _ are temporary
    subexpressions: tuple[tuple[str, str], ...]  # in order of dependence
    threshold: str
    reset: tuple[tuple[str, str], ...]


def derive_step(group: NeuronGroup) -> Step:
    """Derive the update step of a group of neurons.

    Parameters
    ----------
    group : NeuronGroup
        Its values play no part, only its text and the names and units of its parameters.

    Returns
    -------
    Step

    Raises
    ------
    EquationError
        If the text says what it may not say, or Brian2 cannot integrate it by the group's method.

    Examples
    --------
    >>> leaky = NeuronGroup("leaky", 1, "dv/dt = -v / tau : volt", "euler", parameters={
    ...     "tau": (20e-3, "second"), "V_th": (10e-3, "volt"), "V_reset": (0.0, "volt")})
    >>> derive_step(leaky).assignments
    (('_v', '-dt*v/tau + v'), ('v', '_v'))
    """
    lines = check_text(group)
    variables = tuple(line.name for line in lines if line.differential)
    names = {line.name for line in lines} | set(group.parameters)
    assignments = _assignments(group)
    temporary = {"not_refractory"}
    for name, expression in assignments:
        if name not in variables and not re.fullmatch(r"_[A-Za-z0-9_]+", name):
            raise EquationError(f"{group.name}: derived step assigns to {name!r}")
        check_expression(expression, names | temporary, f"{group.name}: derived step")
        temporary.add(name)
    return Step(
        variables=variables,
        held=frozenset(line.name for line in lines if line.unless_refractory),
        assignments=assignments,
        subexpressions=_in_order([line for line in lines if not line.differential], group.name),
        threshold=group.threshold,
        reset=tuple(parse_statements(group.reset, f"{group.name}.reset")),
    )


def declared_equations(group: NeuronGroup) -> str:
    """Give the group's equations with its parameters declared, one value a neuron, as Brian2 reads them."""
    return "\n".join(
        [group.equations, *(f"{name} : {unit} (constant)" for name, (_, unit) in group.parameters.items())]
    )


def check_text(group: NeuronGroup) -> list[Line]:
    """Hold everything that a group says against the whitelist, and give its equations line by line.

    Raises
    ------
    EquationError
        If it says what it may not say, or names what is not there.
    """
    where = f"{group.name}.equations"
    if group.method not in METHODS:
        raise EquationError(f"{group.name}.method: there is no {group.method!r}; {nearest(group.method, METHODS)}")
    lines = parse_equations(group.equations, where)
    names = {line.name for line in lines}
    for name, (_, unit) in group.parameters.items():
        check_name(name, f"{group.name}.parameters")
        check_unit(unit, f"{group.name}.parameters[{name!r}]")
        if name in names:
            raise EquationError(f"{group.name}.parameters: {name!r} has an equation too")
    variables = {line.name for line in lines if line.differential}
    names |= set(group.parameters)
    for line in lines:
        check_expression(line.expression, names, where)
    check_expression(group.threshold, names, f"{group.name}.threshold")
    for name, expression in parse_statements(group.reset, f"{group.name}.reset"):
        if name not in variables:
            raise EquationError(f"{group.name}.reset: {name!r} is no state variable; {nearest(name, variables)}")
        check_expression(expression, names, f"{group.name}.reset")
    for name in group.initial:
        if name not in variables:
            raise EquationError(f"{group.name}.initial: {name!r} is no state variable; {nearest(name, variables)}")
    if group.refractory == 0 and any(line.unless_refractory for line in lines):
        raise EquationError(f"{where}: (unless refractory) needs a refractory period above 0")
    return lines


def _in_order(lines: list[Line], where: str) -> tuple[tuple[str, str], ...]:
    """Sort subexpressions so that each comes after those that it uses."""
    waiting = {line.name: line.expression for line in lines}
    ordered: list[tuple[str, str]] = []
    while waiting:
        ready = [name for name, text in waiting.items() if not names_in(ast.parse(text)) & set(waiting)]
        if not ready:
            raise EquationError(f"{where}.equations: {', '.join(sorted(waiting))} depend on each other in a circle")
        ordered += [(name, waiting.pop(name)) for name in ready]
    return tuple(ordered)


def _assignments(group: NeuronGroup) -> tuple[tuple[str, str], ...]:
    text = json.dumps([declared_equations(group), group.method, group.refractory > 0, *_versions()])
    path = cache_folder("engine") / "steps" / f"{hashlib.sha256(text.encode()).hexdigest()}.json"
    try:
        stored = read_json(path)
        if isinstance(stored, dict) and stored.get("text") == text:
            return tuple((str(name), str(expression)) for name, expression in stored["assignments"])
    except (MissingFileError, UnreadableFileError, ValueError):
        pass  # not there, or damaged: derived anew
    derived = _derive_by_brian(group)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_json(path, {"text": text, "assignments": derived})
    return derived


@lru_cache(maxsize=1)
def _versions() -> tuple[str, str]:
    """Versions of what derives; looking them up opens files."""
    return version("brian2"), version("sympy")


def _derive_by_brian(group: NeuronGroup) -> tuple[tuple[str, str], ...]:
    from brainsim.engine.quiet import brian2, without_warnings

    b = brian2()
    try:
        with without_warnings():
            neurons = b.NeuronGroup(
                1,
                declared_equations(group),
                method=group.method,
                threshold=group.threshold,
                reset=group.reset,
                refractory=1 * b.second if group.refractory else False,
                namespace={},
            )
            neurons._network = "none"  # or Brian2 warns of an object that never ran
            neurons.equations.check_units(neurons, run_namespace={})
            updater = b.stateupdaters.base.StateUpdateMethod
            text = updater.apply_stateupdater(neurons.equations, neurons.variables, group.method)
    except Exception as error:  # Brian2 raises a dozen kinds; each is about the equations
        reason = str(error.__cause__ or error).strip().splitlines()
        raise EquationError(f"{group.name}.equations: Brian2 cannot use them: {' '.join(reason)}") from error
    return tuple(parse_statements(text, f"{group.name}: derived step"))
