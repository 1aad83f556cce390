"""Units gathered into cells by where they lie, and distances in an open or a periodic space."""

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Cells", "gaps", "nearest_gaps"]

SMALLEST = 64  # units in a cell: fewer would make more pairs of cells than they save pairs of units
MOST = 1024  # cells of a population


@dataclass(frozen=True, eq=False)
class Cells:
    """Groups of units that lie together.

    Parameters
    ----------
    units : numpy.ndarray of int64 (unit)
        Unit numbers, cell after cell.
    starts, sizes : numpy.ndarray of int64 (cell)
        Where a cell begins in `units`, and how many it holds.
    low, high : numpy.ndarray of float64 (cell, axis)
        The box around its units.
    """

    units: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def around(cls, positions: np.ndarray) -> "Cells":
        """Halve the units along their widest axis, and the halves again, until cells are small or many.

        Parameters
        ----------
        positions : numpy.ndarray (unit, axis)
            In mm.
        """
        groups = [np.arange(len(positions))]
        while len(groups[0]) > SMALLEST and len(groups) < MOST:
            groups = [half for group in groups for half in _halves(group, positions)]
        sizes = np.array([len(group) for group in groups])
        return cls(
            units=np.concatenate(groups),
            starts=np.cumsum(sizes) - sizes,
            sizes=sizes,
            low=np.array([positions[group].min(axis=0) for group in groups]),
            high=np.array([positions[group].max(axis=0) for group in groups]),
        )


def gaps(here: np.ndarray, there: np.ndarray, periodic: Any = None) -> np.ndarray:
    """Give distances in mm between places (..., axis).

    Parameters
    ----------
    here, there : numpy.ndarray (..., axis)
        In mm.
    periodic : float or numpy.ndarray (axis), optional
        Size of the box whose opposite sides meet.

    Examples
    --------
    >>> float(gaps(np.zeros(2), np.array([3.0, 4.0]))), float(gaps(np.zeros(2), np.array([0.75, 0.0]), periodic=1))
    (5.0, 0.25)
    """
    apart = np.abs(here - there)
    if periodic is not None:
        apart = np.minimum(apart, periodic - apart)
    return np.sqrt((apart**2).sum(axis=-1))


def nearest_gaps(here: Cells, there: Cells, periodic: Any = None) -> np.ndarray:
    """Give a lower bound of the distance between two cells' units, for all pairs of cells: (here, there), mm."""
    ahead = there.low[None] - here.high[:, None]
    behind = here.low[:, None] - there.high[None]
    apart = np.maximum(np.maximum(ahead, behind), 0)
    if periodic is not None:
        # The other way round the box: from the far end of one cell to the near end of the other.
        farthest = np.maximum(there.high[None] - here.low[:, None], here.high[:, None] - there.low[None])
        apart = np.minimum(apart, np.maximum(periodic - farthest, 0))
    return np.sqrt((apart**2).sum(axis=-1)) * (1 - 1e-12)


def _halves(group: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    widest = int(np.argmax(np.ptp(positions[group], axis=0)))
    order = np.argsort(positions[group, widest], kind="stable")
    middle = len(group) // 2
    return group[order[:middle]], group[order[middle:]]
