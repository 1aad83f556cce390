"""Plasticity: how synapses change with the spikes on both their sides, one rule a file.

A rule stands in ``Projection(..., plasticity=STDP(...), short_term=TsodyksMarkram(...))``. A spike first delivers its
weight and then changes it. The delay is axonal: rules count a presynaptic spike when it arrives and a postsynaptic
spike when it is fired.
"""

from brainsim.plasticity.inhibitory import InhibitorySTDP
from brainsim.plasticity.normalization import WeightNormalization
from brainsim.plasticity.reward import RewardSTDP
from brainsim.plasticity.rule import Plasticity
from brainsim.plasticity.short_term import TsodyksMarkram
from brainsim.plasticity.stdp import STDP
from brainsim.plasticity.triplet import TripletSTDP

__all__ = [
    "STDP",
    "InhibitorySTDP",
    "Plasticity",
    "RewardSTDP",
    "TripletSTDP",
    "TsodyksMarkram",
    "WeightNormalization",
]
