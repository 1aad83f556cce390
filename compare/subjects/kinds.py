"""Which kind of subject something is, and its activity before the stimuli as {name: array}."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError
from compare.subjects.brain import brain_source, counts_source
from compare.subjects.checks import checked_activity, checked_names, require_known
from compare.subjects.collected import in_memory
from compare.subjects.network import network_source
from compare.subjects.source import Source

__all__ = ["activity"]


def activity(
    subject: Any,
    stimuli: Any = None,
    *,
    layers: Any = None,
    layout: str | None = None,
    chunk: int | None = None,
    out: str | os.PathLike[str] | None = None,
    progress: Any = None,
    trials: int = 1,
    seed: int = 0,
    excitatory: bool = True,
    **simulation: Any,
) -> dict[str, np.ndarray]:
    """Give what each layer or region of a subject does in response to each stimulus.

    Parameters
    ----------
    subject : object
        One of these:

        ``ann.Sequential``, ``ann.Model``
            Its layers, in order.
        ``torch.nn.Module``
            Its named submodules in the order in which they are done, in evaluation mode. A module that is used twice
            appears as ``"relu"`` and ``"relu_2"``. Blocks appear beside what they are made of, ``torch.nn.Sequential``
            does not, since it gives what its last member gives.
        path of an ``.onnx`` file
            The value behind every node, in order.
        ``brainsim.Brain``
            It is simulated and gives its regions, in order: the spike counts of a region's units, all its populations
            side by side.
        ``brainsim.Recording``
            The regions of the populations it holds.
        ``xarray.DataArray``, ``xarray.Dataset``, path of a ``.nc`` or ``.npz`` file
            Recorded activity, a variable a region; see `compare.subjects.recording`.
        path of a folder
            What an earlier call kept in ``out``.
        mapping ``{name: array}``
            It is checked and given back as (stimulus, trial, unit).
    stimuli : numpy.ndarray, optional
        (stimulus, height, width, channel), as the subject takes them. Recordings and mappings need none, and hold
        those that are given against their own number.
    layers : str or sequence of str, optional
        The layers or regions to give; all by default.
    layout : str, optional
        Of torch modules and ONNX files. ``"channels first"``: stimuli are turned to (stimulus, channel, height, width).
        ``"as given"``: they are not. By default they are turned where the first layer with weights is a convolution.
    chunk : int, optional
        How many stimuli are computed at a time: by default 256, or fewer where these give more than a GiB of activity,
        and all of them for a brain.
    out : path-like, optional
        A folder in which the activity is kept on disk, for what is larger than memory: the arrays are read-only memory
        maps, and no more than one chunk is held in memory at a time.
    progress : bool or callable, optional
        Shows how many stimuli are done; of a brain, its steps. See `isocortex.progress.progress_bar`.
    trials : int
        How often a brain sees each stimulus. A network answers the same every time, and what was recorded has its
        trials: more than 1 is refused.
    seed : int
        Of a brain's noise.
    excitatory : bool
        Take a brain's excitatory populations only. A region that has none gives all, and so does a recording, which
        does not know.
    **simulation
        More keywords for `brainsim.simulate`: duration, dt, threads...

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
    InvalidOptionError
        If an option does not exist, does not go with the subject, or names a layer that is not there.
    DataFileError, MissingFileError
        If a file is not there, or truncated, or something else.
    MemoryLimitError
        If it will not fit into memory, or on the disk; asked before it is taken.
    MissingExtraError
        If what reads the subject is not installed.

    Examples
    --------
    >>> activity({"V1": [[1.0, 2.0], [3.0, 4.0]]})["V1"].shape
    (2, 1, 2)
    """
    names = checked_names(layers)
    if trials != 1 and not _is_brain(subject):
        raise InvalidOptionError(
            f"trials: only a simulated brain sees a stimulus again, got {trials} for {_kind(subject)}; a network "
            "answers the same every time, and a recording has the trials that it has"
        )
    plain = isinstance(subject, Mapping) and not hasattr(subject, "data_vars")  # a Dataset is a mapping too
    if plain and layout is None and out is None and not simulation:
        found = _of_mapping(subject, names)
        _require_as_many(stimuli, len(next(iter(found.values()))), "activity")
        return found
    about = {"trials": trials, "seed": seed, "progress": progress, **simulation}
    source = _source(subject, stimuli, names, layout, excitatory, about)
    if simulation and source.label != "brain":
        raise InvalidOptionError(
            f"activity: {', '.join(map(repr, simulation))} is an option of a simulated brain, not of a {source.label}"
        )
    _require_as_many(stimuli, source.stimuli, source.label)
    if out is not None:
        from compare.subjects.on_disk import on_disk

        return on_disk(source, out, chunk, progress)
    return in_memory(source, chunk, progress)


def _source(
    subject: Any,
    stimuli: Any,
    names: tuple[str, ...] | None,
    layout: str | None,
    excitatory: bool,
    about: dict[str, Any],
) -> Source:
    """Find out what the subject is; what needs an extra is imported only where it is."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(subject, torch.nn.Module):
        from compare.subjects.torch_module import module_source

        return module_source(subject, stimuli, names, layout)
    if isinstance(subject, (str, os.PathLike)):
        from compare.subjects.paths import path_source

        return path_source(Path(subject), stimuli, names, layout)
    if layout is not None:
        raise InvalidOptionError(f"layout: is an option of torch modules and ONNX files, not of {_kind(subject)}")
    if hasattr(subject, "first_spikes") and hasattr(subject, "counts"):
        return counts_source(subject, names)
    if hasattr(subject, "activations"):
        return network_source(subject, stimuli, names)
    if _is_brain(subject):
        return brain_source(subject, stimuli, names, excitatory, about)
    if isinstance(subject, Mapping) or hasattr(subject, "dims"):
        from compare.subjects.recording import recorded_source

        return recorded_source(subject, names)
    raise ActivityTypeError(
        f"subject: {_kind(subject)} is neither a network, a brain, a recording, a file of one, nor a mapping of arrays"
    )


def _require_as_many(stimuli: Any, count: int, label: str) -> None:
    """Hold the stimuli against what was recorded."""
    if hasattr(stimuli, "__len__") and not isinstance(stimuli, Mapping) and len(stimuli) != count:
        raise InvalidActivityError(f"{label}: was recorded for {count} stimuli, but {len(stimuli)} are given")


def _is_brain(subject: Any) -> bool:
    return hasattr(subject, "regions") and hasattr(subject, "projections")


def _kind(subject: Any) -> str:
    return type(subject).__name__


def _of_mapping(subject: Mapping[str, Any], names: tuple[str, ...] | None) -> dict[str, np.ndarray]:
    if names is not None:
        require_known(names, subject)
        subject = {name: array for name, array in subject.items() if name in names}
    return checked_activity(subject, "activity")
