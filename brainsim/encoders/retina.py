"""Images as the retina's ganglion cells see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.encoders.encoder import Encoder
from brainsim.encoders.images import check_images
from brainsim.errors import KindError, ModelError, ParameterError, StimulusError
from brainsim.parts import Population
from brainsim.units import number

__all__ = ["Retina"]


@dataclass(frozen=True)
class Retina(Encoder):
    """Centre-surround cells: rates rise with how much brighter (ON) or darker (OFF) a spot is than its surround.

    The contrast is a difference of Gaussians, each of unit sum (Rodieck 1965, doi:10.1016/0042-6989(65)90033-7), so
    that uniform light gives none; beyond the border the image goes on as it ends. It may be divided by the contrast
    around it (Carandini and Heeger 2012, doi:10.1038/nrn3136)::

        c = centre - surround
        c = c / (normalization + sqrt(G(sigma_normalization) * c ** 2))     if normalization is given
        rate = baseline + (max_rate - baseline) * min(1, gain * max(0, +c))   (ON; -c for OFF)

    After `onset` the response begins; it decays from there to the share `sustained` of itself with time constant
    `decay`. Before it the rate is `baseline`.

    Parameters
    ----------
    sigma_center, sigma_surround : float
        Standard deviations of the Gaussians in pixels.
    gain : float
        Share of the full response for a contrast of 1.
    baseline, max_rate : float
        Rate without contrast, and the highest rate, in Hz.
    normalization : float, optional
        Contrast at which division by the surrounding contrast takes over; none by default.
    sigma_normalization : float
        How far that surround reaches, in pixels.
    onset : float
        Latency of the response in ms.
    sustained : float
        Share of the response that lasts, between 0 and 1.
    decay : float
        Time constant in ms with which the rest decays.
    bin_width : float
        How many ms a bin of rates lasts, where they change in time.
    on, off : str
        Names of the populations.

    Raises
    ------
    ParameterError, KindError
        If a parameter is out of range.

    Examples
    --------
    >>> from brainsim import Poisson, Population
    >>> spot = np.zeros((1, 9, 9, 1), np.float32)
    >>> spot[0, 4, 4] = 1
    >>> on = Population("ON", Poisson(), shape=(9, 9))
    >>> rates = Retina().rates(spot, {"ON": on})["ON"]
    >>> rates.shape, int(rates[0].argmax()) == 4 * 9 + 4
    ((1, 81), True)
    """

    sigma_center: float = 1.0
    sigma_surround: float = 2.0
    gain: float = 4.0
    baseline: float = 5.0
    max_rate: float = 100.0
    normalization: float | None = None
    sigma_normalization: float = 4.0
    onset: float = 0.0
    sustained: float = 1.0
    decay: float = 20.0
    bin_width: float = 5.0
    on: str = "ON"
    off: str = "OFF"

    def __post_init__(self) -> None:
        for name in ("sigma_center", "sigma_surround", "gain", "sigma_normalization"):
            object.__setattr__(self, name, number(getattr(self, name), "1", f"Retina.{name}", positive=True))
        for name, unit in (("baseline", "Hz"), ("max_rate", "Hz"), ("onset", "ms"), ("sustained", "1")):
            object.__setattr__(self, name, number(getattr(self, name), unit, f"Retina.{name}", nonnegative=True))
        for name in ("decay", "bin_width"):
            object.__setattr__(self, name, number(getattr(self, name), "ms", f"Retina.{name}", positive=True))
        if self.normalization is not None:
            value = number(self.normalization, "1", "Retina.normalization", positive=True)
            object.__setattr__(self, "normalization", value)
        for name in ("on", "off"):
            if not isinstance(getattr(self, name), str):
                raise KindError(f"Retina.{name}: must be a population's name, got {getattr(self, name)!r}")
        if self.on == self.off:
            raise ParameterError(f"Retina.off: must be another population than on, got {self.off!r} for both")
        if self.sigma_surround <= self.sigma_center:
            raise ParameterError(
                "Retina.sigma_surround: must be above sigma_center, "
                f"got {self.sigma_surround:g} and {self.sigma_center:g}"
            )
        if self.max_rate < self.baseline:
            raise ParameterError(
                f"Retina.max_rate: must not be below baseline, got {self.max_rate:g} Hz and {self.baseline:g} Hz"
            )
        if self.sustained > 1:
            raise ParameterError(f"Retina.sustained: must be between 0 and 1, got {self.sustained:g}")

    @property
    def bin(self) -> float | None:  # type: ignore[override]
        """How many ms a bin of rates lasts; None where the response begins at once and lasts."""
        return None if self.onset == 0 and self.sustained == 1 else self.bin_width

    def contrast(self, images: Any) -> np.ndarray:
        """Give the signed contrast of images.

        Parameters
        ----------
        images : array-like (stimulus, height, width, channel)
            Between 0 and 1.

        Returns
        -------
        numpy.ndarray (stimulus, height, width, channel)
            float64, positive where brighter than the surround.

        Raises
        ------
        StimulusError
            If the images cannot be used.
        """
        from scipy.ndimage import gaussian_filter

        light = check_images(images).astype(np.float64)

        def blurred(values: np.ndarray, sigma: float) -> np.ndarray:
            return gaussian_filter(values, (0, sigma, sigma, 0), mode="nearest")

        contrast = blurred(light, self.sigma_center) - blurred(light, self.sigma_surround)
        if self.normalization is not None:
            contrast /= self.normalization + np.sqrt(blurred(contrast**2, self.sigma_normalization))
        return contrast

    def rates(self, stimuli: Any, populations: Mapping[str, Population]) -> dict[str, np.ndarray]:
        """Give the rates of the ON and the OFF cells.

        Parameters
        ----------
        stimuli : array-like (stimulus, height, width, channel)
            Images between 0 and 1. Channels are averaged for populations that have none.
        populations : mapping of str to Population
            Named `on` or `off`, of the images' height and width.

        Returns
        -------
        dict of str to numpy.ndarray
            Hz; (stimulus, unit), or (stimulus, bin, unit) if the response changes in time.

        Raises
        ------
        StimulusError, ModelError
            If the images cannot be used, or a population has another name or shape.
        """
        contrast = self.contrast(stimuli)
        rates = {}
        for name, population in populations.items():
            if name not in (self.on, self.off):
                raise ModelError(f"Retina: population {name!r} is neither on={self.on!r} nor off={self.off!r}")
            signed = contrast if name == self.on else -contrast
            response = np.clip(self.gain * self._onto(signed, population), 0, 1) * (self.max_rate - self.baseline)
            course = self._course()
            if course is not None:
                response = response[:, None, :] * course[:, None]
            rates[name] = self.baseline + response
        return rates

    def _onto(self, contrast: np.ndarray, population: Population) -> np.ndarray:
        height, width, channels = contrast.shape[1:]
        if population.grid == (height, width) and channels > 1:
            contrast = contrast.mean(axis=3)
        elif population.grid not in ((height, width), (height, width, channels)):
            raise StimulusError(
                f"stimuli: images are {height} x {width} x {channels}, "
                f"but population {population.name!r} has shape {population.grid}"
            )
        return contrast.reshape(len(contrast), -1)

    def _course(self) -> np.ndarray | None:
        """Time course of the response averaged over each bin, until it no longer changes."""
        if self.bin is None:
            return None
        bins = int(np.ceil((self.onset + (6 * self.decay if self.sustained < 1 else 0)) / self.bin)) + 1
        edges = np.maximum(np.arange(bins + 1) * self.bin - self.onset, 0)
        integral = self.sustained * edges - (1 - self.sustained) * self.decay * np.expm1(-edges / self.decay)
        course = np.diff(integral) / self.bin
        course[-1] = self.sustained
        return course
