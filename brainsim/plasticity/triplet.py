"""Spike-timing-dependent plasticity of triplets of spikes."""

from dataclasses import KW_ONLY, dataclass

from brainsim.engine.synapses import SynapseModel
from brainsim.plasticity.rule import Plasticity, Scale, checked_bound, checked_choice, trace
from brainsim.units import number

__all__ = ["TripletSTDP"]


@dataclass(frozen=True)
class TripletSTDP(Plasticity):
    """Pairs and triplets of spikes (Pfister and Gerstner 2006, doi:10.1523/JNEUROSCI.1425-06.2006).

    Four traces decay to 0: r1 (`tau_plus`) and r2 (`tau_x`) of presynaptic, o1 (`tau_minus`) and o2 (`tau_y`) of
    postsynaptic spikes. Where a presynaptic spike arrives::

        w  <-  w - W_max * o1 * (A2_minus + A3_minus * r2);    r1  <-  r1 + 1,  r2  <-  r2 + 1

    and where the target spikes::

        w  <-  w + W_max * r1 * (A2_plus + A3_plus * o2);    o1  <-  o1 + 1,  o2  <-  o2 + 1

    each clipped to ``[0, W_max]``.

    Parameters
    ----------
    W_max : float
        Bound of the weights in the receptor's unit.
    A2_plus, A3_plus, A2_minus, A3_minus : float
        Amplitudes of pairs and triplets, as fractions of `W_max`.
    tau_plus, tau_x, tau_minus, tau_y : float
        Time constants in ms.
    pairing : "all" or "nearest"
        ``"nearest"`` sets a trace to 1 at a spike instead of adding 1. Diehl and Cook 2015
        (doi:10.3389/fncom.2015.00099) learn by ``TripletSTDP(W_max=1, A2_plus=0, A3_plus=0.01, A2_minus=1e-4,
        A3_minus=0, tau_plus=20, tau_minus=20, tau_y=40, pairing="nearest")``.

    Raises
    ------
    ParameterError, KindError
        If a value is out of range.

    Notes
    -----
    Defaults are those of NEST's ``stdp_triplet_synapse``: the full model with all pairs, fitted to visual cortex. Order
    of events within a step and the delay are as in :class:`STDP`.

    Examples
    --------
    >>> TripletSTDP(W_max=1).synapse(float).homes
    {'r1': 'source', 'r2': 'source', 'o1': 'target', 'o2': 'target'}
    """

    W_max: float
    A2_plus: float = 5e-10
    A3_plus: float = 6.2e-3
    A2_minus: float = 7e-3
    A3_minus: float = 2.3e-4
    _: KW_ONLY
    tau_plus: float = 16.8
    tau_x: float = 101.0
    tau_minus: float = 33.7
    tau_y: float = 125.0
    pairing: str = "all"

    def __post_init__(self) -> None:
        object.__setattr__(self, "W_max", checked_bound(self.W_max, "TripletSTDP.W_max"))
        for name in ("A2_plus", "A3_plus", "A2_minus", "A3_minus"):
            object.__setattr__(self, name, number(getattr(self, name), "1", f"TripletSTDP.{name}", nonnegative=True))
        for name in ("tau_plus", "tau_x", "tau_minus", "tau_y"):
            object.__setattr__(self, name, number(getattr(self, name), "ms", f"TripletSTDP.{name}", positive=True))
        checked_choice(self.pairing, "TripletSTDP.pairing")

    def synapse(self, scale: Scale) -> SynapseModel:
        """Give the engine's model."""
        bound = scale(self.W_max)
        low, high = min(bound, 0.0), max(bound, 0.0)
        mark = "+= 1" if self.pairing == "all" else "= 1"
        down, up = ("A2_minus", "A3_minus", "r2"), ("A2_plus", "A3_plus", "o2")
        variables = {
            "r1": trace(self.tau_plus),
            "r2": trace(self.tau_x),
            "o1": trace(self.tau_minus),
            "o2": trace(self.tau_y),
        }
        # A trace whose amplitude is 0 is not kept at all.
        kept = {"r1": True, "o1": True, "r2": self.A3_minus != 0, "o2": self.A3_plus != 0}
        return SynapseModel(
            f"w = clip(w - o1 * {self._amplitude(*down)}, low, high); " + _marked(("r1", "r2"), kept, mark),
            f"w = clip(w + r1 * {self._amplitude(*up)}, low, high); " + _marked(("o1", "o2"), kept, mark),
            variables={name: variable for name, variable in variables.items() if kept[name]},
            parameters={
                **{name: getattr(self, name) * bound for name in (*down[:2], *up[:2])},
                "low": low,
                "high": high,
            },
            low=low,
            high=high,
        )

    def _amplitude(self, pair: str, triplet: str, other: str) -> str:
        parts = [pair] if getattr(self, pair) != 0 or getattr(self, triplet) == 0 else []
        return f"({' + '.join(parts + [f'{triplet} * {other}'] * (getattr(self, triplet) != 0))})"


def _marked(names: tuple[str, ...], kept: dict[str, bool], mark: str) -> str:
    return "; ".join(f"{name} {mark}" for name in names if kept[name])
