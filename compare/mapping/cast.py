"""All subjects of one comparison, prepared together: checked, on the same stimuli, ready to be resampled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError
from compare.inference.pair_form import pair_form, pair_vector
from compare.inference.pairs import PairVectors
from compare.inference.resampling import Subjects
from compare.inference.subsets import ByPatterns, ByRdms, StimulusSubsets, rotated
from compare.mapping.silence import Sound, leave_out_silence, needs_variance
from compare.measures.dissimilarity import rdm
from compare.measures.measure import Measure
from compare.measures.patterns import as_patterns, stimulus_trial_unit
from compare.measures.rsa import RSA
from compare.nulls import side_of_null
from compare.subjects import checked_activity
from isocortex.threads import run_on_threads

__all__ = ["Cast", "baseline_rows", "prepare"]

Key = tuple[str, str]
"""Which side a subject is on, and its name."""

ONE_TRIAL = ("network", "given")  # sides whose subjects answer the same every time
FEW_COLUMNS = 4  # a correlation over fewer numbers says nothing about a pair of stimuli


@dataclass(frozen=True)
class Cast:
    """Who takes part, and where each stands among the subjects."""

    subjects: Subjects
    layers: list[str]
    regions: list[str]
    given: list[str]
    rows: np.ndarray
    columns: np.ndarray
    given_rows: np.ndarray
    nulls: dict[str, tuple[np.ndarray, np.ndarray]]
    """name -> which subject stands in for each layer and for each region; -1 where there is none."""
    kept: np.ndarray
    """The stimuli that take part."""
    trials: dict[Key, np.ndarray]
    """Of layers and regions: (stimulus, trial, unit), of all stimuli and units."""
    notes: list[str] = field(default_factory=list)
    bias: str = ""
    """Why the measure finds similarity in independent data of so many units; empty if it does not."""


def prepare(
    network: Any,
    regions: Any,
    measure: Measure,
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
    arrays: dict[Key, np.ndarray] = {("network", name): array for name, array in network.items()}
    arrays |= {("regions", name): array for name, array in regions.items()}
    sides = {}
    for null, members in (nulls or {}).items():
        label = f"nulls[{null!r}]"
        checked = checked_activity(members, label)
        sides[label] = side_of_null(null, members, list(network), list(regions))
        arrays |= {(label, name): array for name, array in checked.items()}
    form = pair_form(measure)
    ready, notes = {}, []
    if given and form is None:
        notes.append(f"given ({', '.join(given)}): not used, for {measure.label} is no cosine of pairs of stimuli")
        given = None
    for name, value in (given or {}).items():
        array = np.asarray(value)
        if array.ndim == 1 and array.size == stimuli * (stimuli - 1) // 2:
            ready[name] = _checked_rdm(name, array.astype(np.float64))
        else:
            arrays["given", name] = stimulus_trial_unit(value, f"given[{name!r}]")
    for key, x in arrays.items():
        if len(x) != stimuli:
            raise InvalidActivityError(
                f"{key[0]}[{key[1]!r}]: has {len(x)} stimuli, but the network has {stimuli}: all must see the same"
            )
    few = [key for key, x in arrays.items() if key[0] == "given" and x.shape[2] < FEW_COLUMNS]
    who = {key: int(key[0] == "regions" or sides.get(key[0]) == "regions") for key in arrays}
    sound = leave_out_silence(arrays, measure, who, frozenset(few))
    bias = _bias(arrays, measure, int(sound.stimuli.sum()))
    notes += sound.notes + _given_notes(arrays, few, measure) + _trial_notes(arrays)
    place = {key: index for index, key in enumerate([*arrays, *(("given", name) for name in ready)])}

    def where(label: str, names: list[str]) -> np.ndarray:
        return np.array([place.get((label, name), -1) for name in names], dtype=np.int64)

    rows, columns = where("network", list(network)), where("regions", list(regions))
    stand_ins = {}
    for null in nulls or {}:
        label = f"nulls[{null!r}]"
        by_layers = sides[label] == "layers"
        stand_ins[null] = (where(label, list(network)), columns) if by_layers else (rows, where(label, list(regions)))
    if form is not None:

        def vector(key: Key) -> np.ndarray:
            if key in few and needs_variance(measure, 0):
                return rdm(sound.of(key), "euclidean")
            return np.zeros(sound.pairs.size) if key in sound.silent else form.vector(sound.of(key), who[key])

        vectors = run_on_threads(vector, arrays, threads)
        vectors += [form.of_distances(array[sound.pairs]) for array in ready.values()]
        subjects: Subjects = PairVectors(np.stack(vectors), form.centring)
    else:
        subjects = _subsets(measure, sound, who, [(rows, columns), *stand_ins.values()], threads)
    return Cast(
        subjects=subjects,
        layers=list(network),
        regions=list(regions),
        given=list(given or {}),
        rows=rows,
        columns=columns,
        given_rows=where("given", list(given or {})),
        nulls=stand_ins,
        kept=sound.stimuli,
        trials={key: array for key, array in arrays.items() if key[0] in ("network", "regions")},
        notes=notes + [bias] * bool(bias),
        bias=bias,
    )


def _subsets(
    measure: Measure,
    sound: Sound,
    who: Mapping[Key, int],
    pairs: list[tuple[np.ndarray, np.ndarray]],
    threads: int | None,
) -> StimulusSubsets:
    """Prepare subjects for a measure that is computed anew on every choice of stimuli."""
    by_patterns = ByPatterns(measure)

    def prepared(key: Key) -> np.ndarray:
        if isinstance(measure, RSA):
            from scipy.spatial.distance import squareform

            count = int(sound.stimuli.sum())
            if key in sound.silent:
                return np.zeros((count, count))
            return squareform(pair_vector(measure, sound.of(key), who[key]))
        array = sound.of(key)
        return array if by_patterns.sees_trials else rotated(as_patterns(array), measure)

    cells = dict.fromkeys(
        (int(row), int(column))
        for rows, columns in pairs
        for row in rows
        for column in columns
        if min(row, column) >= 0
    )
    return StimulusSubsets(
        ByRdms(measure.method) if isinstance(measure, RSA) else by_patterns,
        tuple(run_on_threads(prepared, sound.arrays, threads)),
        tuple(cells),
        measure.least_stimuli,
        tuple(f"{side}[{name!r}]" for side, name in sound.arrays),
    )


def _bias(arrays: Mapping[Key, np.ndarray], measure: Measure, stimuli: int) -> str:
    largest = max(arrays, key=lambda key: arrays[key].shape[2])
    units = arrays[largest].shape[2]
    if not measure.grows_with_units or units <= stimuli:
        return ""
    return (
        f"{measure.label}: {largest[0]}[{largest[1]!r}] has {units} units, and there are {stimuli} stimuli; with more "
        "units than stimuli independent subjects look alike, so hold similarities against the permuted ones (p_value), "
        "not against 0"
    )


def _given_notes(arrays: Mapping[Key, np.ndarray], few: list[Key], measure: Measure) -> list[str]:
    if not needs_variance(measure, 0):
        return []
    return [
        f"{key[1]} (given): {arrays[key].shape[2]} columns, so its dissimilarity is the squared Euclidean distance"
        for key in few
    ]


def _trial_notes(arrays: Mapping[Key, np.ndarray]) -> list[str]:
    """Say where three axes were taken for trials, which images without channels look like, and where trials are few."""
    trials = {key: array.shape[1] for key, array in arrays.items()}
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
