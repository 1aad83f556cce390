"""Wiring from a list of synapses that somebody measured, computed or learned."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.errors import KindError, ModelError, ParameterError
from brainsim.units import numbers
from brainsim.wiring.rule import Connectivity, Ends, Rule, count, pointers, reals

__all__ = ["FromPairs"]


@dataclass(frozen=True, eq=False)
class FromPairs(Rule):
    """One synapse for each pair of a source and a target unit, as they are listed.

    They are kept by source in ascending order; within a source they stay in the order given, so an array of weights
    of the projection fits if the sources that were given ascend. `weights` and `delays` go with their pairs anyhow.

    Parameters
    ----------
    sources, targets : array-like of int (synapse)
        Unit numbers. A pair may stand there several times.
    weights : array-like (synapse), optional
        What the projection's weight is multiplied by.
    delays : array-like (synapse), optional
        What is added to the projection's delay, in ms.
    shape : tuple of int, optional
        How many source and target units there must be.

    Raises
    ------
    ParameterError, KindError
        If the lists differ in length, or hold what is no unit number, weight or delay.

    Examples
    --------
    >>> rule = FromPairs([1, 0, 1], [0, 2, 1], weights=[5, 6, 7])
    >>> wired = rule.connect(Ends((2,), (3,), False, "x"), np.random.default_rng(0))
    >>> wired.sources.tolist(), wired.targets.tolist(), wired.factors.tolist()
    ([0, 1, 1], [2, 0, 1], [6.0, 5.0, 7.0])
    """

    sources: Any
    targets: Any
    weights: Any = None
    delays: Any = None
    shape: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        sources, targets = (_units(getattr(self, name), f"from_pairs.{name}") for name in ("sources", "targets"))
        size = len(sources)
        if len(targets) != size:
            raise ParameterError(f"from_pairs.targets: {len(targets)} units for {size} sources; give one each")
        order = None if np.all(sources[1:] >= sources[:-1]) else np.argsort(sources, kind="stable")
        kept = {"sources": sources, "targets": targets}
        if self.weights is not None:
            kept["weights"] = numbers(self.weights, "1", "from_pairs.weights", size)
        if self.delays is not None:
            kept["delays"] = numbers(self.delays, "ms", "from_pairs.delays", size, nonnegative=True)
        for name, values in kept.items():
            values = values if order is None else values[order]
            values.flags.writeable = False
            object.__setattr__(self, name, values)
        if self.shape is not None:
            if not isinstance(self.shape, (tuple, list)) or len(self.shape) != 2:
                raise KindError(f"from_pairs.shape: must be (source units, target units), got {self.shape!r}")
            shape = tuple(count(length, "from_pairs.shape", least=1) for length in self.shape)
            object.__setattr__(self, "shape", shape)

    @property
    def factors(self) -> tuple[float, float]:
        """Smallest and largest weight."""
        if self.weights is None or not len(self.weights):
            return (1.0, 1.0)
        return (float(self.weights.min()), float(self.weights.max()))

    @property
    def delayed(self) -> bool:
        """Whether the pairs have delays."""
        return self.delays is not None

    def mean_delay(self, ends: Ends) -> float:
        """Mean of the pairs' delays."""
        return float(self.delays.mean()) if self.delayed and len(self.delays) else 0.0

    @property
    def is_listed(self) -> bool:
        """The brain uses this very list."""
        return True

    def check(self, ends: Ends) -> None:
        """Every unit that is named must be there."""
        there = (ends.sources, ends.targets)
        if self.shape is not None and self.shape != there:
            raise ModelError(f"{ends.where}: from_pairs is for (source, target) units {self.shape}, got {there}")
        for name, units, size in (("source", self.sources, there[0]), ("target", self.targets, there[1])):
            if units.max(initial=0) >= size:
                raise ModelError(f"{ends.where}: from_pairs names {name} unit {units.max()}, but there are {size}")

    def synapses(self, ends: Ends) -> float:
        """One a pair."""
        return len(self.sources)

    def connect(self, ends: Ends, generator: np.random.Generator) -> Connectivity:
        """Connect; nothing is drawn."""
        indptr = pointers(np.bincount(self.sources, minlength=ends.sources))
        return Connectivity(indptr, self.targets, self.weights, self.delays)


def _units(units: Any, where: str) -> np.ndarray:
    values = reals(units, where)
    if values.ndim != 1:
        raise ParameterError(f"{where}: must be one unit number a synapse, got shape {values.shape}")
    if values.size == 0:
        return np.zeros(0, dtype=np.uint32)
    if values.dtype.kind not in "iu":
        raise KindError(f"{where}: must be whole numbers, got {values.dtype}")
    if values.min() < 0 or values.max() >= 2**32:
        raise ParameterError(
            f"{where}: must be unit numbers from 0 to below 2**32, got {values.min()} to {values.max()}"
        )
    return values.astype(np.uint32)
