"""Spikes of whole populations through time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from brainsim.recording import Recording, single
from brainsim.recording.choose import spikes_of

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = ["pooled_counts", "psth"]


def psth(recording: Recording, population: str, bin_width: float = 5.0) -> "DataArray":
    """Give the peri-stimulus time histogram: the rate of an average unit through time, averaged over trials.

    Parameters
    ----------
    recording : Recording
        With spikes.
    population : str
        Full name.
    bin_width : float
        In ms; a last bin that the trial does not fill is left out.

    Returns
    -------
    xarray.DataArray (stimulus, time)
        In Hz; ``time`` in ms is where a bin begins.

    Raises
    ------
    UnknownNameError, ModelError, ParameterError
        If there is no such population, only counts were kept, or the bin is longer than the trial.

    Examples
    --------
    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [([10, 20, 30, 40, 50, 60, 70, 15], [0] * 7 + [1])], duration=100)
    >>> psth(recording, "in.cells", bin_width=50).values
    array([[50., 30.]])
    """
    population = single(recording, population)
    return recording.psth(bin_width, populations=population)[population]


def pooled_counts(recording: Recording, populations: Sequence[str], steps: int, where: str) -> np.ndarray:
    """Count the spikes of several populations together in bins of `steps`: int64 (stimulus, trial, bin).

    Raises
    ------
    ModelError
        If only counts were kept.
    """
    bins = recording.steps // steps
    counts = np.zeros((len(recording.stimulus_ids) * recording.trials, bins), dtype=np.int64)
    for name in populations:
        spikes = spikes_of(recording, name, where)
        for row in range(len(counts)):
            counts[row] += np.bincount(spikes.row(row)[0] // steps, minlength=bins)[:bins]
    return counts.reshape(len(recording.stimulus_ids), recording.trials, bins)
