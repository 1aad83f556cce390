"""CKA from mini-batches of stimuli, for activity that does not fit into memory, or for a great many stimuli.

Nguyen, Raghu and Kornblith (2021), ICLR, arXiv:2010.15327: the three Hilbert-Schmidt criteria are averaged over the
batches before their ratio is taken. The debiased criterion expects the same of a batch as of all stimuli, so that the
ratio tends to CKA of all of them whatever the size of the batches; the ratio's average would not.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.checks import check_count
from compare.errors import ActivityTypeError, DataError, InvalidActivityError, TooFewStimuliError
from compare.measures.blocks import Patterns
from compare.measures.invariances import invariant_to
from compare.measures.kernel_alignment import CKA, aligned_by_products, median_distance
from compare.measures.measure import Measure, warn_of_bias
from compare.measures.patterns import checked_pair
from isocortex.seeds import generator

__all__ = ["MinibatchCKA", "cka_of_batches", "minibatch_cka"]


def cka_of_batches(
    batches: Iterable[tuple[Any, Any]], kernel: str = "linear", debiased: bool = True, sigma: float | None = None
) -> float:
    """Compute the centred kernel alignment of two subjects from batches of stimuli, one at a time in memory.

    Parameters
    ----------
    batches : iterable of (x, y)
        Activities (stimulus, unit) or (stimulus, trial, unit) of both subjects before the same stimuli, other stimuli
        in every batch. Stimuli should be in random order: a batch of one class says nothing on the others.
    kernel, debiased, sigma
        See `CKA`. By default the rbf kernel's width is the median distance in the first batch, for all of them.

    Returns
    -------
    float
        Each criterion is averaged over the batches, weighted by n(n-3) pairs (debiased) or (n-1)², so that a short
        last batch adds no noise. At most 1; NaN if one subject does not vary.

    Raises
    ------
    InvalidOptionError
        If there is no such kernel, or `sigma` is not positive.
    TooFewStimuliError, InvalidActivityError, ActivityTypeError
        If there is no batch, or one cannot be used; the message says which. The debiased form needs 4 stimuli in each.

    Warns
    -----
    BiasWarning
        If units outnumber a batch's stimuli and `debiased` is False.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(400, 30))
    >>> y = x + rng.normal(size=(400, 30))
    >>> bool(abs(cka_of_batches(zip(np.split(x, 10), np.split(y, 10))) - CKA()(x, y)) < 0.05)
    True
    """
    measure = CKA(kernel, debiased, sigma)
    products, sizes = np.zeros((2, 2)), np.zeros(2)
    widths: list[float | None] = []
    units: tuple[int, ...] = ()
    for number, pair in enumerate(batches):
        x, y = _checked(pair, number, measure.least_stimuli)
        units = units or (x.shape[1], y.shape[1])
        if (x.shape[1], y.shape[1]) != units:
            raise InvalidActivityError(
                f"batch {number}: has {x.shape[1]} and {y.shape[1]} units, batch 0 {units[0]} and {units[1]}"
            )
        if number == 0 and measure.grows_with_units:
            warn_of_bias(f"{measure.label} of batches", x, y)
        if kernel == "rbf" and sigma is None and not widths:
            widths = [median_distance(patterns) for patterns in (x, y)]
        batch_products, batch_sizes = measure.products(x, y, widths or [sigma, sigma])
        products += batch_products
        sizes += batch_sizes
    if not units:
        raise TooFewStimuliError("batches: there is none")
    return float(aligned_by_products(products, sizes)[0, 1])


@dataclass(frozen=True)
class MinibatchCKA(Measure):
    """CKA of activity too large for memory: from random batches of stimuli, which alone are read.

    The debiased form estimates the same as `CKA` of all stimuli, with more noise; the form as first published grows as
    batches shrink.

    Parameters
    ----------
    batch : int
        Stimuli a batch, at least; all batches are of about one size.
    kernel, debiased, sigma
        See `cka_of_batches`.
    seed : int
        Of the batches: which stimuli come together.

    Raises
    ------
    InvalidOptionError
        If there is no such kernel, `sigma` is not positive, or `batch` is too small.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(400, 30))
    >>> round(MinibatchCKA(batch=50)(x, 3 * x), 6)
    1.0
    """

    batch: int = 256
    kernel: str = "linear"
    debiased: bool = True
    sigma: float | None = None
    seed: int = 0

    invariances: ClassVar[frozenset[str]] = CKA.invariances
    by_chance: ClassVar[bool] = True

    def __post_init__(self) -> None:
        least = CKA(self.kernel, self.debiased, self.sigma).least_stimuli
        check_count("batch", self.batch, least)

    @property
    def label(self) -> str:
        """The measure in words."""
        return f"{CKA(self.kernel, self.debiased).label} (batches of {self.batch})"

    @property
    def least_stimuli(self) -> int:
        """Four for the unbiased estimate, which divides by n(n-3); else 2."""
        return CKA(self.kernel, self.debiased).least_stimuli

    @property
    def grows_with_units(self) -> bool:
        """Only the form as first published."""
        return not self.debiased

    def fit(self, x: Any, y: Any) -> "MinibatchCKA":
        """Check that both have as many stimuli; there is nothing to learn."""
        _length(x, y)
        return self

    def score(self, x: Any, y: Any) -> float:
        """Compare the two on these stimuli, of which only one batch at a time is read.

        Parameters
        ----------
        x, y : array-like
            (stimulus, unit) or (stimulus, trial, unit): whatever gives its rows at an array of indices, as NumPy's
            memory maps and h5py's data sets do, or a DataArray with an axis "stimulus".

        Raises
        ------
        InvalidActivityError, ActivityTypeError, TooFewStimuliError
            If the activity cannot be used.
        """
        return cka_of_batches(self._batches(x, y), self.kernel, self.debiased, self.sigma)

    def _batches(self, x: Any, y: Any) -> Iterator[tuple[Any, Any]]:
        stimuli = _length(x, y)
        order = generator(self.seed, "mini-batches").permutation(stimuli)
        for batch in np.array_split(order, max(stimuli // self.batch, 1)):
            batch.sort()  # files are read forwards, and some refuse anything else
            yield _rows(x, batch), _rows(y, batch)


@invariant_to(*MinibatchCKA.invariances)
def minibatch_cka(
    x: Any,
    y: Any,
    batch: int = 256,
    kernel: str = "linear",
    debiased: bool = True,
    sigma: float | None = None,
    seed: int = 0,
) -> float:
    """Compute the centred kernel alignment of two subjects from random batches of stimuli.

    Parameters
    ----------
    x, y : array-like
        See `MinibatchCKA.score`.
    batch, kernel, debiased, sigma, seed
        See `MinibatchCKA`.

    Returns
    -------
    float
        At most 1; NaN if one subject does not vary.

    Raises
    ------
    InvalidOptionError
        If there is no such kernel, `sigma` is not positive, or `batch` is too small.
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used.

    Warns
    -----
    BiasWarning
        If units outnumber a batch's stimuli and `debiased` is False.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(2, 1000, 500))
    >>> round(minibatch_cka(x, y, batch=100), 1) + 0
    0.0
    """
    return MinibatchCKA(batch, kernel, debiased, sigma, seed)(x, y)


def _checked(pair: Any, number: int, least: int) -> tuple[Patterns, Patterns]:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise ActivityTypeError(f"batch {number}: must be a pair (x, y), got {type(pair).__name__}")
    try:
        return checked_pair(pair[0], pair[1], least)
    except (DataError, ActivityTypeError) as error:
        raise type(error)(f"batch {number}: {error}") from error


def _length(x: Any, y: Any) -> int:
    for name, array in (("x", x), ("y", y)):
        if not hasattr(array, "__len__") or not getattr(array, "ndim", 1):
            raise ActivityTypeError(f"{name}: must be activity (stimulus[, trial], unit), got {type(array).__name__}")
    stimuli = [array.sizes["stimulus"] if _named(array) else len(array) for array in (x, y)]
    if stimuli[0] != stimuli[1]:
        raise InvalidActivityError(f"x has {stimuli[0]} stimuli and y has {stimuli[1]}: both must see the same stimuli")
    return int(stimuli[0])


def _named(array: Any) -> bool:
    return hasattr(array, "isel") and "stimulus" in array.dims


def _rows(array: Any, index: np.ndarray) -> Any:
    if _named(array):
        return array.isel(stimulus=index)
    return array[index] if hasattr(array, "shape") else np.asarray(array)[index]
