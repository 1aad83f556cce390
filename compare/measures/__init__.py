"""The measures: how alike two subjects' activities are, one measure a file."""

from compare.measures.canonical_correlation import cca, svcca
from compare.measures.dissimilarity import rdm, silent_patterns
from compare.measures.invariances import TRANSFORMATIONS, invariances_of
from compare.measures.kernel_alignment import CKA, cka
from compare.measures.measure import Fitted, Measure, StimulusMeasure
from compare.measures.rdm_comparators import compare_rdms
from compare.measures.rsa import RSA, rsa
from compare.measures.shape_distance import procrustes

__all__ = [
    "CKA",
    "RSA",
    "TRANSFORMATIONS",
    "Fitted",
    "Measure",
    "StimulusMeasure",
    "cca",
    "cka",
    "compare_rdms",
    "invariances_of",
    "procrustes",
    "rdm",
    "rsa",
    "silent_patterns",
    "svcca",
]
