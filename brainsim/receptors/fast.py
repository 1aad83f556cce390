"""Receptors that open at once and decay exponentially: AMPA, GABA_A, a current; and a jump of the potential."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from brainsim.receptors.receptor import NamedReceptor, Receptor

__all__ = ["AMPA", "GABA_A", "Delta", "ExponentialCurrent"]


class _Conductance(NamedReceptor):
    """A conductance that opens at a spike and decays exponentially.

    ``dg/dt = -g / tau``, current ``g * (E_rev - v)``.
    """

    weight_unit: ClassVar[str] = "nS"
    tau: float
    E_rev: float

    def _check(self) -> None:
        self._check_name()
        self._set("tau", "ms", positive=True)
        self._set("E_rev", "mV")

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
class ExponentialCurrent(NamedReceptor):
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
        self._set("tau", "ms", positive=True)

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
    def state_units(self) -> Mapping[str, str]:
        """It adds none."""
        return {}

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
