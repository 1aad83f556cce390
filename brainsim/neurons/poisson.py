"""Units that spike at random."""

from dataclasses import dataclass

from brainsim.neurons.source import Source

__all__ = ["Poisson"]


@dataclass(frozen=True)
class Poisson(Source):
    """Source units that spike at random, at the rates that an encoder gives them for each stimulus.

    In each step of length dt a unit spikes with probability ``rate * dt``, independently of everything else.

    Examples
    --------
    >>> Poisson()
    Poisson()
    """
