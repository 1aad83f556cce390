"""Losses that compare distributions and rates."""

from typing import Any

import numpy as np

from ann.activations import Softmax
from ann.errors import DataError
from ann.losses.categorical import distributions, floored
from ann.losses.loss import Loss, numbers

__all__ = ["KLDivergence", "Poisson"]


class KLDivergence(Loss):
    r"""The divergence :math:`\sum_i t_i \log (t_i / p_i)` (Kullback and Leibler 1951, Ann. Math. Stat. 22).

    It is the categorical cross-entropy less the targets' own entropy, so that it is 0 where both agree; targets and
    outputs (stimulus, class) sum to 1.

    Parameters
    ----------
    reduction : str
        See `Loss`.
    """

    partner = Softmax

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give probabilities in the shape of the outputs."""
        return distributions(y, outputs, "kl_divergence")

    def each(self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Give the loss and its gradient."""
        inside = floored(outputs)
        values = (targets * np.log(floored(targets) / inside)).sum(axis=-1)
        return values, outputs - targets if fused else -targets / inside


class Poisson(Loss):
    r"""The mean of :math:`y - t \log y` over the outputs.

    It is the negative logarithm of the Poisson likelihood of the counts :math:`t` at the rates :math:`y > 0`, less
    what does not depend on :math:`y`.

    Parameters
    ----------
    reduction : str
        See `Loss`.
    """

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give counts (or other numbers that are not negative) in the shape of the outputs."""
        targets = numbers(y, outputs, "poisson")
        if targets.size and not targets.min() >= 0:
            raise DataError(f"targets of poisson: must not be negative, got {targets.min():g}")
        return targets

    def each(self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Give the loss and :math:`1 - t / y` over the number of outputs."""
        inside = floored(outputs)
        return (outputs - targets * np.log(inside)).mean(axis=-1), (1 - targets / inside) / outputs.shape[-1]
