"""Numbers as rates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.encoders.encoder import Encoder
from brainsim.encoders.values import check_interval, check_numbers, check_rates, onto_units
from brainsim.errors import StimulusError
from brainsim.parts import Population
from brainsim.units import number

__all__ = ["Rate"]


@dataclass(frozen=True)
class Rate(Encoder):
    """Each unit's rate grows with its number: ``rate = baseline + (max_rate - baseline) (x - low) / (high - low)``.

    Parameters
    ----------
    baseline, max_rate : float
        Rates for `low` and for `high`, in Hz.
    low, high : float
        Between what the numbers lie; others are refused, not clipped.
    bin : float, optional
        How many ms a bin lasts, where the numbers change in time. The last bin goes on to the end of the trial.

    Raises
    ------
    ParameterError, KindError
        If a parameter is out of range.

    Notes
    -----
    Stimuli are (stimulus, unit), or (stimulus, height, width[, channel]) for a population of that shape; with `bin`
    (stimulus, bin, unit) and so on. Every population of the region gets the same numbers. Diehl and Cook (2015,
    doi:10.3389/fncom.2015.00099) present digits in this way.

    Examples
    --------
    >>> from brainsim import Poisson, Population
    >>> pixels = np.array([[0.0, 0.5, 1.0]])
    >>> Rate(max_rate=60).rates(pixels, {"in": Population("in", Poisson(), size=3)})["in"]
    array([[ 0., 30., 60.]])
    """

    baseline: float = 0.0
    max_rate: float = 100.0
    low: float = 0.0
    high: float = 1.0
    bin: float | None = None

    def __post_init__(self) -> None:
        check_rates(self)
        check_interval(self, "low", "high")
        if self.bin is not None:
            object.__setattr__(self, "bin", number(self.bin, "ms", "Rate.bin", positive=True))

    def rates(self, stimuli: Any, populations: Mapping[str, Population]) -> dict[str, np.ndarray]:
        """Give the rates of every population.

        Parameters
        ----------
        stimuli : array-like
            Stimuli first, then bins if there are any, then one number a unit.
        populations : mapping of str to Population
            Who gets them.

        Returns
        -------
        dict of str to numpy.ndarray
            Hz; (stimulus, unit) or (stimulus, bin, unit).

        Raises
        ------
        StimulusError, KindError
            If the numbers lie outside, or are not one a unit.
        """
        values = check_numbers(stimuli, self.low, self.high, "Rate")
        leading = 1 if self.bin is None else 2
        if values.ndim <= leading:
            raise StimulusError(f"Rate: stimuli must have {leading + 1} dimensions or more, got shape {values.shape}")
        share = (values - self.low) / (self.high - self.low)
        rates = self.baseline + (self.max_rate - self.baseline) * share
        return {name: onto_units(rates, one, "Rate", leading) for name, one in populations.items()}
