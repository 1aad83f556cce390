"""A subject before the stimuli: {name: activity}, whether a network, a simulated brain or recorded data."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.errors import ActivityTypeError, InvalidActivityError
from compare.measures.patterns import stimulus_trial_unit

__all__ = ["activity", "checked_activity"]


def activity(
    subject: Any,
    stimuli: Any = None,
    *,
    trials: int = 1,
    seed: int = 0,
    excitatory: bool = True,
    **simulation: Any,
) -> dict[str, np.ndarray]:
    """Give what each layer or region of a subject does in response to each stimulus.

    Parameters
    ----------
    subject : ann.Sequential, brainsim.Brain, brainsim.Recording or mapping
        A network gives its layers, in order. A brain is simulated and gives its regions, in order: the spike counts of
        a region's units, all its populations side by side. A recording gives the regions of the populations it holds.
        A mapping ``{name: array}`` is checked and given back as (stimulus, trial, unit).
    stimuli : numpy.ndarray, optional
        (stimulus, height, width, channel), as the subject takes them; recordings and mappings need none.
    trials : int
        How often a brain sees each stimulus.
    seed : int
        Of a brain's noise.
    excitatory : bool
        Take a brain's excitatory populations only. A region that has none gives all, and so does a recording, which
        does not know.
    **simulation
        More keywords for `brainsim.simulate`: duration, dt, threads, progress...

    Returns
    -------
    dict of str to numpy.ndarray
        Layers (stimulus, unit); regions (stimulus, trial, unit).

    Raises
    ------
    ActivityTypeError
        If the subject is of a kind that is not known.
    InvalidActivityError
        If stimuli are missing, or the activity cannot be compared.

    Examples
    --------
    >>> activity({"V1": [[1.0, 2.0], [3.0, 4.0]]})["V1"].shape
    (2, 1, 2)
    """
    if isinstance(subject, Mapping):
        return checked_activity(subject, "activity")
    if hasattr(subject, "first_spikes") and hasattr(subject, "counts"):
        return _by_region(subject)
    if hasattr(subject, "activations"):
        layers = subject.activations(_needed(stimuli))
        return {name: _flat(array) for name, array in checked_activity(layers, "network", layers=True).items()}
    if hasattr(subject, "regions") and hasattr(subject, "projections"):
        import brainsim

        settings = {"keep": "counts", **simulation}
        recording = brainsim.simulate(subject, _needed(stimuli), trials=trials, seed=seed, **settings)
        return _by_region(recording, subject if excitatory else None)
    raise ActivityTypeError(
        f"subject: {type(subject).__name__} is neither a network, a brain, a recording nor a mapping of arrays"
    )


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


def _flat(array: np.ndarray) -> np.ndarray:
    return array.reshape(len(array), -1)


def _needed(stimuli: Any) -> Any:
    if stimuli is None:
        raise InvalidActivityError("stimuli: a network and a brain respond to stimuli, but none were given")
    return stimuli


def _by_region(recording: Any, brain: Any = None) -> dict[str, np.ndarray]:
    """Put the counts of each region's populations side by side."""
    chosen: dict[str, list[np.ndarray]] = {}
    counts = recording.counts()
    for population in counts:
        chosen.setdefault(str(population).split(".")[0], []).append(population)
    result = {}
    for region, populations in chosen.items():
        kept = _excitatory(brain, region, populations) or populations
        result[region] = np.concatenate([np.asarray(counts[population]) for population in kept], axis=-1)
    return checked_activity(result, "brain")


def _excitatory(brain: Any, region: str, populations: list[Any]) -> list[Any]:
    if brain is None:
        return []
    units = set(brain.units(region, excitatory=True))
    return [population for population in populations if population in units]
