"""Spikes that are given as they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.drives.spikes import spike_list
from brainsim.encoders.encoder import Events, SpikeEncoder
from brainsim.errors import KindError, StimulusError
from brainsim.parts import Population

__all__ = ["Spikes"]


@dataclass(frozen=True)
class Spikes(SpikeEncoder):
    """Listed spikes: a stimulus is a pair of (times in ms, units), recorded ones for instance.

    Notes
    -----
    For :class:`brainsim.SpikeSource` units. Where a region has several such populations, a stimulus maps their names
    to pairs. A spike is fired in the step that holds its time.

    Examples
    --------
    >>> from brainsim import Population, SpikeSource
    >>> stimuli = [([10.0, 12.5], [0, 3]), ([], [])]
    >>> Spikes().spikes(stimuli, {"in": Population("in", SpikeSource(), size=4)})["in"][0]
    (array([10. , 12.5]), array([0, 3]))
    """

    def spikes(self, stimuli: Any, populations: Mapping[str, Population]) -> dict[str, list[Events]]:
        """Give the spikes of every population.

        Parameters
        ----------
        stimuli : sequence of (array-like, array-like), or of mappings of str to such pairs
            Times in ms from when the stimulus is presented, and units.
        populations : mapping of str to Population
            Who fires them.

        Returns
        -------
        dict of str to list of (numpy.ndarray, numpy.ndarray)

        Raises
        ------
        StimulusError, KindError, ParameterError
            If a stimulus is no such pair, or names a unit that is not there.
        """
        if isinstance(stimuli, (str, bytes, Mapping)) or not isinstance(stimuli, Iterable):
            raise KindError(f"Spikes: stimuli must be a list of (times, units), got {type(stimuli).__name__}")
        fired: dict[str, list[Events]] = {name: [] for name in populations}
        for number, stimulus in enumerate(stimuli):
            for name, population in populations.items():
                fired[name].append(_events(stimulus, number, population, len(populations) == 1))
        return fired


def _events(stimulus: Any, number: int, population: Population, alone: bool) -> Events:
    where = f"Spikes: stimulus {number}"
    if isinstance(stimulus, Mapping):
        if population.name not in stimulus:
            raise StimulusError(f"{where}: has no spikes for population {population.name!r}, only {sorted(stimulus)}")
        stimulus = stimulus[population.name]
    elif not alone:
        raise KindError(f"{where}: must map the names of the region's populations to (times, units)")
    if not isinstance(stimulus, (tuple, list)) or len(stimulus) != 2:
        raise KindError(f"{where}: must be a pair of (times, units), got {stimulus!r}")
    times, units = spike_list(stimulus[0], stimulus[1], where)
    if len(units) and units.max() >= population.units:
        raise StimulusError(
            f"{where}: unit {units.max()}, but population {population.name!r} has 0 to {population.units - 1}"
        )
    return np.array(times), np.array(units)
