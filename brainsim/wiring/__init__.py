"""Wiring rules: which unit of one population connects to which unit of another.

A rule is drawn for each projection with a seed of its own, derived from the brain's seed and the projection's name, so
that adding a projection changes no other.

Examples
--------
>>> from brainsim import wiring
>>> wiring.fixed_probability(0.02)
FixedProbability(p=0.02, autapses=True)
"""

from brainsim.wiring import distance, drawn, grid, matrix, pairs, regular
from brainsim.wiring.graph import from_graph, from_graphml
from brainsim.wiring.rule import Connectivity, Ends, Rule

__all__ = [
    "Connectivity",
    "Ends",
    "Rule",
    "all_to_all",
    "convolution",
    "distance_dependent",
    "fixed_indegree",
    "fixed_outdegree",
    "fixed_probability",
    "fixed_total",
    "from_graph",
    "from_graphml",
    "from_matrix",
    "from_pairs",
    "one_to_one",
    "pooling",
]

# A rule reads as a verb where a brain is built; as a type it is a noun.
one_to_one = regular.OneToOne
all_to_all = regular.AllToAll
fixed_probability = drawn.FixedProbability
fixed_indegree = drawn.FixedIndegree
fixed_outdegree = drawn.FixedOutdegree
fixed_total = drawn.FixedTotal
distance_dependent = distance.DistanceDependent
from_matrix = matrix.FromMatrix
from_pairs = pairs.FromPairs
convolution = grid.Convolution
pooling = grid.Pooling
