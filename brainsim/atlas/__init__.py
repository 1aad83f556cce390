"""Ready brains, one builder a file, every number with its source."""

from brainsim.atlas.brunel import brunel
from brainsim.atlas.coba import coba
from brainsim.atlas.cuba import cuba
from brainsim.atlas.diehl_cook import diehl_cook
from brainsim.atlas.gabor import gabor_bank
from brainsim.atlas.hh_coba import hh_coba
from brainsim.atlas.izhikevich import izhikevich
from brainsim.atlas.potjans_diesmann import ThalamicPulse, potjans_diesmann
from brainsim.atlas.strokes import strokes
from brainsim.atlas.ventral_stream import ventral_stream

__all__ = [
    "ThalamicPulse",
    "brunel",
    "coba",
    "cuba",
    "diehl_cook",
    "gabor_bank",
    "hh_coba",
    "izhikevich",
    "potjans_diesmann",
    "strokes",
    "ventral_stream",
]
