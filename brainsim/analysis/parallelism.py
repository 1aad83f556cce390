"""How many regions work at once."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from brainsim.analysis.hierarchy import Regions, region_groups
from brainsim.analysis.histograms import pooled_counts
from brainsim.errors import ParameterError
from brainsim.recording import Recording
from brainsim.recording.tables import bin_steps
from brainsim.units import number
from brainsim.wiring.rule import count
from isocortex.seeds import generator

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = ["Concurrency", "concurrency"]


@dataclass(frozen=True, eq=False)
class Concurrency:
    """How many regions were active at once, beside what chance alone would give.

    Parameters
    ----------
    active : xarray.DataArray of bool (stimulus, time, region)
        Which regions were active; ``time`` in ms is where a bin begins.
    number : xarray.DataArray of int (stimulus, time)
        How many.
    time_share : numpy.ndarray (number of regions + 1)
        Share of the time in which 0, 1, 2 ... regions were active.
    mean_active : float
        Regions active on average.
    parallel_share : float
        Share of the time in which at least two were.
    expected_share, expected_low, expected_high : float
        The same, had each region been active at a time of its own: mean and 95 % range over shifts.
    p_value : float
        Two-sided, of `parallel_share` among the shifts.
    """

    active: "DataArray"
    number: "DataArray"
    time_share: np.ndarray
    mean_active: float
    parallel_share: float
    expected_share: float
    expected_low: float
    expected_high: float
    p_value: float


def concurrency(
    recording: Recording,
    regions: Regions = None,
    bin_width: float = 5.0,
    height: float = 0.5,
    threshold: float | None = None,
    shifts: int = 1000,
    seed: int = 0,
) -> Concurrency:
    """Measure parallel processing: how many regions are active at once, against regions shifted in time.

    A region is active in a bin in which the rate of its units together, averaged over trials, is at least `height` of
    the highest that it reached for any stimulus, or at least `threshold`. For the null every region's activity is
    moved by a random time of its own, stimulus by stimulus, what leaves at the end coming in at the beginning: how
    long each is active, and in how many episodes, stays; when, in relation to the others, is left to chance. More
    overlap than that is working at the same time, less is working one after the other.

    Parameters
    ----------
    recording : Recording
        With spikes.
    regions : Brain or mapping of str to populations, optional
        What a region is, at least two; as for :func:`propagation`.
    bin_width : float
        In ms.
    height : float
        Share of a region's highest rate, above 0, at most 1.
    threshold : float, optional
        Rate in Hz of an average unit, the same for all regions; takes the place of `height`.
    shifts : int
        How often regions are shifted.
    seed : int
        Of the shifts.

    Returns
    -------
    Concurrency

    Raises
    ------
    UnknownNameError, KindError, ModelError, ParameterError
        If a region is not there, only counts were kept, or a parameter is out of range.

    Examples
    --------
    Two regions, each active for 40 of 100 ms and both for 20:

    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> regions = [Region(name, [Population("cells", SpikeSource(), size=1)]) for name in ("first", "second")]
    >>> brain = Brain("two", regions, inputs={"first": Spikes(), "second": Spikes()})
    >>> early, late = (list(range(10, 50)), [0] * 40), (list(range(30, 70)), [0] * 40)
    >>> recording = simulate(brain, {"first": [early], "second": [late]}, duration=100)
    >>> concurrency(recording, shifts=100).time_share
    array([0.4, 0.4, 0.2])
    """
    from xarray import DataArray

    groups = region_groups(recording, regions, "concurrency")
    if len(groups) < 2:
        raise ParameterError(f"concurrency: needs at least two regions, got {list(groups)}")
    steps, bins = bin_steps(recording, bin_width, "concurrency: bin_width")
    height = number(height, "1", "concurrency: height", positive=True)
    if height > 1:
        raise ParameterError(f"concurrency: height must be at most 1, got {height:g}")
    if threshold is not None:
        threshold = number(threshold, "Hz", "concurrency: threshold", positive=True)
    count(shifts, "concurrency: shifts", least=1)
    activity = []
    for names in groups.values():
        units = sum(recording.sizes[name] for name in names)
        counts = pooled_counts(recording, names, steps, "concurrency").sum(axis=1)
        rate = counts / (recording.trials * units * steps * recording.dt / 1e3)
        least = height * rate.max() if threshold is None else threshold
        activity.append((rate >= least) & (rate > 0))
    active = np.stack(activity, axis=2)
    number_of = active.sum(axis=2)
    observed = float((number_of >= 2).mean())
    expected = _shifted_shares(active, shifts, seed)
    tail = min((expected >= observed).sum(), (expected <= observed).sum())
    low, high = np.quantile(expected, [0.025, 0.975])
    times = (recording.start_step + np.arange(bins, dtype=np.int64) * steps) * recording.dt
    coordinates = {"stimulus": list(recording.stimulus_ids), "time": times}
    return Concurrency(
        active=DataArray(active, dims=("stimulus", "time", "region"), coords={**coordinates, "region": list(groups)}),
        number=DataArray(number_of, dims=("stimulus", "time"), coords=coordinates, name="active regions"),
        time_share=np.bincount(number_of.ravel(), minlength=len(groups) + 1) / number_of.size,
        mean_active=float(number_of.mean()),
        parallel_share=observed,
        expected_share=float(expected.mean()),
        expected_low=float(low),
        expected_high=float(high),
        p_value=float(min(1.0, 2 * (tail + 1) / (shifts + 1))),
    )


def _shifted_shares(active: np.ndarray, shifts: int, seed: int) -> np.ndarray:
    """Give the share of time with two active regions or more, regions shifted independently: (shift)."""
    stimuli, bins, regions = active.shape
    random = generator(seed, "concurrency")
    time = np.arange(bins)
    shares = np.empty(shifts)
    for shift in range(shifts):
        offsets = random.integers(0, bins, size=(stimuli, 1, regions))
        moved = np.take_along_axis(active, (time[None, :, None] + offsets) % bins, axis=1)
        shares[shift] = (moved.sum(axis=2) >= 2).mean()
    return shares
