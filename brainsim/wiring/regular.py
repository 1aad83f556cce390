"""Wiring without chance: one to one, all to all."""

from dataclasses import dataclass

import numpy as np

from brainsim.errors import ModelError
from brainsim.wiring.rule import Connectivity, Ends, Rule, flag, pointers

__all__ = ["AllToAll", "OneToOne"]


@dataclass(frozen=True)
class OneToOne(Rule):
    """Unit i of the source onto unit i of the target; both must be of one size.

    Examples
    --------
    >>> rule = OneToOne()
    >>> rule.connect(Ends((3,), (3,), False, "x"), np.random.default_rng(0)).targets
    array([0, 1, 2], dtype=uint32)
    """

    def check(self, ends: Ends) -> None:
        """Both sizes must be equal."""
        if ends.sources != ends.targets:
            raise ModelError(
                f"{ends.where}: one_to_one needs populations of one size, got {ends.sources} and {ends.targets}"
            )

    def synapses(self, ends: Ends) -> float:
        """One a unit."""
        return ends.sources

    def connect(self, ends: Ends, generator: np.random.Generator) -> Connectivity:
        """Connect; nothing is drawn."""
        return Connectivity(np.arange(ends.sources + 1, dtype=np.int64), np.arange(ends.targets, dtype=np.uint32))


@dataclass(frozen=True)
class AllToAll(Rule):
    """Every source unit onto every target unit.

    Parameters
    ----------
    autapses : bool
        Whether a unit of a population that projects onto itself also meets itself.

    Examples
    --------
    >>> AllToAll(autapses=False).connect(Ends((3,), (3,), True, "x"), np.random.default_rng(0)).targets
    array([1, 2, 0, 2, 0, 1], dtype=uint32)
    """

    autapses: bool = True

    def __post_init__(self) -> None:
        flag(self.autapses, "all_to_all.autapses")

    def check(self, ends: Ends) -> None:
        """Any two populations will do."""

    def synapses(self, ends: Ends) -> float:
        """All pairs, less the autapses."""
        return ends.sources * ends.targets - (ends.sources if ends.recurrent and not self.autapses else 0)

    def connect(self, ends: Ends, generator: np.random.Generator) -> Connectivity:
        """Connect; nothing is drawn."""
        if not ends.recurrent or self.autapses:
            indptr = pointers(np.full(ends.sources, ends.targets))
            return Connectivity(indptr, np.tile(np.arange(ends.targets, dtype=np.uint32), ends.sources))
        row = np.arange(ends.sources - 1, dtype=np.uint32)
        targets = row[None, :] + (row[None, :] >= np.arange(ends.sources)[:, None])
        return Connectivity(pointers(np.full(ends.sources, row.size)), targets.ravel().astype(np.uint32))
