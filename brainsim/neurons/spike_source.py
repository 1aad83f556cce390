"""Units that spike when they are told to."""

from dataclasses import dataclass

from brainsim.neurons.source import Source

__all__ = ["SpikeSource"]


@dataclass(frozen=True)
class SpikeSource(Source):
    """Source units whose spikes an encoder lists for each stimulus.

    A unit spikes in the step that holds the listed time, at most once in a step.

    Examples
    --------
    >>> SpikeSource()
    SpikeSource()
    """
