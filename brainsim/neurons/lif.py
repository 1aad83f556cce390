"""The leaky integrate-and-fire neuron."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from brainsim.errors import ParameterError
from brainsim.neurons.model import Drawn, Resting
from brainsim.neurons.parameters import Parameter, ParametricModel, Spec, average
from brainsim.receptors import Receptor
from isocortex.errors import nearest

__all__ = ["LIF"]


@dataclass(frozen=True, eq=False)
class LIF(ParametricModel):
    """Leaky integrate-and-fire: ``C_m dv/dt = g_L (E_L - v) + I_syn``; spike at ``v > V_th``, then ``v = V_reset``.

    After a spike v stays where it is for `t_ref`, while the receptors go on.

    Parameters
    ----------
    C_m : float, array-like (unit) or Distribution
        Membrane capacitance in pF.
    tau_m : float, array-like (unit) or Distribution, optional
        Membrane time constant in ms; ``g_L = C_m / tau_m`` follows. 10 ms if `g_L` is not given either.
    E_L, V_th, V_reset : float, array-like (unit) or Distribution
        Leak reversal potential, threshold and reset potential in mV.
    t_ref : float
        Refractory period in ms, rounded down to steps, as Brian2 does.
    g_L : float, array-like (unit) or Distribution, optional
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

    C_m: Parameter = 250.0
    tau_m: Parameter | None = None
    E_L: Parameter = -70.0
    V_th: Parameter = -55.0
    V_reset: Parameter = -70.0
    t_ref: float = 2.0
    _: KW_ONLY
    g_L: Parameter | None = None
    reset: str = "to"
    method: str | None = None

    specs: ClassVar[Mapping[str, Spec]] = {
        "C_m": Spec("pF", positive=True),
        "tau_m": Spec("ms", positive=True),
        "g_L": Spec("nS", positive=True),
        "E_L": Spec("mV"),
        "V_th": Spec("mV"),
        "V_reset": Spec("mV"),
    }
    optional: ClassVar[frozenset[str]] = frozenset({"tau_m", "g_L"})
    ordered: ClassVar[tuple[tuple[str, str], ...]] = (("V_reset", "V_th"),)
    units_of_state: ClassVar[Mapping[str, str]] = {"v": "mV"}

    def __post_init__(self) -> None:
        if self.tau_m is not None and self.g_L is not None:
            raise ParameterError(f"LIF: give tau_m or g_L, not both (tau_m = C_m / g_L); got {self.tau_m}, {self.g_L}")
        if self.tau_m is None and self.g_L is None:
            object.__setattr__(self, "tau_m", 10.0)
        if not isinstance(self.reset, str) or self.reset not in ("to", "subtract"):
            remedy = nearest(str(self.reset), ["to", "subtract"])
            raise ParameterError(f"LIF.reset: {self.reset!r} is unknown; {remedy}")
        self._check()

    @property
    def names(self) -> frozenset[str]:
        """Whatever the equations name; the time constant is not in them."""
        return super().names - {"tau_m"}

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
        return average(self.V_th)

    def integrator(self, receptors: tuple[Receptor, ...]) -> str:
        """Give `method`, or the most accurate one that the receptors allow."""
        if self.method is not None:
            return self.method
        return "exponential_euler" if any(one.weight_unit == "nS" for one in receptors) else "exact"

    def draw(self, size: int, seed: int) -> Drawn:
        """Draw the parameters of `size` units; the leak conductance follows from the time constant."""
        drawn = super().draw(size, seed)
        if self.tau_m is not None:
            drawn["g_L"] = (drawn["C_m"][0] / drawn.pop("tau_m")[0], "nS")
        return drawn

    def resting(self, drawn: Drawn) -> Resting:
        """At the leak reversal potential."""
        return {"v": drawn["E_L"]}
