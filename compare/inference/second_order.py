"""The jackknife of second order: what a quantity is without each stimulus, and without two of them.

Write a quantity of n stimuli as its mean, plus what each stimulus adds, plus what each two add beyond that: its
variance is ``V = V1 + V2`` (Hoeffding's decomposition). Leaving out each stimulus in turn gives ``V1 + 2 V2`` on
average (Efron and Stein 1981, doi:10.1214/aos/1176345462), twice the truth where two subjects are unrelated and pairs
of stimuli carry all. The second differences ``T - (T₋ᵢ + T₋ⱼ)(n - 1)/n + T₋ᵢⱼ(n - 2)/n`` are what pairs add, and 0
for a mean; their mean square times ``n(n - 1)/2`` is ``V2``, and the difference of the two is V: Efron and Stein's
corrected jackknife. All is computed with n, n - 1 or n - 2 stimuli: nothing is extrapolated from halves, in which a
measure may be another one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from compare.inference.intervals import quiet

__all__ = ["SecondOrder"]

MOST = 3.0
"""How many times the jackknife's variance that of pairs may be. It is half of it where pairs carry all, ``(k - 1)/2``
times where sets of k do, and far more where a quantity jumps with every other set, as by folds drawn anew."""
FEWEST_DEGREES = 4.0


@dataclass(frozen=True)
class SecondOrder:
    """A quantity without one stimulus, and without two.

    Parameters
    ----------
    value : numpy.ndarray
        With all stimuli, of shape (...).
    without_one : numpy.ndarray
        (left out, ...).
    without_two : numpy.ndarray
        (pair, ...).
    pairs : numpy.ndarray
        (pair, 2): the rows of `without_one` that left out the one and the other.
    stimuli : int
        How many there are; of very many only some are left out.

    Examples
    --------
    Of a mean it is the squared standard error.

    >>> x = np.random.default_rng(0).normal(size=40)
    >>> pairs = np.stack(np.triu_indices(40, 1), axis=1)
    >>> one = np.array([np.delete(x, i).mean() for i in range(40)])
    >>> two = np.array([np.delete(x, pair).mean() for pair in pairs])
    >>> found = SecondOrder(np.array(x.mean()), one, two, pairs, 40)
    >>> bool(np.isclose(found.variance, x.var(ddof=1) / 40))
    True
    """

    value: np.ndarray
    without_one: np.ndarray
    without_two: np.ndarray
    pairs: np.ndarray
    stimuli: int

    def map(self, function: Callable[[np.ndarray], np.ndarray]) -> "SecondOrder":
        """Give what `function` makes of the quantity; it sees the last axes only."""
        return replace(
            self,
            value=function(self.value),
            without_one=function(self.without_one),
            without_two=function(self.without_two),
        )

    def minus(self, other: "SecondOrder") -> "SecondOrder":
        """Give the difference of two quantities of the same stimuli."""
        return replace(
            self,
            value=self.value - other.value,
            without_one=self.without_one - other.without_one,
            without_two=self.without_two - other.without_two,
        )

    @property
    def jackknife(self) -> np.ndarray:
        """``V1 + 2 V2``, of shape (...)."""
        return quiet(lambda: (self.stimuli - 1) * self.without_one.var(axis=0))

    @property
    def of_pairs(self) -> np.ndarray:
        """``V2``, of shape (...)."""
        one, other = (self.without_one[self.pairs[:, side]] for side in (0, 1))
        n = self.stimuli
        with np.errstate(invalid="ignore"):
            second = self.value - (n - 1) / n * (one + other) + (n - 2) / n * self.without_two
            return n * (n - 1) / 2 * (second**2).mean(axis=0)

    @property
    def variance(self) -> np.ndarray:
        """``J - V2`` with J the jackknife's variance, at least J / 2; infinite where the quantity jumps.

        J / 2 is what is left where pairs carry all. V2 beyond J means that sets of three and more carry much, as with
        canonical correlations of many units; J² / (J + V2), which is below J / 2 then, goes on from there.
        """
        whole, pairs = self.jackknife, self.of_pairs
        known = whole + pairs > 0
        beyond = np.where(known, whole**2 / np.where(known, whole + pairs, 1.0), 0.0)
        with np.errstate(invalid="ignore"):
            return np.where(self._jumps, np.inf, np.maximum(whole - pairs, np.minimum(whole / 2, beyond)))

    @property
    def _jumps(self) -> np.ndarray:
        return quiet(lambda: self.of_pairs > MOST * self.jackknife)

    @property
    def degrees(self) -> np.ndarray:
        """How many degrees of freedom the variance has, of shape (...).

        The jackknife's variance is that of n numbers, one a stimulus. With kurtosis κ it has itself the variance
        ``σ⁴(κ - 1)/n``, that of ``2n/(κ - 1)`` degrees of freedom; n - 1 are given at most. Where a few stimuli carry
        all, few are left.
        """
        rows = len(self.without_one)
        with np.errstate(invalid="ignore"):
            deviation = self.without_one - self.without_one.mean(axis=0)
        second, fourth = (deviation**2).mean(axis=0), (deviation**4).mean(axis=0)
        beyond = fourth - second**2  # (κ - 1) σ⁴, 0 or more
        effective = np.where(beyond > 0, 2 * rows * second**2 / np.where(beyond > 0, beyond, 1.0), rows)
        return np.where(self._jumps, rows - 1, np.clip(effective, FEWEST_DEGREES, rows - 1))
