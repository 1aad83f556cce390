"""The geometry of one subject's representation: how many dimensions, how sparse, how separable."""

from compare.measures.geometry.dimensionality import participation_ratio, signal_dimensionality
from compare.measures.geometry.separability import linear_separability
from compare.measures.geometry.sparseness import lifetime_sparseness, population_sparseness

__all__ = [
    "lifetime_sparseness",
    "linear_separability",
    "participation_ratio",
    "population_sparseness",
    "signal_dimensionality",
]
