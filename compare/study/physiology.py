"""How fast and how much the regions of a simulated brain respond."""

from typing import TYPE_CHECKING

import numpy as np

from isocortex.seeds import generator

if TYPE_CHECKING:
    from brainsim import Brain, Recording

__all__ = ["LATENCY_METHOD", "region_physiology", "response_latency"]

LATENCY_METHOD = "when the rate of a region's excitatory units first reaches half of its height; median over stimuli"
BOOTSTRAP = 1000
WINDOW = 5.0  # ms over which spikes are averaged


def region_physiology(subject: "Brain", recording: "Recording", region: str) -> dict[str, float]:
    """Give a region's rates and how many of its units never spike.

    Returns
    -------
    dict
        mean_rate_hz over all units, stimuli and trials; min_rate_hz_population and max_rate_hz_population, the means
        of its quietest and busiest population; silent_share, of the units that never spiked.
    """
    from brainsim.analysis import mean_rates, silent_share

    names = subject.units(region, excitatory=None)
    sizes = [recording.sizes[name] for name in names]
    rates, silent = mean_rates(recording, names), silent_share(recording, names)
    return {
        "mean_rate_hz": float(np.average(list(rates.values()), weights=sizes)),
        "min_rate_hz_population": min(rates.values()),
        "max_rate_hz_population": max(rates.values()),
        "silent_share": float(np.average(list(silent.values()), weights=sizes)),
    }


def response_latency(subject: "Brain", recording: "Recording", region: str, seed: int = 0) -> dict[str, float | None]:
    """Give how long after stimulus onset a region begins to respond.

    The response to a stimulus is the rate of the region's excitatory units together, averaged over trials and
    smoothed; its latency is when it first reaches half of its height, 0 where it does from the start. A latency of
    single units would be the later the lower their rates are; this one is not.

    Parameters
    ----------
    subject : brainsim.Brain
        The brain.
    recording : brainsim.Recording
        Its spikes.
    region : str
        Which region.
    seed : int
        Of the bootstrap over stimuli.

    Returns
    -------
    dict
        median_ms over stimuli; low_ms and high_ms, its 95 % bootstrap interval over stimuli; responding_share, of all
        pairs of unit and stimulus, in which there was a spike; stimuli, how many had a response. None where none had.
    """
    names = subject.units(region) or subject.units(region, excitatory=None)
    latencies = [
        found
        for stimulus in range(len(recording.stimulus_ids))
        if (found := _half_height(_steps_of_spikes(recording, names, stimulus), recording.steps, recording.dt))
        is not None
    ]
    spiking = [(recording.spike_counts[name] > 0).any(axis=1) for name in names]
    share = float(np.concatenate(spiking, axis=1).mean())
    if not latencies:
        return {"median_ms": None, "low_ms": None, "high_ms": None, "responding_share": share, "stimuli": 0}
    draws = generator(seed, region).integers(0, len(latencies), size=(BOOTSTRAP, len(latencies)))
    low, high = np.quantile(np.median(np.array(latencies)[draws], axis=1), [0.025, 0.975])
    return {
        "median_ms": float(np.median(latencies)),
        "low_ms": float(low),
        "high_ms": float(high),
        "responding_share": share,
        "stimuli": len(latencies),
    }


def _steps_of_spikes(recording: "Recording", names: tuple[str, ...], stimulus: int) -> np.ndarray:
    times = [recording.spikes(name, stimulus, trial)[0] for name in names for trial in range(recording.trials)]
    return np.round(np.concatenate(times) / recording.dt).astype(np.int64)


def _half_height(steps: np.ndarray, count: int, dt: float) -> float | None:
    """Find when spikes a step, smoothed over `WINDOW`, first reach half of their height; None if there are none."""
    if len(steps) == 0:
        return None
    width = max(1, round(WINDOW / dt))
    rate = np.convolve(np.bincount(steps, minlength=count), np.full(width, 1 / width), mode="valid")
    first = int(np.argmax(rate >= rate.max() / 2))
    return (first + (width - 1) / 2) * dt if first else 0.0
