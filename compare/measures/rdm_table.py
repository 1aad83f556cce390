"""Several subjects' representational dissimilarity matrices as one table with names."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.errors import ActivityTypeError, CompareError, InvalidActivityError
from compare.measures.distances import Distance, as_distance
from compare.measures.patterns import real_array, stimulus_trial_unit
from compare.measures.rdm_comparators import stimuli_of
from compare.measures.silence import silent_patterns, silent_units
from compare.room import require_room
from isocortex.threads import resolve_threads, run_on_threads

__all__ = ["rdms", "square_rdm"]


def rdms(subjects: Mapping[str, Any], distance: str | Distance = "correlation", *, threads: int | None = None) -> Any:
    """Compute the representational dissimilarity matrix of each subject.

    Parameters
    ----------
    subjects : mapping of str to array-like
        Layers, regions, individuals: (stimulus, unit) or (stimulus, trial, unit), all before the same stimuli. Names of
        the stimuli are taken from the first that is an xarray.DataArray with a "stimulus" coordinate.
    distance : str or Distance
        As in `rdm`.
    threads : int, optional
        How many subjects are computed side by side, each on one thread of the linear algebra; by default as many as
        there are cores. Same machine and versions: same bits, whatever it is.

    Returns
    -------
    xarray.DataArray
        (subject, pair), pairs in scipy's order, with the two stimuli of each pair, and of each subject how many units
        and trials it has, how many units never change (`silent_units`), and for how many stimuli all units respond
        alike (`silent_patterns`). `square_rdm` unfolds the pairs.

    Raises
    ------
    ActivityTypeError
        If `subjects` is no mapping, or a subject holds no real numbers; the message names the subject.
    InvalidActivityError
        If there is no subject, they differ in stimuli, or one cannot be used.
    InvalidOptionError
        If there is no such distance.
    TooFewStimuliError
        If a subject has too few stimuli or trials for the distance.
    MemoryLimitError
        If they would not fit into memory side by side; nothing has been taken by then.

    Examples
    --------
    >>> table = rdms({"V1": [[1, 2, 3], [3, 2, 1], [1, 3, 2]], "V4": [[1, 0], [0, 1], [0, 2]]})
    >>> table.sel(subject="V1").values.round(6)
    array([2. , 0.5, 1.5])
    """
    import xarray as xr
    from threadpoolctl import threadpool_limits

    measure = as_distance(distance)
    if not isinstance(subjects, Mapping):
        raise ActivityTypeError(f"subjects: must be a mapping {{name: activity}}, got {type(subjects).__name__}")
    if not subjects:
        raise InvalidActivityError("subjects: is empty; give at least one {name: activity}")

    def one(name: str) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        try:
            array = stimulus_trial_unit(subjects[name])
            silent = int(silent_units(array).sum()), int(silent_patterns(array).sum())
            return measure(array), (array.shape[2], array.shape[1], *silent)
        except CompareError as error:
            raise type(error)(f"{name}: {error}") from error

    rooms = sorted((measure.room(x) for x in subjects.values()), reverse=True)
    require_room(sum(rooms[: resolve_threads(threads)]), "rdms")
    with threadpool_limits(limits=1, user_api="blas"):
        rows, about = zip(*run_on_threads(one, subjects, threads), strict=True)
    for name, row in zip(subjects, rows, strict=True):
        if row.size != rows[0].size:
            raise InvalidActivityError(
                f"{name}: has {stimuli_of(row.size)} stimuli, but {next(iter(subjects))} has "
                f"{stimuli_of(rows[0].size)}: all must see the same"
            )
    stimuli = _names(subjects, stimuli_of(rows[0].size) or 0)
    first, second = np.triu_indices(len(stimuli), 1)
    units, trials, silent_unit_counts, silent_pattern_counts = zip(*about, strict=True)
    return xr.DataArray(
        np.stack(rows),
        dims=("subject", "pair"),
        coords={
            "subject": list(subjects),
            "first": ("pair", stimuli[first]),
            "second": ("pair", stimuli[second]),
            "units": ("subject", list(units)),
            "trials": ("subject", list(trials)),
            "silent_units": ("subject", list(silent_unit_counts)),
            "silent_stimuli": ("subject", list(silent_pattern_counts)),
        },
        name=measure.label,
        attrs={"distance": measure.name, "cross_validated": int(measure.cross_validated), "stimuli": len(stimuli)},
    )


def _names(subjects: Mapping[str, Any], stimuli: int) -> np.ndarray:
    """Give the stimuli's names of the first subject that has some, or their numbers."""
    for x in subjects.values():
        if "stimulus" in getattr(x, "coords", ()):
            return np.asarray(x.coords["stimulus"].values)
    return np.arange(stimuli)


def square_rdm(condensed: Any) -> Any:
    """Unfold pairs of stimuli into a square, symmetric matrix with a diagonal of zeros.

    Parameters
    ----------
    condensed : array-like or xarray.DataArray
        (..., pair) as `rdm` and `rdms` give it.

    Returns
    -------
    numpy.ndarray or xarray.DataArray
        (..., stimulus, stimulus); of a table, (subject, stimulus, other) with the stimuli's names.

    Raises
    ------
    InvalidActivityError
        If the last axis is no number of pairs.

    Examples
    --------
    >>> square_rdm([1.0, 2.0, 3.0])
    array([[0., 1., 2.],
           [1., 0., 3.],
           [2., 3., 0.]])
    """
    values = real_array(condensed, "condensed").astype(np.float64, copy=False)
    stimuli = stimuli_of(values.shape[-1]) if values.ndim else None
    if stimuli is None:
        raise InvalidActivityError(f"condensed: must end in n(n-1)/2 pairs, got shape {values.shape}; rdm() gives them")
    first, second = np.triu_indices(stimuli, 1)
    square = np.zeros((*values.shape[:-1], stimuli, stimuli))
    square[..., first, second] = values
    square[..., second, first] = values
    if "pair" not in getattr(condensed, "dims", ()):
        return square
    import xarray as xr

    names = np.append(condensed.coords["first"].values[:1], condensed.coords["second"].values[: stimuli - 1])
    kept = {name: found for name, found in condensed.coords.items() if "pair" not in found.dims}
    others = [axis for axis in condensed.dims if axis != "pair"]
    return xr.DataArray(
        square,
        dims=(*others, "stimulus", "other"),
        coords={**kept, "stimulus": names, "other": names},
        name=condensed.name,
        attrs=condensed.attrs,
    )
