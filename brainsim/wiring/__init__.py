"""Wiring rules: which unit of one population connects to which unit of another.

A rule is drawn for each projection with a seed of its own, derived from the brain's seed and the projection's name, so
that adding a projection changes no other.

Examples
--------
>>> from brainsim import wiring
>>> wiring.fixed_probability(0.02)
FixedProbability(p=0.02, autapses=True)
"""

from brainsim.wiring import drawn, grid, matrix, regular
from brainsim.wiring.rule import Connectivity, Ends, Rule

__all__ = [
    "Connectivity",
    "Ends",
    "Rule",
    "all_to_all",
    "convolution",
    "fixed_indegree",
    "fixed_probability",
    "fixed_total",
    "from_matrix",
    "one_to_one",
    "pooling",
]

# A rule reads as a verb where a brain is built; as a type it is a noun.
one_to_one = regular.OneToOne
all_to_all = regular.AllToAll
fixed_probability = drawn.FixedProbability
fixed_indegree = drawn.FixedIndegree
fixed_total = drawn.FixedTotal
from_matrix = matrix.FromMatrix
convolution = grid.Convolution
pooling = grid.Pooling
