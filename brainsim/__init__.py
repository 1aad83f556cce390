"""brainsim: a spiking brain. What a neuron is, how regions are wired, how a trial runs.

Units are ms, mV, nS, pA, pF, Hz and mm everywhere; Brian2 quantities are accepted and checked.
"""

from brainsim import analysis, atlas, encoders, errors, plots, theory, wiring
from brainsim.brain import Brain
from brainsim.distributions import Distribution, LogNormal, Normal, Uniform
from brainsim.drives import PoissonDrive
from brainsim.encoders import Encoder, Retina
from brainsim.neurons import LIF, NeuronModel, Poisson
from brainsim.parts import Population, Projection, Region
from brainsim.receptors import AMPA, GABA_A, Delta, ExponentialCurrent, Receptor
from brainsim.recording import Recording
from brainsim.simulation import Record, simulate

__all__ = [
    "AMPA",
    "GABA_A",
    "LIF",
    "Brain",
    "Delta",
    "Distribution",
    "Encoder",
    "ExponentialCurrent",
    "LogNormal",
    "NeuronModel",
    "Normal",
    "Poisson",
    "PoissonDrive",
    "Population",
    "Projection",
    "Receptor",
    "Record",
    "Recording",
    "Region",
    "Retina",
    "Uniform",
    "analysis",
    "atlas",
    "encoders",
    "errors",
    "plots",
    "simulate",
    "theory",
    "wiring",
]
