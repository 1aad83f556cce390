"""Inhibitory plasticity that balances excitation."""

from dataclasses import dataclass

from brainsim.engine.synapses import SynapseModel
from brainsim.plasticity.rule import Plasticity, Scale, checked_bound, trace
from brainsim.units import number

__all__ = ["InhibitorySTDP"]


@dataclass(frozen=True)
class InhibitorySTDP(Plasticity):
    """Inhibition that grows until its target fires at a rate of its own.

    The rule of Vogels et al. 2011 (doi:10.1126/science.1211095). Two traces decay to 0 with `tau`. Where a presynaptic
    spike arrives::

        w  <-  w + W_max * learning_rate * (post - 2 * target_rate * tau);    pre  <-  pre + 1

    and where the target spikes::

        w  <-  w + W_max * learning_rate * pre;    post  <-  post + 1

    each clipped to ``[0, W_max]``. Near-coincident spikes strengthen whatever their order, a lone presynaptic spike
    weakens; the mean change is 0 where the target fires at `target_rate`.

    Parameters
    ----------
    W_max : float
        Bound of the weights in the receptor's unit; negative where inhibition is a negative current.
    target_rate : float
        Rate at which the target shall fire, in Hz.
    learning_rate : float
        Change at a coincidence, as a fraction of `W_max`.
    tau : float
        Time constant of both traces in ms.

    Raises
    ------
    ParameterError, KindError
        If a value is out of range.

    Notes
    -----
    NEST's ``vogels_sprekeler_synapse`` is the same with ``alpha = 2 * target_rate * tau``.

    Examples
    --------
    >>> InhibitorySTDP(W_max=10, target_rate=3).alpha
    0.12
    """

    W_max: float
    target_rate: float = 3.0
    learning_rate: float = 1e-3
    tau: float = 20.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "W_max", checked_bound(self.W_max, "InhibitorySTDP.W_max"))
        for name, unit in (("target_rate", "Hz"), ("learning_rate", "1")):
            value = number(getattr(self, name), unit, f"InhibitorySTDP.{name}", nonnegative=True)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "tau", number(self.tau, "ms", "InhibitorySTDP.tau", positive=True))

    @property
    def alpha(self) -> float:
        """What a lone presynaptic spike takes away, relative to a coincidence."""
        return 2 * self.target_rate * self.tau / 1e3

    def synapse(self, scale: Scale) -> SynapseModel:
        """Give the engine's model."""
        bound = scale(self.W_max)
        low, high = min(bound, 0.0), max(bound, 0.0)
        return SynapseModel(
            "w = clip(w + eta * (post - alpha), low, high); pre += 1",
            "w = clip(w + eta * pre, low, high); post += 1",
            variables={"pre": trace(self.tau), "post": trace(self.tau)},
            parameters={"eta": self.learning_rate * bound, "alpha": self.alpha, "low": low, "high": high},
            low=low,
            high=high,
        )
