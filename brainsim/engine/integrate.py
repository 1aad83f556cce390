"""Brian2's integrators on equation text: strings in, strings out."""

from dataclasses import dataclass
from typing import Any

from brainsim.engine.language import NOISE, normal_name

__all__ = ["Question", "integrate", "integrated"]


@dataclass(frozen=True)
class Question:
    """A model, and the method that its update step is wanted by; all of it has passed the whitelist."""

    equations: str
    threshold: str
    reset: str
    refractory: bool
    method: str


def integrate(question: Question) -> str:
    """Give the update step that Brian2 derives, one statement a line.

    Raises
    ------
    ValueError
        If Brian2 cannot use the text; the message says why.
    """
    from brainsim.engine.quiet import brian2, without_warnings

    b = brian2()
    try:
        with without_warnings():
            neurons = b.NeuronGroup(
                1,
                question.equations,
                threshold=question.threshold,
                reset=question.reset,
                refractory=1 * b.second if question.refractory else False,
                namespace={},
            )
            neurons._network = "none"  # or Brian2 warns of an object that never ran
            neurons.equations.check_units(neurons, run_namespace={})
            derived = integrated(neurons.equations, neurons.variables, question.method)
            _check_units(question, neurons)
    except Exception as error:  # Brian2 raises a dozen kinds; each is about the equations
        raise ValueError(" ".join(str(error.__cause__ or error).strip().splitlines())) from error
    return derived


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


def _check_units(question: Question, neurons: Any) -> None:
    """Let Brian2 check that a threshold compares, and a reset assigns, what has the same dimension."""
    from brian2.equations.unitcheck import check_units_statements
    from brian2.parsing.expressions import is_boolean_expression, parse_expression_dimensions
    from brian2.utils.stringtools import get_identifiers

    threshold, reset = question.threshold, question.reset
    found = neurons.resolve_all(get_identifiers(threshold), run_namespace={})
    parse_expression_dimensions(threshold, found)
    if not is_boolean_expression(threshold, found):
        raise TypeError(f"the threshold {threshold!r} is no condition such as v > V_th")
    if reset:
        check_units_statements(reset, neurons.resolve_all(get_identifiers(reset), run_namespace={}))
