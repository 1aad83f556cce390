"""The Hodgkin-Huxley neuron with the kinetics of Traub and Miles."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np

from brainsim.neurons.model import Drawn, Resting
from brainsim.neurons.parameters import Parameter, ParametricModel, Spec, average
from brainsim.receptors import Receptor

__all__ = ["HodgkinHuxley"]

# 4 mV / exprel(x / 4 mV) is x / (exp(x / 4 mV) - 1) without the 0/0 at x = 0.
EQUATIONS = """\
dv/dt = (g_L * (E_L - v) + g_Na * m**3 * h * (E_Na - v) + g_K * n**4 * (E_K - v) + I_e + I_syn) / C_m : volt
dm/dt = alpha_m * (1 - m) - beta_m * m : 1
dh/dt = alpha_h * (1 - h) - beta_h * h : 1
dn/dt = alpha_n * (1 - n) - beta_n * n : 1
alpha_m = 1.28 / exprel((13 * mV - v + V_T) / (4 * mV)) / ms : hertz
beta_m = 1.4 / exprel((v - V_T - 40 * mV) / (5 * mV)) / ms : hertz
alpha_h = 0.128 * exp((17 * mV - v + V_T) / (18 * mV)) / ms : hertz
beta_h = 4 / (1 + exp((40 * mV - v + V_T) / (5 * mV))) / ms : hertz
alpha_n = 0.16 / exprel((15 * mV - v + V_T) / (5 * mV)) / ms : hertz
beta_n = 0.5 * exp((10 * mV - v + V_T) / (40 * mV)) / ms : hertz"""


@dataclass(frozen=True, eq=False)
class HodgkinHuxley(ParametricModel):
    """Hodgkin-Huxley with the kinetics of Traub and Miles (1991), as modified in Brette et al. 2007.

    ::

        C_m dv/dt = g_L (E_L - v) + g_Na m^3 h (E_Na - v) + g_K n^4 (E_K - v) + I_e + I_syn
        dx/dt     = alpha_x (1 - x) - beta_x x        for x = m, h, n;   with u = v - V_T in mV, rates in 1/ms:
        alpha_m = 0.32 (13 - u) / (exp((13 - u) / 4) - 1)     beta_m = 0.28 (u - 40) / (exp((u - 40) / 5) - 1)
        alpha_h = 0.128 exp((17 - u) / 18)                    beta_h = 4 / (1 + exp((40 - u) / 5))
        alpha_n = 0.032 (15 - u) / (exp((15 - u) / 5) - 1)    beta_n = 0.5 exp((10 - u) / 40)

    A spike is counted where v is above `V_th`, then none for `t_ref`; nothing is reset, and v goes on meanwhile. A
    potential that stays above `V_th` (a depolarisation block) therefore counts as a spike every `t_ref`.

    Parameters
    ----------
    C_m : float, array-like (unit) or Distribution
        Membrane capacitance in pF.
    g_L, g_Na, g_K : float, array-like (unit) or Distribution
        Conductances of the leak, and the largest ones of sodium and potassium, in nS.
    E_L, E_Na, E_K : float, array-like (unit) or Distribution
        Their reversal potentials in mV.
    V_T : float, array-like (unit) or Distribution
        Shifts the kinetics along the potential, in mV.
    V_th : float, array-like (unit) or Distribution
        Where a spike is counted, in mV.
    I_e : float, array-like (unit) or Distribution
        Constant current in pA.
    t_ref : float
        How long no other spike is counted, in ms, rounded down to steps; longer than a spike is above `V_th`.
    method : str, optional
        Brian2's integration method, ``"exponential_euler"`` by default.

    Raises
    ------
    ParameterError
        If a value is out of range, or E_K is not below E_Na.

    Notes
    -----
    Defaults are those of benchmark 3 of Brette et al. 2007 (doi:10.1007/s10827-007-0038-6), which NEST's
    ``hh_cond_exp_traub`` shares: an area of 20,000 um2 with 1 uF/cm2, 0.05 mS/cm2 of leak, 100 mS/cm2 of sodium and
    30 mS/cm2 of potassium. State variables: ``v`` (mV), ``m``, ``h``, ``n`` (1).

    Examples
    --------
    >>> HodgkinHuxley(I_e=500).spike_condition
    'v > V_th'
    """

    C_m: Parameter = 200.0
    g_L: Parameter = 10.0
    E_L: Parameter = -60.0
    g_Na: Parameter = 20_000.0
    E_Na: Parameter = 50.0
    g_K: Parameter = 6_000.0
    E_K: Parameter = -90.0
    V_T: Parameter = -63.0
    V_th: Parameter = -20.0
    t_ref: float = 3.0
    _: KW_ONLY
    I_e: Parameter = 0.0
    method: str | None = None

    threshold_parameter: ClassVar[str | None] = None
    specs: ClassVar[Mapping[str, Spec]] = {
        "C_m": Spec("pF", positive=True),
        "g_L": Spec("nS", positive=True),
        "E_L": Spec("mV"),
        "g_Na": Spec("nS", nonnegative=True),
        "E_Na": Spec("mV"),
        "g_K": Spec("nS", nonnegative=True),
        "E_K": Spec("mV"),
        "V_T": Spec("mV"),
        "V_th": Spec("mV"),
        "I_e": Spec("pA"),
    }
    ordered: ClassVar[tuple[tuple[str, str], ...]] = (("E_K", "E_Na"),)
    units_of_state: ClassVar[Mapping[str, str]] = {"v": "mV", "m": "1", "h": "1", "n": "1"}
    inner_names: ClassVar[tuple[str, ...]] = ("alpha_m", "beta_m", "alpha_h", "beta_h", "alpha_n", "beta_n")

    def __post_init__(self) -> None:
        self._check()

    @property
    def equations(self) -> str:
        """Brian2 text of the membrane and of the gates."""
        return EQUATIONS

    @property
    def spike_condition(self) -> str:
        """Above where a spike is counted."""
        return "v > V_th"

    @property
    def reset_statements(self) -> str:
        """Nothing is reset."""
        return ""

    @property
    def mean_threshold(self) -> float:
        """About where a spike starts: 10 mV above `V_T`, averaged over units."""
        return average(self.V_T) + 10.0

    def integrator(self, receptors: tuple[Receptor, ...]) -> str:
        """Give `method`, or ``"exponential_euler"``."""
        return self.method or "exponential_euler"

    def resting(self, drawn: Drawn) -> Resting:
        """At the leak reversal potential, each gate where it would settle there."""
        v = np.asarray(drawn["E_L"][0])
        u = v - drawn["V_T"][0]
        rates = {
            "m": (1.28 / _exprel((13 - u) / 4), 1.4 / _exprel((u - 40) / 5)),
            "h": (0.128 * np.exp((17 - u) / 18), 4 / (1 + np.exp((40 - u) / 5))),
            "n": (0.16 / _exprel((15 - u) / 5), 0.5 * np.exp((10 - u) / 40)),
        }
        gates: Resting = {name: (alpha / (alpha + beta), "1") for name, (alpha, beta) in rates.items()}
        return {"v": drawn["E_L"], **gates}


def _exprel(x: np.ndarray) -> np.ndarray:
    """Give ``(exp(x) - 1) / x``, 1 at 0."""
    small = np.abs(x) < 1e-9
    safe = np.where(small, 1.0, x)
    return np.where(small, 1.0, np.expm1(safe) / safe)
