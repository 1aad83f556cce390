"""How a signal travels through the regions."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from brainsim.analysis.hierarchy import Regions, hierarchy_levels, region_groups
from brainsim.analysis.histograms import pooled_counts
from brainsim.analysis.onsets import from_onset, onsets, smoothed, window_steps
from brainsim.brain import Brain
from brainsim.errors import ParameterError, UnknownNameError
from brainsim.recording import Recording
from brainsim.units import number
from brainsim.wiring.rule import count
from isocortex.errors import nearest
from isocortex.seeds import generator

__all__ = ["Propagation", "propagation"]

CHUNK = 2**22  # rates a bootstrap over trials holds at once


@dataclass(frozen=True, eq=False)
class Propagation:
    """When each region answers, and whether the hierarchy orders them.

    Parameters
    ----------
    regions : tuple of str
        From the lowest to the highest level; on one level in their own order.
    levels : numpy.ndarray (region)
        Where they stand in the hierarchy.
    onset_ms, low_ms, high_ms : numpy.ndarray (region)
        Median over stimuli of the time from stimulus onset to response, and its 95 % bootstrap interval; NaN for a
        region that did not answer.
    rank_correlation, rank_low, rank_high : float
        Spearman's correlation of onsets and levels, and its 95 % interval; NaN for fewer than three regions, or where
        all stand on one level.
    over : str
        What the intervals generalise to, "stimuli" or "trials".
    per_stimulus_ms : numpy.ndarray (stimulus, region)
        Onset for each stimulus, averaged over trials.
    """

    regions: tuple[str, ...]
    levels: np.ndarray
    onset_ms: np.ndarray
    low_ms: np.ndarray
    high_ms: np.ndarray
    rank_correlation: float
    rank_low: float
    rank_high: float
    over: str
    per_stimulus_ms: np.ndarray


def propagation(
    recording: Recording,
    regions: Regions = None,
    levels: Mapping[str, float] | None = None,
    onset: float | None = None,
    height: float = 0.5,
    window: float = 5.0,
    over: Literal["stimuli", "trials"] | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Propagation:
    """Estimate when each region answers, and how well the hierarchy tells the order.

    A region's onset is that of :func:`onset_latency`: when the rate of its units together first reaches half of its
    height. Stimuli (or trials) are drawn anew for the intervals, the same for all regions, so that what they share
    does not blur their order.

    Parameters
    ----------
    recording : Recording
        With spikes, of at least two stimuli or two trials.
    regions : Brain or mapping of str to populations, optional
        What a region is. A brain gives its excitatory populations and its hierarchy; by default the part before the
        dot of the populations' names.
    levels : mapping of str to float, optional
        Where each region stands; :func:`hierarchy_levels` of the brain by default, or the regions' order.
    onset, height, window
        As :func:`onset_latency`.
    over : "stimuli" or "trials", optional
        What is drawn; stimuli by default, where there are at least two.
    bootstrap : int
        How often.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Propagation

    Raises
    ------
    UnknownNameError, KindError, ModelError, ParameterError
        If a region is not there, only counts were kept, or a parameter is out of range.

    Examples
    --------
    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> regions = [Region(name, [Population("cells", SpikeSource(), size=1)]) for name in ("first", "second")]
    >>> brain = Brain("two", regions, inputs={"first": Spikes(), "second": Spikes()})
    >>> early, late = (list(range(10, 50)), [0] * 40), (list(range(30, 70)), [0] * 40)
    >>> recording = simulate(brain, {"first": [early], "second": [late]}, duration=100, trials=2)
    >>> found = propagation(recording, levels={"first": 0, "second": 1}, bootstrap=100)
    >>> found.onset_ms.round(1)
    array([ 9.6, 29.6])
    """
    groups = region_groups(recording, regions, "propagation")
    level = _levels(groups, regions, levels)
    names = sorted(groups, key=lambda name: level[name])
    recording = from_onset(recording, onset, "propagation")
    width, height = window_steps(recording, window, height, "propagation")
    count(bootstrap, "propagation: bootstrap", least=1)
    drawn_over = _over(recording, over)
    response = np.stack(
        [smoothed(pooled_counts(recording, groups[name], 1, "propagation"), width) for name in names], axis=1
    )  # (stimulus, region, trial, step)
    found = onsets(response.sum(axis=2), height, width) * recording.dt
    if drawn_over == "stimuli":
        drawn = generator(seed, "propagation").integers(0, len(found), size=(bootstrap, len(found)))
        medians = _median(found[drawn], axis=1)
    else:
        weights = generator(seed, "propagation").multinomial(
            recording.trials, np.full(recording.trials, 1 / recording.trials), size=bootstrap
        )
        medians = _median(_by_trials(response, weights, height, width) * recording.dt, axis=1)
    ranks = np.array([level[name] for name in names], dtype=np.float64)
    correlations = np.array([_spearman(ranks, one) for one in medians])
    low, high = _interval(medians)
    rank_low, rank_high = _interval(correlations)
    middle = _median(found, axis=0)
    return Propagation(
        regions=tuple(names),
        levels=ranks,
        onset_ms=middle,
        low_ms=low,
        high_ms=high,
        rank_correlation=_spearman(ranks, middle),
        rank_low=float(rank_low),
        rank_high=float(rank_high),
        over=drawn_over,
        per_stimulus_ms=found,
    )


def _levels(groups: Mapping, regions: Regions, levels: Mapping[str, float] | None) -> dict[str, float]:
    if levels is None:
        if isinstance(regions, Brain):
            return {name: float(level) for name, level in hierarchy_levels(regions).items()}
        return {name: float(position) for position, name in enumerate(groups)}
    for name in groups:
        if name not in levels:
            raise UnknownNameError(f"propagation: levels has no region {name!r}; {nearest(name, map(str, levels))}")
    return {name: number(levels[name], "1", f"propagation: levels[{name!r}]") for name in groups}


def _over(recording: Recording, over: str | None) -> str:
    available = {"stimuli": len(recording.stimulus_ids), "trials": recording.trials}
    if over is None:
        over = "stimuli" if available["stimuli"] > 1 else "trials"
    if over not in available:
        raise ParameterError(f"propagation: over {over!r} is unknown; {nearest(str(over), available)}")
    if available[over] < 2:
        raise ParameterError(f"propagation: an interval over {over} needs at least two of them, got {available[over]}")
    return over


def _by_trials(response: np.ndarray, weights: np.ndarray, height: float, width: int) -> np.ndarray:
    """Find onsets in trials drawn with `weights` (draw, trial): (draw, stimulus, region), in steps."""
    found = np.empty((len(weights), *response.shape[:2]))
    chunk = max(1, CHUNK // response.shape[3])
    for begin in range(0, len(weights), chunk):
        part = weights[begin : begin + chunk].astype(np.float64)
        for stimulus, region in np.ndindex(*response.shape[:2]):
            found[begin : begin + chunk, stimulus, region] = onsets(part @ response[stimulus, region], height, width)
    return found


def _spearman(levels: np.ndarray, times: np.ndarray) -> float:
    from scipy.stats import rankdata

    known = ~np.isnan(times)
    one, other = rankdata(levels[known]), rankdata(times[known])
    if known.sum() < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return np.nan
    return float(np.corrcoef(one, other)[0, 1])


def _median(values: np.ndarray, axis: int) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a region that never answers
        return np.nanmedian(values, axis=axis)


def _interval(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        low, high = np.nanquantile(values, [0.025, 0.975], axis=0)
    return low, high
