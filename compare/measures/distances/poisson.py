"""The Poisson distance: the symmetrised Kullback-Leibler divergence of independent Poisson counts.

Schütt et al. (2023), eLife 12:e82566, doi:10.7554/eLife.82566, as rsatoolbox computes it (without a factor 1/2).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError
from compare.measures.blocks import columns_at_once
from compare.measures.distances.differences import differences_of_products
from compare.measures.distances.distance import Distance
from compare.measures.patterns import checked_patterns
from compare.room import Extent

__all__ = ["Poisson", "check_prior", "regularised_rates"]


@dataclass(frozen=True)
class Poisson(Distance):
    """Symmetrised Kullback-Leibler divergence of Poisson counts, ``Σ (λ'_i - λ'_j)(ln λ'_i - ln λ'_j) / P``.

    ``λ' = (λ + λ₀w) / (1 + w)`` draws the mean counts towards a prior count, so that silence has a logarithm.

    Parameters
    ----------
    prior : float
        λ₀, above 0, in the units of the activity: spikes a trial.
    weight : float
        w, above 0: how many trials the prior is worth.

    Raises
    ------
    InvalidOptionError
        If one of them is not positive.

    Examples
    --------
    >>> Poisson()([[0, 4], [4, 0], [4, 0]]).round(3)
    array([13.504, 13.504,  0.   ])
    """

    prior: float = 1.0
    weight: float = 0.1

    name: ClassVar[str] = "poisson"
    invariances: ClassVar[frozenset[str]] = frozenset({"permutation"})
    homogeneous: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_prior(self.prior, self.weight)

    def _room(self, extent: Extent) -> int:
        return 2 * extent.square + 3 * extent.columns(4)

    def __call__(self, x: Any) -> np.ndarray:
        """Give 0 or more.

        Raises
        ------
        InvalidActivityError
            If there are negative numbers, which are no counts.
        """
        counts = checked_patterns(x)
        count, units = counts.shape
        products = np.zeros((count, count))
        step = columns_at_once(count, units, 4)
        for start in range(0, units, step):
            rates = regularised_rates(counts.columns(start, start + step), self.prior, self.weight)
            logarithms = np.log(rates)
            rates -= rates.mean(axis=0)
            logarithms -= logarithms.mean(axis=0)
            products += rates @ logarithms.T
            del rates, logarithms

        def exact(one: int, others: np.ndarray) -> np.ndarray:
            first = regularised_rates(counts.rows([one]), self.prior, self.weight)
            second = regularised_rates(counts.rows(others), self.prior, self.weight)
            return np.einsum("ij,ij->i", second - first, np.log(second) - np.log(first))

        products += products.T.copy()
        products /= 2
        distances = differences_of_products(products, exact, units)
        distances /= units
        return distances


def check_prior(prior: float, weight: float) -> None:
    """Refuse what gives silence no logarithm.

    Raises
    ------
    InvalidOptionError
        If one of the two is not positive.
    """
    for name, value in (("prior", prior), ("weight", weight)):
        if not 0 < value < np.inf:
            raise InvalidOptionError(f"{name}: must be positive and finite, got {value}")


def regularised_rates(counts: np.ndarray, prior: float, weight: float) -> np.ndarray:
    """Draw counts towards the prior.

    Raises
    ------
    InvalidActivityError
        If a count is negative.
    """
    if counts.min() < 0:
        raise InvalidActivityError(
            f"x: holds negative numbers (the least is {counts.min():.3g}), which are no counts; take another distance"
        )
    return (counts + prior * weight) / (1 + weight)
