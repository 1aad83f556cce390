"""Numbers as times of a first spike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.encoders.encoder import Events, SpikeEncoder
from brainsim.encoders.values import check_interval, check_numbers, onto_units
from brainsim.errors import StimulusError
from brainsim.parts import Population
from brainsim.units import number

__all__ = ["Latency"]


@dataclass(frozen=True)
class Latency(SpikeEncoder):
    """Each unit spikes once, the earlier the larger its number: ``t = onset + window (high - x) / (high - low)``.

    A unit whose number is `low` stays silent. So the order of first spikes tells the order of the numbers, which is
    what a rank order code reads (VanRullen and Thorpe 2001, doi:10.1162/08997660152002852).

    Parameters
    ----------
    window : float
        How many ms the latest spike comes after the earliest one possible.
    onset : float
        Time of the spike for `high`, in ms after the stimulus is presented.
    low, high : float
        Between what the numbers lie; others are refused, not clipped.

    Raises
    ------
    ParameterError, KindError
        If a parameter is out of range.

    Notes
    -----
    For :class:`brainsim.SpikeSource` units. Stimuli are (stimulus, unit), or (stimulus, height, width[, channel]) for
    a population of that shape. A spike is fired in the step that holds its time.

    Examples
    --------
    >>> from brainsim import Population, SpikeSource
    >>> code = Latency(window=20, onset=5)
    >>> code.spikes([[1.0, 0.0, 0.75]], {"in": Population("in", SpikeSource(), size=3)})["in"]
    [(array([ 5., 10.]), array([0, 2]))]
    """

    window: float = 50.0
    onset: float = 0.0
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "window", number(self.window, "ms", "Latency.window", positive=True))
        object.__setattr__(self, "onset", number(self.onset, "ms", "Latency.onset", nonnegative=True))
        check_interval(self, "low", "high")

    def spikes(self, stimuli: Any, populations: Mapping[str, Population]) -> dict[str, list[Events]]:
        """Give the spikes of every population.

        Parameters
        ----------
        stimuli : array-like
            Stimuli first, then one number a unit.
        populations : mapping of str to Population
            Who gets them.

        Returns
        -------
        dict of str to list of (numpy.ndarray, numpy.ndarray)
            For each stimulus times in ms and units, by unit.

        Raises
        ------
        StimulusError, KindError
            If the numbers lie outside, or are not one a unit.
        """
        values = check_numbers(stimuli, self.low, self.high, "Latency")
        if values.ndim < 2:
            raise StimulusError(f"Latency: stimuli must have 2 dimensions or more, got shape {values.shape}")
        times = self.onset + self.window * (self.high - values) / (self.high - self.low)
        fired = {}
        for name, population in populations.items():
            when, who = onto_units(times, population, "Latency"), onto_units(values > self.low, population, "Latency")
            fired[name] = [(each[fires], np.flatnonzero(fires)) for each, fires in zip(when, who, strict=True)]
        return fired
