"""All subjects of one comparison, prepared together: checked, on the same stimuli, as vectors over pairs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.inference.criterion import Criterion
from compare.inference.pairs import PairVectors
from compare.measures.dissimilarity import rdm, silent_patterns
from compare.measures.patterns import as_patterns, stimulus_trial_unit
from compare.nulls import side_of_null
from compare.subjects import checked_activity
from isocortex.threads import run_on_threads

__all__ = ["Cast", "prepare"]

ONE_TRIAL = ("network", "given")  # sides whose subjects answer the same every time
FEW_COLUMNS = 4  # a correlation over fewer numbers says nothing about a pair of stimuli


@dataclass(frozen=True)
class Cast:
    """Who takes part, and where each stands among the vectors."""

    vectors: PairVectors
    layers: list[str]
    regions: list[str]
    given: list[str]
    rows: np.ndarray
    columns: np.ndarray
    given_rows: np.ndarray
    nulls: dict[str, tuple[np.ndarray, np.ndarray]]
    """name -> which vector stands in for each layer and for each region; -1 where there is none."""
    kept: np.ndarray
    """The stimuli that take part."""
    trials: dict[str, np.ndarray]
    """region -> (stimulus, trial, unit), of all stimuli."""
    notes: list[str] = field(default_factory=list)


def prepare(
    network: Any,
    regions: Any,
    criterion: Criterion,
    given: Mapping[str, Any] | None,
    nulls: Mapping[str, Mapping[str, Any]] | None,
    threads: int | None = None,
) -> Cast:
    """Check all subjects and bring them onto the same stimuli.

    Raises
    ------
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If they cannot be compared; the message names the subject.
    """
    network, regions = checked_activity(network, "network"), checked_activity(regions, "regions")
    stimuli = len(next(iter(network.values())))
    arrays: dict[tuple[str, str], Any] = {("network", name): array for name, array in network.items()}
    arrays |= {("regions", name): array for name, array in regions.items()}
    sides = {}
    for null, members in (nulls or {}).items():
        label = f"nulls[{null!r}]"
        checked = checked_activity(members, label)
        sides[null] = side_of_null(null, members, list(network), list(regions))
        arrays |= {(label, name): array for name, array in checked.items()}
    ready = {}
    for name, value in (given or {}).items():
        array = np.asarray(value)
        if array.ndim == 1 and array.size == stimuli * (stimuli - 1) // 2:
            ready[name] = _checked_rdm(name, array.astype(np.float64))
        else:
            arrays["given", name] = value
    patterns = {key: as_patterns(array, f"{key[0]}[{key[1]!r}]", 1) for key, array in arrays.items()}
    for key, x in patterns.items():
        if len(x) != stimuli:
            raise InvalidActivityError(
                f"{key[0]}[{key[1]!r}]: has {len(x)} stimuli, but the network has {stimuli}: all must see the same"
            )
    kept, silent, notes = _shared_stimuli(patterns, criterion)

    def vector(key: tuple[str, str]) -> np.ndarray:
        return _vector(key, patterns[key][kept], criterion, key in silent)

    vectors = dict(zip(patterns, run_on_threads(vector, patterns, threads), strict=True))
    pairs = np.flatnonzero(np.logical_and(*(kept[index] for index in np.triu_indices(stimuli, 1))))
    vectors |= {
        ("given", name): array[pairs] * (-0.5 if criterion.measure == "cka" else 1) for name, array in ready.items()
    }
    place = {key: index for index, key in enumerate(vectors)}
    notes += _given_notes(patterns, criterion) + _trial_notes(arrays)

    def where(label: str, names: list[str]) -> np.ndarray:
        return np.array([place.get((label, name), -1) for name in names], dtype=np.int64)

    rows, columns = where("network", list(network)), where("regions", list(regions))
    stand_ins = {}
    for null, side in sides.items():
        label = f"nulls[{null!r}]"
        stand_ins[null] = (
            (where(label, list(network)), columns) if side == "layers" else (rows, where(label, list(regions)))
        )
    return Cast(
        vectors=PairVectors(np.stack(list(vectors.values())), criterion.centring),
        layers=list(network),
        regions=list(regions),
        given=list(given or {}),
        rows=rows,
        columns=columns,
        given_rows=where("given", list(given or {})),
        nulls=stand_ins,
        kept=kept,
        trials=regions,
        notes=notes,
    )


def _shared_stimuli(
    patterns: dict[tuple[str, str], np.ndarray], criterion: Criterion
) -> tuple[np.ndarray, set[tuple[str, str]], list[str]]:
    """Give the stimuli on which every subject can be compared, so that all cells are about the same ones.

    A subject that is silent for more than half of the stimuli is left out instead, or it would take them all along.
    """
    stimuli = len(next(iter(patterns.values())))
    kept = np.ones(stimuli, bool)
    silent: set[tuple[str, str]] = set()
    notes = []
    if criterion.needs_variance:
        for key, x in patterns.items():
            if key[0] == "given" and x.shape[1] < FEW_COLUMNS:
                continue
            flat = silent_patterns(x)
            if not flat.any():
                continue
            if flat.sum() > stimuli / 2:
                silent.add(key)
                notes.append(
                    f"{key[1]} ({key[0]}): no variance over units for {flat.sum()} of {stimuli} stimuli; left out"
                )
            else:
                kept &= ~flat
                notes.append(f"{key[1]} ({key[0]}): no variance over units for {flat.sum()} of {stimuli} stimuli")
        if not kept.all():
            notes.append(f"{int((~kept).sum())} of {stimuli} stimuli are left out of every cell for that reason")
    if kept.sum() < criterion.least_stimuli:
        raise TooFewStimuliError(
            f"{int(kept.sum())} stimuli to compare on: {criterion.label} needs at least {criterion.least_stimuli}"
            + (f" ({'; '.join(notes)})" if notes else "")
        )
    return kept, silent, notes


def _vector(key: tuple[str, str], x: np.ndarray, criterion: Criterion, silent: bool) -> np.ndarray:
    if silent:
        return np.zeros(len(x) * (len(x) - 1) // 2)
    if key[0] == "given" and criterion.needs_variance and x.shape[1] < FEW_COLUMNS:
        return rdm(x, "euclidean")
    return criterion.vector(x)


def _given_notes(patterns: dict[tuple[str, str], np.ndarray], criterion: Criterion) -> list[str]:
    return [
        f"{key[1]} (given): {x.shape[1]} columns, so its dissimilarity is the squared Euclidean distance"
        for key, x in patterns.items()
        if key[0] == "given" and criterion.needs_variance and x.shape[1] < FEW_COLUMNS
    ]


def _trial_notes(arrays: dict[tuple[str, str], Any]) -> list[str]:
    """Say where three axes were taken for trials, which images without channels look like, and where trials are few."""
    trials = {key: stimulus_trial_unit(array).shape[1] for key, array in arrays.items()}
    notes = [
        f"{name} ({side}): three axes are read as (stimulus, trial, unit), so the mean over {count} trials is compared"
        for (side, name), count in trials.items()
        if count > 1 and side in ONE_TRIAL
    ]
    few = [name for (side, name), count in trials.items() if side == "regions" and 1 < count < 4]
    return (
        [*notes, f"{', '.join(few)}: with fewer than 4 trials the noise ceiling is estimated too low"] if few else notes
    )


def _checked_rdm(name: str, array: np.ndarray) -> np.ndarray:
    if not np.isfinite(array).all():
        raise InvalidActivityError(
            f"given[{name!r}]: {int((~np.isfinite(array)).sum())} dissimilarities are not finite"
        )
    return array


def baseline_rows(baselines: Any, layers: list[str]) -> set[int]:
    """Give the rows of the named layers.

    Raises
    ------
    InvalidOptionError
        If one is no layer.
    """
    from isocortex.errors import nearest

    names = [baselines] if isinstance(baselines, str) else list(baselines)
    for name in names:
        if name not in layers:
            raise InvalidOptionError(f"baselines: there is no layer {name!r}; {nearest(str(name), layers)}")
    return {layers.index(name) for name in names}
