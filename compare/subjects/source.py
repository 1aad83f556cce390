"""What every kind of subject is turned into: something that gives its activity for some of the stimuli at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.errors import InvalidActivityError
from compare.subjects.checks import checked_activity, require_known

__all__ = ["STEP", "Source"]

STEP = 256  # stimuli at a time, where nothing else is asked for


@dataclass(frozen=True)
class Source:
    """A subject before its stimuli, asked for a stretch of them at a time.

    Attributes
    ----------
    label : str
        What error messages call it.
    stimuli : int
        How many there are.
    rows : callable
        ``rows(start, stop)`` gives ``{name: array}`` for these stimuli.
    step : int
        How many stimuli it is asked for at a time by default.
    layers : bool
        Whether all axes after the first are units; else (stimulus, trial, unit).
    names : tuple of str, optional
        The layers or regions that are asked for, in the subject's own order; all by default.
    kept : bool
        Whether the activity is there already, so that its arrays need not be put together.
    checked : bool
        Whether it was checked when it was kept: it is not read only to be looked at again.
    """

    label: str
    stimuli: int
    rows: Callable[[int, int], Mapping[str, Any]]
    step: int = STEP
    layers: bool = False
    names: tuple[str, ...] | None = None
    kept: bool = False
    checked: bool = False

    def read(self, start: int, stop: int) -> dict[str, np.ndarray]:
        """Give the activity for some stimuli, checked, (stimulus, unit) or (stimulus, trial, unit).

        Raises
        ------
        InvalidActivityError, ActivityTypeError, InvalidOptionError
            If it cannot be compared, or lacks a name that was asked for.
        """
        found = self.rows(start, stop)
        if self.names is not None:
            require_known(self.names, found)
            found = {name: array for name, array in found.items() if name in self.names}
        if self.checked:
            return dict(found)
        where = f" (counted from number {start})" if start else ""
        try:
            arrays = checked_activity(found, self.label, self.layers)
        except InvalidActivityError as error:
            raise InvalidActivityError(f"{error}{where}") from error
        if len(next(iter(arrays.values()))) != stop - start:
            raise InvalidActivityError(
                f"{self.label}: gave {len(next(iter(arrays.values())))} answers to {stop - start} stimuli"
            )
        return {name: array[:, 0] for name, array in arrays.items()} if self.layers else arrays
