"""What the rest of brainsim needs to know of a neuron model."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from brainsim.distributions import Distribution
from brainsim.errors import ModelError, ParameterError
from isocortex.errors import nearest

if TYPE_CHECKING:
    from brainsim.receptors import Receptor

__all__ = ["METHODS", "Drawn", "NeuronModel", "Resting", "check_method", "check_receives"]

Drawn = dict[str, tuple[float | np.ndarray, str]]
"""Parameter or state variable -> its value (one, or one a unit) and its public unit."""

Resting = dict[str, tuple[float | np.ndarray | Distribution, str]]
"""State variable -> its initial value (one, one a unit, or a distribution still to be drawn) and its public unit."""

METHODS = ("exponential_euler", "exact", "euler", "rk2", "rk4", "heun", "milstein")


class NeuronModel(ABC):
    """What the rest of the model needs to know of a neuron."""

    t_ref: float
    """Refractory period in ms."""

    threshold_parameter: ClassVar[str | None] = "V_th"
    """The parameter that an adaptive threshold adds to; None if the model has no such thing."""

    @property
    @abstractmethod
    def equations(self) -> str:
        """Brian2 text of the state variables' equations; they may use ``I_syn``, in ampere."""

    @property
    @abstractmethod
    def state_units(self) -> Mapping[str, str]:
        """State variable -> its public unit, in which it is given and recorded."""

    @property
    @abstractmethod
    def names(self) -> frozenset[str]:
        """Whatever the equations name: parameters, state variables and subexpressions."""

    @property
    @abstractmethod
    def spike_condition(self) -> str:
        """Brian2 condition for a spike."""

    @property
    @abstractmethod
    def reset_statements(self) -> str:
        """Brian2 statements that follow a spike."""

    @property
    @abstractmethod
    def mean_threshold(self) -> float:
        """Threshold in mV, averaged over units: it tells excitation from inhibition."""

    @abstractmethod
    def integrator(self, receptors: "tuple[Receptor, ...]") -> str:
        """Name of Brian2's method that integrates the equations together with these receptors'."""

    @abstractmethod
    def check_size(self, size: int, where: str) -> None:
        """Check that parameters given unit by unit are for `size` units.

        Raises
        ------
        ParameterError
            If one is for another number of them; the message begins with `where`.
        """

    @abstractmethod
    def draw(self, size: int, seed: int) -> Drawn:
        """Draw the parameters of `size` units."""

    @abstractmethod
    def resting(self, drawn: Drawn) -> Resting:
        """Give initial values of the state variables where none are given."""

    def __eq__(self, other: object) -> bool:
        """Compare by parameters, also where they are given unit by unit."""
        return type(self) is type(other) and _key(self) == _key(other)

    def __hash__(self) -> int:
        """Models that are equal have the same hash."""
        return hash(_key(self))


def check_method(method: Any, where: str) -> None:
    """Check the name of an integration method; None leaves the choice to the model.

    Raises
    ------
    ParameterError
        If Brian2 has no such method, or it is not one that brainsim takes.
    """
    if method is not None and (not isinstance(method, str) or method not in METHODS):
        raise ParameterError(f"{where}.method: {method!r} is unknown; {nearest(str(method), METHODS)}")


def check_receives(name: str, model: NeuronModel, receptor: "Receptor") -> None:
    """Check that a model can take what a receptor gives, so that no input is lost in silence.

    Raises
    ------
    ModelError
        If the receptor needs a variable that the model has not, or the model ignores ``I_syn``.
    """
    kind = type(model).__name__
    if model.state_units.get("v") != "mV" and receptor.weight_unit != "pA":
        raise ModelError(f"{name}: {receptor!r} acts on a membrane potential v in volt, which {kind} does not have")
    own = receptor.arrival in receptor.state_units or receptor.arrival in model.state_units
    if not own and receptor.weight_unit != "pA":
        raise ModelError(f"{name}: {receptor!r} adds to {receptor.arrival!r}, which {kind} does not have")
    if receptor.current and not re.search(r"\bI_syn\b", model.equations):
        raise ModelError(f"{name}: {receptor!r} gives a current, but the equations of {kind} do not use I_syn")


def _key(value: Any) -> Any:
    """Give something that can be compared and hashed for a model, or a parameter of one."""
    if isinstance(value, NeuronModel):
        own = [getattr(value, field.name) for field in fields(value)]  # type: ignore[arg-type]
        return (type(value), *map(_key, own))
    if isinstance(value, np.ndarray):
        return (value.shape, value.tobytes())
    if isinstance(value, Mapping):
        return tuple((name, _key(one)) for name, one in sorted(value.items()))
    if isinstance(value, tuple):
        return tuple(map(_key, value))
    return value
