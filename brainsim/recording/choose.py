"""Which populations, stimuli, trials and times are meant; what is not there is refused by name."""

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from brainsim.errors import KindError, ModelError, ParameterError, UnknownNameError
from brainsim.timing import whole_steps
from brainsim.units import number
from isocortex.errors import nearest

if TYPE_CHECKING:
    from brainsim.recording.recording import Recording
    from brainsim.recording.spikes import Spikes

__all__ = ["check_position", "chosen", "positions", "single", "spikes_of", "time_steps"]


def chosen(recording: "Recording", populations: str | Sequence[str] | None) -> tuple[str, ...]:
    """Give the populations named, all if None.

    Raises
    ------
    UnknownNameError
        If one is not in the recording.
    KindError, ParameterError
        If they are no names, or none; or `recording` is something else.
    """
    from brainsim.recording.recording import Recording

    if not isinstance(recording, Recording):
        raise KindError(f"recording: must be a Recording, as simulate gives, got {type(recording).__name__}")
    names = recording.populations if populations is None else populations
    if not isinstance(names, (str, Sequence)):
        raise KindError(f"populations: must be one or several names, got {names!r}")
    names = (names,) if isinstance(names, str) else tuple(names)
    if not names:
        raise ParameterError("populations: must be at least one, got none")
    for name in names:
        if not isinstance(name, str) or name not in recording.spike_counts:
            raise UnknownNameError(
                f"Recording: there is no population {name!r}; {nearest(str(name), recording.populations)}"
            )
    return names


def single(recording: "Recording", population: str) -> str:
    """Give the one population named.

    Raises
    ------
    UnknownNameError, KindError, ParameterError
        If there is none of this name, or several are named.
    """
    names = chosen(recording, population)
    if len(names) > 1:
        raise ParameterError(f"population: must be one, got {list(names)}")
    return names[0]


def spikes_of(recording: "Recording", population: str, where: str) -> "Spikes":
    """Give the spikes of one population.

    Raises
    ------
    UnknownNameError, KindError, ParameterError
        If there is no such population.
    ModelError
        If only counts were kept.
    """
    population = single(recording, population)
    if recording.spike_lists is None:
        raise ModelError(
            f'{where}: only counts were kept; simulate with keep="spikes" '
            "(the same seed and stimulus_ids give the very same spikes)"
        )
    return recording.spike_lists[population]


def check_position(value: int, end: int, where: str) -> None:
    """Check the position of a stimulus or trial.

    Raises
    ------
    KindError, ParameterError
        If it is no whole number, or there is none there.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise KindError(f"{where} must be a whole number, got {value!r}")
    if not 0 <= value < end:
        raise ParameterError(f"{where} must be from 0 to {end - 1}, got {value}")


def positions(values: Any, end: int, where: str) -> list[int]:
    """Give the positions named, all if None; one number is a list of one.

    Raises
    ------
    KindError, ParameterError
        If one is no whole number or not there, or there is none, or one twice.
    """
    if values is None:
        return list(range(end))
    listed = [values] if np.ndim(values) == 0 else list(values)
    if not listed:
        raise ParameterError(f"{where} must be at least one, got none")
    for value in listed:
        check_position(value, end, where)
    if len(set(listed)) < len(listed):
        raise ParameterError(f"{where} must be named once each, got {listed}")
    return [int(value) for value in listed]


def time_steps(time: float, dt: float, where: str) -> int:
    """Give in which step a time in ms is, 0 for the beginning.

    Raises
    ------
    KindError, ParameterError
        If it is no number, negative, or not a whole number of steps.
    """
    time = number(time, "ms", where, nonnegative=True)
    return whole_steps(time, dt, where) if time else 0
