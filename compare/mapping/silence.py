"""What says nothing is left out, and counted: units that never vary, and stimuli to which a subject is silent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from compare.errors import TooFewStimuliError
from compare.measures.blocks import chosen_from
from compare.measures.distances import Correlation
from compare.measures.measure import Measure
from compare.measures.rsa import RSA
from compare.measures.silence import silent_patterns, silent_units

__all__ = ["Sound", "leave_out_silence", "needs_variance"]

Key = tuple[str, str]


@dataclass(frozen=True)
class Sound:
    """What is left of all subjects.

    Parameters
    ----------
    arrays : mapping
        key -> (stimulus, trial, unit), whole.
    units : mapping
        key -> which units vary, for the subjects in which some do not.
    stimuli : numpy.ndarray of bool
        The stimuli that all cells are about.
    silent : frozenset
        Subjects that are silent for most stimuli.
    notes : list of str
        What was left out.
    apart : mapping
        Side of a null -> the stimuli on which it can be compared, where these are fewer than `stimuli`.
    """

    arrays: Mapping[Key, np.ndarray]
    units: Mapping[Key, np.ndarray]
    stimuli: np.ndarray
    silent: frozenset[Key]
    notes: list[str]
    apart: Mapping[str, np.ndarray]

    @property
    def pairs(self) -> np.ndarray:
        """Where the pairs of the stimuli that are left stand among the pairs of all."""
        first, second = np.triu_indices(len(self.stimuli), 1)
        return np.flatnonzero(self.stimuli[first] & self.stimuli[second])

    def of(self, key: Key) -> np.ndarray:
        """Give (stimulus, trial, unit) of one subject, copied nowhere but where it is read."""
        found: np.ndarray = chosen_from(self.arrays[key], stimuli=self.stimuli, units=self.units.get(key))
        return found


def needs_variance(measure: Measure, side: int) -> bool:
    """Say whether a pattern without variance over units has no place on this side of a measure."""
    return isinstance(measure, RSA) and isinstance(measure.distances[side], Correlation)


def leave_out_silence(
    arrays: Mapping[Key, np.ndarray],
    measure: Measure,
    sides: Mapping[Key, int],
    few: frozenset[Key],
    nulls: Collection[str] = (),
) -> Sound:
    """Find what says nothing, so that all cells are about the same stimuli.

    A unit that never varies is left out of its subject. A stimulus to which a subject is silent is left out of all;
    but a subject that is silent for more than half of the stimuli is left out itself, or it would take them all along,
    and a null takes none along: what is said of layers and regions may not hang on what they are held against.

    Parameters
    ----------
    arrays : mapping
        key -> (stimulus, trial, unit).
    measure : Measure
        Of the comparison.
    sides : mapping
        key -> 0 for who stands where layers do, 1 for who stands where regions do.
    few : frozenset
        Subjects of too few columns for a correlation.
    nulls : collection of str
        The sides of those who stand in for others.

    Raises
    ------
    TooFewStimuliError
        If fewer stimuli are left than the measure needs.
    """
    stimuli = len(next(iter(arrays.values())))
    kept = np.ones(stimuli, bool)
    units: dict[Key, np.ndarray] = {}
    silent: set[Key] = set()
    notes = []
    flats: dict[Key, np.ndarray] = {}
    for key, array in arrays.items():
        varying = ~silent_units(array)
        if varying.any() and not varying.all():
            units[key] = varying
            notes.append(f"{key[1]} ({key[0]}): {(~varying).sum()} of {varying.size} units never vary; left out")
        if not needs_variance(measure, sides[key]) or key in few:
            continue
        flat = silent_patterns(chosen_from(array, units=units.get(key)))
        if flat.sum() > stimuli / 2:
            silent.add(key)
            notes.append(f"{key[1]} ({key[0]}): no variance over units for {flat.sum()} of {stimuli} stimuli; left out")
        elif flat.any() and key[0] in nulls:
            flats[key] = flat
        elif flat.any():
            kept &= ~flat
            notes.append(f"{key[1]} ({key[0]}): no variance over units for {flat.sum()} of {stimuli} stimuli")
    if not kept.all():
        notes.append(f"{int((~kept).sum())} of {stimuli} stimuli are left out of every cell for that reason")
    if kept.sum() < measure.least_stimuli:
        raise TooFewStimuliError(
            f"{int(kept.sum())} stimuli to compare on: {measure.label} needs at least {measure.least_stimuli}"
            + (f" ({'; '.join(notes)})" if notes else "")
        )
    apart: dict[str, np.ndarray] = {}
    for (side, name), flat in flats.items():
        if not (flat & kept).any():
            continue
        left = apart.get(side, kept) & ~flat
        if left.sum() < kept.sum() / 2 or left.sum() < measure.least_stimuli:
            silent.add((side, name))
            notes.append(f"{name} ({side}): no variance over units for {flat.sum()} of {stimuli} stimuli; left out")
        else:
            apart[side] = left
            notes.append(f"{name} ({side}): no variance over units for {flat.sum()} of {stimuli} stimuli")
    notes += [f"{side}: held against on the {left.sum()} stimuli that it responds to" for side, left in apart.items()]
    return Sound(arrays, units, kept, frozenset(silent), notes, apart)
