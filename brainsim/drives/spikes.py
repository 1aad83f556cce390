"""Listed spikes from outside."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.drives.drive import Drive, check_receptor, check_target
from brainsim.engine.inputs import SpikeInput
from brainsim.errors import KindError, ModelError, ParameterError
from brainsim.receptors import Receptor
from brainsim.timing import steps_holding
from brainsim.units import number, numbers, to_si

__all__ = ["SpikeDrive", "spike_list"]


@dataclass(frozen=True, eq=False)
class SpikeDrive(Drive):
    """Listed spikes onto units of a population: at ``times[k]`` one arrives at unit ``units[k]``.

    It arrives in the step that holds its time, where a synapse's spikes arrive; add the delay to the times if there is
    one. Several spikes that reach one unit in one step add up.

    Parameters
    ----------
    target : str
        Full name of the population, ``"region.population"``.
    times : array-like (spike)
        In ms, not negative, in any order.
    units : int or array-like of int (spike)
        The unit that each spike reaches.
    receptor : Receptor
        Where they arrive.
    weight : float or array-like (spike)
        In the receptor's unit: nS, pA or mV.

    Raises
    ------
    ParameterError, KindError
        If a time is negative or not finite, or a weight does not suit the receptor.

    Examples
    --------
    >>> from brainsim import AMPA
    >>> SpikeDrive("V1.E", times=[10, 10.5, 30], units=[0, 0, 7], receptor=AMPA(), weight=2).times
    array([10. , 10.5, 30. ])
    """

    target: str
    times: Any
    units: Any
    receptor: Receptor
    weight: Any

    def __post_init__(self) -> None:
        check_target(self)
        unit = check_receptor(self)
        times, units = spike_list(self.times, self.units, self.label)
        where = f"{self.label}.weight"
        weight: float | np.ndarray
        if np.ndim(self.weight) == 0:
            weight = number(self.weight, unit, where, nonnegative=unit == "nS")
        else:
            weight = numbers(self.weight, unit, where, len(times), nonnegative=unit == "nS")
        for name, value in (("times", times), ("units", units), ("weight", weight)):
            object.__setattr__(self, name, value)

    def check(self, units: int) -> None:
        """Check that the units are there."""
        if len(self.units) and self.units.max() >= units:
            raise ModelError(f"{self.label}.units: unit {self.units.max()}, but {self.target} has 0 to {units - 1}")

    def lowered(self, target: int, units: int, dt: float) -> SpikeInput:
        """Give the engine's input."""
        weight = to_si(self.weight * self.receptor.gain, self.receptor.weight_unit)
        return SpikeInput(target, self.receptor.arrival, steps_holding(self.times, dt), self.units, weight)


def spike_list(times: Any, units: Any, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Check listed spikes: times in ms, float64 (spike), and units, int64 (spike), that cannot be written to.

    Raises
    ------
    ParameterError, KindError
        If times are negative or not finite, units are negative or no whole numbers, or they are not equally many.
    """
    if np.ndim(times) != 1:
        raise KindError(f"{where}.times: must be a list of times in ms, got {times!r}")
    checked = numbers(times, "ms", f"{where}.times", len(times), nonnegative=True)
    listed = np.asarray(units)
    if listed.size == 0 and listed.ndim == 1:
        listed = listed.astype(np.int64)
    if listed.dtype.kind not in "iu":
        raise KindError(f"{where}.units: must be unit numbers, got {units!r}")
    if listed.ndim and listed.shape != checked.shape:
        raise ParameterError(f"{where}.units: must be one number or {len(checked)}, got shape {listed.shape}")
    if listed.size and listed.min() < 0:
        raise ParameterError(f"{where}.units: must not be negative, got {listed.min()}")
    listed = np.array(np.broadcast_to(listed, checked.shape), dtype=np.int64)
    listed.flags.writeable = False
    return checked, listed
