"""Optimisers: how weights move along their gradients.

A model keeps all its weights in one flat array, so a step is a few operations however many layers there are.
An optimiser's own memory (velocities, moments) stands in `Optimizer.state` as arrays of the same length.
"""

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ann import schedules
from ann.errors import InvalidValueError
from ann.registry import Configurable, resolve

__all__ = ["SGD", "Adam", "Optimizer", "get"]


class Optimizer(Configurable, ABC):
    """Moves weights; `step` does it in place.

    Attributes
    ----------
    learning_rate : float or ann.schedules.Schedule
        May be changed between steps.
    iterations : int
        Steps taken so far.
    state : dict of str to numpy.ndarray
        The optimiser's memory, as long as the weights.
    """

    def __init__(self, learning_rate: Any):
        self.learning_rate = schedules.get(learning_rate, f"{type(self).__name__}.learning_rate")
        self.iterations = 0
        self.state: dict[str, np.ndarray] = {}

    def reset(self) -> None:
        """Forget every step taken."""
        self.iterations = 0
        self.state = {}

    def step(self, weights: np.ndarray, gradient: np.ndarray) -> None:
        """Change the flat `weights` in place, by one step along the flat `gradient`."""
        rate = self.learning_rate
        self._move(weights, gradient, rate(self.iterations) if isinstance(rate, schedules.Schedule) else rate)
        self.iterations += 1

    @abstractmethod
    def _move(self, weights: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        """Change `weights` in place; `iterations` is the number of earlier steps."""

    def _memory(self, name: str, weights: np.ndarray) -> np.ndarray:
        if name not in self.state:
            self.state[name] = np.zeros_like(weights)
        return self.state[name]


class SGD(Optimizer):
    r"""Stochastic gradient descent: :math:`v \leftarrow \mu v - \eta g`, :math:`w \leftarrow w + v`.

    With Nesterov's momentum, :math:`w \leftarrow w + \mu v - \eta g` with the new :math:`v`
    (Sutskever et al. 2013, ICML, in the form that all packages use).

    Parameters
    ----------
    learning_rate : float or ann.schedules.Schedule
        :math:`\eta`.
    momentum : float
        :math:`\mu`, at least 0 and below 1.
    nesterov : bool
        Whether to look ahead.

    Examples
    --------
    >>> weights = np.array([1.0])
    >>> SGD(0.5).step(weights, np.array([1.0]))
    >>> weights
    array([0.5])
    """

    def __init__(self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False):
        super().__init__(learning_rate)
        self.momentum = _share(momentum, "SGD.momentum")
        self.nesterov = bool(nesterov)

    def _move(self, weights: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        change = gradient * -rate
        if self.momentum:
            velocity = self._memory("velocity", weights)
            velocity *= self.momentum
            velocity += change
            if self.nesterov:
                change += self.momentum * velocity
            else:
                change = velocity
        weights += change


class Adam(Optimizer):
    r"""Adam (Kingma and Ba 2015, ICLR, algorithm 1).

    .. math::
        m \leftarrow \beta_1 m + (1 - \beta_1) g \qquad v \leftarrow \beta_2 v + (1 - \beta_2) g^2 \qquad
        w \leftarrow w - \eta \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    :math:`\epsilon` stands outside the root of the corrected :math:`v`, as in algorithm 1 and in PyTorch. Keras puts it
    beside the uncorrected one, so its :math:`\epsilon` acts :math:`1 / \sqrt{1 - \beta_2^t}` times as strongly in the
    first steps (32 times in the very first).

    Parameters
    ----------
    learning_rate : float or ann.schedules.Schedule
        :math:`\eta`.
    beta_1, beta_2 : float
        How slowly the two moments forget, at least 0 and below 1.
    epsilon : float
        :math:`\epsilon`.
    """

    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8):
        super().__init__(learning_rate)
        self.beta_1 = _share(beta_1, "Adam.beta_1")
        self.beta_2 = _share(beta_2, "Adam.beta_2")
        self.epsilon = schedules.positive(epsilon, "Adam.epsilon")

    def _move(self, weights: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        from ann import fast

        mean, square = self._memory("mean", weights), self._memory("square", weights)
        step = self.iterations + 1
        factors = (
            rate,
            self.beta_1,
            1 - self.beta_1,
            self.beta_2,
            1 - self.beta_2,
            1 / (1 - self.beta_1**step),
            1 / (1 - self.beta_2**step),
            self.epsilon,
        )
        fast.adam_step(weights, gradient, mean, square, *map(weights.dtype.type, factors))


_CHOICES = {"sgd": SGD, "adam": Adam, "SGD": SGD, "Adam": Adam}


def get(optimizer: Any, what: str = "optimizer") -> Optimizer:
    """Give the optimiser that a name stands for.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is none of that name, or it is not a name.

    Examples
    --------
    >>> get("sgd")
    SGD(learning_rate=0.01, momentum=0.0, nesterov=False)
    """
    return resolve(optimizer, Optimizer, _CHOICES, what)


def _share(value: float, what: str) -> float:
    if isinstance(value, (str, bool)) or not (0 <= value < 1 and math.isfinite(value)):
        raise InvalidValueError(f"{what}: must be at least 0 and below 1, got {value!r}")
    return value
