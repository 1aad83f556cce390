r"""Initial weights.

Glorot and Bengio (2010), AISTATS: variance :math:`2 / (n_{in} + n_{out})` keeps the scale of activity and of
gradients through linear layers. He et al. (2015), ICCV: :math:`2 / n_{in}` does so through rectified ones. LeCun et al.
(1998): :math:`1 / n_{in}` does so forward, through linear and SELU ones.
The fans of a convolution count its window: :math:`n_{in} = h\,w\,c`, :math:`n_{out} = h\,w\,f`.

As in Keras, the normal ones of these are cut off at two standard deviations, and drawn wider by 1 / 0.8796, so that
after the cut the variance is the one that the name promises (PyTorch does not cut).
"""

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ann.checks import finite_number
from ann.errors import InvalidValueError, ShapeError
from ann.registry import Configurable, resolve
from isocortex.errors import nearest

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "get",
]

Shape = tuple[int, ...]

CUT = 0.8796256610342398
"""The standard deviation of a standard normal variable that is cut off at -2 and 2."""


class Initializer(Configurable, ABC):
    """Draws an array of initial weights; see `draw`."""

    @abstractmethod
    def draw(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        """Give a float64 array; the last axis of `shape` is that of the outputs.

        Raises
        ------
        ShapeError
            If there are no weights of that kind in this shape.
        """


class Constant(Initializer):
    """One number everywhere.

    Parameters
    ----------
    value : float
        The number.
    """

    def __init__(self, value: float = 0.0):
        self.value = finite_number(value, "Constant.value")

    def draw(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        """Give an array full of it."""
        return np.full(shape, self.value)


class Zeros(Initializer):
    """Zero everywhere, for biases."""

    def draw(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        """Give zeros."""
        return np.zeros(shape)


class Ones(Initializer):
    """One everywhere, for the scale of a normalisation."""

    def draw(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        """Give ones."""
        return np.ones(shape)


class RandomNormal(Initializer):
    """Normal.

    Parameters
    ----------
    mean, stddev : float
        Of the distribution; `stddev` is at least 0.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05):
        self.mean = finite_number(mean, "RandomNormal.mean")
        self.stddev = finite_number(stddev, "RandomNormal.stddev", least=0)

    def draw(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        """Draw from the normal distribution."""
        return rng.normal(self.mean, self.stddev, shape)


class TruncatedNormal(Initializer):
    """Normal, cut off at two standard deviations from the mean; what is left spreads over 0.8796 `stddev`.

    Parameters
    ----------
    mean, stddev : float
        Of the distribution before the cut; `stddev` is at least 0.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05):
        self.mean = finite_number(mean, "TruncatedNormal.mean")
        self.stddev = finite_number(stddev, "TruncatedNormal.stddev", least=0)

    def draw(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        """Draw from the normal distribution between -2 and 2, shifted and scaled."""
        return self.mean + self.stddev * _truncated(shape, rng)


class RandomUniform(Initializer):
    """Uniform between two numbers.

    Parameters
    ----------
    minval, maxval : float
        The numbers, the smaller first.

    Raises
    ------
    InvalidValueError
        If `maxval` is below `minval`.
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05):
        self.minval = finite_number(minval, "RandomUniform.minval")
        self.maxval = finite_number(maxval, "RandomUniform.maxval")
        if self.maxval < self.minval:
            raise InvalidValueError(f"RandomUniform.maxval: must be at least minval {minval}, got {maxval}")

    def draw(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        """Draw from the uniform distribution."""
        return rng.uniform(self.minval, self.maxval, shape)


class _Scaled(Initializer):
    """Weights whose variance is `scale` over the fan that `mode` names."""

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "truncated_normal"

    def draw(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        """Draw from the distribution of that variance."""
        fan_in, fan_out = _fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / fan
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return rng.uniform(-limit, limit, shape)
        if self.distribution == "untruncated_normal":
            return rng.normal(0, math.sqrt(variance), shape)
        return math.sqrt(variance) / CUT * _truncated(shape, rng)


class VarianceScaling(_Scaled):
    """Weights whose variance is `scale` over a fan: what the named ones are cases of.

    Parameters
    ----------
    scale : float
        Above 0.
    mode : {"fan_in", "fan_out", "fan_avg"}
        Which fan: inputs, outputs, or the mean of both.
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}
        From which they are drawn.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If an argument is none of these.

    Examples
    --------
    >>> same = GlorotUniform().draw((3, 4), np.random.default_rng(0))
    >>> np.array_equal(same, VarianceScaling(1, "fan_avg", "uniform").draw((3, 4), np.random.default_rng(0)))
    True
    """

    def __init__(self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal"):
        self.scale = finite_number(scale, "VarianceScaling.scale", least=0)
        if not self.scale:
            raise InvalidValueError(f"VarianceScaling.scale: must be above 0, got {scale}")
        self.mode = _one_of(mode, ("fan_in", "fan_out", "fan_avg"), "VarianceScaling.mode")
        choices = ("truncated_normal", "untruncated_normal", "uniform")
        self.distribution = _one_of(distribution, choices, "VarianceScaling.distribution")


class GlorotUniform(_Scaled):
    """Uniform with variance 2 / (fan in + fan out): Keras's default for kernels."""

    mode, distribution = "fan_avg", "uniform"


class GlorotNormal(_Scaled):
    """Normal, cut off at two standard deviations, with variance 2 / (fan in + fan out)."""

    mode = "fan_avg"


class HeUniform(_Scaled):
    """Uniform with variance 2 / fan in."""

    scale, distribution = 2.0, "uniform"


class HeNormal(_Scaled):
    """Normal, cut off at two standard deviations, with variance 2 / fan in."""

    scale = 2.0


class LecunUniform(_Scaled):
    """Uniform with variance 1 / fan in."""

    distribution = "uniform"


class LecunNormal(_Scaled):
    """Normal, cut off at two standard deviations, with variance 1 / fan in."""


class Orthogonal(Initializer):
    """Rows or columns that are orthogonal, and of length `gain` (Saxe et al. 2014, ICLR).

    All axes but the last count as one. Every such matrix is as likely as every other: the signs of the QR decomposition
    are set right (Mezzadri 2007, Notices of the AMS 54:592).

    Parameters
    ----------
    gain : float
        Their length.

    Examples
    --------
    >>> matrix = Orthogonal().draw((3, 3), np.random.default_rng(0))
    >>> np.allclose(matrix @ matrix.T, np.eye(3))
    True
    """

    def __init__(self, gain: float = 1.0):
        self.gain = finite_number(gain, "Orthogonal.gain")

    def draw(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        """Draw a normal matrix and make its rows or columns, whichever are fewer, orthogonal."""
        if len(shape) < 2:
            raise ShapeError(f"Orthogonal: needs at least two axes, got {shape}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
        q *= np.where(np.diag(r) < 0, -1.0, 1.0)
        found: np.ndarray = self.gain * (q if rows >= columns else q.T).reshape(shape)
        return found


class Identity(Initializer):
    """`gain` on the diagonal of a matrix and 0 elsewhere.

    Parameters
    ----------
    gain : float
        The number.
    """

    def __init__(self, gain: float = 1.0):
        self.gain = finite_number(gain, "Identity.gain")

    def draw(self, shape: Shape, rng: np.random.Generator) -> np.ndarray:
        """Give the matrix; one that is not square is cut off."""
        if len(shape) != 2:
            raise ShapeError(f"Identity: needs two axes, got {shape}")
        return self.gain * np.eye(*shape)


_NAMES = {
    "constant": Constant,
    "glorot_normal": GlorotNormal,
    "glorot_uniform": GlorotUniform,
    "he_normal": HeNormal,
    "he_uniform": HeUniform,
    "identity": Identity,
    "lecun_normal": LecunNormal,
    "lecun_uniform": LecunUniform,
    "ones": Ones,
    "orthogonal": Orthogonal,
    "random_normal": RandomNormal,
    "random_uniform": RandomUniform,
    "truncated_normal": TruncatedNormal,
    "variance_scaling": VarianceScaling,
    "zeros": Zeros,
}
_CHOICES = {**_NAMES, **{kind.__name__: kind for kind in _NAMES.values()}}


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
    found: Initializer = resolve(initializer, Initializer, _CHOICES, what)
    return found


def _fans(shape: Shape) -> tuple[int, int]:
    if len(shape) < 2:
        size = math.prod(shape)
        return size, size
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


def _truncated(shape: Shape, rng: np.random.Generator) -> np.ndarray:
    """Draw standard normal numbers between -2 and 2, one uniform number each."""
    from scipy.special import ndtr, ndtri

    low = ndtr(-2.0)
    found: np.ndarray = ndtri(low + (1 - 2 * low) * rng.random(shape))
    return found


def _one_of(value: Any, choices: tuple[str, ...], what: str) -> str:
    if value not in choices:
        raise InvalidValueError(f"{what}: unknown word {value!r}; {nearest(str(value), choices)}")
    return str(value)
