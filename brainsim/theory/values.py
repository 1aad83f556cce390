"""Checked numbers and cells for the closed forms."""

from typing import Any, NamedTuple

import numpy as np

from brainsim.distributions import Distribution
from brainsim.errors import KindError, ParameterError
from brainsim.neurons import LIF
from brainsim.units import number, numbers

__all__ = ["Constants", "constants", "values"]


class Constants(NamedTuple):
    """The numbers of an integrate-and-fire cell: pF, ms, mV."""

    C_m: float
    tau_m: float
    E_L: float
    V_th: float
    V_reset: float
    t_ref: float


def constants(cell: LIF, where: str) -> Constants:
    """Give a cell's parameters as plain numbers.

    Raises
    ------
    KindError
        If it is no LIF.
    ParameterError
        If a parameter is a distribution or an array: theory speaks of one cell.
    """
    if not isinstance(cell, LIF):
        raise KindError(f"{where}: cell must be a LIF, got {type(cell).__name__}")
    found: dict[str, float] = {}
    for name in ("C_m", "E_L", "V_th", "V_reset", "t_ref", "tau_m" if cell.g_L is None else "g_L"):
        value = getattr(cell, name)
        if isinstance(value, Distribution) or np.ndim(value):
            raise ParameterError(f"{where}: {name} must be one number, got {value!r}; theory speaks of one cell")
        found[name] = float(value)
    tau_m = found["tau_m"] if cell.g_L is None else found["C_m"] / found["g_L"]
    return Constants(found["C_m"], tau_m, found["E_L"], found["V_th"], found["V_reset"], found["t_ref"])


def values(value: Any, unit: str, where: str, *, positive: bool = False, nonnegative: bool = False) -> np.ndarray:
    """Check a number or an array of any shape, in its public unit; Brian2 quantities are converted.

    Raises
    ------
    ParameterError, KindError
        If they are not finite, out of range, of another dimension, or no numbers.
    """
    if np.ndim(value) == 0:
        return np.asarray(number(value, unit, where, positive=positive, nonnegative=nonnegative))
    flat = np.ravel(value) if hasattr(value, "dim") else np.asarray(value).ravel()
    checked = numbers(flat, unit, where, flat.size, nonnegative=nonnegative)
    if positive and checked.min(initial=1) <= 0:
        raise ParameterError(f"{where}: must be positive, got {checked.min():g} {unit}")
    return checked.reshape(np.shape(value))
