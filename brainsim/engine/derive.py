"""From equations to one update step, by Brian2's own integrators.

Brian2 takes two seconds to import, so what it derived is kept in the user's private cache, under a hash of everything
that it depends on. What comes from there passes the same whitelist as the equations.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from brainsim.engine.errors import EquationError
from brainsim.engine.language import NOISE, check_expression, normal_name, parse_statements
from brainsim.engine.model_text import ModelText, check_text
from brainsim.engine.network import NeuronGroup
from isocortex.cache import cache_folder
from isocortex.errors import MissingFileError, UnreadableFileError
from isocortex.files import read_json, write_json

__all__ = ["Step", "derive_step", "integrated"]


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
    text = check_text(group)
    variables = text.variables
    names = text.names
    assignments = _assignments(group, text)
    temporary = {"not_refractory"}
    for name, expression in assignments:
        if name not in (*variables, *text.noises) and not re.fullmatch(r"_[A-Za-z0-9_]+", name):
            raise EquationError(f"{group.name}: derived step assigns to {name!r}")
        check_expression(expression, names | temporary, f"{group.name}: derived step", derived=True)
        temporary.add(name)
    return Step(
        variables=(*variables, *group.external),
        held=frozenset(line.name for line in text.lines if line.unless_refractory),
        assignments=assignments,
        subexpressions=text.subexpressions(f"{group.name}.equations"),
        threshold=text.threshold,
        reset=text.reset,
    )


def integrated(equations: Any, variables: Any, method: str) -> str:
    """Let Brian2's integrator derive the step, and take the normal numbers of white noise from external variables.

    Brian2 takes such a function for a method.
    """
    from brainsim.engine.quiet import brian2

    text = brian2().stateupdaters.base.StateUpdateMethod.apply_stateupdater(equations, variables, method)
    return "\n".join(map(_noise_from_outside, str(text).splitlines()))


def _noise_from_outside(statement: str) -> str:
    name, _, value = statement.partition("=")
    if not NOISE.fullmatch(name.strip()):
        return statement
    return f"{name}={value.replace('randn()', normal_name(name.strip()))}"


def _assignments(group: NeuronGroup, text: ModelText) -> tuple[tuple[str, str], ...]:
    parts = [text.equations, text.threshold, text.reset_statements]
    key = json.dumps([*parts, group.method, group.refractory > 0, *_versions()])
    path = cache_folder("engine") / "steps" / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
    try:
        stored = read_json(path)
        if isinstance(stored, dict) and stored.get("text") == key:
            return tuple((str(name), str(expression)) for name, expression in stored["assignments"])
    except (MissingFileError, UnreadableFileError, ValueError):
        pass  # not there, or damaged: derived anew
    derived = _derive_by_brian(group, text)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_json(path, {"text": key, "assignments": derived})
    return derived


@lru_cache(maxsize=1)
def _versions() -> tuple[str, str]:
    """Versions of what derives; looking them up opens files."""
    return version("brian2"), version("sympy")


def _derive_by_brian(group: NeuronGroup, text: ModelText) -> tuple[tuple[str, str], ...]:
    from brainsim.engine.quiet import brian2, without_warnings

    b = brian2()
    try:
        with without_warnings():
            neurons = b.NeuronGroup(
                1,
                text.equations,
                threshold=text.threshold,
                reset=text.reset_statements,
                refractory=1 * b.second if group.refractory else False,
                namespace={},
            )
            neurons._network = "none"  # or Brian2 warns of an object that never ran
            neurons.equations.check_units(neurons, run_namespace={})
            derived = integrated(neurons.equations, neurons.variables, group.method)
            _check_units(text, neurons)
    except Exception as error:  # Brian2 raises a dozen kinds; each is about the equations
        reason = str(error.__cause__ or error).strip().splitlines()
        raise EquationError(f"{group.name}.equations: Brian2 cannot use them: {' '.join(reason)}") from error
    return tuple(parse_statements(derived, f"{group.name}: derived step"))


def _check_units(text: ModelText, neurons: Any) -> None:
    """Let Brian2 check that a threshold compares, and a reset assigns, what has the same dimension."""
    from brian2.equations.unitcheck import check_units_statements
    from brian2.parsing.expressions import is_boolean_expression, parse_expression_dimensions
    from brian2.utils.stringtools import get_identifiers

    found = neurons.resolve_all(get_identifiers(text.threshold), run_namespace={})
    parse_expression_dimensions(text.threshold, found)
    if not is_boolean_expression(text.threshold, found):
        raise TypeError(f"the threshold {text.threshold!r} is no condition such as v > V_th")
    if text.reset:
        statements = text.reset_statements
        check_units_statements(statements, neurons.resolve_all(get_identifiers(statements), run_namespace={}))
