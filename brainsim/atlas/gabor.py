"""Oriented filters of simple cells: Gabor functions (Jones and Palmer 1987, doi:10.1152/jn.1987.58.6.1233)."""

import numpy as np

from brainsim.errors import ParameterError

__all__ = ["gabor_bank"]


def gabor_bank(
    orientations: int = 8,
    phases: int = 2,
    size: int = 8,
    wavelength: float = 5.0,
    sigma: float = 2.0,
    aspect: float = 0.6,
) -> np.ndarray:
    """Give Gabor filters of every phase and orientation.

    Each is a cosine across its orientation under a Gaussian, its mean taken out so that uniform light gives nothing::

        G = exp(-(u**2 + (aspect * w)**2) / (2 sigma**2)) * cos(2 pi u / wavelength + phase)

    with u across and w along the stripes. Orientation k of n has its stripes at ``k * 180 / n`` degrees from the
    vertical, turning clockwise on the screen; phases are spread over 360 degrees, the first is bright in the middle.
    The aspect ratio is that of Serre et al. 2007 (doi:10.1109/TPAMI.2007.56) doubled, since the filters are small.

    Parameters
    ----------
    orientations, phases : int
        How many of each.
    size : int
        Side in pixels.
    wavelength, sigma : float
        Of the cosine and of the Gaussian across the stripes, in pixels.
    aspect : float
        Width over length of the Gaussian.

    Returns
    -------
    numpy.ndarray (phases * orientations, size, size)
        float64; the positive part of each sums to 1, and so does the negative part. Phases change slowest.

    Raises
    ------
    ParameterError
        If a number is not positive.

    Examples
    --------
    >>> bank = gabor_bank()
    >>> bank.shape, bool(np.allclose(bank.sum(axis=(1, 2)), 0))
    ((16, 8, 8), True)
    """
    given = {"orientations": orientations, "phases": phases, "size": size}
    for name, value in (given | {"wavelength": wavelength, "sigma": sigma, "aspect": aspect}).items():
        if not value > 0:
            raise ParameterError(f"gabor_bank: {name} must be positive, got {value}")
    axis = np.arange(size) - (size - 1) / 2
    rows, columns = np.meshgrid(axis, axis, indexing="ij")
    bank = []
    for phase in 2 * np.pi * np.arange(phases) / phases:
        for angle in np.pi * np.arange(orientations) / orientations:
            across = columns * np.cos(angle) + rows * np.sin(angle)
            along = rows * np.cos(angle) - columns * np.sin(angle)
            envelope = np.exp(-(across**2 + (aspect * along) ** 2) / (2 * sigma**2))
            wave = envelope * np.cos(2 * np.pi * across / wavelength + phase)
            wave -= envelope * (wave.sum() / envelope.sum())
            bank.append(wave / np.maximum(wave, 0).sum())
    return np.array(bank)
