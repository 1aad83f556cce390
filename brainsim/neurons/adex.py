"""The adaptive exponential integrate-and-fire neuron."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import numpy as np

from brainsim.errors import ParameterError
from brainsim.neurons.model import Drawn, Resting
from brainsim.neurons.parameters import Parameter, ParametricModel, Spec, average
from brainsim.receptors import Receptor

__all__ = ["AdEx"]

HIGHEST_EXPONENT = 500  # exp(709) is the largest number there is; the rest is for what it is multiplied by


@dataclass(frozen=True, eq=False)
class AdEx(ParametricModel):
    """Adaptive exponential integrate-and-fire (Brette and Gerstner 2005, doi:10.1152/jn.00686.2005).

    ::

        C_m dv/dt   = g_L (E_L - v) + g_L Delta_T exp((v - V_th) / Delta_T) - w + I_e + I_syn
        tau_w dw/dt = a (v - E_L) - w
        spike at v > V_peak, then v = V_reset and w += b

    After a spike v stays where it is for `t_ref`, while w and the receptors go on. In the exponential and in the
    equation of w, v counts as `V_peak` where it is above, as in NEST: it is there for the last part of a spike's step
    alone, and without the cap it would overflow.

    Parameters
    ----------
    C_m : float, array-like (unit) or Distribution
        Membrane capacitance in pF.
    g_L : float, array-like (unit) or Distribution
        Leak conductance in nS.
    E_L, V_th, V_reset, V_peak : float, array-like (unit) or Distribution
        Leak reversal potential, onset of the exponential, reset potential, and potential at which a spike counts, in
        mV.
    Delta_T : float, array-like (unit) or Distribution
        Slope of the exponential in mV, above 0 (with 0 it would be a `LIF`).
    a : float, array-like (unit) or Distribution
        Adaptation that follows the potential, in nS.
    b : float, array-like (unit) or Distribution
        Adaptation that a spike adds, in pA.
    tau_w : float, array-like (unit) or Distribution
        Time constant of the adaptation in ms.
    I_e : float, array-like (unit) or Distribution
        Constant current in pA.
    t_ref : float
        Refractory period in ms, rounded down to steps.
    method : str, optional
        Brian2's integration method, ``"rk4"`` by default; ``"exponential_euler"`` takes about a third of the time, and
        errs by the first power of the step.

    Raises
    ------
    ParameterError
        If a value is out of range, or the potentials are not in order: V_reset and V_th below V_peak; or V_peak is so
        many Delta_T above V_th that the exponential overflows.

    Notes
    -----
    Names and defaults are those of NEST's ``aeif_cond_exp``. State variables: ``v`` (mV), ``w`` (pA).

    Examples
    --------
    >>> AdEx(a=2, b=60, tau_w=300).state_units
    {'v': 'mV', 'w': 'pA'}
    """

    C_m: Parameter = 281.0
    g_L: Parameter = 30.0
    E_L: Parameter = -70.6
    V_th: Parameter = -50.4
    Delta_T: Parameter = 2.0
    a: Parameter = 4.0
    b: Parameter = 80.5
    tau_w: Parameter = 144.0
    V_reset: Parameter = -60.0
    V_peak: Parameter = 0.0
    _: KW_ONLY
    I_e: Parameter = 0.0
    t_ref: float = 0.0
    method: str | None = None

    specs: ClassVar[Mapping[str, Spec]] = {
        "C_m": Spec("pF", positive=True),
        "g_L": Spec("nS", positive=True),
        "E_L": Spec("mV"),
        "V_th": Spec("mV"),
        "Delta_T": Spec("mV", positive=True),
        "a": Spec("nS"),
        "b": Spec("pA"),
        "tau_w": Spec("ms", positive=True),
        "V_reset": Spec("mV"),
        "V_peak": Spec("mV"),
        "I_e": Spec("pA"),
    }
    ordered: ClassVar[tuple[tuple[str, str], ...]] = (("V_reset", "V_peak"), ("V_th", "V_peak"))
    units_of_state: ClassVar[Mapping[str, str]] = {"v": "mV", "w": "pA"}
    inner_names: ClassVar[tuple[str, ...]] = ("v_capped",)

    def __post_init__(self) -> None:
        self._check()
        self._check_exponent(average(self.V_peak), average(self.V_th), average(self.Delta_T))

    @property
    def equations(self) -> str:
        """Brian2 text of membrane and adaptation."""
        unless = " (unless refractory)" if self.t_ref > 0 else ""
        return "\n".join(
            [
                "dv/dt = (g_L * (E_L - v) + g_L * Delta_T * exp((v_capped - V_th) / Delta_T) - w + I_e + I_syn) / C_m"
                f" : volt{unless}",
                "dw/dt = (a * (v_capped - E_L) - w) / tau_w : amp",
                "v_capped = clip(v, -1 * volt, V_peak) : volt",
            ]
        )

    @property
    def spike_condition(self) -> str:
        """Above the peak."""
        return "v > V_peak"

    @property
    def reset_statements(self) -> str:
        """To the reset potential, with one more unit of adaptation."""
        return "v = V_reset; w += b"

    @property
    def mean_threshold(self) -> float:
        """`V_th`, averaged over units."""
        return average(self.V_th)

    def integrator(self, receptors: tuple[Receptor, ...]) -> str:
        """Give `method`, or ``"rk4"``."""
        return self.method or "rk4"

    def draw(self, size: int, seed: int) -> Drawn:
        """Draw the parameters of `size` units."""
        drawn = super().draw(size, seed)
        self._check_exponent(*(np.asarray(drawn[name][0]) for name in ("V_peak", "V_th", "Delta_T")))
        return drawn

    def _check_exponent(self, peak: Any, threshold: Any, slope: Any) -> None:
        largest = float(np.max((peak - threshold) / slope))
        if largest > HIGHEST_EXPONENT:
            raise ParameterError(
                f"AdEx.Delta_T: the exponential of (V_peak - V_th) / Delta_T = {largest:.0f} overflows, above "
                f"{HIGHEST_EXPONENT}; raise Delta_T or lower V_peak"
            )

    def resting(self, drawn: Drawn) -> Resting:
        """At the leak reversal potential, without adaptation."""
        return {"v": drawn["E_L"], "w": (0.0, "pA")}
