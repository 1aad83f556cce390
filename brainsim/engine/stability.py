r"""Step sizes that an explicit method cannot bear are refused before anything runs.

A method such as forward Euler turns :math:`dx/dt = -x / \tau` into :math:`x \leftarrow (1 - dt / \tau) x`, which grows
from step to step where :math:`dt > 2 \tau` (Hairer and Wanner 1996, Solving Ordinary Differential Equations II, IV.2).
So of every state variable that falls back by itself where it begins, the derived step is asked how much of a small
displacement is left after one step: more than all of it means that the method is unstable there.

What is looked at is each variable by itself, at the values that the network begins with. A conductance that becomes
large later may still shorten a membrane's time constant below what an explicit method bears; "exponential_euler" and
"exact" bear every step.
"""

import ast
from collections.abc import Mapping

import numpy as np

from brainsim.engine.constants import evaluate
from brainsim.engine.derive import Step, derive_step
from brainsim.engine.errors import NetworkError
from brainsim.engine.network import NeuronGroup

__all__ = ["check_stable"]

EXPLICIT = ("euler", "rk2", "rk4", "heun", "milstein")
SHORT = 1e-3  # of a step: so short that every method follows the equation
DISPLACEMENT = 1e-6  # relative
MARGIN = 1e-6  # what rounding may add

Values = Mapping[str, float | np.ndarray]


def check_stable(group: NeuronGroup, dt: float) -> None:
    """Check that no state variable of a group overshoots into growth within a step.

    Parameters
    ----------
    group : NeuronGroup
        With its method, parameters and initial values.
    dt : float
        Step size, s.

    Raises
    ------
    NetworkError
        If one does; the message names it, the step and a step that would do.

    Examples
    --------
    >>> fast = NeuronGroup("fast", 1, "dv/dt = -v / tau : volt", "euler", parameters={
    ...     "tau": (0.1e-3, "second"), "V_th": (10e-3, "volt"), "V_reset": (0.0, "volt")})
    >>> check_stable(fast, 0.1e-3)
    >>> check_stable(fast, 0.3e-3)
    Traceback (most recent call last):
    brainsim.engine.errors.NetworkError: fast: v cannot be integrated by 'euler' in steps of 0.3 ms, ...
    """
    if group.method not in EXPLICIT:
        return
    step = derive_step(group)
    values = {name: np.asarray(value, dtype=np.float64) for name, (value, _) in group.parameters.items()}
    values |= {name: np.asarray(group.initial.get(name, 0.0), dtype=np.float64) for name in step.variables}
    with np.errstate(all="ignore"):
        for name in step.variables:
            if name not in group.external and (unstable := _overshoots(step, values, name, dt)).any():
                bearable = dt
                while _overshoots(step, values, name, bearable).any():
                    bearable /= 2
                raise NetworkError(
                    f"{group.name}: {name} cannot be integrated by {group.method!r} in steps of {dt * 1e3:g} ms, which "
                    f"are too long for its time constant (unit {int(np.argmax(np.atleast_1d(unstable)))}) and would "
                    f"let it grow without bound; {bearable * 1e3:.3g} ms is short enough, or use method "
                    "'exponential_euler' or 'exact'"
                )


def _overshoots(step: Step, values: Values, name: str, dt: float) -> np.ndarray:
    """Say, for each unit, whether a variable falls back by itself and the step makes it grow."""
    falls = _left(step, values, name, SHORT * dt) < 1 - SHORT * MARGIN
    return np.asarray(falls & (np.abs(_left(step, values, name, dt)) > 1 + MARGIN))


def _left(step: Step, values: Values, name: str, dt: float) -> np.ndarray:
    """Give which share of a small displacement of a variable is left after one step."""
    here = values[name]
    size = DISPLACEMENT * np.maximum(np.abs(here), np.abs(_after(step, values, name, dt)))
    size = np.where(size > 0, size, DISPLACEMENT)
    above, below = (_after(step, {**values, name: here + sign * size}, name, dt) for sign in (1, -1))
    return np.asarray((above - below) / (2 * size))


def _after(step: Step, values: Values, name: str, dt: float) -> np.ndarray:
    """Give a variable after one step without noise, outside refractoriness."""
    known = {**values, "dt": dt, "t": 0.0, "not_refractory": 1.0}
    for subexpression, text in step.subexpressions:
        known[subexpression] = evaluate(_parsed(text), known)
    for target, text in step.assignments:
        known[target] = 0.0 if target.startswith("xi") else evaluate(_parsed(text), known)
    return np.asarray(known[name], dtype=np.float64)


def _parsed(text: str) -> ast.expr:
    return ast.parse(text.strip(), mode="eval").body
