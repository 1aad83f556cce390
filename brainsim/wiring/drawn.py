"""Wiring by chance: Bernoulli pairs, fixed in- or out-degree, fixed total number.

Each draws whole arrays at once, and time and memory go with the number of synapses, not of pairs.
"""

from dataclasses import dataclass

import numpy as np

from brainsim.engine.recipes import DrawnConnections, UniformTargets
from brainsim.errors import ModelError, ParameterError
from brainsim.units import number
from brainsim.wiring.rule import Connectivity, Ends, Rule, count, flag, pointers

__all__ = ["FixedIndegree", "FixedOutdegree", "FixedProbability", "FixedTotal", "bernoulli"]

CHUNK = 1 << 22  # random numbers drawn at once where a whole row of candidates is needed


@dataclass(frozen=True)
class FixedProbability(Rule):
    """Every pair is connected with probability `p`, independently.

    Parameters
    ----------
    p : float
        Probability.
    autapses : bool
        Whether a unit may connect to itself.

    Examples
    --------
    >>> rule = FixedProbability(0.1)
    >>> rule.synapses(Ends((100,), (200,), False, "x"))
    2000.0
    """

    p: float
    autapses: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "p", number(self.p, "1", "fixed_probability.p", nonnegative=True))
        if self.p > 1:
            raise ParameterError(f"fixed_probability.p: must be between 0 and 1, got {self.p:g}")
        flag(self.autapses, "fixed_probability.autapses")

    @property
    def fixed(self) -> bool:
        """The number is drawn, unless every pair or none is connected."""
        return self.p in (0.0, 1.0)

    def check(self, ends: Ends) -> None:
        """Any two populations will do."""

    def synapses(self, ends: Ends) -> float:
        """Give the expected number."""
        return self.p * _pairs(ends, self.autapses)

    def connect(self, ends: Ends, generator: np.random.Generator) -> Connectivity:
        """Draw the gaps between connected pairs, which are geometric, instead of every pair."""
        pairs = ends.sources * ends.targets
        chosen = bernoulli(self.p, pairs, generator)
        sources, targets = np.divmod(chosen, max(ends.targets, 1))
        if ends.recurrent and not self.autapses:
            kept = sources != targets
            sources, targets = sources[kept], targets[kept]
        return Connectivity(pointers(np.bincount(sources, minlength=ends.sources)), targets.astype(np.uint32))


@dataclass(frozen=True)
class FixedIndegree(Rule):
    """Every target unit receives exactly `k` synapses from sources drawn uniformly.

    Parameters
    ----------
    k : int
        In-degree.
    autapses : bool
        Whether a unit may connect to itself.
    multapses : bool
        Whether a pair may have several synapses.

    Examples
    --------
    >>> rule = FixedIndegree(3)
    >>> wired = rule.connect(Ends((10,), (4,), False, "x"), np.random.default_rng(0))
    >>> np.bincount(wired.targets)
    array([3, 3, 3, 3])
    """

    k: int
    autapses: bool = True
    multapses: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "k", count(self.k, "fixed_indegree.k"))
        flag(self.autapses, "fixed_indegree.autapses")
        flag(self.multapses, "fixed_indegree.multapses")

    def check(self, ends: Ends) -> None:
        """Without multapses there must be as many candidates as synapses."""
        _check_degree(f"{ends.where}: fixed_indegree(k={self.k})", "sources", self, ends.sources, ends)

    def synapses(self, ends: Ends) -> float:
        """Exactly `k` a target unit."""
        return self.k * ends.targets

    def connect(self, ends: Ends, generator: np.random.Generator) -> Connectivity:
        """Draw the sources of each target."""
        from scipy.sparse import csr_array

        sources = _partners(self, ends.targets, ends.sources, ends, generator)
        # Rows are targets so far; SciPy's conversion turns them into rows of sources by counting, not by sorting.
        indptr = np.arange(0, self.k * ends.targets + 1, self.k) if self.k else np.zeros(ends.targets + 1, dtype=int)
        by_target = csr_array((np.empty(sources.size, np.int8), sources.ravel(), indptr), (ends.targets, ends.sources))
        by_source = by_target.tocsc()
        return Connectivity(by_source.indptr.astype(np.int64), by_source.indices.astype(np.uint32))


