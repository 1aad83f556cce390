"""What every encoder can do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from brainsim.parts import Population

__all__ = ["Encoder", "Events", "SpikeEncoder"]

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
