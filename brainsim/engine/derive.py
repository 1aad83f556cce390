"""From equations to one update step, by Brian2's own integrators.

Brian2 takes two seconds to import, so what it derived is kept in the user's private cache, under a hash of everything
that it depends on. What comes from there passes the same whitelist as the equations.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from brainsim.engine.derivation import begin, derived
from brainsim.engine.errors import EquationError
from brainsim.engine.integrate import Question
from brainsim.engine.language import check_expression, parse_statements
from brainsim.engine.model_text import ModelText, check_text
from brainsim.engine.network import NeuronGroup
from isocortex.cache import cache_folder
from isocortex.errors import MissingFileError, UnreadableFileError
from isocortex.files import read_json, write_json

__all__ = ["Step", "begin_steps", "derive_step", "held_variables", "state_variables"]


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


def begin_steps(groups: Iterable[NeuronGroup]) -> bool:
    """Start deriving the steps of these groups that are not in the cache, so that `derive_step` need not wait long.

    Says whether another process is at work.
    """
    questions = [_question(group, check_text(group)) for group in groups]
    return begin(question for question in questions if not _is_kept(question))


def state_variables(group: NeuronGroup) -> tuple[str, ...]:
    """Give the names of a group's variables, those that inputs set last.

    Raises
    ------
    EquationError
        If its text says what it may not say.
    """
    return (*check_text(group).variables, *group.external)


def held_variables(group: NeuronGroup) -> frozenset[str]:
    """Give the names of the variables that are written only outside refractoriness."""
    return frozenset(line.name for line in check_text(group).lines if line.unless_refractory)


def _question(group: NeuronGroup, text: ModelText) -> Question:
    return Question(text.equations, text.threshold, text.reset_statements, group.refractory > 0, group.method)


def _place(question: Question) -> tuple[str, Path]:
    """Give the text that a derived step is kept under, and its file."""
    key = json.dumps([*astuple(question), *_versions()])
    return key, cache_folder("engine") / "steps" / f"{hashlib.sha256(key.encode()).hexdigest()}.json"


def _is_kept(question: Question) -> bool:
    """Say whether a step is in the cache, where it is looked for until it was found."""
    if question not in _found and _kept(*_place(question)) is not None:
        _found.add(question)
    return question in _found


_found: set[Question] = set()


def _kept(key: str, path: Path) -> tuple[tuple[str, str], ...] | None:
    """Give a step that was derived before; None if it is not there, or damaged."""
    try:
        stored = read_json(path)
        if isinstance(stored, dict) and stored.get("text") == key:
            return tuple((str(name), str(expression)) for name, expression in stored["assignments"])
    except (MissingFileError, UnreadableFileError, ValueError, KeyError, TypeError):
        pass
    return None


def _assignments(group: NeuronGroup, text: ModelText) -> tuple[tuple[str, str], ...]:
    question = _question(group, text)
    key, path = _place(question)
    found = _kept(key, path)
    if found is None:
        try:
            answer = derived(question)
        except ValueError as error:
            raise EquationError(f"{group.name}.equations: Brian2 cannot use them: {error}") from error
        found = tuple(parse_statements(answer, f"{group.name}: derived step"))
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_json(path, {"text": key, "assignments": found})
    return found


@lru_cache(maxsize=1)
def _versions() -> tuple[str, str]:
    """Versions of what derives; looking them up opens files."""
    return version("brian2"), version("sympy")
