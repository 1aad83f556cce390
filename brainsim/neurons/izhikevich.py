"""Izhikevich's simple neuron, with a capacitance, and as first published."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import numpy as np

from brainsim.neurons.equations import Equations
from brainsim.neurons.model import Drawn, Resting
from brainsim.neurons.parameters import Parameter, ParametricModel, Spec, average, checked
from brainsim.receptors import Receptor

__all__ = ["Izhikevich", "izhikevich_2003"]


@dataclass(frozen=True, eq=False)
class Izhikevich(ParametricModel):
    """Izhikevich's simple neuron with a capacitance (2007, Dynamical Systems in Neuroscience, MIT Press, chapter 8).

    ::

        C_m dv/dt = k (v - E_L) (v - V_th) - u + I_e + I_syn
        du/dt     = a (b (v - E_L) - u)
        spike at v > V_peak, then v = V_reset and u += d

    Because it has a capacitance, conductances and currents mean what they mean to other neurons; the dimensionless
    model of 2003 is `izhikevich_2003`.

    Parameters
    ----------
    C_m : float, array-like (unit) or Distribution
        Membrane capacitance in pF.
    k : float, array-like (unit) or Distribution
        Curvature in nS/mV (that is, pA/mV**2).
    E_L, V_th : float, array-like (unit) or Distribution
        Resting and instantaneous threshold potential in mV (the book's v_r and v_t).
    a : float, array-like (unit) or Distribution
        Rate of the recovery in 1/ms.
    b : float, array-like (unit) or Distribution
        Sensitivity of the recovery to the potential in nS; negative amplifies.
    V_reset : float, array-like (unit) or Distribution
        Reset potential in mV (the book's c).
    d : float, array-like (unit) or Distribution
        What a spike adds to the recovery, in pA.
    V_peak : float, array-like (unit) or Distribution
        Where a spike is cut off, in mV.
    I_e : float, array-like (unit) or Distribution
        Constant current in pA.
    t_ref : float
        Refractory period in ms, in which v stays where it is; the book has none.
    method : str, optional
        Brian2's integration method, ``"rk4"`` by default; the book uses ``"euler"``.

    Raises
    ------
    ParameterError
        If a value is out of range, or the potentials are not in order: E_L < V_th < V_peak, V_reset < V_peak.

    Notes
    -----
    The defaults are the book's regular spiking cell. State variables: ``v`` (mV), ``u`` (pA).

    Examples
    --------
    >>> Izhikevich(C_m=20, k=1, E_L=-55, V_th=-40, a=0.15, b=8, V_reset=-55, d=200, V_peak=25).mean_threshold
    -40.0
    """

    C_m: Parameter = 100.0
    k: Parameter = 0.7
    E_L: Parameter = -60.0
    V_th: Parameter = -40.0
    a: Parameter = 0.03
    b: Parameter = -2.0
    V_reset: Parameter = -50.0
    d: Parameter = 100.0
    V_peak: Parameter = 35.0
    _: KW_ONLY
    I_e: Parameter = 0.0
    t_ref: float = 0.0
    method: str | None = None

    specs: ClassVar[Mapping[str, Spec]] = {
        "C_m": Spec("pF", positive=True),
        "k": Spec("nS/mV", positive=True),
        "E_L": Spec("mV"),
        "V_th": Spec("mV"),
        "a": Spec("1/ms", positive=True),
        "b": Spec("nS"),
        "V_reset": Spec("mV"),
        "d": Spec("pA"),
        "V_peak": Spec("mV"),
        "I_e": Spec("pA"),
    }
    ordered: ClassVar[tuple[tuple[str, str], ...]] = (("E_L", "V_th"), ("V_th", "V_peak"), ("V_reset", "V_peak"))
    units_of_state: ClassVar[Mapping[str, str]] = {"v": "mV", "u": "pA"}

    def __post_init__(self) -> None:
        self._check()

    @property
    def equations(self) -> str:
        """Brian2 text of membrane and recovery."""
        unless = " (unless refractory)" if self.t_ref > 0 else ""
        return (
            f"dv/dt = (k * (v - E_L) * (v - V_th) - u + I_e + I_syn) / C_m : volt{unless}\n"
            "du/dt = a * (b * (v - E_L) - u) : amp"
        )

    @property
    def spike_condition(self) -> str:
        """Above the peak."""
        return "v > V_peak"

    @property
    def reset_statements(self) -> str:
        """To the reset potential, with one more unit of recovery."""
        return "v = V_reset; u += d"

    @property
    def mean_threshold(self) -> float:
        """`V_th`, averaged over units."""
        return average(self.V_th)

    def integrator(self, receptors: tuple[Receptor, ...]) -> str:
        """Give `method`, or ``"rk4"``."""
        return self.method or "rk4"

    def resting(self, drawn: Drawn) -> Resting:
        """At the resting potential, without recovery."""
        return {"v": drawn["E_L"], "u": (0.0, "pA")}


def izhikevich_2003(
    a: Any = 0.02, b: Any = 0.2, c: Any = -65.0, d: Any = 8.0, *, noise: Any = 0.0, method: str = "euler"
) -> Equations:
    """Build Izhikevich's neuron as first published (2003, doi:10.1109/TNN.2003.820440).

    ::

        dv/dt = 0.04 v^2 + 5 v + 140 - u + I        (v and u in mV, t in ms)
        du/dt = a (b v - u)
        spike at v > 30, then v = c and u += d

    The paper's current I has no unit; here 1 pA counts as 1, so a receptor's weight in pA is the paper's number, and I
    is ``I_syn`` plus white noise. A conductance has no meaning in these equations: use `Izhikevich` for one. The
    published script integrates by one step of 1 ms (v by two of 0.5 ms); at other steps the model behaves differently.

    Parameters
    ----------
    a : float, array-like (unit) or Distribution
        Rate of the recovery in 1/ms.
    b : float, array-like (unit) or Distribution
        Its sensitivity to the potential.
    c : float, array-like (unit) or Distribution
        Reset potential in mV.
    d : float, array-like (unit) or Distribution
        What a spike adds to the recovery, in mV.
    noise : float, array-like (unit) or Distribution
        Standard deviation that white noise has after 1 ms, in mV: with steps of 1 ms the paper's ``noise * randn``.
    method : str
        ``"euler"``, ``"heun"`` or ``"milstein"``; without noise any other one too.

    Returns
    -------
    Equations
        With state variables ``v`` and ``u`` (mV); a trial begins at v = -65 mV and u = b v, as in the paper (of a
        distribution of b, its mean).

    Examples
    --------
    >>> izhikevich_2003(a=0.1, d=2).spike_condition  # fast spiking
    'v > 30 * mV'
    """
    sensitivity = checked(b, Spec("1"), "izhikevich_2003: b")
    start = -65.0 * (sensitivity if isinstance(sensitivity, np.ndarray) else average(sensitivity))
    parameters = {"a": (a, "1/ms"), "b": (b, "1"), "c": (c, "mV"), "d": (d, "mV")}
    noisy = not (isinstance(noise, (int, float)) and noise == 0)
    if noisy:
        parameters["noise"] = (noise, "mV")
    return Equations(
        "dv/dt = (0.04 * v**2 / mV + 5 * v + 140 * mV - u + I_syn * mV / pA) / ms"
        f"{' + noise * xi / ms**0.5' if noisy else ''} : volt\n"
        "du/dt = a * (b * v - u) : volt",
        threshold="v > 30 * mV",
        reset="v = c; u += d",
        parameters=parameters,
        method=method,
        initial={"v": -65.0, "u": start},
    )
