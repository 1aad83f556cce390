"""From whatever the caller has to one float64 matrix (stimulus, unit), checked once."""

from typing import Any, cast

import numpy as np

from compare.errors import ActivityTypeError, InvalidActivityError, TooFewStimuliError
from compare.measures.blocks import Patterns, Selection, rows_at_once

__all__ = [
    "aligned",
    "aligned_trials",
    "as_patterns",
    "checked_pair",
    "checked_patterns",
    "named_axes",
    "read_patterns",
    "real_array",
    "stimulus_trial_unit",
]

# What people call the two axes in their files; units have as many names as there are methods of recording.
STIMULUS = ("stimulus", "stimuli", "presentation", "image", "images", "condition", "conditions")
TRIAL = ("trial", "trials", "repetition", "repetitions", "repeat", "repeats")

LARGEST, SMALLEST = 1e60, 1e-60  # fourth powers, of which kernels are made, must be numbers still

CONSTANT = 1e-10  # a spread below this share of the size of the numbers is rounding, not signal


def real_array(x: Any, name: str) -> np.ndarray:
    """Give what holds real numbers as an array.

    Raises
    ------
    ActivityTypeError
        If it is no array, or of text, objects, complex numbers.
    InvalidActivityError
        If its rows differ in length.

    Examples
    --------
    >>> real_array([[1, 2], [3]], "x")
    Traceback (most recent call last):
    compare.errors.InvalidActivityError: x: rows differ in length; every stimulus must have the same units and trials
    """
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise InvalidActivityError(
            f"{name}: rows differ in length; every stimulus must have the same units and trials"
        ) from error
    except TypeError as error:
        raise ActivityTypeError(
            f"{name}: must be an array of real numbers, got {type(x).__name__}; activity() makes one of each region"
        ) from error
    if array.dtype.kind not in "fiub":
        what = type(x).__name__ if array.ndim == 0 else f"dtype {array.dtype}"
        raise ActivityTypeError(f"{name}: must hold real numbers, got {what}")
    return array


def named_axes(x: Any) -> tuple[Any, Any]:
    """Find the axes of stimuli and of trials among those that a DataArray names, None where there is none.

    Examples
    --------
    >>> import xarray
    >>> named_axes(xarray.DataArray(np.zeros((3, 5)), dims=("neuroid", "presentation")))
    ('presentation', None)
    """
    named = getattr(x, "dims", ())
    stimulus, trial = (next((name for name in names if name in named), None) for names in (STIMULUS, TRIAL))
    return stimulus, trial


