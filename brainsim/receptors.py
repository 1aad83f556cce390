"""Receptors: what a spike does to the population that it arrives at.

A receptor adds one state variable, its equation and its current to a population. Receptors with equal parameters on
one population are one; `name` keeps them apart, and is the variable's name in `initial` and in records.

Three kinds, told apart by the unit of a synapse's weight: a conductance (nS), a current (pA), or a jump of the
membrane potential (mV).
"""

import keyword
from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from brainsim.engine.errors import EquationError
from brainsim.engine.language import check_name
from brainsim.errors import KindError, ParameterError
from brainsim.units import number

__all__ = ["AMPA", "GABA_A", "Delta", "ExponentialCurrent", "Receptor"]

# What Brian2 or the neuron models call by these names cannot be a receptor's variable.
RESERVED = frozenset({"v", "I_syn", "t", "dt", "i", "j", "N", "xi", "lastspike", "not_refractory", "e", "pi", "inf"})


class Receptor(ABC):
    """What the model needs to know of a receptor."""

    weight_unit: ClassVar[str]
    """Public unit of the weights of its synapses."""

    @property
    @abstractmethod
    def variable(self) -> str:
        """The state variable that an arriving spike increments."""

    @property
    @abstractmethod
    def equation(self) -> str:
        """Brian2 text of the state variable's equation; empty if there is none."""

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


class _Named(Receptor):
    """A receptor with a state variable of its own."""

    name: str | None

    @property
    def variable(self) -> str:
        """Its name, by default that of its class."""
        return self.name or type(self).__name__

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


class _Conductance(_Named):
    """A conductance that opens at a spike and decays exponentially.

    ``dg/dt = -g / tau``, current ``g * (E_rev - v)``.
    """

    weight_unit: ClassVar[str] = "nS"
    tau: float
    E_rev: float

    def _check(self) -> None:
        kind = type(self).__name__
        self._check_name()
        object.__setattr__(self, "tau", number(self.tau, "ms", f"{kind}.tau", positive=True))
        object.__setattr__(self, "E_rev", number(self.E_rev, "mV", f"{kind}.E_rev"))

    @property
    def equation(self) -> str:
        """Exponential decay."""
        return f"d{self.variable}/dt = -{self.variable} / tau_{self.variable} : siemens"

    @property
    def current(self) -> str:
        """Towards the reversal potential."""
        return f"{self.variable} * (E_{self.variable} - v)"

    @property
    def parameters(self) -> dict[str, tuple[float, str]]:
        """Time constant and reversal potential."""
        return {f"tau_{self.variable}": (self.tau, "ms"), f"E_{self.variable}": (self.E_rev, "mV")}

    def excites(self, weight: float, threshold: float) -> bool:
        """Tell whether it pulls above threshold."""
        return self.E_rev > threshold


@dataclass(frozen=True)
class AMPA(_Conductance):
    """Fast excitation: ``dAMPA/dt = -AMPA / tau``, current ``AMPA * (E_rev - v)``; weights in nS.

    Parameters
    ----------
    tau : float
        Decay time constant in ms.
    E_rev : float
        Reversal potential in mV. The defaults are those of the COBA benchmark (Brette et al. 2007,
        doi:10.1007/s10827-007-0038-6).
    name : str, optional
        Name of the state variable; ``"AMPA"`` by default.

    Examples
    --------
    >>> AMPA().equation
    'dAMPA/dt = -AMPA / tau_AMPA : siemens'
    """

    tau: float = 5.0
    E_rev: float = 0.0
    _: KW_ONLY
    name: str | None = None

    def __post_init__(self) -> None:
        self._check()


@dataclass(frozen=True)
class GABA_A(_Conductance):
    """Fast inhibition: ``dGABA_A/dt = -GABA_A / tau``, current ``GABA_A * (E_rev - v)``; weights in nS.

    Parameters
    ----------
    tau : float
        Decay time constant in ms.
    E_rev : float
        Reversal potential in mV. The defaults are those of the COBA benchmark (Brette et al. 2007).
    name : str, optional
        Name of the state variable; ``"GABA_A"`` by default.

    Examples
    --------
    >>> GABA_A(name="shunt").current
    'shunt * (E_shunt - v)'
    """

    tau: float = 10.0
    E_rev: float = -80.0
    _: KW_ONLY
    name: str | None = None

    def __post_init__(self) -> None:
        self._check()


@dataclass(frozen=True)
class ExponentialCurrent(_Named):
    """A current that decays exponentially: ``dI/dt = -I / tau``; weights in pA, negative for inhibition.

    Parameters
    ----------
    tau : float
        Decay time constant in ms (0.5 ms in the microcircuit of Potjans and Diesmann 2014,
        doi:10.1093/cercor/bhs358).
    name : str, optional
        Name of the state variable; ``"ExponentialCurrent"`` by default.

    Examples
    --------
    >>> ExponentialCurrent(tau=0.5, name="I_exc").equation
    'dI_exc/dt = -I_exc / tau_I_exc : amp'
    """

    tau: float
    _: KW_ONLY
    name: str | None = None

    weight_unit: ClassVar[str] = "pA"

    def __post_init__(self) -> None:
        self._check_name()
        object.__setattr__(self, "tau", number(self.tau, "ms", "ExponentialCurrent.tau", positive=True))

    @property
    def equation(self) -> str:
        """Exponential decay."""
        return f"d{self.variable}/dt = -{self.variable} / tau_{self.variable} : amp"

    @property
    def current(self) -> str:
        """The variable itself."""
        return self.variable

    @property
    def parameters(self) -> dict[str, tuple[float, str]]:
        """The time constant."""
        return {f"tau_{self.variable}": (self.tau, "ms")}

    def excites(self, weight: float, threshold: float) -> bool:
        """Tell whether the weight is positive."""
        return weight > 0


@dataclass(frozen=True)
class Delta(Receptor):
    """A jump of the membrane potential at the spike: ``v += weight``; weights in mV, negative for inhibition.

    A cell that is refractory ignores it, as in Brian2 and in NEST's ``iaf_psc_delta``.

    Examples
    --------
    >>> Delta().variable
    'v'
    """

    weight_unit: ClassVar[str] = "mV"

    @property
    def variable(self) -> str:
        """The membrane potential."""
        return "v"

    @property
    def equation(self) -> str:
        """There is none."""
        return ""

    @property
    def current(self) -> str:
        """There is none."""
        return ""

    @property
    def parameters(self) -> dict[str, tuple[float, str]]:
        """There are none."""
        return {}

    def excites(self, weight: float, threshold: float) -> bool:
        """Tell whether the weight is positive."""
        return weight > 0
