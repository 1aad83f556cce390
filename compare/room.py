"""How much memory is taken, known before any is: what every measure takes beside the activity, and the refusal."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.errors import MemoryLimitError

__all__ = [
    "BLOCK",
    "FIXED",
    "NUMBER",
    "Extent",
    "columns_at_once",
    "extent_of",
    "require_memory",
    "require_room",
    "rows_at_once",
]

NUMBER = np.dtype(np.float64).itemsize
BLOCK = 2**20  # numbers taken at once: 8 MiB
FEWEST = 2**16  # fewer are not worth a step of their own
FIXED = 3 * 2**22  # bytes that any call takes, with buffers of the linear algebra
LITTLE = 2**26  # bytes below which nobody is asked


def columns_at_once(stimuli: int, units: int, arrays: int = 1) -> int:
    """Give how many units to take at a time: at most 32 MiB, a quarter of all that there is, or what is worth a step.

    Parameters
    ----------
    stimuli, units : int
        How many of each.
    arrays : int
        How many such blocks are held at once.
    """
    return max(min(4 * BLOCK // stimuli, units // 4) // arrays, FEWEST // stimuli, 1)


def rows_at_once(stimuli: int, units: int) -> int:
    """Give how many stimuli to take at a time: at most 8 MiB, and no more than a quarter of what is worth a step."""
    return max(min(BLOCK // units, stimuli // 4), FEWEST // units, 1)


@dataclass(frozen=True)
class Extent:
    """How large one subject's activity is, and what is taken of it at a time; all in bytes of float64."""

    stimuli: int
    trials: int
    units: int
    double: bool

    @property
    def square(self) -> int:
        """A matrix over pairs of stimuli, both ways round."""
        return self.stimuli**2 * NUMBER

    @property
    def pairs(self) -> int:
        """A number for each pair of stimuli."""
        return self.stimuli * (self.stimuli - 1) // 2 * NUMBER

    @property
    def patterns(self) -> int:
        """The mean patterns."""
        return self.stimuli * self.units * NUMBER

    def columns(self, arrays: int = 1, rows: int | None = None) -> int:
        """Give what some units of so many rows take, by default of the stimuli; see `columns_at_once`."""
        count = self.stimuli if rows is None else rows
        return min(columns_at_once(count, self.units, arrays), self.units) * count * NUMBER

    def rows(self, trials: int = 1) -> int:
        """Give what all units of some stimuli take; see `rows_at_once`."""
        units = self.units * trials
        return min(rows_at_once(self.stimuli, units), self.stimuli) * units * NUMBER

    @property
    def reading(self) -> int:
        """What reading some units takes beside the block that they become."""
        return 0 if self.double and self.trials == 1 else self.columns()


def extent_of(x: Any) -> Extent:
    """Read the extent off activity (stimulus, unit) or (stimulus, trial, unit), further axes being units.

    What has no shape is no array yet, and little; what is wrong with it is said where it is checked.

    Examples
    --------
    >>> extent_of(np.zeros((5, 8, 8, 3), np.float32))
    Extent(stimuli=5, trials=1, units=192, double=False)
    """
    shape: tuple[int, ...] = getattr(x, "shape", ())
    if len(shape) < 2 or 0 in shape:
        return Extent(1, 1, 1, True)
    trials = shape[1] if len(shape) == 3 else 1
    units = int(np.prod(shape[1:])) // trials
    return Extent(shape[0], trials, units, np.dtype(getattr(x, "dtype", np.float64)) == np.float64)


def require_memory(needed: int, what: str, remedy: str) -> None:
    """Refuse what will not fit, before it is taken.

    Raises
    ------
    MemoryLimitError
        Says how much is needed, how much is free, and what to do.
    """
    from brainsim.memory import available_bytes, readable

    available = available_bytes()
    if available is not None and needed > available:
        raise MemoryLimitError(f"{what}: needs about {readable(needed)}, {readable(available)} are free; {remedy}")


def require_room(needed: int, what: str) -> None:
    """Refuse a measure that will not fit; what is little is not asked for.

    Raises
    ------
    MemoryLimitError
        As `require_memory`.
    """
    if needed > LITTLE:
        require_memory(needed, what, "take fewer stimuli or units, fewer threads, or minibatch_cka for many stimuli")
