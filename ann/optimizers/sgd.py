"""Gradient descent, plain and with momentum."""

from typing import Any

import numpy as np

from ann.checks import share
from ann.optimizers.optimizer import Optimizer
from ann.products import constant

__all__ = ["SGD"]


class SGD(Optimizer):
    r"""Stochastic gradient descent: :math:`v \leftarrow \mu v - \eta g`, :math:`w \leftarrow w + v`.

    With Nesterov's momentum, :math:`w \leftarrow w + \mu v - \eta g` with the new :math:`v`
    (Sutskever et al. 2013, ICML, in the form that all packages use). Plain momentum is Polyak's (1964, USSR Comput.
    Math. Math. Phys. 4). As in Keras :math:`\eta` is within :math:`v`, where PyTorch multiplies it afterwards: the two
    differ only while a learning rate changes.

    Parameters
    ----------
    learning_rate : float or ann.schedules.Schedule
        :math:`\eta`.
    momentum : float
        :math:`\mu`, at least 0 and below 1.
    nesterov : bool
        Whether to look ahead.
    **common
        Weight decay and clipping; see `Optimizer`.

    Examples
    --------
    >>> weights = np.array([1.0])
    >>> SGD(0.5).step(weights, np.array([1.0]))
    >>> weights
    array([0.5])
    """

    def __init__(self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False, **common: Any):
        super().__init__(learning_rate, **common)
        self.momentum = share(momentum, "SGD.momentum")
        self.nesterov = bool(nesterov)

    def _move(self, weights: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        change = gradient * constant(-rate, gradient.dtype)
        if self.momentum:
            velocity = self._memory("velocity", weights)
            velocity *= self.momentum
            velocity += change
            if self.nesterov:
                change += self.momentum * velocity
            else:
                change = velocity
        weights += change
