"""Patterns read some units or some stimuli at a time, so that activity stays where it lies: in memory or on disk.

Most of what compares patterns is a sum over units. Taken block by block it needs no copy of the activity: neither in
double precision, nor of its means over trials, nor of the units and stimuli that were chosen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from compare.room import BLOCK, columns_at_once, rows_at_once

__all__ = ["BLOCK", "Blocks", "Patterns", "Selection", "chosen_from", "columns_at_once", "rows_at_once"]


class Blocks(Protocol):
    """A matrix (stimulus, unit) that is read in parts; float64, to be written into where a part owns its memory."""

    @property
    def shape(self) -> tuple[int, int]:
        """Stimuli and units."""

    def columns(self, start: int, stop: int) -> np.ndarray:
        """Give some units of all stimuli."""

    def rows(self, stimuli: Any) -> np.ndarray:
        """Give all units of some stimuli: a slice, or their numbers."""


@dataclass(frozen=True, eq=False)
class Patterns:
    """The means over trials of activity, read in parts.

    Parameters
    ----------
    array : numpy.ndarray or Selection
        (stimulus, trial, unit), checked.

    Examples
    --------
    >>> Patterns(np.arange(12).reshape(2, 2, 3)).columns(0, 2)
    array([[1.5, 2.5],
           [7.5, 8.5]])
    """

    array: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """Stimuli and units."""
        return self.array.shape[0], self.array.shape[2]

    def columns(self, start: int, stop: int) -> np.ndarray:
        """Give some units of all stimuli."""
        return _mean(self.array[:, :, start:stop])

    def rows(self, stimuli: Any) -> np.ndarray:
        """Give all units of some stimuli."""
        return _mean(self.array[stimuli])

    def row_blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Give all stimuli, some at a time."""
        count, step = self.shape[0], rows_at_once(*self.shape)
        for start in range(0, count, step):
            part = slice(start, min(start + step, count))
            yield part, self.rows(part)


def _mean(block: np.ndarray) -> np.ndarray:
    return block[:, 0].astype(np.float64, copy=False) if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float64)


class Selection:
    """Some stimuli, trials and units of activity, as if they were an array, copied only where they are read.

    Reading (``selection[stimuli, trials, units]``, as of an array) gives arrays; `numpy.asarray` a copy of it all.

    Parameters
    ----------
    array : numpy.ndarray
        (stimulus, trial, unit).
    chosen : sequence of numpy.ndarray or None
        Which of each axis, numbers in rising order; None for all.

    Examples
    --------
    >>> some = Selection(np.arange(12).reshape(2, 2, 3), [None, np.array([1]), np.array([0, 2])])
    >>> some.shape, some[1:]
    ((2, 1, 2), array([[[ 9, 11]]]))
    """

    ndim = 3

    def __init__(self, array: np.ndarray, chosen: Sequence[np.ndarray | None]) -> None:
        self._array = array
        self._chosen = tuple(chosen)
        self.dtype = array.dtype
        counts = zip(array.shape, self._chosen, strict=True)
        self.shape = tuple(size if index is None else len(index) for size, index in counts)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return int(np.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """How many bytes they would take."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> np.ndarray:
        keys = [*(key if isinstance(key, tuple) else (key,)), *[slice(None)] * 3][:3]
        axes = zip(self._chosen, keys, self._array.shape, strict=True)
        index = [_within(own, wanted, size) for own, wanted, size in axes]
        # A stretch is a view; what lies scattered in it is then gathered at once, from no more than is needed.
        stretches, scattered = zip(*(_stretch(numbers) for numbers in index), strict=True)
        part = np.asarray(self._array[stretches])
        if all(numbers is None for numbers in scattered):
            return part
        if sum(numbers is not None for numbers in scattered) == 1:
            axis = next(axis for axis, numbers in enumerate(scattered) if numbers is not None)
            return np.take(part, scattered[axis], axis=axis)
        filled = [np.arange(size) if own is None else own for own, size in zip(scattered, part.shape, strict=True)]
        return part[np.ix_(*filled)]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        found = self[:]
        return found if dtype is None else found.astype(dtype, copy=False)


def _within(own: np.ndarray | None, wanted: Any, size: int) -> Any:
    """Give which numbers of an axis are meant by some of those that were chosen."""
    if own is not None:
        return own[wanted]
    if isinstance(wanted, slice):
        return wanted
    numbers = np.asarray(wanted)
    return np.flatnonzero(numbers) if numbers.dtype == bool else numbers % size


def _stretch(numbers: Any) -> tuple[slice, np.ndarray | None]:
    """Give the stretch that holds these numbers, and where they lie in it; None for all of it."""
    if isinstance(numbers, slice) or not len(numbers):
        return (numbers, None) if isinstance(numbers, slice) else (slice(0, 0), None)
    first, last = int(numbers.min()), int(numbers.max())
    whole = len(numbers) == last - first + 1 and (np.diff(numbers) == 1).all()
    return slice(first, last + 1), None if whole else numbers - first


def chosen_from(array: Any, stimuli: Any = None, trials: Any = None, units: Any = None) -> Any:
    """Choose stimuli, trials and units of activity without a copy; the array itself where none are left out.

    Parameters
    ----------
    array : numpy.ndarray or Selection
        (stimulus, trial, unit).
    stimuli, trials, units : array-like, optional
        Numbers, or a bool for each; all by default.
    """
    base, before = (array._array, array._chosen) if isinstance(array, Selection) else (array, (None, None, None))
    after = []
    for own, wanted, size in zip(before, (stimuli, trials, units), base.shape, strict=True):
        asked = None if wanted is None else np.asarray(wanted)
        if asked is not None and asked.dtype == bool and asked.all():
            asked = None
        after.append(own if asked is None else np.asarray(_within(own, asked, size)))
    return array if all(one is None for one in after) else Selection(base, after)
