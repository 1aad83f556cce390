"""When populations answer, from the first spikes of their units."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brainsim.errors import ParameterError
from brainsim.recording import Recording, chosen
from brainsim.units import number
from brainsim.wiring.rule import count
from isocortex.seeds import generator

__all__ = ["Latency", "response_latency"]

Names = str | Sequence[str] | None


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
        Latency for each stimulus in ms from its onset, NaN where nothing answered.
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
    spike is 1 - S(t) exp(baseline t), S(t) being the share without a spike. The stimulus comes on where the recording
    begins; :func:`onset_latency` looks at rates instead.

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

    Examples
    --------
    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [([10, 20, 30, 40, 50, 60, 70, 15], [0] * 7 + [1])], duration=100)
    >>> response_latency(recording).median_ms
    10.0
    """
    names = chosen(recording, populations)
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
    for name in names:
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
