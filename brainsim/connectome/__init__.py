"""Connectomes: how strongly areas of a brain project to each other, how long the tracts are, and a brain wired so.

Examples
--------
>>> from brainsim import connectome
>>> areas = connectome.Connectome(["V1", "V2"], [[0, 0.7], [0.2, 0]], lengths=[[0, 10.5], [10.5, 0]])
>>> areas.graph.edges["V1", "V2"]
{'weight': 0.7, 'length_mm': 10.5}
"""

from brainsim.connectome.assembly import VELOCITY, build, by_indegree, by_weight
from brainsim.connectome.files import read
from brainsim.connectome.levels import FELLEMAN_VAN_ESSEN
from brainsim.connectome.matrices import Connectome

__all__ = ["FELLEMAN_VAN_ESSEN", "VELOCITY", "Connectome", "build", "by_indegree", "by_weight", "read"]
