"""Wiring rules: which unit of one population connects to which unit of another.

A rule is drawn for each projection with a seed of its own, derived from the brain's seed and the projection's name, so
that adding a projection changes no other.

Examples
--------
>>> from brainsim import wiring
>>> wiring.fixed_probability(0.02)
FixedProbability(p=0.02, autapses=True)
"""

from brainsim.wiring.drawn import FixedIndegree, FixedProbability, FixedTotal
from brainsim.wiring.grid import Convolution, Pooling
from brainsim.wiring.matrix import FromMatrix
from brainsim.wiring.regular import AllToAll, OneToOne
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
one_to_one = OneToOne
all_to_all = AllToAll
fixed_probability = FixedProbability
fixed_indegree = FixedIndegree
fixed_total = FixedTotal
from_matrix = FromMatrix
convolution = Convolution
pooling = Pooling
