"""Mapping: which layer does what which region does, as an estimate."""

from compare.mapping.layer_map import LayerMap, NullComparison, PartialSimilarity
from compare.mapping.map_layers import map_layers

__all__ = ["LayerMap", "NullComparison", "PartialSimilarity", "map_layers"]
