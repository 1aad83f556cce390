"""Tables with named axes: counts, rates, bins, histograms, latencies, traces, as xarray."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from brainsim.errors import KindError, ParameterError, UnknownNameError
from brainsim.memory import require
from brainsim.recording.choose import chosen, spikes_of, time_steps
from brainsim.units import number
from isocortex.errors import nearest

if TYPE_CHECKING:
    from xarray import DataArray

    from brainsim.recording.recording import Recording
    from brainsim.recording.trace import Trace

__all__ = ["bin_steps", "binned", "latencies", "psth", "synapse_trace", "table", "trace"]

Names = str | Sequence[str] | None


def table(recording: "Recording", population: str, values: np.ndarray, name: str, unit: str) -> "DataArray":
    """Name the axes of an array (stimulus, trial, unit)."""
    from xarray import DataArray

    return DataArray(
        values,
        dims=("stimulus", "trial", "unit"),
        coords={"stimulus": list(recording.stimulus_ids)},
        name=name,
        attrs={"units": unit, "population": population},
    )


def bin_steps(recording: "Recording", width: float, where: str) -> tuple[int, int]:
    """Give how many steps a bin of `width` ms has, and how many whole bins the recording.

    Raises
    ------
    ParameterError, KindError
        If it is not a whole number of steps, or longer than the recording.
    """
    width = number(width, "ms", where, positive=True)
    steps = round(width / recording.dt)
    if not 1 <= steps <= recording.steps or abs(steps * recording.dt - width) > 1e-6 * width:
        raise ParameterError(
            f"{where} must be whole steps of {recording.dt:g} ms, up to {recording.duration:g} ms, got {width:g} ms"
        )
    return steps, recording.steps // steps


def binned(recording: "Recording", width: float, populations: Names) -> dict[str, "DataArray"]:
    """See :meth:`Recording.binned`."""
    from xarray import DataArray

    steps, bins = bin_steps(recording, width, "Recording.binned: width")
    names = chosen(recording, populations)
    stimuli, trials = len(recording.stimulus_ids), recording.trials
    cells = stimuli * trials * bins * sum(recording.sizes[name] for name in names)
    require(4 * cells, f"Recording.binned: {cells} counts", "widen the bins, or select stimuli or populations")
    tables = {}
    for name in names:
        spikes, size = spikes_of(recording, name, "Recording.binned"), recording.sizes[name]
        counts = np.zeros((stimuli * trials, bins, size), dtype=np.int32)
        for row in range(stimuli * trials):
            when, which = spikes.row(row)
            inside = np.searchsorted(when, bins * steps)
            cells_hit = (when[:inside] // steps).astype(np.int64) * size + which[:inside]
            np.add.at(counts[row].reshape(-1), cells_hit, 1)
        tables[name] = DataArray(
            counts.reshape(stimuli, trials, bins, size),
            dims=("stimulus", "trial", "time", "unit"),
            coords={"stimulus": list(recording.stimulus_ids), "time": _bin_times(recording, steps, bins)},
            name="spikes",
            attrs={"units": "1", "population": name, "bin_width_ms": steps * recording.dt},
        )
    return tables


def psth(recording: "Recording", width: float | None, smoothing: float | None, populations: Names) -> dict:
    """See :meth:`Recording.psth`."""
    from xarray import DataArray

    if width is None:
        width = 5.0 if smoothing is None else recording.dt
    steps, bins = bin_steps(recording, width, "Recording.psth: width")
    sigma = None if smoothing is None else number(smoothing, "ms", "Recording.psth: smoothing", positive=True)
    if sigma is not None and not 0.1 * recording.dt <= sigma <= recording.duration:
        raise ParameterError(
            f"Recording.psth: smoothing must be from a tenth of a step to {recording.duration:g} ms, got {sigma:g} ms"
        )
    stimuli, trials = len(recording.stimulus_ids), recording.trials
    histograms = {}
    for name in chosen(recording, populations):
        spikes = spikes_of(recording, name, "Recording.psth")
        counts = np.zeros((stimuli, bins))
        for row in range(stimuli * trials):
            which = spikes.row(row)[0] // steps
            counts[row // trials] += np.bincount(which, minlength=bins)[:bins]
        rate = counts / (trials * recording.sizes[name] * steps * recording.dt / 1e3)
        if sigma is not None:
            rate = _smoothed(rate, sigma / (steps * recording.dt))
        histograms[name] = DataArray(
            rate,
            dims=("stimulus", "time"),
            coords={"stimulus": list(recording.stimulus_ids), "time": _bin_times(recording, steps, bins)},
            name="rate",
            attrs={"units": "Hz", "population": name, "bin_width_ms": steps * recording.dt},
        )
    return histograms


def latencies(recording: "Recording", onset: float | None, populations: Names) -> dict[str, "DataArray"]:
    """See :meth:`Recording.latencies`."""
    after = 0 if onset is None else time_steps(onset, recording.dt, "Recording.latencies: onset") - recording.start_step
    if not 0 <= after < recording.steps:
        raise ParameterError(
            f"Recording.latencies: onset must be from {recording.start:g} to before {recording.end:g} ms, "
            f"got {onset:g} ms"
        )
    tables = {}
    for name in chosen(recording, populations):
        first = recording.first_steps[name]
        if after:
            since = spikes_of(recording, name, "Recording.latencies").within(after, recording.steps)
            first = since.first_steps(recording.sizes[name]).reshape(first.shape)
        values = np.where(first < 0, np.nan, first * recording.dt)
        tables[name] = table(recording, name, values, "latency", "ms")
    return tables


def trace(recording: "Recording", population: str, variable: str) -> "DataArray":
    """See :meth:`Recording.trace`."""
    found = _recorded(recording.traces, population, variable, "Recording.trace")
    return _named(recording, found, variable, "unit", {"population": population})


def synapse_trace(recording: "Recording", projection: str, variable: str) -> "DataArray":
    """See :meth:`Recording.synapse_trace`."""
    found = _recorded(recording.synapse_traces, projection, variable, "Recording.synapse_trace")
    return _named(recording, found, variable, "synapse", {"projection": projection})


def _recorded(traces, of: str, variable: str, where: str) -> "Trace":  # type: ignore[no-untyped-def]
    if not isinstance(of, str) or not isinstance(variable, str):
        raise KindError(f"{where}: needs two names, got {of!r} and {variable!r}")
    if (of, variable) not in traces:
        known = [f"{one} {other}" for one, other in traces]
        asked = f"{of} {variable}"
        raise UnknownNameError(f"{where}: {asked!r} was not recorded; {nearest(asked, known)}")
    return traces[of, variable]


def _named(recording: "Recording", found: "Trace", variable: str, axis: str, of: dict[str, str]) -> "DataArray":
    from xarray import DataArray

    return DataArray(
        found.values,
        dims=("stimulus", "trial", "time", axis),
        coords={
            "stimulus": list(recording.stimulus_ids),
            "time": (recording.start_step + found.steps() + 1) * recording.dt,
            axis: found.units,
        },
        name=variable,
        attrs={"units": found.unit, **of},
    )


def _bin_times(recording: "Recording", steps: int, bins: int) -> np.ndarray:
    return (recording.start_step + np.arange(bins, dtype=np.int64) * steps) * recording.dt


def _smoothed(rate: np.ndarray, sigma: float) -> np.ndarray:
    """Convolve with a Gaussian of `sigma` bins, cut at four sigma; at the edges over what there is."""
    from scipy.ndimage import convolve1d

    reach = np.arange(-np.ceil(4 * sigma), np.ceil(4 * sigma) + 1)
    weights = np.exp(-(reach**2) / (2 * sigma**2))
    mass = convolve1d(np.ones(rate.shape[1]), weights, mode="constant")
    return convolve1d(rate, weights, axis=1, mode="constant") / mass
