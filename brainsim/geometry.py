"""Where units lie, in mm: on a grid, or where somebody says."""

from typing import Any

import numpy as np

from brainsim.errors import KindError, ParameterError
from brainsim.units import numbers

__all__ = ["grid_places", "places"]


def grid_places(shape: tuple[int, ...], spacing: float) -> np.ndarray:
    """Give (x, y) of the units of a grid, its middle at (0, 0); channels of one position lie in one place.

    Parameters
    ----------
    shape : tuple of int
        (height, width), (height, width, channel), or (size,) for a line along x.
    spacing : float
        Between neighbours, in mm.

    Returns
    -------
    numpy.ndarray of float64 (unit, 2)
        x grows with the column, y with the row.

    Examples
    --------
    >>> grid_places((1, 3), 0.5).tolist()
    [[-0.5, 0.0], [0.0, 0.0], [0.5, 0.0]]
    """
    height, width, channels = (1, shape[0], 1) if len(shape) == 1 else (*shape, 1)[:3]
    y, x = ((np.arange(size) - (size - 1) / 2) * spacing for size in (height, width))
    position = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return np.repeat(position, channels, axis=0)


def places(positions: Any, units: int, where: str) -> np.ndarray:
    """Check positions and give them in mm, as a copy that cannot be written to.

    Raises
    ------
    ParameterError, KindError
        If there is not one place of 2 or 3 finite numbers for each unit.
    """
    try:
        shape = np.shape(positions)
    except ValueError:
        raise KindError(f"{where}: must be (unit, 2 or 3), got rows of different lengths") from None
    if len(shape) != 2 or shape[0] != units or shape[1] not in (2, 3):
        raise ParameterError(f"{where}: must be ({units}, 2) or ({units}, 3), one place in mm a unit, got {shape}")
    flat = positions.ravel() if hasattr(positions, "dim") else np.reshape(positions, -1)
    checked = numbers(flat, "mm", where, shape[0] * shape[1]).reshape(shape)
    checked.flags.writeable = False
    return checked
