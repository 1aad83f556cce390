"""Which measures are cosines of vectors over pairs of stimuli, and what their vectors are.

RSA by any comparator that is a correlation, and centred kernel alignment: for these, a bootstrap over stimuli is a
weighting of pairs (see `PairVectors`), exact and fast.
"""

from dataclasses import dataclass

import numpy as np

from compare.errors import TooFewStimuliError
from compare.measures.blocks import Patterns
from compare.measures.dissimilarity import rdm
from compare.measures.distances.differences import cross_differences
from compare.measures.kernel_alignment import CKA, kernel_matrix
from compare.measures.measure import Measure
from compare.measures.patterns import stimulus_trial_unit
from compare.measures.rsa import RSA

__all__ = ["PairForm", "pair_form", "pair_vector"]

CENTRING_OF = {
    "spearman": "ranks",
    "rho-a": "untied ranks",
    "pearson": "mean",
    "cosine": "none",
    "whitened-cosine": "gower",
    "whitened-correlation": "mean gower",
}


@dataclass(frozen=True)
class PairForm:
    """A measure written as the cosine of centred vectors over pairs.

    Parameters
    ----------
    measure : RSA or CKA
        The measure.
    centring : str
        How the vectors are centred, see `PairVectors`.
    """

    measure: RSA | CKA
    centring: str

    def vector(self, x: np.ndarray, side: int = 1) -> np.ndarray:
        """Give one subject's vector over pairs of stimuli, see `pair_vector`."""
        return pair_vector(self.measure, x, side)

    def of_distances(self, squared: np.ndarray) -> np.ndarray:
        """Give the vector that follows from ready squared distances."""
        return -0.5 * squared if isinstance(self.measure, CKA) and self.measure.debiased else squared


def pair_form(measure: Measure) -> PairForm | None:
    """Write a measure as a cosine of vectors over pairs, or give None where it is none.

    Examples
    --------
    >>> pair_form(RSA(method="rho-a")).centring
    'untied ranks'
    >>> pair_form(RSA(method="tau-a")) is None
    True
    """
    if isinstance(measure, CKA):
        return PairForm(measure, "additive" if measure.debiased else "gower")
    # What a noise covariance of its own weighs, depends on which stimuli there are.
    if isinstance(measure, RSA) and measure.method in CENTRING_OF and measure.noise_covariance is None:
        return PairForm(measure, CENTRING_OF[measure.method])
    return None


def pair_vector(measure: RSA | CKA, x: np.ndarray, side: int = 1) -> np.ndarray:
    """Give one subject's vector over pairs of stimuli: its RDM, or its kernel's off-diagonal.

    A subject that does not vary over stimuli is all zeros; pairs with a pattern without variance are NaN where the
    distance is the correlation distance.

    Parameters
    ----------
    measure : RSA or CKA
        The measure.
    x : numpy.ndarray
        (stimulus[, trial], unit). With one trial, a distance that needs several is taken without noise.
    side : int
        0 for the measure's x (a layer), 1 for its y (a region), where their distances differ.

    Raises
    ------
    TooFewStimuliError
        If there are fewer stimuli than the measure needs.
    """
    array = stimulus_trial_unit(x)
    if len(array) < measure.least_stimuli:
        raise TooFewStimuliError(f"{len(array)} stimuli: {measure.label} needs at least {measure.least_stimuli}")
    if isinstance(measure, RSA):
        distance = measure.distances[side]
        return rdm(array, distance.without_noise if array.shape[1] == 1 else distance)
    kernel = kernel_matrix(Patterns(array), measure.kernel, measure.sigma)
    if not measure.debiased:
        # Double centring sees a kernel only through the distances k_ii + k_jj - 2 k_ij, whose own diagonal is zero.
        return cross_differences(kernel)
    vector = np.empty(len(kernel) * (len(kernel) - 1) // 2)
    start = 0
    for index in range(len(kernel) - 1):
        row = kernel[index, index + 1 :]
        vector[start : start + row.size] = row
        start += row.size
    return vector
