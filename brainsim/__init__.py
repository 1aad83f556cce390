"""brainsim: a spiking brain. What a neuron is, how regions are wired, how a trial runs.

Units are ms, mV, nS, pA, pF, Hz and mm everywhere; Brian2 quantities are accepted and checked.
"""

from brainsim import analysis, atlas, connectome, encoders, errors, learning, plasticity, plots, theory, wiring
from brainsim.brain import Brain
from brainsim.continued import Simulation
from brainsim.distributions import Distribution, LogNormal, Normal, Uniform
from brainsim.drives import CurrentDrive, Drive, OrnsteinUhlenbeckDrive, PoissonDrive, SpikeDrive
from brainsim.encoders import Encoder, Retina, SpikeEncoder
from brainsim.learning import LearningHistory, LearningInterrupted, Presentation, Repeat, frozen, learn
from brainsim.neurons import (
    LIF,
    AdaptiveThreshold,
    AdEx,
    Equations,
    HodgkinHuxley,
    IntegrateAndFire,
    Izhikevich,
    Maximum,
    NeuronModel,
    Poisson,
    SpikeSource,
    izhikevich_2003,
)
from brainsim.parts import Population, Projection, Region
from brainsim.plasticity import (
    STDP,
    InhibitorySTDP,
    Plasticity,
    RewardSTDP,
    TripletSTDP,
    TsodyksMarkram,
    WeightNormalization,
)
from brainsim.receptors import AMPA, GABA_A, GABA_B, NMDA, AlphaCurrent, Delta, ExponentialCurrent, Receptor, Tally
from brainsim.recording import Recording
from brainsim.records import Record, RecordWeights
from brainsim.simulation import simulate

__all__ = [
    "AMPA",
    "GABA_A",
    "GABA_B",
    "LIF",
    "NMDA",
    "STDP",
    "AdEx",
    "AdaptiveThreshold",
    "AlphaCurrent",
    "Brain",
    "CurrentDrive",
    "Delta",
    "Distribution",
    "Drive",
    "Encoder",
    "Equations",
    "ExponentialCurrent",
    "HodgkinHuxley",
    "InhibitorySTDP",
    "IntegrateAndFire",
    "Izhikevich",
    "LearningHistory",
    "LearningInterrupted",
    "LogNormal",
    "Maximum",
    "NeuronModel",
    "Normal",
    "OrnsteinUhlenbeckDrive",
    "Plasticity",
    "Poisson",
    "PoissonDrive",
    "Population",
    "Presentation",
    "Projection",
    "Receptor",
    "Record",
    "RecordWeights",
    "Recording",
    "Region",
    "Repeat",
    "Retina",
    "RewardSTDP",
    "Simulation",
    "SpikeDrive",
    "SpikeEncoder",
    "SpikeSource",
    "Tally",
    "TripletSTDP",
    "TsodyksMarkram",
    "Uniform",
    "WeightNormalization",
    "analysis",
    "atlas",
    "connectome",
    "encoders",
    "errors",
    "frozen",
    "izhikevich_2003",
    "learn",
    "learning",
    "plasticity",
    "plots",
    "simulate",
    "theory",
    "wiring",
]