@dataclass(frozen=True)
class FixedOutdegree(Rule):
    """Every source unit sends exactly `k` synapses to targets drawn uniformly.

    Parameters
    ----------
    k : int
        Out-degree.
    autapses : bool
        Whether a unit may connect to itself.
    multapses : bool
        Whether a pair may have several synapses.

    Examples
    --------
    >>> rule = FixedOutdegree(3)
    >>> np.diff(rule.connect(Ends((4,), (10,), False, "x"), np.random.default_rng(0)).indptr)
    array([3, 3, 3, 3])
    """

    k: int
    autapses: bool = True
    multapses: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "k", count(self.k, "fixed_outdegree.k"))
        flag(self.autapses, "fixed_outdegree.autapses")
        flag(self.multapses, "fixed_outdegree.multapses")

    def check(self, ends: Ends) -> None:
        """Without multapses there must be as many candidates as synapses."""
        _check_degree(f"{ends.where}: fixed_outdegree(k={self.k})", "targets", self, ends.targets, ends)

    def synapses(self, ends: Ends) -> float:
        """Exactly `k` a source unit."""
        return self.k * ends.sources

    def connect(self, ends: Ends, generator: np.random.Generator) -> Connectivity:
        """Draw the targets of each source, in ascending order."""
        targets = np.sort(_partners(self, ends.sources, ends.targets, ends, generator), axis=1)
        return Connectivity(pointers(np.full(ends.sources, self.k)), targets.ravel().astype(np.uint32))


@dataclass(frozen=True)
class FixedTotal(Rule):
    """Exactly `n` synapses, each between a source and a target drawn uniformly.

    Parameters
    ----------
    n : int
        How many synapses.
    multapses : bool
        Whether a pair may have several synapses.
    autapses : bool
        Whether a unit may connect to itself.

    Examples
    --------
    >>> FixedTotal(1000).connect(Ends((10,), (40,), False, "x"), np.random.default_rng(0)).synapses
    1000
    """

    n: int
    multapses: bool = True
    autapses: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", count(self.n, "fixed_total.n"))
        flag(self.autapses, "fixed_total.autapses")
        flag(self.multapses, "fixed_total.multapses")

    def check(self, ends: Ends) -> None:
        """Without multapses there must be as many pairs as synapses."""
        pairs = _pairs(ends, self.autapses)
        if (not self.multapses and self.n > pairs) or (self.n and pairs < 1):
            raise ModelError(
                f"{ends.where}: fixed_total(n={self.n}) asks for more synapses than the {pairs} pairs there are"
                "; lower n or allow multapses"
            )

    @property
    def is_drawn_late(self) -> bool:
        """With multapses, each synapse's target follows from a key."""
        return self.multapses

    def synapses(self, ends: Ends) -> float:
        """Exactly `n`."""
        return self.n

    def connect(self, ends: Ends, generator: np.random.Generator) -> Connectivity:
        """Draw how many synapses each source has, then their targets; or `n` distinct pairs."""
        indptr, targets, _, _ = self.rows(ends, generator)
        if isinstance(targets, UniformTargets):
            targets = DrawnConnections(indptr, targets, 0.0, 0).targets
        return Connectivity(indptr, targets)

    def rows(
        self, ends: Ends, generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray | UniformTargets, None, None]:
        """Draw how many synapses each source has; with multapses targets are told by a key, and drawn later."""
        excluded = _self(ends, self.autapses)
        candidates = ends.targets - excluded
        if self.multapses:
            lengths = generator.multinomial(self.n, np.full(ends.sources, 1 / ends.sources))
            key = generator.integers(0, 2**32, 4)
            return pointers(lengths), UniformTargets(key, max(candidates, 1), bool(excluded)), None, None
        sources, targets = np.divmod(_distinct(ends.sources * candidates, self.n, generator), candidates)
        if excluded:
            targets += targets >= sources
        return pointers(np.bincount(sources, minlength=ends.sources)), targets.astype(np.uint32), None, None


