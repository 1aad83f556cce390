"""Centred kernel alignment.

Kornblith et al. (2019), ICML, arXiv:1905.00414. The debiased form takes the unbiased estimator of the
Hilbert-Schmidt independence criterion of Song et al. (2012), JMLR 13:1393-1434, written with the U-centred
matrices of Székely and Rizzo (2014), Annals of Statistics 42:2382-2412, doi:10.1214/14-AOS1255.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.errors import InvalidOptionError
from compare.measures.blocks import Patterns
from compare.measures.distances.differences import squared_differences, summed_products
from compare.measures.invariances import invariant_to
from compare.measures.measure import StimulusMeasure, warn_of_bias
from compare.measures.patterns import CONSTANT, centred, checked_pair
from compare.room import FIXED, extent_of, require_room
from isocortex.errors import nearest

__all__ = ["CKA", "aligned_by_products", "cka", "kernel_matrix", "median_distance", "u_centred"]

KERNELS = ("linear", "rbf")


@dataclass(frozen=True)
class CKA(StimulusMeasure):
    """Centred kernel alignment: the cosine of two centred kernel matrices over stimuli.

    Parameters
    ----------
    kernel : str
        ``"linear"``, or ``"rbf"``: ``exp(-d² / 2σ²)``.
    debiased : bool
        True: ratio of unbiased estimates, about 0 for independent data, possibly negative. False: as first
        published, which tends to 1 for independent data when units outnumber stimuli.
    sigma : float, optional
        Width of the rbf kernel, in units of activity; by default the median distance of two stimuli.

    Raises
    ------
    InvalidOptionError
        If there is no such kernel, or `sigma` is not positive.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(50, 5))
    >>> round(CKA().fit(x, x).score(x, -2 * x), 6)
    1.0
    """

    kernel: str = "linear"
    debiased: bool = True
    sigma: float | None = None

    invariances: ClassVar[frozenset[str]] = frozenset({"translation", "scale", "permutation", "rotation"})

    def __post_init__(self) -> None:
        if self.kernel not in KERNELS:
            raise InvalidOptionError(f"kernel: there is no {self.kernel!r}; {nearest(self.kernel, KERNELS)}")
        if self.sigma is not None and not self.sigma > 0:
            raise InvalidOptionError(f"sigma: must be positive, got {self.sigma}")

    @property
    def label(self) -> str:
        """The measure in words."""
        return f"{'debiased ' if self.debiased else ''}{self.kernel} CKA"

    @property
    def least_stimuli(self) -> int:
        """Four for the unbiased estimate, which divides by n(n-3); else 2."""
        return 4 if self.debiased else 2

    @property
    def grows_with_units(self) -> bool:
        """Only the form as first published."""
        return not self.debiased

    def score(self, x: Any, y: Any) -> float:
        """Compare the two on these stimuli, read some units at a time.

        Raises
        ------
        InvalidActivityError, ActivityTypeError, TooFewStimuliError
            If the activity cannot be used.
        """
        a, b = checked_pair(x, y, self.least_stimuli)
        require_room(self.room(x, y), self.label)
        if self.grows_with_units:
            warn_of_bias(self.label, a, b)
        return self._of(a, b)

    def of_patterns(self, x: np.ndarray, y: np.ndarray) -> float:
        """Give at most 1; NaN where `aligned_by_products` gives it."""
        return self._of(Patterns(x[:, None]), Patterns(y[:, None]))

    def _of(self, x: Patterns, y: Patterns) -> float:
        return float(aligned_by_products(*self.products(x, y, (self.sigma, self.sigma)))[0, 1])

    def room(self, x: Any, y: Any) -> int:
        """Give how many bytes comparing two subjects takes at most beside the activity."""
        extents = extent_of(x), extent_of(y)
        linear = self.kernel == "linear"
        blocks = max(one.columns() + (one.reading if linear else 0) for one in extents)
        return FIXED + 4 * extents[0].square + blocks

    def products(self, x: Patterns, y: Patterns, widths: Sequence[float | None]) -> tuple[np.ndarray, np.ndarray]:
        """Give the summed products of both centred kernels, as `aligned_by_products` takes them.

        Parameters
        ----------
        x, y : Patterns
            Of both subjects.
        widths : sequence of float or None
            Of the rbf kernels, in place of `sigma`.

        Returns
        -------
        numpy.ndarray
            (subject, subject).
        numpy.ndarray
            (subject,): the sum of squares of what was centred.
        """
        count = x.shape[0]
        kernels, squared = np.empty((2, count, count)), np.empty(2)
        for index, (patterns, width) in enumerate(zip((x, y), widths, strict=True)):
            kernels[index] = kernel_matrix(patterns, self.kernel, width)
            if self.debiased:
                np.fill_diagonal(kernels[index], 0.0)
            squared[index] = np.vdot(kernels[index], kernels[index])
            (_u_centre if self.debiased else _double_centre)(kernels[index])
        flat = kernels.reshape(2, -1)
        return flat @ flat.T, squared


@invariant_to(*CKA.invariances)
def cka(x: Any, y: Any, kernel: str = "linear", debiased: bool = True, sigma: float | None = None) -> float:
    """Compute the centred kernel alignment of two subjects.

    Parameters
    ----------
    x, y : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit), of which the mean over trials is taken.
    kernel, debiased, sigma
        See `CKA`.

    Returns
    -------
    float
        At most 1; the debiased form may be negative. NaN if one of the two does not vary over stimuli, or (debiased) if
        all its pairs of stimuli are equally alike.

    Raises
    ------
    InvalidOptionError
        If there is no such kernel, or `sigma` is not positive.
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used; the debiased form needs 4 stimuli, the other 2.

    Warns
    -----
    BiasWarning
        If units outnumber stimuli and `debiased` is False.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(50, 500)), rng.normal(size=(50, 500))
    >>> round(cka(x, y), 1) + 0
    0.0
    """
    return CKA(kernel, debiased, sigma)(x, y)


def aligned_by_products(products: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Give the cosines of centred kernels, from their summed products.

    Parameters
    ----------
    products : numpy.ndarray
        (subject, subject).
    sizes : numpy.ndarray
        (subject,): the sum of squares of each kernel before it was centred.

    Returns
    -------
    numpy.ndarray
        (subject, subject). NaN where one of the two has nothing left but rounding: it does not vary over stimuli, or
        (debiased) all its pairs of stimuli are equally alike, as where each unit answers to a stimulus of its own.
    """
    squared = np.where(np.diag(products) > CONSTANT**2 * sizes, np.diag(products), np.nan)
    length = np.sqrt(squared)
    return np.clip(products / length[:, None] / length, -1.0, 1.0)


