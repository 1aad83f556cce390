"""Sources whose spikes are listed."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from brainsim.engine.errors import NetworkError
from brainsim.engine.network import SpikeGroup

__all__ = ["Listed", "check_listed", "spiking"]

Listed = tuple[np.ndarray, np.ndarray]
"""Steps from when the stimulus is presented, and units, int64 (spike) each; by step and unit."""


def check_listed(group: SpikeGroup, given: Any, stimuli: int) -> list[Listed]:
    """Check a group's spikes for `stimuli` stimuli or more, and sort them.

    Raises
    ------
    NetworkError
        If they are no such lists, name a unit that is not there, or let one spike twice in a step.
    """
    where = f"spikes of {group.name}"
    if not isinstance(given, Sequence) or len(given) < stimuli:
        raise NetworkError(f"{where}: must be a list of (steps, units), one a stimulus, for {stimuli} stimuli")
    checked = []
    for number, one in enumerate(given):
        steps, units = (np.asarray(part) for part in one)
        if steps.ndim != 1 or steps.shape != units.shape or any(part.dtype.kind not in "iu" for part in (steps, units)):
            raise NetworkError(f"{where}: stimulus {number}: steps and units must be whole numbers, one each a spike")
        if len(steps) and (steps.min() < 0 or units.min() < 0 or units.max() >= group.size):
            raise NetworkError(
                f"{where}: stimulus {number}: steps must not be negative, units must be from 0 to {group.size - 1}"
            )
        order = np.lexsort((units, steps))
        steps, units = steps[order].astype(np.int64), units[order].astype(np.int64)
        twice = np.flatnonzero((np.diff(steps) == 0) & (np.diff(units) == 0))
        if len(twice):
            raise NetworkError(
                f"{where}: stimulus {number}: unit {units[twice[0]]} spikes twice in step {steps[twice[0]]}; "
                "take one of them out, or lower dt"
            )
        checked.append((steps, units))
    return checked


def spiking(listed: Listed, step: int) -> np.ndarray:
    """Give the units that spike in a step."""
    steps, units = listed
    return units[slice(*np.searchsorted(steps, (step, step + 1)))]
