"""Trials as folds: what was measured independently, so that noise does not multiply itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.measures.blocks import Patterns, chosen_from
from compare.measures.patterns import real_array, stimulus_trial_unit

__all__ = ["Folds", "as_trials", "checked_folds", "trials_by_fold"]


def as_trials(x: Any, least: int, what: str, stimuli: int = 2) -> np.ndarray:
    """Give activity as (stimulus, trial, unit), to be read only, with as many trials as a distance needs.

    Parameters
    ----------
    x : array-like
        (stimulus, trial, unit).
    least : int
        How many trials are needed.
    what : str
        What needs them, for the error messages.
    stimuli : int
        How many stimuli are needed.

    Raises
    ------
    TooFewStimuliError
        If there are fewer trials, or fewer stimuli.
    InvalidActivityError, ActivityTypeError
        If the activity cannot be used; trials that are missing for some stimuli have their own message.
    """
    try:
        array = stimulus_trial_unit(x)
    except InvalidActivityError:
        _refuse_unbalanced(x, what)
        raise
    if array.shape[1] < least:
        raise TooFewStimuliError(
            f"{what}: needs (stimulus, trial, unit) with at least {least} trials, got {array.shape[1]} of each of "
            f"{len(array)} stimuli; without repetitions take 'correlation' or 'euclidean'"
        )
    if len(array) < stimuli:
        raise TooFewStimuliError(f"x: has {len(array)} stimuli, this measure needs at least {stimuli}")
    return array


def _refuse_unbalanced(x: Any, what: str) -> None:
    """Tell trials that are missing (all NaN) from broken ones."""
    array = real_array(x, "x")
    if array.ndim != 3 or array.dtype.kind != "f" or array.size == 0:
        return
    present = ~np.isnan(array).all(axis=2)
    counts = present.sum(axis=1)
    if present.all() or np.ptp(counts) == 0 or not np.isfinite(array[present]).all():
        return
    raise InvalidActivityError(
        f"{what}: stimulus {int(counts.argmin())} has {counts.min()} trials and stimulus {int(counts.argmax())} has "
        f"{counts.max()}; every stimulus needs equally many, so keep {counts.min()} of each"
    )


def checked_folds(folds: Sequence[int] | None) -> tuple[int, ...] | None:
    """Give each trial's fold as a tuple, None for every trial a fold of its own.

    Raises
    ------
    InvalidOptionError
        If there are fewer than 2 folds, or they are of different size.
    """
    if folds is None:
        return None
    labels = tuple(np.asarray(folds).tolist())
    counts = {label: labels.count(label) for label in labels}
    if len(counts) < 2:
        raise InvalidOptionError(f"folds: needs at least 2 different folds, got {len(counts)}")
    if len(set(counts.values())) > 1:
        raise InvalidOptionError(f"folds: must hold equally many trials, got {counts}")
    return labels


@dataclass(frozen=True, eq=False)
class Folds:
    """Trials by the fold that they belong to, copied only where they are read.

    Parameters
    ----------
    array : numpy.ndarray
        (stimulus, trial, unit), those of one fold side by side.
    count, size : int
        How many folds there are, and how many trials each has.
    """

    array: np.ndarray
    count: int
    size: int

    def trials(self, *folds: int) -> np.ndarray:
        """Give (stimulus, trial, unit) of some folds."""
        numbers = [fold * self.size + trial for fold in folds for trial in range(self.size)]
        found: np.ndarray = chosen_from(self.array, trials=numbers)
        return found

    def means(self, fold: int) -> Patterns:
        """Give a fold's mean patterns."""
        return Patterns(self.trials(fold))


def trials_by_fold(trials: np.ndarray, folds: tuple[int, ...] | None) -> Folds:
    """Put the trials of a fold together.

    Raises
    ------
    InvalidActivityError
        If there are not as many trials as `folds` has numbers.
    """
    if folds is None:
        return Folds(trials, trials.shape[1], 1)
    if len(folds) != trials.shape[1]:
        raise InvalidActivityError(f"x has {trials.shape[1]} trials and folds names {len(folds)}")
    order = np.argsort(np.asarray(folds), kind="stable")
    count = len(set(folds))
    return Folds(chosen_from(trials, trials=order), count, trials.shape[1] // count)
