"""HH-COBA: the sibling of COBA whose neurons are Hodgkin-Huxley's."""

from brainsim import wiring
from brainsim.brain import Brain
from brainsim.distributions import Normal
from brainsim.neurons import HodgkinHuxley
from brainsim.parts import Population, Projection, Region
from brainsim.receptors import AMPA, GABA_A

__all__ = ["hh_coba"]


def hh_coba(seed: int = 0) -> Brain:
    """Build the HH-COBA benchmark: 3200 excitatory and 800 inhibitory Traub-Miles neurons, 2 % connected.

    Parameters are those of benchmark 3 of Brette et al. 2007 (doi:10.1007/s10827-007-0038-6), which are the defaults of
    :class:`brainsim.HodgkinHuxley`: C_m 200 pF, g_L 10 nS, E_L -60 mV, g_Na 20,000 nS, g_K 6,000 nS, V_T -63 mV;
    spikes are counted above -20 mV, 3 ms apart. AMPA 5 ms, 0 mV, 6 nS; GABA_A 10 ms, -80 mV, 67 nS; delays 0.1 ms.

    The activity begins by itself, as in Brian2's example: membrane potentials from Normal(-65, 5) mV, AMPA from
    Normal(40, 15) nS and GABA_A from Normal(200, 120) nS; conductances below 0 are drawn again. Integrated by
    exponential Euler; take steps of 0.1 ms or less.

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
    >>> brain = brainsim.atlas.hh_coba()
    >>> brain.units("cortex"), brain.units("cortex", excitatory=False)
    (('cortex.E',), ('cortex.I',))
    """
    initial = {"v": Normal(-65, 5), "AMPA": Normal(40, 15, low=0), "GABA_A": Normal(200, 120, low=0)}
    everyone = ["cortex.E", "cortex.I"]
    sparse = wiring.fixed_probability(0.02)
    return Brain(
        "HH-COBA",
        [
            Region(
                "cortex",
                [
                    Population("E", HodgkinHuxley(), size=3200, initial=initial),
                    Population("I", HodgkinHuxley(), size=800, initial=initial),
                ],
                function="association",
            )
        ],
        [
            Projection("cortex.E", everyone, sparse, AMPA(tau=5, E_rev=0), weight=6, delay=0.1),
            Projection("cortex.I", everyone, sparse, GABA_A(tau=10, E_rev=-80), weight=67, delay=0.1),
        ],
        seed=seed,
    )
