"""Neuron models: Brian2 equation text with parameters.

The docstring of a model is its equation. A parameter is one number, one number a unit, or a distribution, drawn for
each unit with the brain's seed. The synaptic current ``I_syn`` is the sum of what the receptors on the population
contribute.
"""

from brainsim.neurons.adaptive_threshold import AdaptiveThreshold
from brainsim.neurons.adex import AdEx
from brainsim.neurons.equations import Equations
from brainsim.neurons.hodgkin_huxley import HodgkinHuxley
from brainsim.neurons.integrate_and_fire import IntegrateAndFire
from brainsim.neurons.izhikevich import Izhikevich, izhikevich_2003
from brainsim.neurons.lif import LIF
from brainsim.neurons.maximum import Maximum
from brainsim.neurons.model import METHODS, Drawn, NeuronModel, Resting, check_receives
from brainsim.neurons.poisson import Poisson
from brainsim.neurons.source import Source
from brainsim.neurons.spike_source import SpikeSource

__all__ = [
    "LIF",
    "METHODS",
    "AdEx",
    "AdaptiveThreshold",
    "Drawn",
    "Equations",
    "HodgkinHuxley",
    "IntegrateAndFire",
    "Izhikevich",
    "Maximum",
    "NeuronModel",
    "Poisson",
    "Resting",
    "Source",
    "SpikeSource",
    "check_receives",
    "izhikevich_2003",
]
