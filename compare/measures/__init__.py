"""The measures: how alike two subjects' activities are, one measure a file."""

from compare.measures.cca import cca, svcca
from compare.measures.cka import cka
from compare.measures.invariances import TRANSFORMATIONS, invariances_of
from compare.measures.procrustes import procrustes
from compare.measures.rdm import rdm, silent_patterns
from compare.measures.rdm_comparators import compare_rdms

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
