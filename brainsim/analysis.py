"""What a recording says: rates, irregularity, how many are silent, and when a region answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from brainsim.errors import ParameterError
from brainsim.recording import Recording, chosen, single
from brainsim.units import number
from brainsim.wiring.rule import count
from isocortex.seeds import generator

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = ["Latency", "isi_cv", "mean_rates", "psth", "response_latency", "silent_share"]

Names = str | Sequence[str] | None


def mean_rates(recording: Recording, populations: Names = None) -> dict[str, float]:
    """Give the mean rate of each population over units, trials and stimuli.

    Parameters
    ----------
    recording : Recording
        What is looked at.
    populations : str or sequence of str, optional
        Full names; all by default.

    Returns
    -------
    dict of str to float
        In Hz.

    Raises
    ------
    UnknownNameError
        If there is no such population.

    Examples
    --------
    >>> import brainsim
    >>> recording = brainsim.simulate(brainsim.atlas.coba(), duration=10)
    >>> sorted(brainsim.analysis.mean_rates(recording))
    ['cortex.E', 'cortex.I']
    """
    seconds = recording.duration / 1e3
    return {name: float(recording.spike_counts[name].mean()) / seconds for name in chosen(recording, populations)}


def silent_share(recording: Recording, populations: Names = None) -> dict[str, float]:
    """Give the share of units in each population that never spiked, whatever the stimulus.

    Raises
    ------
    UnknownNameError
        If there is no such population.
    """
    return {
        name: float((recording.spike_counts[name].sum(axis=(0, 1)) == 0).mean())
        for name in chosen(recording, populations)
    }


def isi_cv(recording: Recording, population: str, least: int = 5) -> np.ndarray:
    """Give each unit's coefficient of variation of its inter-spike intervals.

    0 is a clock, 1 a Poisson process. Intervals lie within a trial; those of all trials and stimuli are pooled, so a
    unit whose rate differs between stimuli has a higher value.

    Parameters
    ----------
    recording : Recording
        With spikes.
    population : str
        Full name.
    least : int
        Units with fewer intervals get NaN.

    Returns
    -------
    numpy.ndarray (unit)

    Raises
    ------
    UnknownNameError, ModelError
        If there is no such population, or only counts were kept.
    """
    population = single(recording, population)
    size = recording.sizes[population]
    number_of, total, squares = (np.zeros(size) for _ in range(3))
    for stimulus in range(len(recording.stimulus_ids)):
        for trial in range(recording.trials):
            times, units = recording.spikes(population, stimulus, trial)
            order = np.lexsort((times, units))
            times, units = times[order], units[order]
            same = units[1:] == units[:-1]
            intervals, owners = np.diff(times)[same], units[1:][same]
            number_of += np.bincount(owners, minlength=size)
            total += np.bincount(owners, intervals, minlength=size)
            squares += np.bincount(owners, intervals**2, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / number_of
        spread = np.sqrt(np.maximum(squares / number_of - mean**2, 0))
        return np.where(number_of >= max(least, 1), spread / mean, np.nan)


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
    """
    return recording.psth(bin_width, populations=single(recording, population))[population]


@dataclass(frozen=True, eq=False)
class Latency:
    """When populations answer a stimulus.

    Parameters
    ----------
    median_ms, low_ms, high_ms : float
        Median over stimuli, and its 95 % interval from a bootstrap over stimuli; NaN if nothing answered.
    responding_share : float
        Share of (stimulus, unit) pairs that answered.
    per_stimulus : numpy.ndarray (stimulus)
        Latency for each stimulus in ms, NaN where nothing answered.
    """

    median_ms: float
    low_ms: float
    high_ms: float
    responding_share: float
    per_stimulus: np.ndarray


def response_latency(
    recording: Recording,
    populations: Names = None,
    baseline: float = 0.0,
    quantile: float = 0.5,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Latency:
    """Estimate when populations answer, from the first spikes of the units that do.

    A unit answers a stimulus if its count, averaged over trials, exceeds what `baseline` explains by three standard
    deviations of a Poisson count. The latency for a stimulus is the given quantile of the first spikes of all units
    that answer, over units and trials. Where some of these are spontaneous, their share is taken out: a unit has not
    spiked by time t if neither the stimulus nor the background made it, so the share that the stimulus alone has made
    spike is 1 - S(t) exp(baseline t), S(t) being the share without a spike.

    Parameters
    ----------
    recording : Recording
        Counts suffice.
    populations : str or sequence of str, optional
        Full names, pooled; all by default.
    baseline : float
        Spontaneous rate in Hz.
    quantile : float
        0.5 for the median of the first spikes, lower for the first wave.
    bootstrap : int
        How often stimuli are drawn for the interval, which so generalises to stimuli.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Latency

    Raises
    ------
    UnknownNameError, ParameterError
        If there is no such population, or a parameter is out of range.
    """
    rate = number(baseline, "Hz", "response_latency: baseline", nonnegative=True)
    quantile = number(quantile, "1", "response_latency: quantile", nonnegative=True)
    if quantile > 1:
        raise ParameterError(f"response_latency: quantile must be between 0 and 1, got {quantile}")
    count(bootstrap, "response_latency: bootstrap", least=1)
    expected = rate * recording.duration / 1e3
    limit = expected + 3 * np.sqrt(expected / recording.trials)
    stimuli = len(recording.stimulus_ids)
    firsts: list[list[np.ndarray]] = [[] for _ in range(stimuli)]
    answering = pairs = 0
    for name in chosen(recording, populations):
        answers = recording.spike_counts[name].mean(axis=1) > limit
        answering += int(answers.sum())
        pairs += answers.size
        for stimulus in range(stimuli):
            firsts[stimulus].append(recording.first_steps[name][stimulus][:, answers[stimulus]].ravel())
    latencies = np.array([_driven_quantile(np.concatenate(parts), quantile, rate, recording.dt) for parts in firsts])
    known = latencies[~np.isnan(latencies)]
    if known.size == 0:
        return Latency(np.nan, np.nan, np.nan, answering / pairs, latencies)
    drawn = generator(seed, "latency").integers(0, known.size, (bootstrap, known.size))
    low, high = np.quantile(np.median(known[drawn], axis=1), [0.025, 0.975])
    return Latency(float(np.median(known)), float(low), float(high), answering / pairs, latencies)


def _driven_quantile(steps: np.ndarray, quantile: float, rate: float, dt: float) -> float:
    """Give the quantile in ms of first spikes (-1 where there was none) that the background did not make."""
    spiked = np.sort(steps[steps >= 0])
    if spiked.size == 0:
        return np.nan
    silent = 1 - np.arange(1, spiked.size + 1) / steps.size
    driven = np.maximum.accumulate(1 - silent * np.exp(rate / 1e3 * dt * spiked))
    if driven[-1] <= 0:
        return np.nan
    reached = np.searchsorted(driven, max(quantile, 0.5 / steps.size) * driven[-1] * (1 - 1e-12))
    return float(spiked[min(reached, spiked.size - 1)] * dt)
