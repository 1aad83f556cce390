"""The measures: how alike two subjects' activities are, one measure a file."""

from compare.measures.canonical_correlation import cca, svcca
from compare.measures.dissimilarity import rdm, silent_patterns
from compare.measures.invariances import TRANSFORMATIONS, invariances_of
from compare.measures.kernel_alignment import cka
from compare.measures.rdm_comparators import compare_rdms
from compare.measures.shape_distance import procrustes

__all__ = [
    "TRANSFORMATIONS",
    "cca",
    "cka",
    "compare_rdms",
    "invariances_of",
    "procrustes",
    "rdm",
    "silent_patterns",
    "svcca",
]
