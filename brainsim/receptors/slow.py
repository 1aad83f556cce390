"""Receptors that rise before they decay: NMDA, GABA_B, and a current shaped as an alpha function.

Each has two state variables. A spike increments the second (``arrival``), which decays; the first (``variable``), which
is the conductance or current, follows it. The weight times ``gain`` is what a spike adds, chosen so that the first
variable peaks at the weight.
"""

import math
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from brainsim.errors import ParameterError
from brainsim.receptors.receptor import NamedReceptor

__all__ = ["GABA_B", "NMDA", "AlphaCurrent"]


class _Rising(NamedReceptor):
    """Two variables: one decays, the other follows it."""

    @property
    def arrival(self) -> str:
        """The variable that a spike increments: its name and ``_in``."""
        return f"{self.variable}_in"


class _RisingConductance(_Rising):
    """A conductance that is a difference of two exponentials.

    ``dg/dt = (g_in - g) / tau_rise, dg_in/dt = -g_in / tau_decay``, current ``g * (E_rev - v)``.
    """

    weight_unit: ClassVar[str] = "nS"
    tau_rise: float
    tau_decay: float
    E_rev: float

    def _check(self) -> None:
        self._check_name()
        self._set("tau_rise", "ms", positive=True)
        self._set("tau_decay", "ms", positive=True)
        self._set("E_rev", "mV")
        if self.tau_rise >= self.tau_decay:
            raise ParameterError(
                f"{type(self).__name__}.tau_rise: must be below tau_decay, got {self.tau_rise:g} ms and "
                f"{self.tau_decay:g} ms"
            )

    @property
    def gain(self) -> float:
        """One over the peak of ``(exp(-t / tau_decay) - exp(-t / tau_rise)) tau_decay / (tau_decay - tau_rise)``.

        That is ``(tau_decay / tau_rise) ** (tau_rise / (tau_decay - tau_rise))``.
        """
        difference = (self.tau_decay - self.tau_rise) / self.tau_rise
        return math.exp(math.log1p(difference) / difference)

    @property
    def equation(self) -> str:
        """Rise and decay."""
        g = self.variable
        return f"d{g}/dt = ({g}_in - {g}) / tau_rise_{g} : siemens\nd{g}_in/dt = -{g}_in / tau_decay_{g} : siemens"

    @property
    def current(self) -> str:
        """Towards the reversal potential."""
        return f"{self.variable} * (E_{self.variable} - v)"

    @property
    def parameters(self) -> dict[str, tuple[float, str]]:
        """Time constants and reversal potential."""
        g = self.variable
        return {
            f"tau_rise_{g}": (self.tau_rise, "ms"),
            f"tau_decay_{g}": (self.tau_decay, "ms"),
            f"E_{g}": (self.E_rev, "mV"),
        }

    def excites(self, weight: float, threshold: float) -> bool:
        """Tell whether it pulls above threshold."""
        return self.E_rev > threshold


@dataclass(frozen=True)
class NMDA(_RisingConductance):
    """Slow excitation that magnesium blocks unless the cell is depolarised; weights in nS.

    ::

        dNMDA/dt    = (NMDA_in - NMDA) / tau_rise
        dNMDA_in/dt = -NMDA_in / tau_decay           a spike adds gain * weight to NMDA_in
        current     = NMDA B(v) (E_rev - v),  B(v) = 1 / (1 + [Mg] / 3.57 mM exp(-0.062 v / mV))

    The weight is the peak of the conductance before magnesium blocks it. Spikes add up linearly; a synapse does not
    saturate as it does where its gating variable is held below 1 (Wang 1999).

    Parameters
    ----------
    tau_rise, tau_decay : float
        Time constants in ms; 2 and 100 ms as in Brunel and Wang 2001 (doi:10.1023/A:1011204814320).
    E_rev : float
        Reversal potential in mV.
    Mg : float
        Extracellular magnesium in mM; 0 for no block.
    name : str, optional
        Name of the state variable; ``"NMDA"`` by default.

    Raises
    ------
    ParameterError
        If a value is out of range, or the rise is not quicker than the decay.

    Notes
    -----
    The block is that of Jahr and Stevens (1990, doi:10.1523/JNEUROSCI.10-09-03178.1990).

    Examples
    --------
    >>> NMDA().arrival, round(NMDA().gain, 4)
    ('NMDA_in', 1.0831)
    """

    tau_rise: float = 2.0
    tau_decay: float = 100.0
    E_rev: float = 0.0
    Mg: float = 1.0
    _: KW_ONLY
    name: str | None = None

    def __post_init__(self) -> None:
        self._check()
        self._set("Mg", "1", nonnegative=True)

    @property
    def current(self) -> str:
        """Towards the reversal potential, as far as magnesium lets it."""
        g = self.variable
        return f"{g} * (E_{g} - v) / (1 + Mg_{g} / 3.57 * exp(-0.062 * v / mV))"

    @property
    def parameters(self) -> dict[str, tuple[float, str]]:
        """Time constants, reversal potential and magnesium."""
        return {**super().parameters, f"Mg_{self.variable}": (self.Mg, "1")}


