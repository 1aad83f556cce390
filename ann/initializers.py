r"""Initial weights.

Glorot and Bengio (2010), AISTATS: variance :math:`2 / (n_{in} + n_{out})` keeps the scale of activity and of
gradients through linear layers. He et al. (2015), ICCV: :math:`2 / n_{in}` does so through rectified ones.
The fans of a convolution count its window: :math:`n_{in} = h\,w\,c`, :math:`n_{out} = h\,w\,f`.
"""

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ann.registry import Configurable, resolve

__all__ = ["GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Initializer", "Zeros", "get"]


class Initializer(Configurable, ABC):
    """Draws an array of initial weights; see `draw`."""

    @abstractmethod
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Give a float64 array; the last axis of `shape` is that of the outputs."""


class Zeros(Initializer):
    """Zero everywhere, for biases."""

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Give zeros."""
        return np.zeros(shape)


class GlorotUniform(Initializer):
    """Uniform with variance 2 / (fan in + fan out): Keras's default for kernels."""

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw from the uniform distribution of that variance."""
        return _uniform(_glorot(shape), shape, rng)


class GlorotNormal(Initializer):
    """Normal with variance 2 / (fan in + fan out)."""

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw from the normal distribution of that variance, untruncated."""
        return rng.normal(0, math.sqrt(_glorot(shape)), shape)


class HeUniform(Initializer):
    """Uniform with variance 2 / fan in."""

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw from the uniform distribution of that variance."""
        return _uniform(_he(shape), shape, rng)


class HeNormal(Initializer):
    """Normal with variance 2 / fan in."""

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw from the normal distribution of that variance, untruncated."""
        return rng.normal(0, math.sqrt(_he(shape)), shape)


_CHOICES = {
    "zeros": Zeros,
    "glorot_uniform": GlorotUniform,
    "glorot_normal": GlorotNormal,
    "he_uniform": HeUniform,
    "he_normal": HeNormal,
    **{kind.__name__: kind for kind in (Zeros, GlorotUniform, GlorotNormal, HeUniform, HeNormal)},
}


def get(initializer: Any, what: str = "initializer") -> Initializer:
    """Give the initialiser that a name stands for.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is none of that name, or it is not a name.

    Examples
    --------
    >>> get("he_normal").draw((3, 3, 1, 8), np.random.default_rng(0)).shape
    (3, 3, 1, 8)
    """
    return resolve(initializer, Initializer, _CHOICES, what)


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


def _glorot(shape: tuple[int, ...]) -> float:
    return 2 / sum(_fans(shape))


def _he(shape: tuple[int, ...]) -> float:
    return 2 / _fans(shape)[0]


def _uniform(variance: float, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    limit = math.sqrt(3 * variance)
    return rng.uniform(-limit, limit, shape)
