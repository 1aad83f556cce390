"""What the rest of brainsim needs to know of a receptor."""

import keyword
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from brainsim.engine.errors import EquationError
from brainsim.engine.language import check_name
from brainsim.errors import KindError, ParameterError
from brainsim.units import number

__all__ = ["NamedReceptor", "Receptor"]

# What Brian2 or the neuron models call by these names cannot be a receptor's variable.
RESERVED = frozenset({"v", "I_syn", "I_drive", "theta", "t", "dt", "i", "j", "N", "lastspike", "not_refractory"})


class Receptor(ABC):
    """What the model needs to know of a receptor."""

    weight_unit: ClassVar[str]
    """Public unit of the weights of its synapses."""

    @property
    @abstractmethod
    def variable(self) -> str:
        """The state variable that stands for it in records: its conductance, its current, or the membrane potential."""

    @property
    def arrival(self) -> str:
        """The state variable that an arriving spike increments."""
        return self.variable

    @property
    def gain(self) -> float:
        """What a synapse's weight is multiplied by as it arrives, so that the weight is the peak."""
        return 1.0

    @property
    @abstractmethod
    def state_units(self) -> Mapping[str, str]:
        """State variables that it adds to a population -> their public units."""

    @property
    @abstractmethod
    def equation(self) -> str:
        """Brian2 text of the state variables' equations, one a line; empty if there are none."""

    @property
    @abstractmethod
    def current(self) -> str:
        """Brian2 text of the current into the cell; empty if there is none."""

    @property
    @abstractmethod
    def parameters(self) -> dict[str, tuple[float, str]]:
        """The names in those texts: value and public unit."""

    @abstractmethod
    def excites(self, weight: float, threshold: float) -> bool:
        """Whether a weight drives a cell with this threshold (mV) towards it."""


class NamedReceptor(Receptor):
    """A receptor with a state variable of its own, called by its name."""

    name: str | None

    @property
    def variable(self) -> str:
        """Its name, by default that of its class."""
        return self.name or type(self).__name__

    @property
    def state_units(self) -> Mapping[str, str]:
        """Its variables, in the unit of the weights."""
        return dict.fromkeys([self.variable, self.arrival], self.weight_unit)

    def _set(self, name: str, unit: str, **limits: Any) -> None:
        """Check a parameter and bring it to its public unit."""
        object.__setattr__(self, name, number(getattr(self, name), unit, f"{type(self).__name__}.{name}", **limits))

    def _check_name(self) -> None:
        if self.name is None:
            return
        if not isinstance(self.name, str):
            raise KindError(f"{type(self).__name__}.name: must be a string, got {type(self.name).__name__}")
        where = f"{type(self).__name__}.name"
        if keyword.iskeyword(self.name) or self.name in RESERVED:
            raise ParameterError(
                f"{where}: {self.name!r} cannot name a variable, it has a meaning already; choose another"
            )
        try:
            check_name(self.name, where)  # or the engine would refuse the equations, long after
        except EquationError as error:
            raise ParameterError(f"{error} (it cannot name a variable)") from None
