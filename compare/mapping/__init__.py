"""Mapping: which layer does what which region does, as an estimate."""

from compare.mapping.estimate import map_layers
from compare.mapping.layer_map import LayerMap, NullComparison, PartialSimilarity
from compare.mapping.seeds import SeedMap, across_seeds

__all__ = ["LayerMap", "NullComparison", "PartialSimilarity", "SeedMap", "across_seeds", "map_layers"]
