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

    The response is that of the region's excitatory units together, all units where it has none; see
    :func:`brainsim.analysis.onset_latency`.

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
    from brainsim.analysis import onset_latency

    names = subject.units(region) or subject.units(region, excitatory=None)
    latency = onset_latency(recording, names, window=WINDOW, bootstrap=BOOTSTRAP, seed=generator(seed, region))
    answered = int(np.isfinite(latency.per_stimulus).sum())
    return {
        "median_ms": latency.median_ms if answered else None,
        "low_ms": latency.low_ms if answered else None,
        "high_ms": latency.high_ms if answered else None,
        "responding_share": latency.responding_share,
        "stimuli": answered,
    }