def _check_degree(rule: str, partners: str, degree: "FixedIndegree | FixedOutdegree", there: int, ends: Ends) -> None:
    """Raise where a unit cannot have that many partners."""
    candidates = there - _self(ends, degree.autapses)
    if (not degree.multapses and degree.k > candidates) or (degree.k and candidates < 1):
        raise ModelError(f"{rule} asks for more {partners} than the {candidates} there are; lower k or allow multapses")


def _partners(
    degree: "FixedIndegree | FixedOutdegree", units: int, others: int, ends: Ends, generator: np.random.Generator
) -> np.ndarray:
    """Draw the `k` partners of each unit among the others: (unit, k)."""
    excluded = _self(ends, degree.autapses)
    candidates, shape = others - excluded, (units, degree.k)
    if not degree.k:
        return np.zeros(shape, dtype=np.int64)
    if degree.multapses:
        partners = generator.integers(0, candidates, shape)
    else:
        partners = _distinct_rows(candidates, shape, generator)
    if excluded:
        partners += partners >= np.arange(units)[:, None]
    return partners


def _self(ends: Ends, autapses: bool) -> int:
    """Give how many units a unit may not connect to: itself or none."""
    return int(ends.recurrent and not autapses)


def _pairs(ends: Ends, autapses: bool) -> int:
    return ends.sources * (ends.targets - _self(ends, autapses))


def bernoulli(p: float, size: int, generator: np.random.Generator) -> np.ndarray:
    """Draw which of `size` trials succeed, in ascending order, from the geometric gaps between successes."""
    if p == 0 or size == 0:
        return np.zeros(0, dtype=np.int64)
    if p == 1:
        return np.arange(size)
    parts, last = [], -1
    while last < size - 1:
        left = size - 1 - last
        guess = int(left * p + 4 * np.sqrt(left * p * (1 - p)) + 16)
        # A gap beyond the end is as good as any other; the limit keeps the sum of gaps within 64 bits.
        gaps = np.minimum(generator.geometric(p, min(guess, CHUNK)), left + 1)
        positions = last + np.cumsum(gaps)
        parts.append(positions)
        last = int(positions[-1])
    chosen = np.concatenate(parts)
    return chosen[: np.searchsorted(chosen, size)]


def _distinct(size: int, chosen: int, generator: np.random.Generator) -> np.ndarray:
    """Draw `chosen` different numbers below `size`, in ascending order.

    Numbers are drawn until so many different ones have come up. All numbers are treated alike, so every set of that
    size is equally likely. Where more than half are wanted, those left out are drawn.
    """
    if chosen > size // 2:
        kept = np.ones(size, dtype=bool)
        kept[_distinct(size, size - chosen, generator)] = False
        return np.flatnonzero(kept)
    numbers = np.zeros(0, dtype=np.int64)
    while numbers.size < chosen:
        more = generator.integers(0, size, chosen - numbers.size)
        numbers = np.unique(np.concatenate([numbers, more]))
    return numbers


def _distinct_rows(size: int, shape: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
    """Draw rows of different numbers below `size`."""
    rows, length = shape
    drawn = np.empty(shape, dtype=np.int64)
    if length * 4 > size:
        step = max(1, CHUNK // max(size, 1))
        for start in range(0, rows, step):
            part = drawn[start : start + step]
            order = np.argsort(generator.random((len(part), size)), axis=1)
            part[:] = order[:, :length]
        return drawn
    drawn[:] = generator.integers(0, size, shape)
    waiting = np.arange(rows)
    while waiting.size:
        part = np.sort(drawn[waiting], axis=1)
        again = np.zeros(part.shape, dtype=bool)
        again[:, 1:] = part[:, 1:] == part[:, :-1]
        part[again] = generator.integers(0, size, int(again.sum()))
        drawn[waiting] = part
        waiting = waiting[again.any(axis=1)]
    return drawn
