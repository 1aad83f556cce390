"""How much spike counts vary."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from brainsim.errors import ParameterError
from brainsim.memory import require
from brainsim.recording import Recording, single
from brainsim.recording.choose import spikes_of
from brainsim.recording.tables import bin_steps
from isocortex.errors import nearest

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = ["fano_factor"]


def fano_factor(
    recording: Recording,
    population: str,
    window: float | None = None,
    across: Literal["trials", "windows"] = "trials",
) -> "DataArray":
    """Give each unit's Fano factor, the variance of its spike count over its mean: F = var(n) / mean(n).

    1 for a Poisson process, 0 where every count is the same; for a renewal process in long windows the square of
    the intervals' coefficient of variation (Cox 1962, *Renewal theory*).

    Across trials, counts of the same window of the same stimulus are compared, so that a rate that follows the
    stimulus does not count as variability; sums of variances and of means over windows are divided. Across windows,
    the consecutive windows of one trial are compared, which a changing rate makes vary; the variances of trials are
    averaged. Variances are unbiased (n - 1).

    Parameters
    ----------
    recording : Recording
        With spikes; for one window as long as the recording counts suffice.
    population : str
        Full name.
    window : float, optional
        In which spikes are counted, ms; a last window that is not full is left out. The whole recording by default.
    across : "trials" or "windows"
        What is compared.

    Returns
    -------
    xarray.DataArray (stimulus, unit)
        NaN where a unit did not spike.

    Raises
    ------
    UnknownNameError, ModelError, ParameterError
        If there is no such population, only counts were kept, or there are fewer than two counts to compare.
    MemoryLimitError
        If the counts will not fit into memory.

    Examples
    --------
    A unit that answers alike in every trial, and one that never answers:

    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [([10, 20], [0, 0])], duration=100, trials=2)
    >>> fano_factor(recording, "in.cells").values
    array([[ 0., nan]])
    """
    from xarray import DataArray

    name = single(recording, population)
    if across not in ("trials", "windows"):
        raise ParameterError(
            f"fano_factor: across {across!r} is unknown; {nearest(str(across), ('trials', 'windows'))}"
        )
    steps, windows = (recording.steps, 1) if window is None else bin_steps(recording, window, "fano_factor: window")
    compared = recording.trials if across == "trials" else windows
    if compared < 2:
        raise ParameterError(f"fano_factor: needs at least two {across} to compare, got {compared}")
    stimuli, size = len(recording.stimulus_ids), recording.sizes[name]
    require(16 * recording.trials * windows * size, "fano_factor", "widen the window, or select trials")
    factors = np.full((stimuli, size), np.nan)
    for stimulus in range(stimuli):
        counts = _counts(recording, name, stimulus, steps, windows)
        variance = counts.var(axis=0 if across == "trials" else 1, ddof=1).mean(axis=0)
        mean = counts.mean(axis=(0, 1))
        np.divide(variance, mean, out=factors[stimulus], where=mean > 0)
    return DataArray(
        factors,
        dims=("stimulus", "unit"),
        coords={"stimulus": list(recording.stimulus_ids)},
        name="Fano factor",
        attrs={"units": "1", "population": name, "window_ms": steps * recording.dt, "across": across},
    )


def _counts(recording: Recording, name: str, stimulus: int, steps: int, windows: int) -> np.ndarray:
    """Count the spikes of one stimulus: (trial, window, unit)."""
    if steps == recording.steps:
        return recording.spike_counts[name][stimulus][:, None, :]
    size = recording.sizes[name]
    spikes = spikes_of(recording, name, "fano_factor")
    counts = np.empty((recording.trials, windows * size), dtype=np.int32)
    for trial in range(recording.trials):
        when, which = spikes.row(stimulus * recording.trials + trial)
        inside = np.searchsorted(when, windows * steps)
        cells = (when[:inside] // steps).astype(np.int64) * size + which[:inside]
        counts[trial] = np.bincount(cells, minlength=windows * size)
    return counts.reshape(recording.trials, windows, size)
