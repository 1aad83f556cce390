"""Lion, whose steps are all of one size."""

from typing import Any

import numpy as np

from ann.checks import share
from ann.optimizers.optimizer import Optimizer

__all__ = ["Lion"]


class Lion(Optimizer):
    r"""Evolved sign momentum (Chen et al. 2023, NeurIPS, algorithm 2).

    .. math::
        w \leftarrow w - \eta \operatorname{sign}(\beta_1 m + (1 - \beta_1) g) \qquad
        m \leftarrow \beta_2 m + (1 - \beta_2) g

    Every weight moves by :math:`\eta`, so a learning rate 3 to 10 times smaller than Adam's serves, and a weight decay
    as many times larger. There is no :math:`\epsilon`.

    Parameters
    ----------
    learning_rate : float or ann.schedules.Schedule
        :math:`\eta`.
    beta_1, beta_2 : float
        At least 0 and below 1.
    **common
        Weight decay and clipping; see `Optimizer`.
    """

    def __init__(self, learning_rate: Any = 0.0003, beta_1: float = 0.9, beta_2: float = 0.99, **common: Any):
        super().__init__(learning_rate, **common)
        self.beta_1 = share(beta_1, "Lion.beta_1")
        self.beta_2 = share(beta_2, "Lion.beta_2")

    def _move(self, weights: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        from ann import fast

        factors = rate, self.beta_1, 1 - self.beta_1, self.beta_2, 1 - self.beta_2
        fast.lion_step(weights, gradient, self._memory("mean", weights), *map(weights.dtype.type, factors))
