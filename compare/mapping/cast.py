"""All subjects of one comparison, prepared together: checked, on the same stimuli, ready to be resampled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError
from compare.inference.pair_form import pair_form
from compare.inference.pairs import PairVectors
from compare.inference.preparation import Preparation
from compare.inference.resampling import Subjects
from compare.inference.subsets import StimulusSubsets
from compare.inference.units import UnitResampling
from compare.mapping.room import require_room
from compare.mapping.silence import Sound, leave_out_silence, needs_variance
from compare.measures.blocks import chosen_from
from compare.measures.dissimilarity import rdm
from compare.measures.measure import Measure
from compare.measures.patterns import real_array, stimulus_trial_unit
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
    preparation: Preparation
    null_names: list[str]
    nulls: dict[str, tuple[np.ndarray, np.ndarray]]
    """name -> which subject stands in for each layer and for each region; -1 where there is none."""
    apart: dict[str, np.ndarray]
    """name -> the stimuli to which a null responds that cannot be held against on all."""
    sound: Sound
    """What is left of everybody's responses, those of nulls that respond to fewer stimuli included."""
    sampled: dict[int, Key]
    """The subjects whose units are a sample: regions, and those who stand in for them."""
    notes: list[str] = field(default_factory=list)
    bias: str = ""
    """Why the measure finds similarity in independent data of so many units; empty if it does not."""

    def on_its_stimuli(self, null: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Give network, regions and null on the stimuli to which that null responds."""
        stimuli, label = self.apart[null], label_of_null(null)

        def members(wanted: str) -> dict[str, Any]:
            arrays = self.sound.arrays.items()
            return {name: chosen_from(array, stimuli=stimuli) for (side, name), array in arrays if side == wanted}

        return members("network"), members("regions"), members(label)

    def with_units(self) -> UnitResampling:
        """Give the subjects as they are when regions, and those who stand in for them, are given other units."""
        names = {index: f"{side}[{name!r}]" for index, (side, name) in self.sampled.items()}
        responses = {index: self.sound.of(key) for index, key in self.sampled.items()}
        return UnitResampling(self.subjects, self.preparation, responses, names)


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
    MemoryLimitError
        If that would not fit into memory.
    """
    network, regions = checked_activity(network, "network"), checked_activity(regions, "regions")
    stimuli = len(next(iter(network.values())))
    arrays: dict[Key, np.ndarray] = {("network", name): array for name, array in network.items()}
    arrays |= {("regions", name): array for name, array in regions.items()}
    sides = {}
    for null, members in (nulls or {}).items():
        label = label_of_null(null)
        checked = checked_activity(members, label)
        sides[label] = side_of_null(null, members, list(network), list(regions))
        arrays |= {(label, name): array for name, array in checked.items()}
    form = pair_form(measure)
    ready, notes = {}, []
    if given and form is None:
        notes.append(f"given ({', '.join(given)}): not used, for {measure.label} is no cosine of pairs of stimuli")
        given = None
    for name, value in (given or {}).items():
        array = real_array(value, f"given[{name!r}]")
        if array.ndim == 1 and array.size == stimuli * (stimuli - 1) // 2:
            ready[name] = _checked_rdm(name, array.astype(np.float64))
        else:
            arrays["given", name] = stimulus_trial_unit(value, f"given[{name!r}]")
    for key, x in arrays.items():
        if len(x) != stimuli:
            raise InvalidActivityError(
                f"{key[0]}[{key[1]!r}]: has {len(x)} stimuli, but the network has {stimuli}: all must see the same"
            )
    require_room(arrays.values(), measure, threads)
    few = [key for key, x in arrays.items() if key[0] == "given" and x.shape[2] < FEW_COLUMNS]
    who = {key: int(key[0] == "regions" or sides.get(key[0]) == "regions") for key in arrays}
    sound = leave_out_silence(arrays, measure, who, frozenset(few), sides)
    _require_known_noise(measure, sound.stimuli)
    taking_part = {key: array for key, array in arrays.items() if key[0] not in sound.apart}
    bias = _bias(arrays, measure, int(sound.stimuli.sum()))
    notes += sound.notes + _given_notes(arrays, few, measure) + _trial_notes(arrays)
    place = {key: index for index, key in enumerate([*taking_part, *(("given", name) for name in ready)])}

    def where(label: str, names: list[str]) -> np.ndarray:
        return np.array([place.get((label, name), -1) for name in names], dtype=np.int64)

    rows, columns = where("network", list(network)), where("regions", list(regions))
    stand_ins, apart = {}, {}
    for null in nulls or {}:
        label = label_of_null(null)
        if label in sound.apart:
            apart[null] = sound.apart[label]
            continue
        by_layers = sides[label] == "layers"
        stand_ins[null] = (where(label, list(network)), columns) if by_layers else (rows, where(label, list(regions)))
    prepared = Preparation(measure)

    def ready_for(key: Key) -> np.ndarray:
        if key in few and needs_variance(measure, 0):
            return rdm(sound.of(key), "euclidean")
        return prepared(sound.of(key), who[key], key in sound.silent)

    vectors = run_on_threads(ready_for, taking_part, threads)
    if form is not None:
        vectors += [form.of_distances(array[sound.pairs]) for array in ready.values()]
        subjects: Subjects = PairVectors(np.stack(vectors), form.centring)
    else:
        subjects = StimulusSubsets(
            prepared.comparison,
            tuple(vectors),
            _cells([(rows, columns), *stand_ins.values()]),
            measure.least_stimuli,
            tuple(f"{side}[{name!r}]" for side, name in taking_part),
        )
    return Cast(
        subjects=subjects,
        layers=list(network),
        regions=list(regions),
        given=list(given or {}),
        rows=rows,
        columns=columns,
        given_rows=where("given", list(given or {})),
        null_names=list(nulls or {}),
        nulls=stand_ins,
        apart=apart,
        notes=notes + [bias] * bool(bias),
        bias=bias,
        sampled={place[key]: key for key in taking_part if who[key] and key not in sound.silent},
        preparation=prepared,
        sound=sound,
    )


def label_of_null(null: str) -> str:
    """Give what messages call a null."""
    return f"nulls[{null!r}]"


def _cells(blocks: list[tuple[np.ndarray, np.ndarray]]) -> tuple[tuple[int, int], ...]:
    """Give which subjects are compared with which, each once."""
    cells = [(int(row), int(column)) for rows, columns in blocks for row in rows for column in columns]
    return tuple(dict.fromkeys(cell for cell in cells if min(cell) >= 0))


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
    return [*notes, f"{', '.join(few)}: with fewer than 4 trials the noise ceiling is rough"] if few else notes


def _require_known_noise(measure: Measure, kept: np.ndarray) -> None:
    """Refuse a noise covariance that is of other stimuli than those that are compared."""
    noise = measure.noise_covariance if isinstance(measure, RSA) else None
    if noise is None:
        return
    if len(noise) != len(kept):
        raise InvalidActivityError(f"noise_covariance: is of {len(noise)} stimuli, but there are {len(kept)}")
    if not kept.all():
        raise InvalidActivityError(
            f"noise_covariance: {int((~kept).sum())} of {len(kept)} stimuli leave a subject silent and have no "
            "correlation distance; leave them out of activity and noise_covariance, or take the Euclidean distance"
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
