"""Weights that share a fixed total."""

from dataclasses import dataclass

import numpy as np

from brainsim.plasticity.rule import checked_bound

__all__ = ["WeightNormalization"]


@dataclass(frozen=True)
class WeightNormalization:
    """The weights onto each target are scaled so that they sum to `total`: ``w  <-  w * total / sum of w``.

    :func:`brainsim.learn` does so before every stimulus; nothing else does. Where all weights onto a target are 0 they
    stay. A weight that would pass the bound of its plasticity stops there, and the sum falls short by what is missing.

    Parameters
    ----------
    total : float
        In the receptor's unit; negative where weights are.

    Raises
    ------
    ParameterError, KindError
        If it is 0, or no number.

    Examples
    --------
    >>> WeightNormalization(total=6).normalized(np.array([1.0, 2.0, 5.0]), np.array([0, 0, 1]))
    array([2., 4., 6.])
    """

    total: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", checked_bound(self.total, "WeightNormalization.total"))

    def normalized(self, weights: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Give the scaled weights.

        Parameters
        ----------
        weights : numpy.ndarray (synapse)
            In the unit of `total`.
        targets : numpy.ndarray of int (synapse)
            Target unit of each synapse.
        """
        sums = np.bincount(targets, weights)
        factors = np.divide(self.total, sums, out=np.ones_like(sums), where=sums != 0)
        return weights * factors[targets]
