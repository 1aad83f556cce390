"""The integrate-and-fire neuron without a leak."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from brainsim.errors import ParameterError
from brainsim.neurons.model import Drawn, Resting
from brainsim.neurons.parameters import Parameter, ParametricModel, Spec, average
from brainsim.receptors import Receptor
from isocortex.errors import nearest

__all__ = ["IntegrateAndFire"]


@dataclass(frozen=True, eq=False)
class IntegrateAndFire(ParametricModel):
    """Integrate-and-fire without a leak: ``C_m dv/dt = I_syn``; spike at ``v > V_th``, then ``v -= V_th - V_reset``.

    Nothing is forgotten: until time t the membrane has gained the charge that came in, over `C_m`, less
    ``V_th - V_reset`` for each spike. So under a constant current the number of spikes is proportional to it, to
    within one spike.

    Parameters
    ----------
    C_m : float, array-like (unit) or Distribution
        Membrane capacitance in pF. By default 1 pF, so 1 pA lifts v by 1 mV in 1 ms.
    V_th, V_reset : float, array-like (unit) or Distribution
        Threshold and reset potential in mV; a unit rests at `V_reset`.
    t_ref : float
        Refractory period in ms, rounded down to steps, in which v stands still.
    reset : str
        ``"subtract"`` lowers v by ``V_th - V_reset``, which keeps what was above threshold; ``"to"`` sets v to
        `V_reset`, which loses it, the more the longer the steps.
    method : str, optional
        Brian2's integration method. By default ``"euler"`` where nothing changes within a step (currents from outside,
        delta receptors) and it is exact; ``"rk4"`` with receptors that decay. Brian2's ``"exact"`` and
        ``"exponential_euler"`` divide by the leak that this model has not.

    Raises
    ------
    ParameterError
        If a value is out of range.

    Notes
    -----
    Reset by subtraction makes the rate follow the input without loss (Rueckauer et al. 2017,
    doi:10.3389/fnins.2017.00682, eq. 4; Diehl et al. 2016, doi:10.1109/ICRC.2016.7738691).

    Examples
    --------
    >>> from brainsim import Brain, CurrentDrive, Population, Region, simulate
    >>> cells = Region("c", [Population("E", IntegrateAndFire(), size=3)])
    >>> driven = Brain("rates", [cells], drives=[CurrentDrive("c.E", [0.13, 0.26, 0.79])])
    >>> simulate(driven, duration=100, dt=1).spike_counts["c.E"][0, 0].tolist()
    [12, 25, 79]
    """

    C_m: Parameter = 1.0
    V_th: Parameter = 1.0
    V_reset: Parameter = 0.0
    t_ref: float = 0.0
    _: KW_ONLY
    reset: str = "subtract"
    method: str | None = None

    specs: ClassVar[Mapping[str, Spec]] = {"C_m": Spec("pF", positive=True), "V_th": Spec("mV"), "V_reset": Spec("mV")}
    ordered: ClassVar[tuple[tuple[str, str], ...]] = (("V_reset", "V_th"),)
    units_of_state: ClassVar[Mapping[str, str]] = {"v": "mV"}

    def __post_init__(self) -> None:
        if not isinstance(self.reset, str) or self.reset not in ("to", "subtract"):
            remedy = nearest(str(self.reset), ["to", "subtract"])
            raise ParameterError(f"IntegrateAndFire.reset: {self.reset!r} is unknown; {remedy}")
        self._check()

    @property
    def equations(self) -> str:
        """Brian2 text of the membrane equation."""
        unless = " (unless refractory)" if self.t_ref > 0 else ""
        return f"dv/dt = I_syn / C_m : volt{unless}"

    @property
    def spike_condition(self) -> str:
        """Above threshold."""
        return "v > V_th"

    @property
    def reset_statements(self) -> str:
        """Down by the distance from threshold to reset, or to the reset potential."""
        return "v = V_reset" if self.reset == "to" else "v -= V_th - V_reset"

    @property
    def mean_threshold(self) -> float:
        """`V_th`, averaged over units."""
        return average(self.V_th)

    def integrator(self, receptors: tuple[Receptor, ...]) -> str:
        """Give `method`, or the one that is accurate with these receptors."""
        return self.method or ("rk4" if any(one.equation for one in receptors) else "euler")

    def resting(self, drawn: Drawn) -> Resting:
        """At the reset potential."""
        return {"v": drawn["V_reset"]}
