"""What a wiring rule is: from the shapes of two populations and a seed to the synapses between them."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from brainsim.errors import KindError, ParameterError

if TYPE_CHECKING:
    from brainsim.engine.recipes import UniformTargets

__all__ = ["Connectivity", "Ends", "Rule", "count", "flag", "pointers", "reals"]


@dataclass(frozen=True)
class Ends:
    """The two populations that a rule connects.

    Parameters
    ----------
    source, target : tuple of int
        Their shapes; units are numbered in C order.
    recurrent : bool
        Whether they are one and the same population, so that a unit may meet itself.
    where : str
        Name of the projection, for messages.
    source_positions, target_positions : numpy.ndarray of float64 (unit, 2 or 3), optional
        Where units lie, in mm; None where the population does not say.
    """

    source: tuple[int, ...]
    target: tuple[int, ...]
    recurrent: bool
    where: str
    source_positions: np.ndarray | None = field(default=None, compare=False, repr=False)
    target_positions: np.ndarray | None = field(default=None, compare=False, repr=False)

    @property
    def sources(self) -> int:
        """How many source units."""
        return math.prod(self.source)

    @property
    def targets(self) -> int:
        """How many target units."""
        return math.prod(self.target)


@dataclass(frozen=True, eq=False)
class Connectivity:
    """Synapses in compressed rows, one row a source unit.

    Parameters
    ----------
    indptr : numpy.ndarray of int64 (sources + 1)
        Where each source's row starts.
    targets : numpy.ndarray of uint32 (synapses)
        Target units.
    factors : numpy.ndarray of float64 (synapses), optional
        What each synapse's weight is multiplied by.
    delays : numpy.ndarray of float64 (synapses), optional
        What is added to each synapse's delay, in ms.
    """

    indptr: np.ndarray
    targets: np.ndarray
    factors: np.ndarray | None = None
    delays: np.ndarray | None = None

    @property
    def synapses(self) -> int:
        """How many synapses."""
        return int(self.indptr[-1])

    @property
    def sources(self) -> np.ndarray:
        """Source unit of every synapse (uint32)."""
        rows = np.arange(len(self.indptr) - 1, dtype=np.uint32)
        return np.repeat(rows, np.diff(self.indptr))

    def matrix(self) -> Any:
        """Give a SciPy sparse matrix (source, target) of how many synapses, or of their factors where they differ."""
        from scipy.sparse import coo_array

        data = np.ones(self.synapses) if self.factors is None else self.factors
        shape = (len(self.indptr) - 1, int(self.targets.max(initial=0)) + 1)
        return coo_array((data, (self.sources, self.targets)), shape=shape).tocsr()


class Rule(ABC):
    """A wiring rule."""

    @property
    def factors(self) -> tuple[float, float]:
        """Smallest and largest factor on the projection's weight; 1 where the rule sets none."""
        return (1.0, 1.0)

    @property
    def delayed(self) -> bool:
        """Whether the rule gives synapses delays, to which the projection's is added."""
        return False

    @property
    def placed(self) -> bool:
        """Whether the rule asks where units lie."""
        return False

    def mean_delay(self, ends: Ends) -> float:
        """Give the mean of the rule's own delays in ms; 0 where it has none."""
        return 0.0

    @property
    def fixed(self) -> bool:
        """Whether the ends alone fix how many synapses there are, whatever is drawn."""
        return True

    @property
    def is_drawn_late(self) -> bool:
        """Whether targets take no memory until synapses are laid out for delivery."""
        return False

    @property
    def is_listed(self) -> bool:
        """Whether the rule itself holds the targets, so that the built brain needs no other list of them."""
        return False

    @abstractmethod
    def check(self, ends: Ends) -> None:
        """Raise a ModelError if this rule cannot connect these populations."""

    @abstractmethod
    def synapses(self, ends: Ends) -> float:
        """How many synapses there will be: exact where the rule fixes them, else their expected number."""

    @abstractmethod
    def connect(self, ends: Ends, generator: np.random.Generator) -> Connectivity:
        """Draw the synapses."""

    def rows(
        self, ends: Ends, generator: np.random.Generator
    ) -> tuple[np.ndarray, "np.ndarray | UniformTargets", np.ndarray | None, np.ndarray | None]:
        """Give where rows begin, the targets (or how they are drawn where they are laid out), factors and delays.

        They are the synapses that `connect` gives.
        """
        wired = self.connect(ends, generator)
        return wired.indptr, wired.targets, wired.factors, wired.delays


def count(value: Any, where: str, least: int = 0) -> int:
    """Check a whole number.

    Raises
    ------
    KindError, ParameterError
        If it is not one, or below `least`.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise KindError(f"{where}: must be a whole number, got {value!r}")
    if value < least:
        raise ParameterError(f"{where}: must be at least {least}, got {value}")
    if value >= 2**63:
        raise ParameterError(f"{where}: must be below 2**63, got a number of {len(str(value))} digits")
    return int(value)


def reals(value: Any, where: str) -> np.ndarray:
    """Give an array of real numbers, as it came.

    Raises
    ------
    KindError
        If it holds something else, or rows of different lengths.
    """
    try:
        values = np.array(value)
    except ValueError:
        raise KindError(f"{where}: must be an array, got rows of different lengths") from None
    if values.dtype.kind not in "biuf":
        raise KindError(f"{where}: must hold real numbers, got {values.dtype}")
    return values


def flag(value: Any, where: str) -> bool:
    """Check a truth value.

    Raises
    ------
    KindError
        If it is not one.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise KindError(f"{where}: must be True or False, got {value!r}")
    return bool(value)


def pointers(row_lengths: np.ndarray) -> np.ndarray:
    """Give where each row starts, from how long each is."""
    indptr = np.zeros(len(row_lengths) + 1, dtype=np.int64)
    np.cumsum(row_lengths, out=indptr[1:])
    return indptr
