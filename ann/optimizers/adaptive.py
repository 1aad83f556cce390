"""Step sizes of every weight's own, from the squares of its gradients."""

from typing import Any

import numpy as np

from ann.checks import finite_number, positive, share
from ann.optimizers.optimizer import Optimizer

__all__ = ["Adagrad", "RMSprop"]


class Adagrad(Optimizer):
    r"""Adagrad (Duchi, Hazan and Singer 2011, JMLR 12): steps shrink with the sum of squares so far.

    .. math::
        s \leftarrow s + g^2 \qquad w \leftarrow w - \eta \frac{g}{\sqrt{s} + \epsilon}

    :math:`\epsilon` stands outside the root, as in PyTorch and ONNX; Keras puts it inside.

    Parameters
    ----------
    learning_rate : float or ann.schedules.Schedule
        :math:`\eta`.
    initial_accumulator_value : float
        What :math:`s` begins with. The 0.1 is Keras's; PyTorch's is 0.
    epsilon : float
        :math:`\epsilon`.
    **common
        Weight decay and clipping; see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-8,
        **common: Any,
    ):
        super().__init__(learning_rate, **common)
        what = "Adagrad.initial_accumulator_value"
        self.initial_accumulator_value = finite_number(initial_accumulator_value, what, least=0)
        self.epsilon = positive(epsilon, "Adagrad.epsilon")

    def _move(self, weights: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        from ann import fast

        square = self._memory("square", weights, self.initial_accumulator_value)
        fast.adagrad_step(weights, gradient, square, *map(weights.dtype.type, (rate, self.epsilon)))


class RMSprop(Optimizer):
    r"""RMSprop (Hinton 2012, lecture 6e of his course): steps shrink with the recent squares.

    .. math::
        s \leftarrow \rho s + (1 - \rho) g^2 \qquad
        v \leftarrow \mu v + \eta \frac{g}{\sqrt{s} + \epsilon} \qquad w \leftarrow w - v

    Centred (Graves 2013, arXiv:1308.0850), the root is of :math:`s - m^2` with
    :math:`m \leftarrow \rho m + (1 - \rho) g`, an estimate of the variance. :math:`\epsilon` stands outside the root,
    as in PyTorch; Keras puts it inside.

    Parameters
    ----------
    learning_rate : float or ann.schedules.Schedule
        :math:`\eta`.
    rho : float
        :math:`\rho`, at least 0 and below 1.
    momentum : float
        :math:`\mu`, at least 0 and below 1.
    epsilon : float
        :math:`\epsilon`.
    centered : bool
        Whether the mean is taken off.
    **common
        Weight decay and clipping; see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-8,
        centered: bool = False,
        **common: Any,
    ):
        super().__init__(learning_rate, **common)
        self.rho = share(rho, "RMSprop.rho")
        self.momentum = share(momentum, "RMSprop.momentum")
        self.epsilon = positive(epsilon, "RMSprop.epsilon")
        self.centered = bool(centered)

    def _move(self, weights: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        from ann import fast

        # An array of no length stands for what is not wanted.
        none = np.empty(0, weights.dtype)
        memories = (
            self._memory("square", weights),
            self._memory("mean", weights) if self.centered else none,
            self._memory("velocity", weights) if self.momentum else none,
        )
        factors = rate, self.rho, 1 - self.rho, self.momentum, self.epsilon
        fast.rmsprop_step(weights, gradient, *memories, *map(weights.dtype.type, factors))
