"""Hierarchy scores: whether later regions go with later layers. One score a file, its source at its head.

Every p-value asks whether such an order would arise if the regions (or, in time, the layers) stood in any other order;
every interval how well these stimuli, or these units, determine the score.
"""

from compare.mapping.hierarchy.of_units import UnitHierarchy, unit_hierarchy
from compare.mapping.hierarchy.scores import hierarchy_scores

__all__ = ["UnitHierarchy", "hierarchy_scores", "unit_hierarchy"]
