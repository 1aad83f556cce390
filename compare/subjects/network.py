"""A network of `ann`: its layers' activity."""

from typing import Any

from compare.subjects.checks import counted_stimuli
from compare.subjects.source import Source

__all__ = ["network_source"]


def network_source(network: Any, stimuli: Any, names: tuple[str, ...] | None) -> Source:
    """Give the layers of an `ann.Sequential` or `ann.Model`, in order, before some stimuli at a time.

    Raises
    ------
    InvalidActivityError
        If there are no stimuli.
    """
    array = counted_stimuli(stimuli)
    return Source(
        "network",
        len(array),
        lambda start, stop: network.activations(array[start:stop]),
        layers=True,
        names=names,
    )
