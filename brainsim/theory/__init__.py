"""Closed forms: what theory says a neuron, a synapse, noise or a network does, to hold simulations against.

Units are those of all of brainsim: ms, mV, pA, pF, Hz. A function of one or several numbers takes arrays that
broadcast, and gives an array of that shape (0 dimensions for plain numbers).
"""

from brainsim.theory.balance import brunel_input, brunel_rate
from brainsim.theory.membrane import lif_potential, lif_rate, rheobase
from brainsim.theory.noise import bernoulli_cv, filtered_noise_std, shot_noise_current, shot_noise_potential
from brainsim.theory.potentials import Peak, psp, psp_peak, weight_for_psp
from brainsim.theory.short_term import tsodyks_markram_steady_state
from brainsim.theory.siegert import siegert_cv, siegert_rate

__all__ = [
    "Peak",
    "bernoulli_cv",
    "brunel_input",
    "brunel_rate",
    "filtered_noise_std",
    "lif_potential",
    "lif_rate",
    "psp",
    "psp_peak",
    "rheobase",
    "shot_noise_current",
    "shot_noise_potential",
    "siegert_cv",
    "siegert_rate",
    "tsodyks_markram_steady_state",
    "weight_for_psp",
]
