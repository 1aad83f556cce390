"""The one check that all numbers of a network pass."""

import numpy as np

from brainsim.engine.errors import NetworkError

__all__ = ["check_values"]


def check_values(where: str, value: float | np.ndarray, size: int, low: float = -np.inf) -> None:
    """Check one number, or `size` of them.

    Raises
    ------
    NetworkError
        If they are not so many, not finite, or below `low`.
    """
    values = np.asarray(value, dtype=np.float64)
    if values.ndim and values.shape != (size,):
        raise NetworkError(f"{where}: must be one number or {size}, got an array of shape {values.shape}")
    if not np.isfinite(values).all() or np.any(values < low):
        raise NetworkError(f"{where}: must be finite{'' if low == -np.inf else f' and at least {low:g}'}")
