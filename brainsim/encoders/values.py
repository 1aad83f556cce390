"""Stimuli that are one number a unit."""

from typing import Any

import numpy as np

from brainsim.errors import KindError, ParameterError, StimulusError
from brainsim.parts import Population
from brainsim.units import number

__all__ = ["check_interval", "check_numbers", "check_rates", "onto_units"]


def check_numbers(stimuli: Any, low: float, high: float, where: str) -> np.ndarray:
    """Check an array of real numbers between `low` and `high`, stimuli first, and give it as float64.

    Raises
    ------
    StimulusError, KindError
        If it is none, is empty, or holds a number outside; nothing is clipped.
    """
    try:
        values = np.asarray(stimuli)
    except ValueError:
        raise StimulusError(f"{where}: stimuli must all be of one shape") from None
    if values.dtype.kind not in "biuf":
        raise KindError(f"{where}: stimuli must be an array of real numbers, got {values.dtype}")
    if values.ndim < 1 or 0 in values.shape:
        raise StimulusError(f"{where}: stimuli must be an array, stimuli first, got shape {values.shape}")
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise StimulusError(f"{where}: stimulus {int(np.argwhere(~np.isfinite(values))[0][0])} holds NaN or infinity")
    if values.min() < low or values.max() > high:
        raise StimulusError(
            f"{where}: stimuli must lie between {low:g} and {high:g}, got {values.min():g} to {values.max():g}; "
            "rescale them, or give other low= and high="
        )
    return values


def onto_units(values: np.ndarray, population: Population, where: str, leading: int = 1) -> np.ndarray:
    """Give values as (stimulus, unit), or (stimulus, bin, unit) where `leading` is 2.

    Raises
    ------
    StimulusError
        If a stimulus has not one value a unit, in the population's shape or in a row.
    """
    shape = values.shape[leading:]
    grid = population.grid
    alike = tuple(length for length in shape if length > 1) == tuple(length for length in grid if length > 1)
    if np.prod(shape, dtype=int) != population.units or not (alike or len(shape) == 1 or len(grid) == 1):
        raise StimulusError(
            f"{where}: a stimulus is of shape {shape}, but population {population.name!r} has shape {grid}"
        )
    return values.reshape(*values.shape[:leading], population.units)


def check_interval(encoder: Any, low: str, high: str) -> None:
    """Check two parameters of a frozen encoder that bound the stimuli, and store them as numbers.

    Raises
    ------
    ParameterError, KindError
        If they are no finite numbers, or not in order.
    """
    kind = type(encoder).__name__
    for name in (low, high):
        object.__setattr__(encoder, name, number(getattr(encoder, name), "1", f"{kind}.{name}"))
    if getattr(encoder, high) <= getattr(encoder, low):
        raise ParameterError(
            f"{kind}.{high}: must be above {low}, got {getattr(encoder, high):g} and {getattr(encoder, low):g}"
        )


def check_rates(encoder: Any) -> None:
    """Check `baseline` and `max_rate` of a frozen encoder, and store them as numbers.

    Raises
    ------
    ParameterError, KindError
        If they are negative or not in order.
    """
    kind = type(encoder).__name__
    for name in ("baseline", "max_rate"):
        object.__setattr__(encoder, name, number(getattr(encoder, name), "Hz", f"{kind}.{name}", nonnegative=True))
    if encoder.max_rate < encoder.baseline:
        raise ParameterError(
            f"{kind}.max_rate: must not be below baseline, got {encoder.max_rate:g} Hz and {encoder.baseline:g} Hz"
        )
