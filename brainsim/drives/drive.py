"""What every drive can do, and the numbers that it may be given."""

import re
from abc import ABC, abstractmethod
from dataclasses import Field
from typing import Any, ClassVar

import numpy as np

from brainsim.engine.inputs import Input
from brainsim.errors import KindError, ModelError, ParameterError
from brainsim.neurons import NeuronModel
from brainsim.receptors import Receptor
from brainsim.units import number, numbers

__all__ = [
    "CURRENT",
    "Drive",
    "check_current",
    "check_receptor",
    "check_target",
    "check_width",
    "shaped",
    "values_in_time",
]

CURRENT = "I_drive"
"""The variable that holds the sum of a population's currents from outside, in records (pA) and equations."""


class Drive(ABC):
    """Something from outside that acts on every unit of one population; every drive is a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field]]

    target: str
    """Full name of the population, ``"region.population"``."""

    receptor: "Receptor | None"
    """Where its spikes arrive; None where it is a current."""

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"{type(self).__name__}({self.target!r})"

    @abstractmethod
    def check(self, units: int) -> None:
        """Check it against the number of the target's units.

        Raises
        ------
        ModelError
            If it has values for another number of units.
        """

    @abstractmethod
    def lowered(self, target: int, units: int, dt: float) -> Input:
        """Give what the engine runs, for the group with the number `target` and steps of `dt` ms.

        Raises
        ------
        ParameterError
            If a time is not a whole number of steps.
        """


def check_target(drive: Drive) -> None:
    """Check the name of a drive's target.

    Raises
    ------
    KindError
        If it is no string.
    """
    if not isinstance(drive.target, str):
        raise KindError(f"{type(drive).__name__}.target: must be a population's name, got {drive.target!r}")


def check_current(population: str, model: NeuronModel, label: str) -> None:
    """Check that a model takes a current, so that no drive is lost in silence.

    Raises
    ------
    ModelError
        If it does not use ``I_syn``, or has a variable called ``I_drive`` already.
    """
    kind = type(model).__name__
    if not re.search(r"\bI_syn\b", model.equations):
        raise ModelError(f"{label}: gives a current, but the equations of {kind} do not use I_syn")
    if CURRENT in model.names:
        raise ModelError(f"{label}: {kind} of {population} has a variable {CURRENT!r} already; give it another name")


def check_receptor(drive: Drive) -> str:
    """Check a drive's receptor, and give its weights' unit.

    Raises
    ------
    KindError
        If it is none.
    """
    if not isinstance(drive.receptor, Receptor):
        raise KindError(f"{drive.label}.receptor: must be a receptor such as AMPA(), got {drive.receptor!r}")
    return drive.receptor.weight_unit


def values_in_time(
    value: Any, width: Any, unit: str, where: str, *, nonnegative: bool = False
) -> tuple[float | np.ndarray, float | None]:
    """Check values that may differ between units and change in time.

    Parameters
    ----------
    value : float or array-like
        One number or (unit); where `width` is given (bin) or (bin, unit).
    width : float or None
        How many ms a bin lasts.
    unit, where : str
        Public unit and name of the values.
    nonnegative : bool
        Whether they must be at least 0.

    Returns
    -------
    value : float or numpy.ndarray
        In the public unit, a copy that cannot be written to.
    width : float or None
        In ms.

    Raises
    ------
    ParameterError, KindError
        If something cannot be used.
    """
    dimensions = _dimensions(value, unit, where)
    if width is None:
        if dimensions == 0:
            return number(value, unit, where, nonnegative=nonnegative), None
        if dimensions > 1:
            raise ParameterError(
                f"{where}: must be one number or (unit), got shape {np.shape(value)}; values that change in time, "
                "(bin) or (bin, unit), need bin= in ms"
            )
        return numbers(value, unit, where, len(value), nonnegative=nonnegative), None
    width = number(width, "ms", f"{where.rsplit('.', 1)[0]}.bin", positive=True)
    if dimensions not in (1, 2) or 0 in np.shape(value):
        raise ParameterError(f"{where}: must be (bin) or (bin, unit) where bin= is given, got shape {np.shape(value)}")
    shape = np.shape(value)
    flat = value if dimensions == 1 else (value if hasattr(value, "dim") else np.asarray(value)).reshape(-1)
    result = numbers(flat, unit, where, int(np.prod(shape)), nonnegative=nonnegative).reshape(shape)
    result.flags.writeable = False
    return result, width


def check_width(drive: Drive, value: float | np.ndarray, width: float | None, name: str, units: int) -> None:
    """Check that values for each unit are as many as units.

    Raises
    ------
    ModelError
        If they are not.
    """
    each = np.ndim(value) == (1 if width is None else 2)
    if each and np.shape(value)[-1] != units:
        raise ModelError(f"{drive.label}.{name}: {np.shape(value)[-1]} values for {units} units")


def shaped(value: np.ndarray | float, width: float | None) -> np.ndarray:
    """Give values as (bin, unit), with one bin or one unit where they do not differ."""
    values = np.asarray(value, dtype=np.float64)
    if width is None:
        return np.atleast_1d(values)[None, :]
    return values if values.ndim == 2 else values[:, None]


def _dimensions(value: Any, unit: str, where: str) -> int:
    try:
        return np.ndim(value)
    except ValueError:
        raise KindError(f"{where}: must be numbers in {unit}, got rows of different lengths") from None