def stimulus_trial_unit(x: Any, name: str = "x") -> np.ndarray:
    """Give activity as (stimulus, trial, unit), one trial if there is no trial axis.

    Parameters
    ----------
    x : array-like or xarray.DataArray
        (stimulus, unit), or (stimulus, trial, unit), or with more axes (stimulus, height, width, channel), which
        become units. A DataArray's axes of stimuli and of trials are found by name, see `named_axes`.
    name : str
        What the error messages call it.

    Returns
    -------
    numpy.ndarray
        Real numbers, finite, (stimulus, trial, unit), not copied where that can be avoided.

    Raises
    ------
    ActivityTypeError
        If it holds no real numbers.
    InvalidActivityError
        If it has no unit axis, no unit, or values that are not finite.

    Examples
    --------
    >>> stimulus_trial_unit(np.zeros((5, 8, 8, 3))).shape
    (5, 1, 192)
    """
    if isinstance(x, Selection):  # of what was checked
        return cast(np.ndarray, x)
    stimulus, trial = named_axes(x)
    if stimulus is not None and hasattr(x, "dtype"):
        first = [stimulus] if trial is None else [stimulus, trial]
        x = x.transpose(*first, *[axis for axis in x.dims if axis not in first])
        trials = trial is not None
        array = real_array(x.values, name)
    else:
        array = real_array(x, name)
        trials = array.ndim == 3
    if array.ndim < 2:
        raise InvalidActivityError(f"{name}: needs a stimulus axis and a unit axis, got shape {array.shape}")
    array = array.reshape(array.shape[0], array.shape[1] if trials else 1, -1) if array.size else array
    if array.size == 0:
        raise InvalidActivityError(f"{name}: is empty, shape {array.shape}")
    with np.errstate(invalid="ignore"):
        largest = max(float(array.max()), -float(array.min()))
    if not np.isfinite(largest):
        step = rows_at_once(len(array), array.size // len(array))
        parts = (array[start : start + step] for start in range(0, len(array), step))
        bad = np.concatenate([~np.isfinite(part).all(axis=(1, 2)) for part in parts])
        raise InvalidActivityError(
            f"{name}: {int(bad.sum())} of {len(bad)} stimuli hold NaN or infinite values, the first is number "
            f"{int(np.flatnonzero(bad)[0])}; leave them out or repair them"
        )
    if largest and not SMALLEST < largest < LARGEST:
        raise InvalidActivityError(
            f"{name}: values of at most {largest:.3g} are too {'large' if largest > 1 else 'small'} to be squared; "
            "rescale them"
        )
    return array


def as_patterns(x: Any, name: str = "x", least: int = 2) -> np.ndarray:
    """Give activity as patterns (stimulus, unit) in float64: the mean over trials, all other axes as units.

    They are the caller's own, who may write into them.

    Raises
    ------
    TooFewStimuliError
        If there are fewer than `least` stimuli.

    Examples
    --------
    >>> as_patterns([[1, 2], [3, 4]])
    array([[1., 2.],
           [3., 4.]])
    """
    checked = checked_patterns(x, name, least)
    patterns = checked.rows(slice(None))
    shared = isinstance(checked.array, np.ndarray) and np.may_share_memory(patterns, checked.array)
    return patterns.copy() if shared else patterns


def read_patterns(x: Any, name: str = "x", least: int = 2) -> np.ndarray:
    """Give the same as `as_patterns`, to be read only: not copied where that can be avoided.

    Raises
    ------
    TooFewStimuliError
        If there are fewer than `least` stimuli.

    Examples
    --------
    >>> x = np.ones((3, 2))
    >>> np.shares_memory(read_patterns(x), x)
    True
    """
    patterns = checked_patterns(x, name, least)
    return patterns.rows(slice(None))


def checked_patterns(x: Any, name: str = "x", least: int = 2) -> Patterns:
    """Give the same, to be read some units or some stimuli at a time.

    Raises
    ------
    TooFewStimuliError
        If there are fewer than `least` stimuli.
    """
    array = stimulus_trial_unit(x, name)
    if len(array) < least:
        raise TooFewStimuliError(f"{name}: has {len(array)} stimuli, this measure needs at least {least}")
    return Patterns(array)


def aligned(x: Any, y: Any, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Give two subjects' patterns, after checking that they saw equally many stimuli."""
    a, b = as_patterns(x, "x", least), as_patterns(y, "y", least)
    if len(a) != len(b):
        raise InvalidActivityError(f"x has {len(a)} stimuli and y has {len(b)}: both must see the same stimuli")
    return a, b


def checked_pair(x: Any, y: Any, least: int) -> tuple[Patterns, Patterns]:
    """Give the same, to be read in parts."""
    a, b = checked_patterns(x, "x", least), checked_patterns(y, "y", least)
    if a.shape[0] != b.shape[0]:
        raise InvalidActivityError(f"x has {a.shape[0]} stimuli and y has {b.shape[0]}: both must see the same stimuli")
    return a, b


def aligned_trials(x: Any, y: Any, least: int, least_trials: int) -> tuple[np.ndarray, np.ndarray]:
    """Give two subjects' single trials (stimulus, trial, unit) in float64, after the same checks.

    Raises
    ------
    TooFewStimuliError
        If there are fewer than `least` stimuli, or fewer than `least_trials` trials of each.
    """
    arrays = []
    for name, value in (("x", x), ("y", y)):
        array = stimulus_trial_unit(value, name)
        for axis, count, needed in (("stimuli", len(array), least), ("trials", array.shape[1], least_trials)):
            if count < needed:
                raise TooFewStimuliError(f"{name}: has {count} {axis}, this measure needs at least {needed}")
        arrays.append(np.asarray(array).astype(np.float64))
    if len(arrays[0]) != len(arrays[1]):
        raise InvalidActivityError(
            f"x has {len(arrays[0])} stimuli and y has {len(arrays[1])}: both must see the same stimuli"
        )
    return arrays[0], arrays[1]


def centred(patterns: np.ndarray, mean: np.ndarray | None = None) -> np.ndarray:
    """Remove each unit's mean over stimuli, or its `mean` over others; what is constant becomes exactly zero."""
    difference = patterns - (patterns.mean(axis=0) if mean is None else mean)
    difference[:, sizes(difference) <= CONSTANT * sizes(patterns)] = 0.0
    return difference


def sizes(patterns: np.ndarray) -> np.ndarray:
    """Give the largest absolute value of each unit, without a copy."""
    return np.maximum(patterns.max(axis=0), -patterns.min(axis=0))
