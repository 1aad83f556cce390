"""Distributions: what is drawn for each unit or each synapse, with the brain's seed.

Their parameters are in the unit of whatever they are given for: ``V_th=Normal(-50, 1)`` is in mV.
Bounds redraw (they truncate the distribution); they do not pile values up at the bound.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from numbers import Real
from typing import Any, Literal, Self

import numpy as np

from brainsim.errors import KindError, ParameterError
from brainsim.units import number

__all__ = ["Distribution", "LogNormal", "Normal", "Uniform", "draw", "mean_of", "parameter"]

SMALLEST_SHARE = 1e-3  # of a distribution that may lie within its bounds, so that redrawing ends soon


@dataclass(frozen=True)
class Distribution(ABC):
    """What every distribution can do."""

    def _numbers(self) -> bool:
        """Say whether all parameters are plain numbers; Brian2 quantities are checked once their unit is known."""
        values = [getattr(self, field.name) for field in fields(self)]
        for field, value in zip(fields(self), values, strict=True):
            optional = field.default is None and value is None
            if not optional and not hasattr(value, "dim") and (isinstance(value, bool) or not isinstance(value, Real)):
                raise KindError(f"{type(self).__name__}.{field.name}: must be a number, got {value!r}")
        return not any(hasattr(value, "dim") for value in values)

    @abstractmethod
    def draw(self, generator: np.random.Generator, size: int) -> np.ndarray:
        """Draw `size` float64 values."""

    @property
    @abstractmethod
    def average(self) -> float:
        """The mean, bounds left aside."""

    @property
    @abstractmethod
    def standard(self) -> tuple[Literal["uniform", "normal", "lognormal"], float, float]:
        """What the values of synapses are made of: a shape, and where it lies and how wide it is before any bound."""

    @property
    @abstractmethod
    def support(self) -> tuple[float, float]:
        """The smallest and the largest value that can be drawn."""

    def in_unit(self, unit: str, where: str) -> Self:
        """Give the same distribution with its parameters checked as numbers in `unit`."""
        values: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            values[field.name] = (
                None if value is None else number(value, unit, f"{where}.{field.name}", infinite=field.name != "mean")
            )
        return replace(self, **values)


@dataclass(frozen=True)
class Normal(Distribution):
    """A normal distribution, redrawn until within ``[low, high]``.

    Parameters
    ----------
    mean, std : float
        Mean and standard deviation before truncation.
    low, high : float, optional
        Bounds.

    Examples
    --------
    >>> values = Normal(-65, 5, high=-60).draw(np.random.default_rng(0), 1000)
    >>> bool(values.max() <= -60)
    True
    """

    mean: float
    std: float
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if not self._numbers():
            return
        if not math.isfinite(self.mean) or not (math.isfinite(self.std) and self.std >= 0):
            raise ParameterError(f"{self}: mean and std must be finite and std not negative")
        low, high = self.support
        if low > high:
            raise ParameterError(f"{self}: low must not be above high")
        share = 1.0 if low <= self.mean <= high else 0.0
        if self.std > 0:
            scale = self.std * math.sqrt(2)
            share = 0.5 * (math.erf((high - self.mean) / scale) - math.erf((low - self.mean) / scale))
        if share < SMALLEST_SHARE:
            raise ParameterError(f"{self}: only a share of {share:.1g} lies within its bounds; widen them")

    def draw(self, generator: np.random.Generator, size: int) -> np.ndarray:
        """Draw `size` values."""
        values = generator.normal(self.mean, self.std, size)
        low, high = self.support
        outside = np.flatnonzero((values < low) | (values > high))
        while outside.size:
            again = generator.normal(self.mean, self.std, outside.size)
            values[outside] = again
            outside = outside[(again < low) | (again > high)]
        return values

    @property
    def average(self) -> float:
        """The mean before truncation."""
        return float(self.mean)

    @property
    def standard(self) -> tuple[Literal["uniform", "normal", "lognormal"], float, float]:
        """Mean and standard deviation."""
        return ("normal", self.mean, self.std)

    @property
    def support(self) -> tuple[float, float]:
        """The bounds, infinite where there is none."""
        return (-math.inf if self.low is None else self.low, math.inf if self.high is None else self.high)


@dataclass(frozen=True)
class Uniform(Distribution):
    """A uniform distribution over ``[low, high)``.

    Examples
    --------
    >>> Uniform(-60, -50).average
    -55.0
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self._numbers():
            return
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ParameterError(f"{self}: low and high must be finite, and low not above high")

    def draw(self, generator: np.random.Generator, size: int) -> np.ndarray:
        """Draw `size` values."""
        return generator.uniform(self.low, self.high, size)

    @property
    def average(self) -> float:
        """Half-way between the bounds."""
        return (self.low + self.high) / 2

    @property
    def standard(self) -> tuple[Literal["uniform", "normal", "lognormal"], float, float]:
        """Lower bound and width."""
        return ("uniform", self.low, self.high - self.low)

    @property
    def support(self) -> tuple[float, float]:
        """The bounds."""
        return (self.low, self.high)


