"""How similar each layer is to a brain from moment to moment, and when it is most similar."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError
from compare.inference.intervals import max_statistic_p, percentile_interval
from compare.inference.scale import scale_of
from compare.mapping.hierarchy.peak_latency import latency_score, peak_latency
from compare.mapping.resampled import check_resampling, resampled_matrix
from compare.measures.measure import Measure
from isocortex.errors import nearest

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["time_courses"]


def time_courses(
    network: Mapping[str, Any],
    activity: Any,
    times_ms: Any = None,
    measure: str | Measure = "cka",
    *,
    region: str | None = None,
    bin_ms: float = 10.0,
    bootstrap: int = 1000,
    permutations: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    threads: int | None = None,
    progress: Any = None,
    **options: Any,
) -> "xr.Dataset":
    """Compare every layer with a brain's activity at every moment.

    Parameters
    ----------
    network : mapping of str to array-like
        Layers in order of depth, (stimulus, unit).
    activity : brainsim.Recording, xarray.DataArray or array-like
        Spikes, counted in bins; or numbers (stimulus, trial, unit, time). A DataArray's axes are found by their names:
        stimulus, time, and maybe trial; all others are units.
    times_ms : array-like, optional
        (time,) in ms, increasing; of an array without coordinates.
    measure : str or Measure
        As in `map_layers`. Debiased CKA by default, which moments without any spike do not upset.
    region : str, optional
        Of a recording; all its units by default, as an electrode far away would have it.
    bin_ms : float
        Width of a recording's bins, in ms; the time is the middle of a bin.
    bootstrap, permutations, confidence, seed, threads, progress
        As in `map_layers`.
    **options
        Of a measure that is given by name: distance, method...

    Returns
    -------
    xarray.Dataset
        (layer, time): ``similarity``, ``low``, ``high`` (bootstrap over stimuli, each moment for itself), ``p_value``
        (above chance, by permutation of stimulus labels, corrected for all layers and moments). (layer):
        ``peak_latency``, ``peak_low``, ``peak_high`` in ms, NaN where a layer is above chance at no moment; a moment
        stands for all up to halfway to the next.
        ``latency_hierarchy``, ``..._low``, ``..._high``, ``..._p``: whether later layers peak later (`latency_score`).

    Raises
    ------
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activities cannot be compared.
    InvalidOptionError
        If a number is out of range, or a region or measure does not exist.

    Notes
    -----
    A peak is where one of many noisy values is largest: with wide intervals of similarity its latency is hardly known,
    and its interval says so. Bins that are wide against the differences of latency give ties.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> layers = {name: rng.normal(size=(40, 9)) for name in ("conv", "dense")}
    >>> when = {"conv": [0, 3, 0], "dense": [0, 0, 3]}
    >>> brain = sum(np.multiply.outer(x, when[name]) for name, x in layers.items()) + rng.normal(size=(40, 9, 3))
    >>> found = time_courses(layers, brain[:, None], [10, 20, 30], bootstrap=100, permutations=100)
    >>> found["peak_latency"].values
    array([20., 30.])
    """
    import xarray as xr

    check_resampling(bootstrap, confidence, permutations)
    times, moments = _moments(activity, times_ms, region, bin_ms)
    names = [f"{time:g} ms" for time in times]
    found = resampled_matrix(
        network, dict(zip(names, moments, strict=True)), measure, options=options, bootstrap=bootstrap,
        permutations=permutations, seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    similarity = found.similarity
    low, high = similarity.interval(confidence, scale_of(found.measure))
    p_value, _ = max_statistic_p(found.closer(similarity.value), found.closer(found.null))
    certain = np.nan_to_num(p_value, nan=1.0).min(axis=1) < 1 - confidence
    latency = np.where(certain, peak_latency(times, found.closer(similarity.value)), np.nan)
    draws = found.closer(similarity.resampled)
    resampled = peak_latency(times, draws)
    # A moment stands for all up to halfway to the next: no latency is known better than that.
    half = np.diff(times) / 2
    begins, ends = times - np.r_[half[0], half], times + np.r_[half, half[-1]]
    earliest = np.where(certain, percentile_interval(peak_latency(begins, draws), confidence)[0], np.nan)
    latest = np.where(certain, percentile_interval(peak_latency(ends, draws), confidence)[1], np.nan)
    score = latency_score(latency, resampled, found.rng, confidence)
    axes = ("layer", "time")
    return xr.Dataset(
        {
            "similarity": (axes, similarity.value),
            "low": (axes, low),
            "high": (axes, high),
            "p_value": (axes, p_value),
            "peak_latency": ("layer", latency, {"units": "ms"}),
            "peak_low": ("layer", earliest, {"units": "ms"}),
            "peak_high": ("layer", latest, {"units": "ms"}),
            "latency_hierarchy": score["value"],
            "latency_hierarchy_low": score["low"],
            "latency_hierarchy_high": score["high"],
            "latency_hierarchy_p": score["p_value"],
        },
        coords={"layer": found.cast.layers, "time": ("time", times, {"units": "ms"})},
        attrs={
            "measure": found.measure.label,
            "stimuli": found.cast.subjects.stimuli,
            "bootstrap": bootstrap,
            "confidence": confidence,
            "notes": "; ".join(found.cast.notes),
        },
    )


def _moments(activity: Any, times_ms: Any, region: str | None, bin_ms: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """Give the times, and at each (stimulus, trial, unit)."""
    if hasattr(activity, "binned") and hasattr(activity, "populations"):
        if times_ms is not None:
            raise InvalidOptionError("times_ms: a recording has its own times; choose bin_ms=")
        times, array = _binned(activity, region, bin_ms)
    else:
        if region is not None:
            raise InvalidOptionError("region: only a recording has regions; give one region's activity")
        times, array = _array(activity, times_ms)
    if times.ndim != 1 or len(times) < 2 or not np.isfinite(times).all() or not (np.diff(times) > 0).all():
        raise InvalidActivityError(f"times_ms: must be increasing numbers, at least 2, got shape {times.shape}")
    if len(times) != array.shape[-1]:
        raise InvalidActivityError(
            f"times_ms: {len(times)} times, but the activity has {array.shape[-1]} on its last axis"
        )
    return times, [array[..., moment] for moment in range(len(times))]


def _binned(recording: Any, region: str | None, bin_ms: float) -> tuple[np.ndarray, np.ndarray]:
    names = [str(name) for name in recording.populations]
    regions = list(dict.fromkeys(name.split(".")[0] for name in names))
    if region is not None and region not in regions:
        raise InvalidOptionError(f"region: the recording has no {region!r}; {nearest(str(region), regions)}")
    chosen = [name for name in names if region in (None, name.split(".")[0])]
    tables = recording.binned(bin_ms, chosen)
    counts = [tables[name].transpose("stimulus", "trial", "unit", "time") for name in chosen]
    return np.asarray(counts[0]["time"].values, np.float64) + bin_ms / 2, np.concatenate(counts, axis=2)


def _array(activity: Any, times_ms: Any) -> tuple[np.ndarray, np.ndarray]:
    if hasattr(activity, "dims"):
        for axis in ("stimulus", "time"):
            if axis not in activity.dims:
                raise InvalidActivityError(f"activity: has no axis {axis!r}, only {', '.join(map(str, activity.dims))}")
        if times_ms is None and "time" in activity.coords:
            times_ms = activity["time"].values
        first = [axis for axis in ("stimulus", "trial") if axis in activity.dims]
        others = [axis for axis in activity.dims if axis not in (*first, "time")]
        array = np.asarray(activity.transpose(*first, *others, "time").values)
        trials = array.shape[1] if "trial" in first else 1
        array = array.reshape(array.shape[0], trials, -1, array.shape[-1])
    else:
        array = np.asarray(activity)
    if array.dtype.kind not in "fiub":
        raise ActivityTypeError(f"activity: must hold real numbers, got dtype {array.dtype}")
    if array.ndim != 4 or array.size == 0:
        raise InvalidActivityError(f"activity: must be (stimulus, trial, unit, time), got shape {array.shape}")
    if times_ms is None:
        raise InvalidOptionError("times_ms: when the moments are, in ms, must be given with an array")
    return np.asarray(times_ms, dtype=np.float64), array
