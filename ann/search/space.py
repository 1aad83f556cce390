"""Spaces of hyper-parameters: lists and distributions, gone through whole or drawn from."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError

__all__ = ["Integers", "LogUniform", "Uniform", "check_space", "combinations", "draw"]


@dataclass(frozen=True)
class Uniform:
    """Numbers between `low` and `high`, all alike.

    Raises
    ------
    InvalidValueError
        If `low` is not below `high`.

    Examples
    --------
    >>> 0 <= Uniform(0, 0.5).rvs(random_state=np.random.default_rng(0)) < 0.5
    True
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _check_limits(self, -math.inf)

    def rvs(self, random_state: np.random.Generator) -> float:
        """Draw one number."""
        return float(random_state.uniform(self.low, self.high))


@dataclass(frozen=True)
class LogUniform:
    """Positive numbers between `low` and `high` whose logarithms are all alike: for rates and penalties.

    Raises
    ------
    InvalidValueError
        If `low` is not positive and below `high`.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _check_limits(self, 0.0)

    def rvs(self, random_state: np.random.Generator) -> float:
        """Draw one number."""
        return float(math.exp(random_state.uniform(math.log(self.low), math.log(self.high))))


@dataclass(frozen=True)
class Integers:
    """Whole numbers from `low` to `high`, both included.

    Raises
    ------
    InvalidValueError
        If `low` is not below `high`.
    """

    low: int
    high: int

    def __post_init__(self) -> None:
        _check_limits(self, -math.inf)

    def rvs(self, random_state: np.random.Generator) -> int:
        """Draw one number."""
        return int(random_state.integers(self.low, self.high, endpoint=True))


def check_space(space: Any, what: str = "space") -> None:
    """Check that every parameter has a list or a distribution.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If `space` is no mapping of names, or an entry is neither, or empty.
    """
    if not isinstance(space, Mapping):
        raise InvalidTypeError(f"{what}: must be a mapping {{parameter: values}}, got {space!r}")
    for name, values in space.items():
        if not isinstance(name, str):
            raise InvalidTypeError(f"{what}: must be a mapping {{parameter: values}}, got {name!r} for a parameter")
        if hasattr(values, "rvs"):
            continue
        if isinstance(values, str) or not isinstance(values, (Sequence, np.ndarray)):
            raise InvalidTypeError(f"{what}[{name!r}]: must be a list or a distribution, got {values!r}")
        if not len(values):
            raise InvalidValueError(f"{what}[{name!r}]: must hold at least one value, got none")


def combinations(space: Mapping[str, Any], what: str = "space") -> list[dict[str, Any]]:
    """Give every combination of the values.

    Raises
    ------
    InvalidTypeError
        If a parameter has a distribution instead of a list.

    Examples
    --------
    >>> combinations({"units": [1, 2], "rate": [0.1]})
    [{'units': 1, 'rate': 0.1}, {'units': 2, 'rate': 0.1}]
    """
    for name, values in space.items():
        if hasattr(values, "rvs"):
            raise InvalidTypeError(f"{what}[{name!r}]: must be a list for a grid, got {values!r}; or use random()")
    return [dict(zip(space, values, strict=True)) for values in product(*space.values())]


def draw(space: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Draw one value of every parameter, from a list with equal chances.

    Examples
    --------
    >>> draw({"units": [8], "kind": ["relu"]}, np.random.default_rng(0))
    {'units': 8, 'kind': 'relu'}
    """
    return {
        name: values.rvs(random_state=rng) if hasattr(values, "rvs") else values[int(rng.integers(len(values)))]
        for name, values in space.items()
    }


def _check_limits(distribution: Any, above: float) -> None:
    low, high = distribution.low, distribution.high
    if not (above < low < high < math.inf):
        least = "positive and " if above == 0 else ""
        raise InvalidValueError(f"{type(distribution).__name__}: low must be {least}below high, got {low} and {high}")
