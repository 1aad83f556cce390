"""Constraints: where weights are put back to after every step of the optimiser."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ann.checks import positive
from ann.errors import InvalidTypeError, InvalidValueError
from ann.registry import Configurable, resolve

__all__ = ["Constraint", "MaxNorm", "NonNegative", "UnitNorm", "get"]


class Constraint(Configurable, ABC):
    """A set of weights that are allowed; `nearest` gives the one of them that is nearest to any weights."""

    @abstractmethod
    def nearest(self, weights: np.ndarray) -> np.ndarray:
        """Give the allowed weights that are nearest, in a new array."""


class _Norm(Constraint):
    def __init__(self, axis: Any = 0):
        kind = type(self).__name__
        axes = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
        for one in axes:
            if isinstance(one, bool) or not isinstance(one, (int, np.integer)):
                raise InvalidTypeError(f"{kind}.axis: must be an axis or a tuple of axes, got {axis!r}")
        self.axis: Any = axes if isinstance(axis, (tuple, list)) else axis

    def _norms(self, weights: np.ndarray) -> np.ndarray:
        axes = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        if not all(-weights.ndim <= one < weights.ndim for one in axes):
            raise InvalidValueError(f"{type(self).__name__}.axis: {self.axis} is none of weights {weights.shape}")
        norms: np.ndarray = np.sqrt(np.square(weights).sum(axis=axes, keepdims=True))
        return norms


class MaxNorm(_Norm):
    r"""Every unit's incoming weights are no longer than `max_value` (Srebro and Shraibman 2005, COLT).

    With dropout, Srivastava et al. (2014, JMLR 15) found 3 to 4 to serve.

    Parameters
    ----------
    max_value : float
        The largest Euclidean norm.
    axis : int or tuple of int
        Along which it is taken: 0 for a dense layer (feature, unit), ``(0, 1, 2)`` for a convolution.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the norm is not positive, or an axis is none.

    Examples
    --------
    >>> MaxNorm(1.0).nearest(np.array([[3.0, 0.3], [4.0, 0.4]]))
    array([[0.6, 0.3],
           [0.8, 0.4]])
    """

    def __init__(self, max_value: float = 2.0, axis: Any = 0):
        super().__init__(axis)
        self.max_value = positive(max_value, "MaxNorm.max_value")

    def nearest(self, weights: np.ndarray) -> np.ndarray:
        """Shorten what is too long."""
        return weights * (self.max_value / np.maximum(self._norms(weights), self.max_value))


class UnitNorm(_Norm):
    """Every unit's incoming weights have a Euclidean norm of 1; weights of nothing but 0 stay.

    Parameters
    ----------
    axis : int or tuple of int
        As in `MaxNorm`.
    """

    def nearest(self, weights: np.ndarray) -> np.ndarray:
        """Divide by the norm."""
        norms = self._norms(weights)
        return weights / np.where(norms > 0, norms, 1)


class NonNegative(Constraint):
    """No weight is negative."""

    def nearest(self, weights: np.ndarray) -> np.ndarray:
        """Cut at 0."""
        return np.maximum(weights, 0)


_CHOICES: dict[str, type[Constraint]] = {
    "max_norm": MaxNorm,
    "non_negative": NonNegative,
    "unit_norm": UnitNorm,
    "MaxNorm": MaxNorm,
    "NonNegative": NonNegative,
    "UnitNorm": UnitNorm,
}


def get(constraint: Any, what: str = "constraint") -> Constraint | None:
    """Give the constraint that a name stands for; None is none.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is none of that name, or it is not a name.

    Examples
    --------
    >>> get("max_norm")
    MaxNorm(max_value=2.0, axis=0)
    """
    return None if constraint is None else resolve(constraint, Constraint, _CHOICES, what)
