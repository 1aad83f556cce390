"""Mapping: which layer does what which region does, as an estimate."""

from compare.mapping.estimate import map_layers
from compare.mapping.layer_map import LayerMap, NullComparison, PartialSimilarity

__all__ = ["LayerMap", "NullComparison", "PartialSimilarity", "map_layers"]
