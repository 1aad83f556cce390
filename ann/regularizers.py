r"""Penalties on weights, added to the loss: they are not divided by the size of a batch."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ann.checks import finite_number
from ann.registry import Configurable, resolve

__all__ = ["L1", "L1L2", "L2", "Regularizer", "get"]


class Regularizer(Configurable, ABC):
    """A penalty on an array of weights; see `value` and `gradient`."""

    @abstractmethod
    def value(self, weights: np.ndarray) -> float:
        """Give the penalty."""

    @abstractmethod
    def gradient(self, weights: np.ndarray) -> np.ndarray:
        """Give the penalty's gradient; at a weight of 0 the slope of its size is taken as 0.

        So a weight of 0 is not moved by an L1 penalty, as in PyTorch and Keras, and stays 0 until the loss moves it.
        """


class L1L2(Regularizer):
    r"""The penalty :math:`l_1 \sum |w| + l_2 \sum w^2`.

    Parameters
    ----------
    l1, l2 : float
        The two factors, not negative.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a factor is no number, negative or not finite.

    Examples
    --------
    >>> L1L2(l1=0.5, l2=0.25).value(np.array([1.0, -2.0]))
    2.75
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0):
        kind = type(self).__name__
        self.l1 = finite_number(l1, f"{kind}.l1", least=0)
        self.l2 = finite_number(l2, f"{kind}.l2", least=0)

    def value(self, weights: np.ndarray) -> float:
        """Give the penalty."""
        return float(self.l1 * np.abs(weights).sum() + self.l2 * np.square(weights).sum())

    def gradient(self, weights: np.ndarray) -> np.ndarray:
        r"""Give :math:`l_1 \operatorname{sign} w + 2 l_2 w`."""
        return self.l1 * np.sign(weights) + 2 * self.l2 * weights


class L1(L1L2):
    r"""The penalty :math:`l_1 \sum |w|`, which drives weights to 0."""

    def __init__(self, l1: float = 0.01):
        super().__init__(l1=l1)


class L2(L1L2):
    r"""The penalty :math:`l_2 \sum w^2`, which keeps weights small."""

    def __init__(self, l2: float = 0.01):
        super().__init__(l2=l2)


_CHOICES = {"l1": L1, "l2": L2, "l1_l2": L1L2, "L1": L1, "L2": L2, "L1L2": L1L2}


def get(regularizer: Any, what: str = "regularizer") -> Regularizer | None:
    """Give the regulariser that a name stands for; None is none.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is none of that name, or it is not a name.
    """
    return None if regularizer is None else resolve(regularizer, Regularizer, _CHOICES, what)
