"""Figures of comparisons and geometries. Every function takes an Axes (or makes one) and returns it."""

from compare.plots.ceilings import ceilings
from compare.plots.dissimilarities import rdm
from compare.plots.layer_maps import decision, hierarchy, matrix
from compare.plots.recovery import confusion, power
from compare.plots.sankey import sankey
from compare.plots.scaling import mds
from compare.plots.time_courses import time_courses

__all__ = [
    "ceilings",
    "confusion",
    "decision",
    "hierarchy",
    "matrix",
    "mds",
    "power",
    "rdm",
    "sankey",
    "time_courses",
]
