"""Correlations in time: between populations, and between pairs of units."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from brainsim.analysis.histograms import pooled_counts
from brainsim.errors import ParameterError
from brainsim.memory import require
from brainsim.recording import Recording, single
from brainsim.recording.choose import spikes_of
from brainsim.recording.tables import bin_steps
from brainsim.units import number
from brainsim.wiring.rule import count
from isocortex.errors import nearest
from isocortex.seeds import generator

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = ["cross_correlation", "pairwise_correlation"]

PREDICTORS = ("shift", "shuffle")


def cross_correlation(
    recording: Recording,
    first: str,
    second: str | None = None,
    max_lag: float = 50.0,
    bin_width: float = 1.0,
    predictor: Literal["shift", "shuffle"] | None = None,
) -> "DataArray":
    """Correlate the spike counts of two populations at many lags.

    With a and b the populations' counts in bins, their means over the trial taken out, and T bins a trial

        r(lag) = <sum_t a(t) b(t + lag) / (T - |lag|)> / sqrt(<a^2> <b^2>),

    <> being the average over trials and stimuli: a correlation coefficient, 1 at most, computed by fast Fourier
    transforms. At a positive lag the second population follows the first.

    Two populations that follow the same stimulus are correlated whether they know of each other or not. A predictor
    is what correlation the stimulus alone explains, taken from trials that were not simultaneous, and is subtracted:
    "shift" takes trial i of the first with trial i + 1 of the second, "shuffle" all pairs of different trials
    (Perkel, Gerstein and Moore 1967, doi:10.1016/S0006-3495(67)86597-4).

    Parameters
    ----------
    recording : Recording
        With spikes.
    first, second : str
        Full names; the first with itself by default.
    max_lag : float
        In ms, rounded down to whole bins; less than the recording.
    bin_width : float
        In ms.
    predictor : "shift" or "shuffle", optional
        What is subtracted.

    Returns
    -------
    xarray.DataArray (lag)
        ``lag`` in ms, from -max_lag to max_lag. NaN where a population's count never changed.

    Raises
    ------
    UnknownNameError, ModelError, ParameterError
        If there is no such population, only counts were kept, or lags or trials do not allow it.

    Examples
    --------
    Two units that always fire together, in lags of 10 ms:

    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [([10, 10, 30, 30, 70, 70], [0, 1, 0, 1, 0, 1])], duration=100)
    >>> cross_correlation(recording, "in.cells", max_lag=10, bin_width=10).values.round(2)
    array([-0.52,  1.  , -0.52])
    """
    from xarray import DataArray

    names = [single(recording, first), single(recording, first if second is None else second)]
    steps, bins = bin_steps(recording, bin_width, "cross_correlation: bin_width")
    width = steps * recording.dt
    most = int(number(max_lag, "ms", "cross_correlation: max_lag", nonnegative=True) / width + 1e-9)
    if most >= bins:
        raise ParameterError(
            f"cross_correlation: max_lag must be less than the {bins * width:g} ms recorded, got {max_lag:g} ms"
        )
    if predictor is not None and predictor not in PREDICTORS:
        raise ParameterError(
            f"cross_correlation: predictor {predictor!r} is unknown; {nearest(str(predictor), PREDICTORS)}"
        )
    if predictor is not None and recording.trials < 2:
        raise ParameterError(f"cross_correlation: predictor {predictor!r} needs at least two trials of a stimulus")
    one, other = (pooled_counts(recording, [name], steps, "cross_correlation").astype(np.float64) for name in names)
    one -= one.mean(axis=2, keepdims=True)
    other -= other.mean(axis=2, keepdims=True)
    covariance = _covariance(one, other, most)
    if predictor == "shift":
        covariance -= _covariance(one, np.roll(other, -1, axis=1), most)
    elif predictor == "shuffle":
        # All pairs, less those of a trial with itself.
        trials = recording.trials
        pairs = _covariance(one.mean(axis=1, keepdims=True), other.mean(axis=1, keepdims=True), most) * trials
        covariance = covariance - (pairs - _covariance(one, other, most)) / (trials - 1)
    scale = np.sqrt(np.mean(one**2) * np.mean(other**2))
    return DataArray(
        covariance / scale if scale > 0 else np.full(2 * most + 1, np.nan),
        dims=("lag",),
        coords={"lag": np.arange(-most, most + 1) * width},
        name="correlation",
        attrs={"units": "1", "first": names[0], "second": names[1], "bin_width_ms": width, "predictor": str(predictor)},
    )


def _covariance(one: np.ndarray, other: np.ndarray, most: int) -> np.ndarray:
    """Average sum_t a(t) b(t + lag) / (T - |lag|) over rows (stimulus, trial, bin): (lag)."""
    from scipy.fft import irfft, next_fast_len, rfft

    bins = one.shape[2]
    length = next_fast_len(bins + most, real=True)
    total = np.zeros(length // 2 + 1, dtype=np.complex128)
    for stimulus in range(len(one)):  # one stimulus at a time, for its transforms take twice its counts
        total += (rfft(one[stimulus], length).conj() * rfft(other[stimulus], length)).sum(axis=0)
    lags = np.arange(-most, most + 1)
    sums = irfft(total, length)[lags]
    return sums / (bins - np.abs(lags)) / (one.shape[0] * one.shape[1])


def pairwise_correlation(
    recording: Recording, population: str, bin_width: float = 2.0, units: int = 200, seed: int = 0
) -> np.ndarray:
    """Give the correlation coefficients of the spike counts of pairs of units.

    Pearson's r = cov(n_i, n_j) / sqrt(var(n_i) var(n_j)) over the bins of all trials and stimuli, for every pair of
    the units drawn. 0 on average for independent units; c for units that each copy the spikes of a common Poisson
    source with probability c (Kuhn, Aertsen and Rotter 2003, doi:10.1162/089976603321043702).

    Parameters
    ----------
    recording : Recording
        With spikes.
    population : str
        Full name.
    bin_width : float
        In ms; correlations at a finer time scale than a bin count fully, slower ones grow with its width.
    units : int
        How many are drawn; all, if there are fewer.
    seed : int
        Of the draw.

    Returns
    -------
    numpy.ndarray (pair)
        Pairs in the order of :func:`scipy.spatial.distance.squareform`; NaN where a unit's count never changed.

    Raises
    ------
    UnknownNameError, ModelError, ParameterError
        If there is no such population, only counts were kept, or there are fewer than two units.
    MemoryLimitError
        If the counts will not fit into memory.

    Examples
    --------
    Two units that always fire together:

    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [([10, 10, 30, 30, 70, 70], [0, 1, 0, 1, 0, 1])], duration=100)
    >>> pairwise_correlation(recording, "in.cells").round(6)
    array([1.])
    """
    name = single(recording, population)
    steps, bins = bin_steps(recording, bin_width, "pairwise_correlation: bin_width")
    size = recording.sizes[name]
    drawn = min(count(units, "pairwise_correlation: units", least=2), size)
    if drawn < 2:
        raise ParameterError(f"pairwise_correlation: needs at least two units, {name} has {size}")
    rows = len(recording.stimulus_ids) * recording.trials
    require(24 * rows * bins * drawn, "pairwise_correlation", "widen the bins, or draw fewer units")
    place = np.full(size, drawn)  # units that are not drawn are counted where nobody looks
    place[np.sort(generator(seed, "pairs", name).choice(size, drawn, replace=False))] = np.arange(drawn)
    counts = np.zeros((rows, bins, drawn + 1))
    spikes = spikes_of(recording, name, "pairwise_correlation")
    for row in range(rows):
        when, which = spikes.row(row)
        inside = np.searchsorted(when, bins * steps)
        np.add.at(counts[row].reshape(-1), when[:inside] // steps * (drawn + 1) + place[which[:inside]], 1)
    table = counts.reshape(rows * bins, drawn + 1)[:, :drawn]
    table = table - table.mean(axis=0)
    lengths = np.sqrt((table**2).sum(axis=0))
    lengths[lengths == 0] = np.nan
    table /= lengths
    return (table.T @ table)[np.triu_indices(drawn, 1)]
