"""Sounds as the auditory nerve carries them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from brainsim.encoders.encoder import Encoder
from brainsim.encoders.values import check_rates
from brainsim.errors import KindError, ParameterError, StimulusError
from brainsim.parts import Population
from brainsim.units import number

__all__ = ["Cochlea"]

ORDER = 4  # of the gammatone filters
BANDWIDTH = 1.019  # times the equivalent rectangular bandwidth; SciPy's own number
REACH = 18.0  # time constants of a filter's envelope, after which 2e-5 of it are left
ROUNDING = 1e-12  # a power below 1 would make the transform's rounding errors heard


@dataclass(frozen=True)
class Cochlea(Encoder):
    """A bank of gammatone filters, each followed by a hair cell: rectified, compressed and smoothed.

    The units' centre frequencies are evenly spaced on the scale of equivalent rectangular bandwidths (Glasberg and
    Moore 1990, doi:10.1016/0378-5955(90)90170-T), from `low` to `high`::

        E(f) = 21.4 log10(1 + 0.00437 f),    ERB(f) = 24.7 (1 + 0.00437 f)

    Each filter has the impulse response ``t^3 exp(-2 pi 1.019 ERB(f) t) cos(2 pi f t)`` and unit gain at f
    (:func:`scipy.signal.gammatone`, after Slaney 1993). Its output is half-wave rectified, raised to the power
    `compression`, and smoothed by a low-pass of first order (`cutoff`; rectification and a low-pass at 1 kHz are how
    Dau, Pueschel and Kohlrausch 1996, doi:10.1121/1.414959, model the hair cell). The mean of that over a bin, which
    is at most 1, gives ``rate = baseline + (max_rate - baseline) mean``.

    Parameters
    ----------
    sample_rate : float
        Samples of the sounds per second (Hz).
    low, high : float
        Centre frequencies of the first and the last unit in Hz. `high` is below half of `sample_rate`; by default it is
        8000, or 0.45 of the sample rate where that is lower.
    baseline, max_rate : float
        Rate in silence, and the highest rate, in Hz.
    compression : float
        Exponent between 0 and 1; 1 compresses nothing.
    cutoff : float
        Of the low-pass, in Hz.
    bin : float
        How many ms a bin of rates lasts. After a sound has died away the rate is `baseline`.

    Raises
    ------
    ParameterError, KindError
        If a parameter is out of range.

    Notes
    -----
    Stimuli are (stimulus, sample), or a list of sounds of different lengths, between -1 and 1. Compression shortens
    the distance between loud and soft: ten times the amplitude are ``10 ** compression`` times the response.

    Examples
    --------
    >>> from brainsim import Poisson, Population
    >>> ear = Cochlea(sample_rate=8000, low=100, high=3000)
    >>> tone = 0.5 * np.sin(2 * np.pi * 700 * np.arange(800) / 8000)
    >>> rates = ear.rates([tone], {"nerve": Population("nerve", Poisson(), size=30)})["nerve"]
    >>> bool(abs(ear.frequencies(30)[rates[0].max(axis=0).argmax()] - 700) < 50)
    True
    """

    sample_rate: float
    low: float = 80.0
    high: float | None = None
    baseline: float = 5.0
    max_rate: float = 200.0
    compression: float = 0.3
    cutoff: float = 1000.0
    bin: float = 5.0

    def __post_init__(self) -> None:
        if self.high is None:
            sample_rate = number(self.sample_rate, "Hz", "Cochlea.sample_rate", positive=True)
            object.__setattr__(self, "high", min(8000.0, 0.45 * sample_rate))
        for name, unit in (("sample_rate", "Hz"), ("low", "Hz"), ("high", "Hz"), ("cutoff", "Hz"), ("bin", "ms")):
            object.__setattr__(self, name, number(getattr(self, name), unit, f"Cochlea.{name}", positive=True))
        object.__setattr__(self, "compression", number(self.compression, "1", "Cochlea.compression", positive=True))
        check_rates(self)
        if self.compression > 1:
            raise ParameterError(f"Cochlea.compression: must be at most 1, got {self.compression:g}")
        high = cast(float, self.high)
        if not self.low <= high < self.sample_rate / 2:
            raise ParameterError(
                f"Cochlea.high: must be between low and half of the sample rate, got {high:g} Hz, low "
                f"{self.low:g} Hz and sample rate {self.sample_rate:g} Hz"
            )
        if self.bin * self.sample_rate < 1e3:
            raise ParameterError(
                f"Cochlea.bin: must hold a sample at least, got {self.bin:g} ms at {self.sample_rate:g} Hz"
            )

    def frequencies(self, units: int) -> np.ndarray:
        """Give the centre frequency of each unit in Hz, (unit), rising."""
        scale = np.linspace(_erb_number(self.low), _erb_number(cast(float, self.high)), units)
        return (10 ** (scale / 21.4) - 1) / 0.00437

    def rates(self, stimuli: Any, populations: Mapping[str, Population]) -> dict[str, np.ndarray]:
        """Give the rates of every population.

        Parameters
        ----------
        stimuli : array-like (stimulus, sample), or a sequence of array-like (sample)
            Sounds between -1 and 1.
        populations : mapping of str to Population
            Each is a row of units from the lowest to the highest frequency.

        Returns
        -------
        dict of str to numpy.ndarray (stimulus, bin, unit)
            Hz.

        Raises
        ------
        StimulusError, KindError
            If a sound cannot be used.
        """
        sounds = _check_sounds(stimuli)
        return {name: np.array(self._responses(sounds, one.units)) for name, one in populations.items()}

    def _responses(self, sounds: list[np.ndarray], units: int) -> list[np.ndarray]:
        """Rates of each sound, as many bins for all."""
        from scipy import signal

        filters = []
        for frequency in self.frequencies(units):
            decay = 2 * np.pi * BANDWIDTH * _erb(frequency)
            length = int(np.ceil(REACH * self.sample_rate / decay))
            filters.append(signal.gammatone(frequency, "fir", order=ORDER, numtaps=length, fs=self.sample_rate)[0])
        samples = max(map(len, sounds)) + max(map(len, filters))
        # One bin more holds silence, which goes on to the end of the trial.
        edges = np.ceil(np.arange(int(samples / self._bin_samples) + 3) * self._bin_samples - 1e-9).astype(int)
        return [self._response(sound, filters, edges) for sound in sounds]

    def _response(self, sound: np.ndarray, filters: list[np.ndarray], edges: np.ndarray) -> np.ndarray:
        """Rates of one sound, (bin, unit)."""
        from scipy import signal

        smoothing = np.exp(-2 * np.pi * self.cutoff / self.sample_rate)
        rates = np.empty((len(edges) - 1, len(filters)))
        for unit, each in enumerate(filters):
            heard = np.zeros(edges[-1])
            filtered = signal.fftconvolve(sound, each)
            heard[: len(filtered)] = np.where(filtered > ROUNDING, filtered, 0) ** self.compression
            smooth = signal.lfilter([1 - smoothing], [1, -smoothing], heard)
            rates[:, unit] = np.add.reduceat(smooth, edges[:-1]) / np.diff(edges)
        rates[-1] = 0
        return self.baseline + (self.max_rate - self.baseline) * np.minimum(rates, 1)

    @property
    def _bin_samples(self) -> float:
        return self.bin * self.sample_rate / 1e3


def _erb_number(frequency: float) -> float:
    return 21.4 * np.log10(1 + 0.00437 * frequency)


def _erb(frequency: float) -> float:
    return 24.7 * (1 + 0.00437 * frequency)


def _check_sounds(stimuli: Any) -> list[np.ndarray]:
    if isinstance(stimuli, (str, bytes)) or not hasattr(stimuli, "__len__"):
        raise KindError(f"Cochlea: stimuli must be sounds, (stimulus, sample), got {type(stimuli).__name__}")
    sounds = []
    for position, one in enumerate(stimuli):
        sound = np.asarray(one)
        if sound.dtype.kind != "f":
            raise KindError(
                f"Cochlea: sound {position} must be floating-point between -1 and 1, got {sound.dtype}; "
                "divide 16-bit samples by 32768"
            )
        if sound.ndim != 1 or sound.size == 0:
            raise StimulusError(f"Cochlea: sound {position} must be (sample), got shape {sound.shape}")
        if not np.isfinite(sound).all() or np.abs(sound).max() > 1:
            raise StimulusError(f"Cochlea: sound {position} must lie between -1 and 1; rescale it")
        sounds.append(sound.astype(np.float64))
    if not sounds:
        raise StimulusError("Cochlea: stimuli are empty")
    return sounds
