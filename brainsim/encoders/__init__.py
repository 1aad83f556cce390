"""Encoders: from stimuli to what a region's sources do.

Sources are of two kinds, and so are encoders. :class:`brainsim.Poisson` units need rates: an encoder for them has
``rates(stimuli, populations)``, which gives for each population (by its name within the region) an array in Hz,
(stimulus, unit), or (stimulus, bin, unit) where rates change in time. Then its attribute `bin` says how many ms a bin
lasts; the last bin goes on to the end of the trial. :class:`brainsim.SpikeSource` units need spikes: an encoder for
them has ``spikes(stimuli, populations)``, which gives for each population a list of (times in ms, units), one a
stimulus. Neurons can be given a current: an encoder with ``currents(stimuli, populations)`` gives for each of the
region's populations of neurons (those that its attribute `populations` names, if it has one) an array in pA, shaped as
rates are. Any object with one of these methods will do.
"""

from brainsim.encoders.cochlea import Cochlea
from brainsim.encoders.current import Current
from brainsim.encoders.encoder import CurrentEncoder, Encoder, SpikeEncoder
from brainsim.encoders.images import check_images
from brainsim.encoders.latency import Latency
from brainsim.encoders.population_code import PopulationCode
from brainsim.encoders.rate import Rate
from brainsim.encoders.retina import Retina
from brainsim.encoders.spikes import Spikes
from brainsim.encoders.tokens import Tokens

__all__ = [
    "Cochlea",
    "Current",
    "CurrentEncoder",
    "Encoder",
    "Latency",
    "PopulationCode",
    "Rate",
    "Retina",
    "SpikeEncoder",
    "Spikes",
    "Tokens",
    "check_images",
]