@dataclass(frozen=True)
class GABA_B(_RisingConductance):
    """Slow inhibition: a conductance that rises and decays; weights in nS.

    ::

        dGABA_B/dt    = (GABA_B_in - GABA_B) / tau_rise
        dGABA_B_in/dt = -GABA_B_in / tau_decay       a spike adds gain * weight to GABA_B_in
        current       = GABA_B (E_rev - v)

    The weight is the peak of the conductance.

    Parameters
    ----------
    tau_rise, tau_decay : float
        Time constants in ms; 60 and 200 ms as in Hill and Tononi 2005 (doi:10.1152/jn.00915.2004).
    E_rev : float
        Reversal potential in mV, near potassium's; -90 mV as there.
    name : str, optional
        Name of the state variable; ``"GABA_B"`` by default.

    Raises
    ------
    ParameterError
        If a value is out of range, or the rise is not quicker than the decay.

    Notes
    -----
    In the kinetic model of Destexhe and Sejnowski (1995, doi:10.1073/pnas.92.21.9515) a G protein opens the channels
    with its fourth power, so that a single spike does next to nothing and a burst does much. That power keeps
    synapses from being added up into one variable a cell, unless all of them are taken as one; the difference of two
    exponentials adds up, and its weight has a meaning by itself. What it lacks is that supralinearity.

    Examples
    --------
    >>> GABA_B().current
    'GABA_B * (E_GABA_B - v)'
    """

    tau_rise: float = 60.0
    tau_decay: float = 200.0
    E_rev: float = -90.0
    _: KW_ONLY
    name: str | None = None

    def __post_init__(self) -> None:
        self._check()


@dataclass(frozen=True)
class AlphaCurrent(_Rising):
    """A current shaped as an alpha function: ``I(t) = weight (t / tau) exp(1 - t / tau)``; weights in pA.

    ::

        dAlphaCurrent/dt    = (AlphaCurrent_in - AlphaCurrent) / tau
        dAlphaCurrent_in/dt = -AlphaCurrent_in / tau     a spike adds e * weight to AlphaCurrent_in

    The weight is the peak, which comes `tau` after the spike; negative for inhibition.

    Parameters
    ----------
    tau : float
        Time constant in ms. The default is that of NEST's ``iaf_psc_alpha``.
    name : str, optional
        Name of the state variable; ``"AlphaCurrent"`` by default.

    Raises
    ------
    ParameterError
        If the time constant is not positive.

    Examples
    --------
    >>> AlphaCurrent(tau=0.5, name="I").equation.splitlines()
    ['dI/dt = (I_in - I) / tau_I : amp', 'dI_in/dt = -I_in / tau_I : amp']
    """

    tau: float = 2.0
    _: KW_ONLY
    name: str | None = None

    weight_unit: ClassVar[str] = "pA"

    def __post_init__(self) -> None:
        self._check_name()
        self._set("tau", "ms", positive=True)

    @property
    def gain(self) -> float:
        """e, for an alpha function whose peak is 1 starts as ``e * t / tau``."""
        return math.e

    @property
    def equation(self) -> str:
        """Rise and decay, equally fast."""
        current = self.variable
        return (
            f"d{current}/dt = ({current}_in - {current}) / tau_{current} : amp\n"
            f"d{current}_in/dt = -{current}_in / tau_{current} : amp"
        )

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
