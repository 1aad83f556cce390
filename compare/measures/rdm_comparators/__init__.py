"""Comparators of representational dissimilarity matrices, one idea a file."""

from compare.measures.rdm_comparators.comparison import COMPARATORS, WHITENED, compare_rdms, stimuli_of
from compare.measures.rdm_comparators.ranks import rounded

__all__ = ["COMPARATORS", "WHITENED", "compare_rdms", "rounded", "stimuli_of"]