def u_centred(kernel: np.ndarray) -> np.ndarray:
    """Remove row and column effects from the off-diagonal of a kernel matrix, without bias.

    The result is the least-squares residual of the off-diagonal entries on ``a_i + a_j``; the mean product of two
    such matrices over ``n(n-3)`` is Song's estimator.

    Parameters
    ----------
    kernel : numpy.ndarray
        (stimulus, stimulus), symmetric; the diagonal is not read. At least 4 stimuli.

    Returns
    -------
    numpy.ndarray
        (stimulus, stimulus), zero diagonal, rows that sum to zero.
    """
    result = np.array(kernel, dtype=np.float64)
    np.fill_diagonal(result, 0.0)
    _u_centre(result)
    return result


def _u_centre(hollow: np.ndarray) -> None:
    """Do the same in place to a matrix whose diagonal is zero."""
    n = len(hollow)
    sums = hollow.sum(axis=1)
    rows = sums / (n - 2)
    hollow -= rows[:, None]
    hollow -= rows - sums.sum() / ((n - 1) * (n - 2))
    np.fill_diagonal(hollow, 0.0)


def _double_centre(kernel: np.ndarray) -> None:
    kernel -= kernel.mean(axis=0)
    kernel -= kernel.mean(axis=1, keepdims=True)


def kernel_matrix(patterns: Patterns, kernel: str = "linear", sigma: float | None = None) -> np.ndarray:
    """Give the kernel of every two stimuli, each unit's mean removed; all zeros for a subject that does not vary.

    Parameters
    ----------
    patterns : Patterns
        Read some units at a time.
    kernel, sigma
        See `CKA`.

    Returns
    -------
    numpy.ndarray
        (stimulus, stimulus).
    """
    # The mean is removed first for the digits' sake: the centring of the kernel would do it at a loss.
    if kernel == "linear":
        return summed_products(patterns, centred)
    from scipy.spatial.distance import squareform

    squared = squared_differences(patterns)
    if not squared.any():
        return np.zeros((patterns.shape[0],) * 2)
    width = np.median(squared[squared > 0]) if sigma is None else sigma**2
    squared /= -2 * width
    square = squareform(np.exp(squared, out=squared))
    np.fill_diagonal(square, 1.0)
    return square


def median_distance(patterns: Patterns) -> float | None:
    """Give the median distance of two stimuli that differ, the rbf kernel's width; None if none do."""
    squared = squared_differences(patterns)
    return float(np.sqrt(np.median(squared[squared > 0]))) if squared.any() else None
