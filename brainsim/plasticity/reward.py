"""Plasticity that waits for a reward."""

from dataclasses import dataclass

import numpy as np

from brainsim.engine.synapses import SynapseModel
from brainsim.plasticity.rule import Plasticity, Scale, checked_bound, trace
from brainsim.units import number

__all__ = ["RewardSTDP"]


@dataclass(frozen=True)
class RewardSTDP(Plasticity):
    """STDP into an eligibility trace that a later reward turns into a change of weight.

    After Izhikevich 2007 (doi:10.1093/cercor/bhl152) and Fremaux and Gerstner 2016 (doi:10.3389/fncir.2015.00085).
    Traces pre and post decay as in :class:`STDP`, and the eligibility as ``dc/dt = -c / tau_eligibility``. Where a
    presynaptic spike arrives::

        c  <-  c - learning_rate * alpha * post;    pre  <-  pre + 1

    where the target spikes::

        c  <-  c + learning_rate * pre;    post  <-  post + 1

    and where a reward arrives, through :meth:`brainsim.Simulation.reward` or ``learn(..., reward=...)``::

        w  <-  w + amount * W_max * c        clipped to [0, W_max]

    The eligibility stays after a reward, and decays. A negative amount is a punishment. Izhikevich lets a reward last
    (dopamine that decays); this reward is a moment.

    Parameters
    ----------
    W_max : float
        Bound of the weights in the receptor's unit.
    learning_rate : float
        What a pair of no distance adds to the eligibility.
    alpha : float
        How much stronger depression is.
    tau_plus, tau_minus, tau_eligibility : float
        Time constants in ms.

    Raises
    ------
    ParameterError, KindError
        If a value is out of range.

    Examples
    --------
    >>> rule = RewardSTDP(W_max=10)
    >>> rule.rewarded(np.array([4.0, 9.9]), np.array([0.01, 0.02]), amount=2.0)
    array([ 4.2, 10. ])
    """

    W_max: float
    learning_rate: float = 0.01
    alpha: float = 1.0
    tau_plus: float = 20.0
    tau_minus: float = 20.0
    tau_eligibility: float = 1000.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "W_max", checked_bound(self.W_max, "RewardSTDP.W_max"))
        for name in ("learning_rate", "alpha"):
            object.__setattr__(self, name, number(getattr(self, name), "1", f"RewardSTDP.{name}", nonnegative=True))
        for name in ("tau_plus", "tau_minus", "tau_eligibility"):
            object.__setattr__(self, name, number(getattr(self, name), "ms", f"RewardSTDP.{name}", positive=True))

    def rewarded(self, weights: np.ndarray, eligibility: np.ndarray, amount: float) -> np.ndarray:
        """Give the weights after a reward.

        Parameters
        ----------
        weights : numpy.ndarray (synapse)
            In the unit of `W_max`.
        eligibility : numpy.ndarray (synapse)
            Of each synapse.
        amount : float
            Of the reward.
        """
        return np.clip(weights + amount * self.W_max * eligibility, min(self.W_max, 0.0), max(self.W_max, 0.0))

    def synapse(self, scale: Scale) -> SynapseModel:
        """Give the engine's model; its variable ``c`` is the eligibility."""
        bound = scale(self.W_max)
        return SynapseModel(
            "c -= depression * post; pre += 1",
            "c += potentiation * pre; post += 1",
            variables={
                "pre": trace(self.tau_plus),
                "post": trace(self.tau_minus),
                "c": trace(self.tau_eligibility),
            },
            parameters={"depression": self.alpha * self.learning_rate, "potentiation": self.learning_rate},
            low=min(bound, 0.0),
            high=max(bound, 0.0),
            settable=True,
        )
