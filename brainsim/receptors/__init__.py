"""Receptors: what a spike does to the population that it arrives at.

A receptor adds state variables, their equations and a current to a population. Receptors with equal parameters on one
population are one; `name` keeps them apart, and is the variable's name in `initial` and in records.

Three kinds, told apart by the unit of a synapse's weight: a conductance (nS), a current (pA), or a jump of the
membrane potential, or of a tally, (mV).
"""

from brainsim.receptors.fast import AMPA, GABA_A, Delta, ExponentialCurrent
from brainsim.receptors.receptor import Receptor
from brainsim.receptors.slow import GABA_B, NMDA, AlphaCurrent
from brainsim.receptors.tally import Tally

__all__ = ["AMPA", "GABA_A", "GABA_B", "NMDA", "AlphaCurrent", "Delta", "ExponentialCurrent", "Receptor", "Tally"]