@dataclass(frozen=True)
class LogNormal(Distribution):
    """A log-normal distribution with the given mean and standard deviation of the values themselves.

    Parameters
    ----------
    mean, std : float
        Of the values, not of their logarithm; the mean must be positive.

    Examples
    --------
    >>> round(float(LogNormal(1.5, 0.5).draw(np.random.default_rng(0), 100_000).mean()), 2)
    1.5
    """

    mean: float
    std: float

    def __post_init__(self) -> None:
        if not self._numbers():
            return
        if not (math.isfinite(self.mean) and self.mean > 0 and math.isfinite(self.std) and self.std >= 0):
            raise ParameterError(f"{self}: mean must be positive and std not negative, both finite")

    def draw(self, generator: np.random.Generator, size: int) -> np.ndarray:
        """Draw `size` values."""
        _, mean, std = self.standard
        return generator.lognormal(mean, std, size)

    @property
    def average(self) -> float:
        """The mean."""
        return float(self.mean)

    @property
    def standard(self) -> tuple[Literal["uniform", "normal", "lognormal"], float, float]:
        """Mean and standard deviation of the logarithm."""
        variance = math.log1p((self.std / self.mean) ** 2)
        return ("lognormal", math.log(self.mean) - variance / 2, math.sqrt(variance))

    @property
    def support(self) -> tuple[float, float]:
        """From 0 to infinity."""
        return (0.0, math.inf)


def parameter(
    value: Any, unit: str, where: str, *, positive: bool = False, nonnegative: bool = False
) -> float | Distribution:
    """Check a parameter that may be one number or a distribution, and give it in its public unit.

    Raises
    ------
    ParameterError, KindError
        As :func:`brainsim.units.number`; of a distribution, only what is certain before it is drawn.
    """
    if isinstance(value, Distribution):
        checked = value.in_unit(unit, where)
        if (positive and checked.support[1] <= 0) or (nonnegative and checked.support[1] < 0):
            raise ParameterError(f"{where}: must be {'positive' if positive else 'at least 0'}, got {checked}")
        return checked
    return number(value, unit, where, positive=positive, nonnegative=nonnegative)


def draw(
    value: float | Distribution,
    generator: np.random.Generator,
    size: int,
    where: str,
    *,
    positive: bool = False,
    nonnegative: bool = False,
) -> float | np.ndarray:
    """Draw a checked parameter: one number stays one, a distribution gives `size` values.

    Raises
    ------
    ParameterError
        If a value that must be positive (or not negative) was drawn otherwise.
    """
    if not isinstance(value, Distribution):
        return value
    values = value.draw(generator, size)
    if size and ((positive and values.min() <= 0) or (nonnegative and values.min() < 0)):
        need = "positive" if positive else "at least 0"
        raise ParameterError(f"{where}: must be {need}, but {value} drew {values.min():g}; give it a bound, low=...")
    return values


def mean_of(value: float | np.ndarray | Distribution) -> float:
    """Give the mean of a number, an array (0 if empty) or a distribution."""
    if isinstance(value, np.ndarray):
        return float(value.mean()) if value.size else 0.0
    return value.average if isinstance(value, Distribution) else float(value)
