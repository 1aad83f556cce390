"""CUBA: the current-based sibling of COBA."""

from brainsim import wiring
from brainsim.brain import Brain
from brainsim.distributions import Uniform
from brainsim.errors import ParameterError
from brainsim.neurons import LIF
from brainsim.parts import Population, Projection, Region
from brainsim.receptors import ExponentialCurrent
from brainsim.units import number

__all__ = ["cuba"]


def cuba(inhibitory_weight: float = -90.0, seed: int = 0) -> Brain:
    """Build the CUBA benchmark: 3200 excitatory and 800 inhibitory neurons, 2 % connected.

    Parameters are those of benchmark 2 of Brette et al. 2007 (doi:10.1007/s10827-007-0038-6), after Vogels and Abbott
    2005 (doi:10.1523/JNEUROSCI.3508-05.2005): C_m 200 pF, tau_m 20 ms, E_L -49 mV, V_th -50 mV, V_reset -60 mV, t_ref
    5 ms; currents decay with 5 ms (excitation, 16.2 pA) and 10 ms (inhibition); delays are 0.1 ms. Membrane potentials
    begin between reset and threshold; since rest is above threshold, the network needs no stimulus.

    Parameters
    ----------
    inhibitory_weight : float
        In pA. Two values are in circulation: Brian2's example has 9 mV a spike, which times g_L = 10 nS is -90 pA, the
        default here; NEST's example has -139.5 pA, and fires less.
    seed : int
        The individual.

    Returns
    -------
    Brain
        One region, ``"cortex"``, with populations ``E`` and ``I``.

    Raises
    ------
    ParameterError, KindError
        If the weight is positive or no number.

    Examples
    --------
    >>> import brainsim
    >>> recording = brainsim.simulate(brainsim.atlas.cuba(), duration=50)
    >>> bool(recording.counts()["cortex.E"].sum() > 0)
    True
    """
    weight = number(inhibitory_weight, "pA", "cuba: inhibitory_weight")
    if weight > 0:
        raise ParameterError(f"cuba: inhibitory_weight must not be positive, got {weight:g} pA")
    cell = LIF(C_m=200, tau_m=20, E_L=-49, V_th=-50, V_reset=-60, t_ref=5)
    start = {"v": Uniform(-60, -50)}
    everyone = ["cortex.E", "cortex.I"]
    sparse = wiring.fixed_probability(0.02)
    excitation, inhibition = ExponentialCurrent(tau=5, name="I_exc"), ExponentialCurrent(tau=10, name="I_inh")
    return Brain(
        "CUBA",
        [
            Region(
                "cortex",
                [Population("E", cell, size=3200, initial=start), Population("I", cell, size=800, initial=start)],
                function="association",
            )
        ],
        [
            Projection("cortex.E", everyone, sparse, excitation, weight=16.2, delay=0.1),
            Projection("cortex.I", everyone, sparse, inhibition, weight=weight, delay=0.1),
        ],
        seed=seed,
    )
