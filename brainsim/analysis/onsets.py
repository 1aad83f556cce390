"""When populations answer, from the time their rate rises."""

from collections.abc import Sequence

import numpy as np

from brainsim.analysis.histograms import pooled_counts
from brainsim.analysis.latencies import Latency
from brainsim.errors import ParameterError
from brainsim.recording import Recording, chosen
from brainsim.recording.tables import bin_steps
from brainsim.units import number
from brainsim.wiring.rule import count
from isocortex.seeds import generator

__all__ = ["from_onset", "onset_latency", "onsets", "smoothed", "window_steps"]


def onset_latency(
    recording: Recording,
    populations: str | Sequence[str] | None = None,
    onset: float | None = None,
    height: float = 0.5,
    window: float = 5.0,
    bootstrap: int = 1000,
    seed: int | np.random.Generator = 0,
) -> Latency:
    """Estimate when populations answer a stimulus: when their rate first reaches half of its height.

    The response to a stimulus is the rate of the populations together, averaged over trials and over a window that
    slides step by step; its latency is the middle of the first window that reaches `height` of the highest one, and 0
    where that is the very first. Latencies of single units (:func:`response_latency`) are the later the lower their
    rates are; this one is not.

    Parameters
    ----------
    recording : Recording
        With spikes.
    populations : str or sequence of str, optional
        Full names, pooled; all by default.
    onset : float, optional
        When the stimulus came on, in ms (absolute); where the recording begins by default.
    height : float
        Share of the highest rate, above 0, at most 1.
    window : float
        In ms, whole steps.
    bootstrap : int
        How often stimuli are drawn for the interval, which so generalises to stimuli.
    seed : int or numpy.random.Generator
        Of the bootstrap.

    Returns
    -------
    Latency
        A pair of unit and stimulus responds if there was a spike.

    Raises
    ------
    UnknownNameError, ModelError, ParameterError
        If there is no such population, only counts were kept, or a parameter is out of range.

    Examples
    --------
    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [([10, 20, 30, 40, 50, 60, 70, 15], [0] * 7 + [1])], duration=100)
    >>> round(onset_latency(recording).median_ms, 2)
    7.55
    """
    names = chosen(recording, populations)
    recording = from_onset(recording, onset, "onset_latency")
    width, height = window_steps(recording, window, height, "onset_latency")
    count(bootstrap, "onset_latency: bootstrap", least=1)
    response = smoothed(pooled_counts(recording, names, 1, "onset_latency").sum(axis=1), width)
    latencies = onsets(response, height, width) * recording.dt
    share = float(np.concatenate([(recording.spike_counts[name] > 0).any(axis=1) for name in names], axis=1).mean())
    known = latencies[~np.isnan(latencies)]
    if known.size == 0:
        return Latency(np.nan, np.nan, np.nan, share, latencies)
    drawn = generator(seed).integers(0, known.size, size=(bootstrap, known.size))
    low, high = np.quantile(np.median(known[drawn], axis=1), [0.025, 0.975])
    return Latency(float(np.median(known)), float(low), float(high), share, latencies)


def from_onset(recording: Recording, onset: float | None, where: str) -> Recording:
    """Give the part of a recording from the onset on.

    Raises
    ------
    ParameterError
        If the onset is outside the recording.
    """
    if onset is None:
        return recording
    onset = number(onset, "ms", f"{where}: onset", nonnegative=True)
    if not recording.start <= onset < recording.end:
        raise ParameterError(
            f"{where}: onset must be from {recording.start:g} to before {recording.end:g} ms, got {onset:g} ms"
        )
    return recording.between(onset, recording.end)


def window_steps(recording: Recording, window: float, height: float, where: str) -> tuple[int, float]:
    """Check a window and a height, and give the window in steps.

    Raises
    ------
    ParameterError
        If the window does not fit, or the height is no share.
    """
    height = number(height, "1", f"{where}: height", positive=True)
    if height > 1:
        raise ParameterError(f"{where}: height must be at most 1, got {height:g}")
    return bin_steps(recording, window, f"{where}: window")[0], height


def smoothed(counts: np.ndarray, width: int) -> np.ndarray:
    """Average counts (..., step) over windows of `width` steps that lie within: (..., step - width + 1)."""
    window = np.full(width, 1 / width)
    rows = counts.reshape(-1, counts.shape[-1])
    return np.array([np.convolve(row, window, mode="valid") for row in rows]).reshape(*counts.shape[:-1], -1)


def onsets(rate: np.ndarray, height: float, width: int) -> np.ndarray:
    """Find where smoothed rates (..., step) first reach `height` of their highest, in steps; NaN if all are 0."""
    highest = rate.max(axis=-1)
    first = np.argmax(rate >= (height * highest)[..., None], axis=-1)
    return np.where(highest > 0, np.where(first > 0, first + (width - 1) / 2, 0.0), np.nan)
