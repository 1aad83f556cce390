"""The measures: how alike two subjects' activities are, one measure a file."""

from compare.measures.alignment import Alignment, AlignmentMeasure
from compare.measures.bures_similarity import BuresSimilarity, bures_similarity
from compare.measures.canonical_correlation import CCA, cca
from compare.measures.dissimilarity import rdm, silent_patterns, silent_units
from compare.measures.distances import (
    Correlation,
    Crossnobis,
    Distance,
    Euclidean,
    Mahalanobis,
    Poisson,
    PoissonCV,
    noise_precision,
)
from compare.measures.invariances import TRANSFORMATIONS, invariances_of
from compare.measures.kernel_alignment import CKA, cka
from compare.measures.kernel_alignment_matrix import cka_matrix
from compare.measures.measure import Fitted, Measure, StimulusMeasure
from compare.measures.minibatch_alignment import MinibatchCKA, cka_of_batches, minibatch_cka
from compare.measures.named import measure_named, name_of
from compare.measures.predictivity import (
    BothDirections,
    PLSPredictivity,
    Predicted,
    PredictedBothWays,
    RidgePredictivity,
    predictivity,
)
from compare.measures.projection_weighted_cca import PWCCA, pwcca
from compare.measures.rdm_comparators import compare_rdms
from compare.measures.rdm_table import rdms, square_rdm
from compare.measures.rsa import RSA, rsa
from compare.measures.shape_distance import Procrustes, procrustes
from compare.measures.singular_vector_cca import SVCCA, svcca
from compare.measures.stochastic_shape import StochasticShape, stochastic_shape
from compare.measures.unit_matching import UnitMatching, unit_matching

__all__ = [
    "CCA",
    "CKA",
    "PWCCA",
    "RSA",
    "SVCCA",
    "TRANSFORMATIONS",
    "Alignment",
    "AlignmentMeasure",
    "BothDirections",
    "BuresSimilarity",
    "Correlation",
    "Crossnobis",
    "Distance",
    "Euclidean",
    "Fitted",
    "Mahalanobis",
    "Measure",
    "MinibatchCKA",
    "PLSPredictivity",
    "Poisson",
    "PoissonCV",
    "Predicted",
    "PredictedBothWays",
    "Procrustes",
    "RidgePredictivity",
    "StimulusMeasure",
    "StochasticShape",
    "UnitMatching",
    "bures_similarity",
    "cca",
    "cka",
    "cka_matrix",
    "cka_of_batches",
    "compare_rdms",
    "invariances_of",
    "measure_named",
    "minibatch_cka",
    "name_of",
    "noise_precision",
    "predictivity",
    "procrustes",
    "pwcca",
    "rdm",
    "rdms",
    "rsa",
    "silent_patterns",
    "silent_units",
    "square_rdm",
    "stochastic_shape",
    "svcca",
    "unit_matching",
]
