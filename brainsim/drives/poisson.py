"""Random spikes from outside."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.drives.drive import Drive, check_receptor, check_target, check_width, shaped, values_in_time
from brainsim.engine.inputs import PoissonInput
from brainsim.errors import ParameterError
from brainsim.receptors import Receptor
from brainsim.timing import whole_steps
from brainsim.units import number, to_si

__all__ = ["PoissonDrive"]

HIGHEST_RATE = 1e12  # Hz; above it the table of counts outgrows all use


@dataclass(frozen=True, eq=False)
class PoissonDrive(Drive):
    """Independent Poisson background onto every unit of a population.

    In each step each unit gets `weight` times a Poisson count of mean ``rate * dt``, independent of all other counts.
    The background arrives before the spikes of that step.

    Parameters
    ----------
    target : str
        Full name of the population, ``"region.population"``.
    rate : float or array-like (unit), or (bin) or (bin, unit)
        Events per second (Hz) arriving at each unit: the sum over all background synapses. A rate that changes in time
        is a value a bin; it is constant within a bin, and the last bin goes on.
    receptor : Receptor
        Where they arrive.
    weight : float
        In the receptor's unit: nS, pA or mV.
    bin : float, optional
        How many ms a bin of `rate` lasts, a whole number of steps.

    Raises
    ------
    ParameterError, KindError
        If a rate is negative or not finite, or a weight does not suit the receptor.

    Examples
    --------
    >>> import numpy as np
    >>> from brainsim import AMPA, Delta
    >>> PoissonDrive("cortex.E", rate=20_000, receptor=Delta(), weight=0.1).weight
    0.1
    >>> time = np.arange(0, 1000, 5.0)  # ms
    >>> PoissonDrive("cortex.E", 1000 * (1 + np.sin(time / 50)), AMPA(), weight=1.2, bin=5).rate.shape
    (200,)
    """

    target: str
    rate: Any
    receptor: Receptor
    weight: float
    bin: float | None = None

    def __post_init__(self) -> None:
        check_target(self)
        unit = check_receptor(self)
        weight = number(self.weight, unit, f"{self.label}.weight", nonnegative=unit == "nS")
        rate, width = values_in_time(self.rate, self.bin, "Hz", f"{self.label}.rate", nonnegative=True)
        if np.max(rate, initial=0) > HIGHEST_RATE:
            raise ParameterError(f"{self.label}.rate: must be at most {HIGHEST_RATE:g} Hz, got {np.max(rate):g} Hz")
        for name, value in (("weight", weight), ("rate", rate), ("bin", width)):
            object.__setattr__(self, name, value)

    def check(self, units: int) -> None:
        """Check that there are as many rates as units."""
        check_width(self, self.rate, self.bin, "rate", units)

    def lowered(self, target: int, units: int, dt: float) -> PoissonInput:
        """Give the engine's input."""
        weight = to_si(self.weight * self.receptor.gain, self.receptor.weight_unit)
        variable = self.receptor.arrival
        if self.bin is None:
            return PoissonInput(target, variable, self.rate, weight)
        width = whole_steps(self.bin, dt, f"{self.label}.bin")
        return PoissonInput(target, variable, shaped(self.rate, self.bin), weight, width)
