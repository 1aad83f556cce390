"""How much units fire: means, shares of silent ones, and how rates are spread over a population."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from brainsim.recording import Recording, chosen, single

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = ["RateDistribution", "mean_rates", "rate_distribution", "silent_share", "unit_rates"]

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
    names = chosen(recording, populations)
    seconds = recording.duration / 1e3
    return {name: float(recording.spike_counts[name].mean()) / seconds for name in names}


def silent_share(recording: Recording, populations: Names = None) -> dict[str, float]:
    """Give the share of units in each population that never spiked, whatever the stimulus.

    Raises
    ------
    UnknownNameError
        If there is no such population.

    Examples
    --------
    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [([10, 20, 30, 40, 50, 60, 70, 15], [0] * 7 + [1])], duration=100)
    >>> silent_share(recording)
    {'in.cells': 0.0}
    """
    return {
        name: float((recording.spike_counts[name].sum(axis=(0, 1)) == 0).mean())
        for name in chosen(recording, populations)
    }


def unit_rates(recording: Recording, populations: Names = None) -> dict[str, "DataArray"]:
    """Give the rate of every unit, averaged over trials and stimuli.

    Returns
    -------
    dict of str to xarray.DataArray (unit)
        In Hz.

    Raises
    ------
    UnknownNameError
        If there is no such population.

    Examples
    --------
    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [([10, 20, 30, 40, 50, 60, 70, 15], [0] * 7 + [1])], duration=100)
    >>> unit_rates(recording)["in.cells"].values
    array([70., 10.])
    """
    from xarray import DataArray

    names = chosen(recording, populations)
    seconds = recording.duration / 1e3
    return {
        name: DataArray(
            recording.spike_counts[name].mean(axis=(0, 1)) / seconds,
            dims=("unit",),
            name="rate",
            attrs={"units": "Hz", "population": name},
        )
        for name in names
    }


@dataclass(frozen=True)
class RateDistribution:
    """How the rates of a population's units are spread.

    Parameters
    ----------
    mean_hz, std_hz, median_hz : float
        Over units.
    low_hz, high_hz : float
        The 5th and the 95th percentile.
    silent_share : float
        Share of units that never spiked.
    log_mean, log_std : float
        Mean and standard deviation of the natural logarithm of the rate in Hz, over the units that spiked: the two
        parameters of a log-normal distribution, which rates in cortex resemble (Buzsaki and Mizuseki 2014,
        doi:10.1038/nrn3687). NaN if none spiked.
    """

    mean_hz: float
    std_hz: float
    median_hz: float
    low_hz: float
    high_hz: float
    silent_share: float
    log_mean: float
    log_std: float


def rate_distribution(recording: Recording, population: str) -> RateDistribution:
    """Describe how the rates of a population's units are spread; each is a mean over trials and stimuli.

    Rates counted in a short time are spread by counting alone: a Poisson unit of rate r has a standard deviation of
    sqrt(r / T) in time T.

    Raises
    ------
    UnknownNameError, ParameterError
        If there is no such population.

    Examples
    --------
    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [([10, 20, 30, 40, 50, 60, 70, 15], [0] * 7 + [1])], duration=100)
    >>> rate_distribution(recording, "in.cells").mean_hz
    40.0
    """
    name = single(recording, population)
    rates = recording.spike_counts[name].mean(axis=(0, 1)) / (recording.duration / 1e3)
    low, median, high = np.quantile(rates, [0.05, 0.5, 0.95])
    logs = np.log(rates[rates > 0])
    return RateDistribution(
        mean_hz=float(rates.mean()),
        std_hz=float(rates.std()),
        median_hz=float(median),
        low_hz=float(low),
        high_hz=float(high),
        silent_share=float((rates == 0).mean()),
        log_mean=float(logs.mean()) if logs.size else np.nan,
        log_std=float(logs.std()) if logs.size else np.nan,
    )
