"""How the activity of a population oscillates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from brainsim.analysis.histograms import pooled_counts
from brainsim.errors import KindError, ParameterError
from brainsim.recording import Recording, chosen
from brainsim.recording.tables import bin_steps
from brainsim.units import number

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = ["Peak", "power_spectrum", "spectral_peaks"]


def power_spectrum(
    recording: Recording, populations: str | Sequence[str], bin_width: float = 1.0, segment: float | None = None
) -> "DataArray":
    """Give the power spectral density of a population's rate, that of an average unit.

    Welch's method (1967, doi:10.1109/TAU.1967.1161901): segments that overlap by half, Hann windows, means taken out;
    averaged over segments, trials and stimuli. One-sided, so that its integral is the variance of the rate. N
    independent Poisson units of rate r have the same density 2 r / N at all frequencies, ``attrs["poisson_level"]``.

    Parameters
    ----------
    recording : Recording
        With spikes.
    populations : str or sequence of str
        Full names, pooled.
    bin_width : float
        In ms; frequencies reach up to 500 / bin_width Hz.
    segment : float, optional
        In ms; frequencies are 1000 / segment Hz apart. A quarter of the recording by default.

    Returns
    -------
    xarray.DataArray (frequency)
        In Hz^2 per Hz; ``frequency`` in Hz.

    Raises
    ------
    UnknownNameError, ModelError, ParameterError
        If there is no such population, only counts were kept, or a segment has fewer than 8 bins.

    Examples
    --------
    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [(list(range(0, 1000, 20)), [0] * 50)], duration=1000)
    >>> spectrum = power_spectrum(recording, "in.cells", segment=500)
    >>> float(spectrum.frequency[spectrum.argmax("frequency")])
    50.0
    """
    from scipy.signal import welch
    from xarray import DataArray

    names = chosen(recording, populations)
    steps, bins = bin_steps(recording, bin_width, "power_spectrum: bin_width")
    width = steps * recording.dt
    if segment is None:
        length = bins // 4
    else:
        length = round(number(segment, "ms", "power_spectrum: segment", positive=True) / width)
    if not 8 <= length <= bins:
        raise ParameterError(
            f"power_spectrum: a segment must have 8 to {bins} bins of {width:g} ms, got {length}; "
            "choose segment= or bin_width="
        )
    units = sum(recording.sizes[name] for name in names)
    rate = pooled_counts(recording, names, steps, "power_spectrum") / (units * width / 1e3)
    frequency, power = welch(rate, fs=1e3 / width, window="hann", nperseg=length, detrend="constant", axis=2)
    return DataArray(
        power.mean(axis=(0, 1)),
        dims=("frequency",),
        coords={"frequency": frequency},
        name="power",
        attrs={
            "units": "Hz^2/Hz",
            "populations": ", ".join(names),
            "poisson_level": float(2 * rate.mean() / units),
            "bin_width_ms": width,
            "segment_ms": length * width,
            "averages": int(rate.shape[0] * rate.shape[1] * max(1, (bins - length // 2) // (length - length // 2))),
        },
    )


@dataclass(frozen=True)
class Peak:
    """A peak of a power spectrum.

    Parameters
    ----------
    frequency_hz : float
        Where it is, between the frequencies of the spectrum by a parabola through the logarithms of three.
    power : float
        How high, in the spectrum's unit.
    ratio : float
        Its height over the median of the spectrum.
    """

    frequency_hz: float
    power: float
    ratio: float


def spectral_peaks(
    spectrum: "DataArray", least: float = 4.0, low: float | None = None, high: float | None = None
) -> list[Peak]:
    """Find the peaks of a power spectrum, the highest first.

    A peak is a local maximum that is at least `least` times the median of the spectrum, and that stands out from its
    higher side by at least half of its height. An estimate that is averaged over K segments scatters by 1 / sqrt(K) of
    itself, so it must also stand out by three times that (by 0.8 of its height at most).

    Parameters
    ----------
    spectrum : xarray.DataArray (frequency)
        From :func:`power_spectrum`.
    least : float
        Lowest ratio of a peak.
    low, high : float, optional
        Frequencies in Hz between which it is looked for, and the median taken; all but 0 by default.

    Returns
    -------
    list of Peak

    Raises
    ------
    KindError, ParameterError
        If it is no spectrum, or no three frequencies are left.

    Examples
    --------
    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [(list(range(0, 1000, 20)), [0] * 50)], duration=1000)
    >>> peaks = spectral_peaks(power_spectrum(recording, "in.cells", segment=500))
    >>> round(peaks[0].frequency_hz)
    50
    """
    from scipy.signal import find_peaks

    if getattr(spectrum, "dims", None) != ("frequency",):
        raise KindError(f"spectral_peaks: must be a spectrum from power_spectrum, got {type(spectrum).__name__}")
    least = number(least, "1", "spectral_peaks: least", positive=True)
    frequency, power = spectrum["frequency"].values, spectrum.values
    lowest = np.nextafter(0, 1) if low is None else number(low, "Hz", "spectral_peaks: low", nonnegative=True)
    highest = np.inf if high is None else number(high, "Hz", "spectral_peaks: high", positive=True)
    inside = (frequency >= lowest) & (frequency <= highest)
    frequency, power = frequency[inside], power[inside]
    if len(power) < 3:
        raise ParameterError(f"spectral_peaks: needs at least three frequencies, got {len(power)}")
    median = np.median(power)
    if median <= 0:
        return []
    found, _ = find_peaks(power, height=least * median)
    averages = spectrum.attrs.get("averages", np.inf)
    out = min(0.8, max(0.5, 3 / np.sqrt(averages)))
    found = [place for place in found if _prominence(power, place) >= out * power[place]]
    peaks = [
        Peak(_refined(frequency, power, place), float(power[place]), float(power[place] / median)) for place in found
    ]
    return sorted(peaks, key=lambda peak: -peak.power)


def _prominence(power: np.ndarray, place: int) -> float:
    from scipy.signal import peak_prominences

    return float(peak_prominences(power, [place])[0][0])


def _refined(frequency: np.ndarray, power: np.ndarray, place: int) -> float:
    before, at, after = np.log(np.maximum(power[place - 1 : place + 2], np.finfo(float).tiny))
    bend = before - 2 * at + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float(frequency[place] + shift * (frequency[1] - frequency[0]))
