"""What activity must be before it is compared, whoever it comes from."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError
from compare.measures.patterns import stimulus_trial_unit
from isocortex.errors import nearest

__all__ = ["checked_activity", "checked_names", "counted_stimuli", "needed_stimuli", "require_known"]


def checked_activity(mapping: Any, label: str, layers: bool = False) -> dict[str, np.ndarray]:
    """Check a mapping of activity, and give its arrays as (stimulus, trial, unit).

    Parameters
    ----------
    mapping : mapping of str to array-like
        What is checked.
    label : str
        What the error messages call it.
    layers : bool
        Take all axes after the first as units, as a network's layers have no trials.

    Raises
    ------
    ActivityTypeError
        If it is no mapping of names to arrays of numbers.
    InvalidActivityError
        If it is empty, or the arrays do not all have the same stimuli, or hold NaN.

    Examples
    --------
    >>> checked_activity({"V1": np.zeros((5, 4)), "IT": np.zeros((4, 4))}, "regions")
    Traceback (most recent call last):
    compare.errors.InvalidActivityError: regions['IT']: has 4 stimuli, but regions['V1'] has 5: all must see the same
    """
    if not isinstance(mapping, Mapping):
        raise ActivityTypeError(f"{label}: must map names to arrays, got {type(mapping).__name__}")
    if not mapping:
        raise InvalidActivityError(f"{label}: is empty")
    arrays: dict[str, np.ndarray] = {}
    for name, array in mapping.items():
        if not isinstance(name, str) or not name:
            raise ActivityTypeError(f"{label}: names must be non-empty text, got {name!r}")
        flat = np.asarray(array).reshape(len(array), -1) if layers else array
        arrays[name] = stimulus_trial_unit(flat, f"{label}[{name!r}]")
        first = next(iter(arrays))
        if len(arrays[name]) != len(arrays[first]):
            raise InvalidActivityError(
                f"{label}[{name!r}]: has {len(arrays[name])} stimuli, but {label}[{first!r}] has "
                f"{len(arrays[first])}: all must see the same"
            )
    return arrays


def checked_names(layers: Any) -> tuple[str, ...] | None:
    """Give the names of the layers or regions that are asked for; None for all.

    Raises
    ------
    InvalidOptionError
        If none is asked for, or one twice, or one is no text.

    Examples
    --------
    >>> checked_names("conv")
    ('conv',)
    """
    if layers is None:
        return None
    names = (layers,) if isinstance(layers, str) else tuple(layers)
    if not names or not all(isinstance(name, str) for name in names):
        raise InvalidOptionError(f"layers: must be one name or more, got {layers!r}; leave it out for all")
    for name in names:
        if names.count(name) > 1:
            raise InvalidOptionError(f"layers: {name!r} is named twice")
    return names


def require_known(names: tuple[str, ...], valid: Any) -> None:
    """Refuse names that do not exist.

    Raises
    ------
    InvalidOptionError
        Says which name was likely meant.
    """
    valid = list(valid)
    for name in names:
        if name not in valid:
            raise InvalidOptionError(f"layers: there is no {name!r}; {nearest(name, valid)}")


def needed_stimuli(stimuli: Any) -> Any:
    """Give the stimuli that a network or brain responds to.

    Raises
    ------
    InvalidActivityError
        If there are none.
    """
    if stimuli is None:
        raise InvalidActivityError("stimuli: a network and a brain respond to stimuli, but none were given")
    return stimuli


def counted_stimuli(stimuli: Any) -> np.ndarray:
    """Give stimuli as an array whose first axis counts them, a memory map as it is.

    Raises
    ------
    InvalidActivityError
        If there are none, or they are not numbers.
    """
    array = np.asanyarray(needed_stimuli(stimuli))
    if array.dtype.kind not in "fiub":
        raise InvalidActivityError(f"stimuli: must be real numbers, got dtype {array.dtype}")
    if array.ndim < 1 or not array.size:
        raise InvalidActivityError(f"stimuli: must be (stimulus, ...), at least one of them, got shape {array.shape}")
    if array.dtype.kind == "f" and not isinstance(array, np.memmap) and not np.isfinite(array).all():
        bad = ~np.isfinite(array.reshape(len(array), -1)).all(axis=1)
        raise InvalidActivityError(
            f"stimuli: {int(bad.sum())} of {len(bad)} hold NaN or infinite values, the first is number "
            f"{int(bad.argmax())}; leave them out or repair them"
        )
    return array
