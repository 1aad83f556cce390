"""Spike-timing-dependent plasticity of pairs of spikes, additive to multiplicative."""

from dataclasses import KW_ONLY, dataclass

from brainsim.engine.synapses import SynapseModel
from brainsim.plasticity.rule import Plasticity, Scale, checked_bound, checked_choice, trace
from brainsim.units import number

__all__ = ["STDP"]


@dataclass(frozen=True)
class STDP(Plasticity):
    """Pairs of spikes, pre before post to strengthen, post before pre to weaken; NEST's ``stdp_synapse``.

    Two traces, ``dpre/dt = -pre / tau_plus`` and ``dpost/dt = -post / tau_minus``, remember the spikes. Where a
    presynaptic spike arrives::

        w  <-  w - W_max * learning_rate * alpha * (w / W_max)**mu_minus * post;    pre  <-  pre + 1

    and where the target spikes::

        w  <-  w + W_max * learning_rate * (1 - w / W_max)**mu_plus * pre;    post  <-  post + 1

    each clipped to ``[0, W_max]``. Exponents of 0 give the additive rule (Song, Miller and Abbott 2000,
    doi:10.1038/78829), 1 the multiplicative one (Rubin, Lee and Sompolinsky 2001, doi:10.1103/PhysRevLett.86.364), and
    anything between Guetig et al. 2003 (doi:10.1523/JNEUROSCI.23-09-03697.2003).

    Parameters
    ----------
    W_max : float
        Bound of the weights in the receptor's unit.
    learning_rate : float
        NEST's ``lambda``: the change at a pair of no distance, as a fraction of `W_max`.
    alpha : float
        How much stronger depression is.
    tau_plus, tau_minus : float
        Time constants of the presynaptic and the postsynaptic trace in ms.
    mu_plus, mu_minus : float
        Exponents of the weight dependence, not negative.
    pairing : "all" or "nearest"
        ``"nearest"`` sets a trace to 1 at a spike instead of adding 1: only the last spike of the other side counts
        (Morrison, Diesmann and Gerstner 2008, doi:10.1007/s00422-008-0233-1, symmetric nearest neighbours).

    Raises
    ------
    ParameterError, KindError
        If a value is out of range.

    Notes
    -----
    Defaults are NEST's, where there are any. Where a spike arrives in the very step in which the target spikes, it is
    counted as before it, so the pair strengthens by its full amount (as in Brian2, whose order of events is the same);
    NEST leaves such a pair out. The delay is axonal: NEST takes it as dendritic, which shifts the window by twice the
    delay (nest-simulator issue 1604).

    Examples
    --------
    >>> STDP(W_max=10, mu_plus=0, mu_minus=0).synapse(float).on_post
    'w = clip(w + potentiation * pre, low, high); post += 1'
    """

    W_max: float
    learning_rate: float = 0.01
    alpha: float = 1.0
    tau_plus: float = 20.0
    tau_minus: float = 20.0
    _: KW_ONLY
    mu_plus: float = 1.0
    mu_minus: float = 1.0
    pairing: str = "all"

    def __post_init__(self) -> None:
        object.__setattr__(self, "W_max", checked_bound(self.W_max, "STDP.W_max"))
        for name in ("learning_rate", "alpha", "mu_plus", "mu_minus"):
            object.__setattr__(self, name, number(getattr(self, name), "1", f"STDP.{name}", nonnegative=True))
        for name in ("tau_plus", "tau_minus"):
            object.__setattr__(self, name, number(getattr(self, name), "ms", f"STDP.{name}", positive=True))
        checked_choice(self.pairing, "STDP.pairing")

    def synapse(self, scale: Scale) -> SynapseModel:
        """Give the engine's model."""
        bound = scale(self.W_max)
        grow = _power("clip(1 - w / bound, 0, 1)", "mu_plus", self.mu_plus)
        shrink = _power("w / bound", "mu_minus", self.mu_minus)
        mark = "+= 1" if self.pairing == "all" else "= 1"
        parameters = {
            "potentiation": self.learning_rate * bound,
            "depression": self.alpha * self.learning_rate * bound,
            "bound": bound,
            "low": min(bound, 0.0),
            "high": max(bound, 0.0),
            "mu_plus": self.mu_plus,
            "mu_minus": self.mu_minus,
        }
        return SynapseModel(
            f"w = clip(w - depression{shrink} * post, low, high); pre {mark}",
            f"w = clip(w + potentiation{grow} * pre, low, high); post {mark}",
            variables={"pre": trace(self.tau_plus), "post": trace(self.tau_minus)},
            parameters=parameters,
            low=parameters["low"],
            high=parameters["high"],
        )


def _power(base: str, name: str, exponent: float) -> str:
    """Write ``* base**name``; what is 1 is left out, and no power is taken where none is needed."""
    if exponent == 0:
        return ""
    return f" * {base}" if exponent == 1 else f" * ({base})**{name}"
