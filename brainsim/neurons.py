"""Neuron models: Brian2 equation text with parameters.

The docstring of a model is its equation. A parameter is one number or a distribution, drawn for each unit with the
brain's seed. The synaptic current ``I_syn`` is the sum of what the receptors on the population contribute.
"""

from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np

from brainsim.distributions import Distribution, draw, mean_of, parameter
from brainsim.errors import ParameterError
from brainsim.receptors import Receptor
from brainsim.units import number
from isocortex.errors import nearest
from isocortex.seeds import generator

__all__ = ["LIF", "METHODS", "Drawn", "NeuronModel", "Poisson"]

Drawn = dict[str, tuple[float | np.ndarray, str]]
"""Parameter or state variable -> its value (one, or one a unit) and its public unit."""

METHODS = ("exponential_euler", "exact", "euler", "rk2", "rk4", "heun", "milstein")


class NeuronModel(ABC):
    """What the rest of the model needs to know of a neuron."""

    parameter_names: ClassVar[tuple[str, ...]]
    """What the equations call the parameters."""

    t_ref: float
    """Refractory period in ms."""

    @property
    @abstractmethod
    def equations(self) -> str:
        """Brian2 text of the state variables' equations; they may use ``I_syn``, in ampere."""

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
    def integrator(self, receptors: tuple[Receptor, ...]) -> str:
        """Name of Brian2's method that integrates the equations together with these receptors'."""

    @abstractmethod
    def draw(self, size: int, seed: int) -> Drawn:
        """Draw the parameters of `size` units."""

    @abstractmethod
    def resting(self, drawn: Drawn) -> Drawn:
        """Give initial values of the state variables where none are given."""


@dataclass(frozen=True)
class Poisson:
    """Source units that spike at random, at the rates that an encoder gives them for each stimulus.

    In each step of length dt a unit spikes with probability ``rate * dt``, independently of everything else.

    Examples
    --------
    >>> Poisson()
    Poisson()
    """


@dataclass(frozen=True)
class LIF(NeuronModel):
    """Leaky integrate-and-fire: ``C_m dv/dt = g_L (E_L - v) + I_syn``; spike at ``v > V_th``, then ``v = V_reset``.

    After a spike v stays where it is for `t_ref`, while the receptors go on.

    Parameters
    ----------
    C_m : float or Distribution
        Membrane capacitance in pF.
    tau_m : float or Distribution, optional
        Membrane time constant in ms; ``g_L = C_m / tau_m`` follows. 10 ms if `g_L` is not given either.
    E_L, V_th, V_reset : float or Distribution
        Leak reversal potential, threshold and reset potential in mV.
    t_ref : float
        Refractory period in ms, rounded down to steps, as Brian2 does.
    g_L : float or Distribution, optional
        Leak conductance in nS, instead of `tau_m`.
    reset : str
        ``"to"`` sets v to `V_reset`; ``"subtract"`` lowers it by ``V_th - V_reset``, which keeps what was above
        threshold.
    method : str, optional
        Brian2's integration method. By default ``"exact"`` where the equations are linear with constant coefficients
        (only current and delta receptors), else ``"exponential_euler"``.

    Raises
    ------
    ParameterError
        If a value is out of range, or both `tau_m` and `g_L` are given.

    Notes
    -----
    Names are NEST's, and so are the defaults (those of ``iaf_psc_exp``).

    Examples
    --------
    >>> cell = LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60, t_ref=5)
    >>> cell.draw(size=1, seed=0)["g_L"]
    (10.0, 'nS')
    """

    C_m: float | Distribution = 250.0
    tau_m: float | Distribution | None = None
    E_L: float | Distribution = -70.0
    V_th: float | Distribution = -55.0
    V_reset: float | Distribution = -70.0
    t_ref: float = 2.0
    _: KW_ONLY
    g_L: float | Distribution | None = None
    reset: str = "to"
    method: str | None = None

    parameter_names: ClassVar[tuple[str, ...]] = ("C_m", "g_L", "E_L", "V_th", "V_reset")

    def __post_init__(self) -> None:
        if self.tau_m is not None and self.g_L is not None:
            raise ParameterError(f"LIF: give tau_m or g_L, not both (tau_m = C_m / g_L); got {self.tau_m}, {self.g_L}")
        if self.tau_m is None and self.g_L is None:
            object.__setattr__(self, "tau_m", 10.0)
        for name, unit in (("C_m", "pF"), ("tau_m", "ms"), ("g_L", "nS")):
            if name == "C_m" or getattr(self, name) is not None:
                object.__setattr__(self, name, parameter(getattr(self, name), unit, f"LIF.{name}", positive=True))
        for name in ("E_L", "V_th", "V_reset"):
            object.__setattr__(self, name, parameter(getattr(self, name), "mV", f"LIF.{name}"))
        object.__setattr__(self, "t_ref", number(self.t_ref, "ms", "LIF.t_ref", nonnegative=True))
        if self.reset not in ("to", "subtract"):
            remedy = nearest(str(self.reset), ["to", "subtract"])
            raise ParameterError(f"LIF.reset: {self.reset!r} is unknown; {remedy}")
        if self.method is not None and self.method not in METHODS:
            raise ParameterError(f"LIF.method: {self.method!r} is unknown; {nearest(str(self.method), METHODS)}")
        if mean_of(self.V_reset) >= mean_of(self.V_th):
            raise ParameterError(
                f"LIF.V_reset: must be below V_th, got {mean_of(self.V_reset):g} mV and {mean_of(self.V_th):g} mV"
            )

    @property
    def equations(self) -> str:
        """Brian2 text of the membrane equation."""
        unless = " (unless refractory)" if self.t_ref > 0 else ""
        return f"dv/dt = (g_L * (E_L - v) + I_syn) / C_m : volt{unless}"

    @property
    def spike_condition(self) -> str:
        """Above threshold."""
        return "v > V_th"

    @property
    def reset_statements(self) -> str:
        """To the reset potential, or down by the distance from threshold to it."""
        return "v = V_reset" if self.reset == "to" else "v -= V_th - V_reset"

    @property
    def mean_threshold(self) -> float:
        """`V_th`, averaged over units."""
        return mean_of(self.V_th)

    def integrator(self, receptors: tuple[Receptor, ...]) -> str:
        """Give `method`, or the most accurate one that the receptors allow."""
        if self.method is not None:
            return self.method
        return "exponential_euler" if any(one.weight_unit == "nS" for one in receptors) else "exact"

    def draw(self, size: int, seed: int) -> Drawn:
        """Draw the parameters of `size` units; the leak conductance follows from the time constant."""

        def one(name: str, positive: bool = False) -> float | np.ndarray:
            return draw(getattr(self, name), generator(seed, name), size, f"LIF.{name}", positive=positive)

        capacitance = one("C_m", positive=True)
        leak = one("g_L", positive=True) if self.tau_m is None else capacitance / one("tau_m", positive=True)
        return {
            "C_m": (capacitance, "pF"),
            "g_L": (leak, "nS"),
            "E_L": (one("E_L"), "mV"),
            "V_th": (one("V_th"), "mV"),
            "V_reset": (one("V_reset"), "mV"),
        }

    def resting(self, drawn: Drawn) -> Drawn:
        """At the leak reversal potential."""
        return {"v": drawn["E_L"]}
