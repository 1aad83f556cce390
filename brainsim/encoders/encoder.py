"""What every encoder can do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from brainsim.parts import Population

__all__ = ["CurrentEncoder", "Encoder", "Events", "SpikeEncoder"]

Events = tuple[np.ndarray, np.ndarray]
"""Times in ms and units, (spike) each."""


class Encoder(ABC):
    """From stimuli to rates of Poisson units."""

    bin: float | None
    """How many ms a bin of rates lasts; None where rates do not change in time."""

    @abstractmethod
    def rates(self, stimuli: Any, populations: Mapping[str, Population]) -> dict[str, np.ndarray]:
        """Give the rates in Hz of every population for every stimulus."""


class SpikeEncoder(ABC):
    """From stimuli to spikes of :class:`brainsim.SpikeSource` units."""

    @abstractmethod
    def spikes(self, stimuli: Any, populations: Mapping[str, Population]) -> Mapping[str, Sequence[Events]]:
        """Give the spikes of every population for every stimulus; times count from when it is presented."""


class CurrentEncoder(ABC):
    """From stimuli to currents into the neurons of a region."""

    bin: float | None
    """How many ms a bin of currents lasts; None where they do not change in time."""

    populations: tuple[str, ...] | None
    """Names of the populations that get a current; all of the region's neurons if None."""

    @abstractmethod
    def currents(self, stimuli: Any, populations: Mapping[str, Population]) -> Mapping[str, np.ndarray]:
        """Give the current into every population in pA, (stimulus, unit) or (stimulus, bin, unit)."""
