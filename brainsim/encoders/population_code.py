"""A number as the activity of many units."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.encoders.encoder import Encoder
from brainsim.encoders.values import check_interval, check_numbers, check_rates
from brainsim.errors import KindError, ParameterError, StimulusError
from brainsim.parts import Population
from brainsim.units import number

__all__ = ["PopulationCode"]

FINENESS = 20  # points between two centres at which a likelihood is looked at


@dataclass(frozen=True)
class PopulationCode(Encoder):
    """A scalar, by Gaussian tuning curves whose centres tile its range.

    Each unit prefers a value ``c_i`` (Pouget, Dayan and Zemel 2000)::

        rate_i = baseline + (max_rate - baseline) exp(-(x - c_i)^2 / (2 width^2))

    The centres ``c_i`` are evenly spaced from `low` to `high`. On a circle (an orientation, a direction) `high` is
    `low` again: the centres divide the circle evenly, and distances are taken the shorter way round.

    Parameters
    ----------
    low, high : float
        Range of the scalar; others are refused, not clipped.
    width : float
        Standard deviation of a tuning curve, in units of the scalar.
    baseline, max_rate : float
        Rates far from the centre and at it, in Hz.
    circular : bool
        Whether the range is a circle.

    Raises
    ------
    ParameterError, KindError
        If a parameter is out of range.

    References
    ----------
    Pouget, Dayan and Zemel 2000, Information processing with population codes, doi:10.1038/35039062.

    Examples
    --------
    >>> from brainsim import Poisson, Population
    >>> code = PopulationCode(0, 180, width=20, circular=True)
    >>> rates = code.rates([45.0, 175.0], {"in": Population("in", Poisson(), size=8)})["in"]
    >>> code.centers(8)[rates.argmax(axis=1)].tolist()
    [45.0, 0.0]
    """

    low: float = 0.0
    high: float = 1.0
    width: float = 0.1
    baseline: float = 0.0
    max_rate: float = 100.0
    circular: bool = False

    bin = None

    def __post_init__(self) -> None:
        check_interval(self, "low", "high")
        check_rates(self)
        object.__setattr__(self, "width", number(self.width, "1", "PopulationCode.width", positive=True))
        if not isinstance(self.circular, bool):
            raise KindError(f"PopulationCode.circular: must be True or False, got {self.circular!r}")
        if self.max_rate == self.baseline:
            raise ParameterError(f"PopulationCode.max_rate: must be above baseline, got {self.max_rate:g} Hz for both")

    def centers(self, units: int) -> np.ndarray:
        """Give the preferred value of each unit, (unit)."""
        return np.linspace(self.low, self.high, units, endpoint=not self.circular)

    def rates(self, stimuli: Any, populations: Mapping[str, Population]) -> dict[str, np.ndarray]:
        """Give the rates of every population.

        Parameters
        ----------
        stimuli : array-like (stimulus)
            One scalar each.
        populations : mapping of str to Population
            Who gets them; each tiles the range with all its units.

        Returns
        -------
        dict of str to numpy.ndarray (stimulus, unit)
            Hz.

        Raises
        ------
        StimulusError, KindError
            If a scalar lies outside the range.
        """
        values = check_numbers(stimuli, self.low, self.high, "PopulationCode")
        if values.ndim != 1:
            raise StimulusError(f"PopulationCode: stimuli must be one scalar each, got shape {values.shape}")
        return {name: np.exp(self._log_rates(values, one.units)) for name, one in populations.items()}

    def decode(self, counts: Any, duration: float) -> np.ndarray:
        """Give the scalars for which spike counts are most likely, taking each as an independent Poisson number.

        Parameters
        ----------
        counts : array-like (..., unit)
            Spikes of each unit.
        duration : float
            For how many ms they were counted.

        Returns
        -------
        numpy.ndarray (...)
            The best of a grid of values, `FINENESS` of them between two centres.

        Raises
        ------
        StimulusError, KindError, ParameterError
            If counts are negative or no numbers.
        """
        counted = check_numbers(counts, 0, np.inf, "PopulationCode.decode")
        seconds = number(duration, "ms", "PopulationCode.decode: duration", positive=True) / 1e3
        units = counted.shape[-1]
        grid = self.centers((units if self.circular else units - 1) * FINENESS + (not self.circular))
        log_rates = self._log_rates(grid, units)
        # ln P(counts | x) = sum over units of (count ln(rate T) - rate T), without what does not depend on x.
        likelihood = counted @ log_rates.T - seconds * np.exp(log_rates).sum(axis=1)
        return grid[likelihood.argmax(axis=-1)]

    def _log_rates(self, values: np.ndarray, units: int) -> np.ndarray:
        """Natural logarithm of the rates, (value, unit): far from a centre the rate itself would vanish."""
        distance = values[:, None] - self.centers(units)
        if self.circular:
            span = self.high - self.low
            distance = (distance + span / 2) % span - span / 2
        with np.errstate(divide="ignore"):
            base, top = np.log(self.baseline), np.log(self.max_rate - self.baseline)
        return np.logaddexp(base, top - distance**2 / (2 * self.width**2))
