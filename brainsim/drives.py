"""What a population receives from outside, whatever the stimulus."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.errors import KindError, ParameterError
from brainsim.receptors import Receptor
from brainsim.units import number, numbers

__all__ = ["PoissonDrive"]

HIGHEST_RATE = 1e12  # Hz; above it the table of counts outgrows all use


@dataclass(frozen=True, eq=False)
class PoissonDrive:
    """Independent Poisson background onto every unit of a population.

    In each step each unit gets `weight` times a Poisson count of mean ``rate * dt``.

    Parameters
    ----------
    target : str
        Full name of the population, ``"region.population"``.
    rate : float or array-like (unit)
        Events per second (Hz) arriving at each unit: the sum over all background synapses.
    receptor : Receptor
        Where they arrive.
    weight : float
        In the receptor's unit: nS, pA or mV.

    Raises
    ------
    ParameterError, KindError
        If a rate is negative or not finite, or a weight does not suit the receptor.

    Examples
    --------
    >>> from brainsim import Delta
    >>> PoissonDrive("cortex.E", rate=20_000, receptor=Delta(), weight=0.1).weight
    0.1
    """

    target: str
    rate: Any
    receptor: Receptor
    weight: float

    def __post_init__(self) -> None:
        where = f"PoissonDrive({self.target!r})"
        if not isinstance(self.receptor, Receptor):
            raise KindError(f"{where}.receptor: must be a receptor such as AMPA(), got {self.receptor!r}")
        unit = self.receptor.weight_unit
        object.__setattr__(self, "weight", number(self.weight, unit, f"{where}.weight", nonnegative=unit == "nS"))
        if np.ndim(self.rate) == 0:
            object.__setattr__(self, "rate", number(self.rate, "Hz", f"{where}.rate", nonnegative=True))
        else:
            rate = numbers(self.rate, "Hz", f"{where}.rate", len(self.rate), nonnegative=True)
            object.__setattr__(self, "rate", rate)
        if np.max(self.rate, initial=0) > HIGHEST_RATE:
            raise ParameterError(f"{where}.rate: must be at most {HIGHEST_RATE:g} Hz, got {np.max(self.rate):g} Hz")
