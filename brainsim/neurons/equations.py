"""Any neuron that Brian2's equation language can say."""

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import numpy as np

from brainsim.engine.errors import EquationError
from brainsim.engine.language import Line, noises_in, parse_equations
from brainsim.engine.model_text import check_text
from brainsim.engine.network import NeuronGroup
from brainsim.errors import KindError, ParameterError, UnknownNameError
from brainsim.neurons.model import Drawn, NeuronModel, Resting, check_method
from brainsim.neurons.parameters import Parameter, Spec, average, check_length, checked, drawn_value
from brainsim.receptors import Receptor
from brainsim.units import number, public_unit_of, quantity_unit, si_name
from isocortex.errors import nearest

__all__ = ["Equations"]

DECLARATION = re.compile(r"^\s*(?P<name>[A-Za-z]\w*)\s*:\s*(?P<unit>[^()#]+?)\s*(?:\(\s*constant\s*\))?\s*(?:#.*)?$")


@dataclass(frozen=True, eq=False)
class Equations(NeuronModel):
    """A neuron model from Brian2's equation text.

    Parameters
    ----------
    text : str
        Differential equations ``dx/dt = ... : unit``, subexpressions ``x = ... : unit`` and parameters ``x : unit``,
        one a line. ``I_syn`` (amp) stands for the receptors' current, ``xi`` and ``xi_NAME`` (second**-0.5) for
        independent white noises, ``t`` for the time; ``(unless refractory)`` holds a variable after a spike. The
        membrane potential that receptors meet is ``v``.
    threshold : str
        Condition of a spike, such as ``"v > V_th"``; empty if there is none.
    reset : str
        What follows a spike: ``"v = V_reset; w += b"``; may be empty.
    t_ref : float
        Refractory period in ms, rounded down to steps.
    parameters : mapping of str to value
        Of every parameter a number, an array (unit) or a distribution in the public unit of what the text declares
        (mV for volt, ms for second, ...); a Brian2 quantity; or a pair of value and unit, such as ``(20, "ms")``,
        which needs no line in the text.
    method : str, optional
        One of Brian2's integration methods: ``"exact"``, ``"exponential_euler"``, ``"euler"``, ``"rk2"``, ``"rk4"``,
        ``"heun"``, ``"milstein"``. By default ``"rk4"``, with noise ``"euler"``.
    initial : mapping of str to value
        State variables when a trial begins, in their public units; 0 where not given. A population's own `initial`
        comes first.

    Raises
    ------
    EquationError
        If the text says anything but arithmetic of what it names, and the functions of Brian2 that brainsim knows.
    ParameterError, UnknownNameError, KindError
        If a parameter is missing, unknown, out of range or in another unit.

    Notes
    -----
    Text is code, so it passes a list of what it may say before Brian2 or a compiler see it; docs/equations.md shows
    that list. Dimensions are checked by Brian2 when the brain is first run.

    Examples
    --------
    >>> cell = Equations(
    ...     '''dv/dt = (E - v) / tau + I_syn / C : volt
    ...        E : volt''',
    ...     threshold="v > -50 * mV", reset="v = E",
    ...     parameters={"E": -70, "tau": (20, "ms"), "C": (200, "pF")}, initial={"v": -70})
    >>> cell.state_units, cell.draw(size=1, seed=0)["E"]
    ({'v': 'mV'}, (-70.0, 'mV'))
    """

    text: str
    _: KW_ONLY
    threshold: str = "v > V_th"
    reset: str = "v = V_reset"
    t_ref: float = 0.0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    method: str | None = None
    initial: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("text", "threshold", "reset"):
            if not isinstance(getattr(self, name), str):
                raise KindError(f"Equations.{name}: must be text, got {getattr(self, name)!r}")
        for name in ("parameters", "initial"):
            if not isinstance(getattr(self, name), Mapping):
                raise KindError(f"Equations.{name}: must map names to values, got {getattr(self, name)!r}")
        object.__setattr__(self, "t_ref", number(self.t_ref, "ms", "Equations.t_ref", nonnegative=True))
        check_method(self.method, "Equations")
        declared = self._declared()
        if missing := sorted(set(declared) - set(self.parameters)):
            raise ParameterError(f"Equations.parameters: the text declares {missing[0]!r}; give its value")
        given = {str(name): _parameter(str(name), one, declared) for name, one in self.parameters.items()}
        object.__setattr__(self, "parameters", given)
        self._check_text()
        object.__setattr__(self, "initial", self._checked_initial())

    @property
    def equations(self) -> str:
        """The text without the lines that declare parameters."""
        return "\n".join(line for line in self.text.splitlines() if not DECLARATION.match(line))

    @property
    def state_units(self) -> Mapping[str, str]:
        """State variable -> its public unit: mV for volt, nS for siemens, pA for amp, ms for second ..."""
        return {line.name: public_unit_of(line.unit) for line in self._lines if line.differential}

    @property
    def names(self) -> frozenset[str]:
        """Whatever the equations name: parameters, state variables and subexpressions."""
        return frozenset({*self.parameters, *(line.name for line in self._lines)})

    @property
    def spike_condition(self) -> str:
        """`threshold`, or what is never true."""
        return self.threshold or "1 < 0"

    @property
    def reset_statements(self) -> str:
        """`reset`."""
        return self.reset

    @property
    def mean_threshold(self) -> float:
        """The parameter ``V_th``, averaged over units; -50 mV where there is none."""
        if "V_th" in self.parameters and self.parameters["V_th"][1] == "mV":
            return average(self.parameters["V_th"][0])
        return -50.0

    def integrator(self, receptors: tuple[Receptor, ...]) -> str:
        """Give `method`, or ``"rk4"``, with noise ``"euler"``."""
        noisy = any(noises_in(line.expression) for line in self._lines)
        return self.method or ("euler" if noisy else "rk4")

    def check_size(self, size: int, where: str) -> None:
        """Check that parameters and initial values given unit by unit are for `size` units."""
        for name, (value, _) in self.parameters.items():
            check_length(value, size, f"{where}: Equations.parameters[{name!r}]")
        for name, value in self.initial.items():
            check_length(value, size, f"{where}: Equations.initial[{name!r}]")

    def draw(self, size: int, seed: int) -> Drawn:
        """Draw the parameters of `size` units."""
        return {
            name: (drawn_value(value, Spec(unit), name, f"Equations.parameters[{name!r}]", size, seed), unit)
            for name, (value, unit) in self.parameters.items()
        }

    def resting(self, drawn: Drawn) -> Resting:
        """Give `initial`; what is a distribution is for `brainsim.lower` to draw."""
        return {name: (value, self.state_units[name]) for name, value in self.initial.items()}

    @property
    def _lines(self) -> list[Line]:
        return parse_equations(self.equations, "Equations.text")

    def _declared(self) -> dict[str, str]:
        matches = [match for line in self.text.splitlines() if (match := DECLARATION.match(line))]
        return {match["name"]: match["unit"].strip() for match in matches}

    def _check_text(self) -> None:
        group = NeuronGroup(
            "Equations",
            1,
            self.equations,
            self.integrator(()),
            self.spike_condition,
            self.reset,
            self.t_ref,
            {**{name: (0.0, si_name(unit)) for name, (_, unit) in self.parameters.items()}, "I_syn": (0.0, "amp")},
        )
        check_text(group)
        if not self.state_units:
            raise EquationError("Equations.text: needs at least one differential equation, dx/dt = ... : unit")

    def _checked_initial(self) -> dict[str, Parameter]:
        units = self.state_units
        for name in self.initial:
            if name not in units:
                raise UnknownNameError(f"Equations.initial: there is no variable {name!r}; {nearest(str(name), units)}")
        return {
            name: checked(value, Spec(units[name]), f"Equations.initial[{name!r}]")
            for name, value in self.initial.items()
        }


def _parameter(name: str, value: Any, declared: Mapping[str, str]) -> tuple[Parameter, str]:
    """Give a parameter's value and public unit."""
    where = f"Equations.parameters[{name!r}]"
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], str):
        value, unit = value
        si_name(unit, where)
        if name in declared and si_name(public_unit_of(declared[name])) != si_name(unit):
            raise ParameterError(f"{where}: is in {unit}, but the text declares it in {declared[name]}")
    elif name in declared:
        unit = public_unit_of(declared[name])
    elif hasattr(value, "dim"):
        unit = quantity_unit(value, where)
    else:
        shown = value if np.ndim(value) == 0 else "..."
        raise ParameterError(
            f"{where}: say its unit, as in ({shown}, 'ms'), or declare it in the text ('{name} : second')"
        )
    return checked(value, Spec(unit), where), unit
