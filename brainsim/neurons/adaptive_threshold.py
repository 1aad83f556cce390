"""A threshold that rises with every spike, around any model that has one."""

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass

from brainsim.errors import KindError, ModelError
from brainsim.neurons.model import Drawn, NeuronModel, Resting
from brainsim.neurons.parameters import Parameter, Spec, check_length, checked, drawn_value
from brainsim.receptors import Receptor

__all__ = ["AdaptiveThreshold"]

SPECS = {"increment": Spec("mV"), "tau": Spec("ms", positive=True)}


@dataclass(frozen=True, eq=False)
class AdaptiveThreshold(NeuronModel):
    """A neuron whose threshold is ``V_th + theta``; theta grows by `increment` at each of its spikes and decays.

    ``tau dtheta/dt = -theta``. Wherever the wrapped model says ``V_th`` (in its equations, its condition of a spike,
    and its reset), ``V_th + theta`` stands instead.

    Parameters
    ----------
    model : NeuronModel
        A model with a parameter ``V_th`` that moves its threshold: `LIF`, `AdEx`, `Izhikevich`, some `Equations`.
    increment : float, array-like (unit) or Distribution
        What a spike adds to theta, in mV.
    tau : float, array-like (unit) or Distribution
        Time constant of its decay in ms.
    initial : float, array-like (unit) or Distribution
        theta when a trial begins, in mV; a population's ``initial={"theta": ...}`` comes first.

    Raises
    ------
    ParameterError, KindError
        If a value cannot be used.
    ModelError
        If the model has no ``V_th`` that could move.

    Notes
    -----
    State variables are those of the model and ``theta`` (mV). Diehl and Cook (2015, doi:10.3389/fncom.2015.00099) let
    such a threshold keep neurons from winning too often, with an increment of 0.05 mV and a time constant of 1e7 ms.

    Examples
    --------
    >>> from brainsim import LIF
    >>> cell = AdaptiveThreshold(LIF(), increment=0.05, tau=1e7)
    >>> cell.spike_condition, cell.reset_statements
    ('v > (V_th + theta)', 'v = V_reset; theta += theta_increment')
    """

    model: NeuronModel
    increment: Parameter
    tau: Parameter
    _: KW_ONLY
    initial: Parameter = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.model, NeuronModel):
            raise KindError(f"AdaptiveThreshold.model: must be a neuron model such as LIF(), got {self.model!r}")
        kind = type(self.model).__name__
        threshold = self.model.threshold_parameter
        if threshold is None or threshold not in self.model.names:
            raise ModelError(f"AdaptiveThreshold.model: {kind} has no parameter V_th that moves its threshold")
        if clash := self.model.names & {"theta", "theta_increment", "tau_theta"}:
            raise ModelError(f"AdaptiveThreshold.model: {kind} has a {sorted(clash)[0]!r} already")
        for name, spec in {**SPECS, "initial": Spec("mV")}.items():
            object.__setattr__(self, name, checked(getattr(self, name), spec, f"AdaptiveThreshold.{name}"))

    @property
    def t_ref(self) -> float:  # type: ignore[override]
        """Refractory period of the model, in ms."""
        return self.model.t_ref

    @property
    def equations(self) -> str:
        """The model's equations with the moving threshold, and its decay."""
        return f"{self._moved(self.model.equations)}\ndtheta/dt = -theta / tau_theta : volt"

    @property
    def state_units(self) -> Mapping[str, str]:
        """The model's state variables, and theta."""
        return {**self.model.state_units, "theta": "mV"}

    @property
    def names(self) -> frozenset[str]:
        """The model's names, and those of the threshold."""
        return self.model.names | {"theta", "theta_increment", "tau_theta"}

    @property
    def spike_condition(self) -> str:
        """The model's, with the moving threshold."""
        return self._moved(self.model.spike_condition)

    @property
    def reset_statements(self) -> str:
        """The model's, with the threshold of the moment; then the threshold rises."""
        statements = [self._moved(self.model.reset_statements), "theta += theta_increment"]
        return "; ".join(one for one in statements if one.strip())

    @property
    def mean_threshold(self) -> float:
        """The model's, at theta = 0."""
        return self.model.mean_threshold

    def integrator(self, receptors: tuple[Receptor, ...]) -> str:
        """Give the model's."""
        return self.model.integrator(receptors)

    def check_size(self, size: int, where: str) -> None:
        """Check that parameters given unit by unit are for `size` units."""
        self.model.check_size(size, where)
        for name in ("increment", "tau", "initial"):
            check_length(getattr(self, name), size, f"{where}: AdaptiveThreshold.{name}")

    def draw(self, size: int, seed: int) -> Drawn:
        """Draw the model's parameters, and those of the threshold."""
        own: Drawn = {}
        for name, called in (("increment", "theta_increment"), ("tau", "tau_theta")):
            spec = SPECS[name]
            value = drawn_value(getattr(self, name), spec, called, f"AdaptiveThreshold.{name}", size, seed)
            own[called] = (value, spec.unit)
        return {**self.model.draw(size, seed), **own}

    def resting(self, drawn: Drawn) -> Resting:
        """Give the model at rest, and `initial`."""
        return {**self.model.resting(drawn), "theta": (self.initial, "mV")}

    def _moved(self, text: str) -> str:
        return re.sub(r"\bV_th\b", "(V_th + theta)", text)
