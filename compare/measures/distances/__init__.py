"""The distances of representational dissimilarity matrices, one a small file."""

from compare.measures.distances.correlation import Correlation
from compare.measures.distances.crossnobis import Crossnobis
from compare.measures.distances.distance import Distance
from compare.measures.distances.euclidean import Euclidean
from compare.measures.distances.mahalanobis import Mahalanobis
from compare.measures.distances.names import DISTANCES, as_distance
from compare.measures.distances.noise import noise_precision
from compare.measures.distances.poisson import Poisson
from compare.measures.distances.poisson_cv import PoissonCV

__all__ = [
    "DISTANCES",
    "Correlation",
    "Crossnobis",
    "Distance",
    "Euclidean",
    "Mahalanobis",
    "Poisson",
    "PoissonCV",
    "as_distance",
    "noise_precision",
]
