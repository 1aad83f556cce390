"""Recorded activity: xarray objects, netCDF and ``.npz`` files, and any mapping that is kept on disk.

A variable is a region. The axes of stimuli and of trials are found by name (``stimulus``, ``trial``, and what else
people call them: `compare.measures.patterns.named_axes`), all others are units; without such names two axes are
(stimulus, unit) and three are (stimulus, trial, unit). A coordinate ``region`` along the units divides a variable.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from compare.errors import ActivityTypeError, DataFileError, InvalidActivityError
from compare.measures.patterns import named_axes
from compare.subjects.checks import require_known
from compare.subjects.source import Source
from isocortex.files import existing, read_arrays

__all__ = ["netcdf_source", "npz_source", "recorded_source"]

# Shuffle, checksum, deflate, and what HDF5 and h5py bring along; for any other it would load a plug-in, which is code.
FILTERS = {1, 2, 3, 4, 5, 6, 32000}


def recorded_source(recorded: Any, names: tuple[str, ...] | None, label: str = "recording") -> Source:
    """Give the regions of an xarray object or a mapping, some stimuli at a time.

    Parameters
    ----------
    recorded : xarray.Dataset, xarray.DataArray or mapping of str to array-like
        What was recorded.
    names : tuple of str, optional
        The regions that are asked for.
    label : str
        What error messages call it.

    Raises
    ------
    InvalidActivityError, ActivityTypeError
        If nothing in it has stimuli, or not all have the same.
    """
    regions = dict(recorded) if isinstance(recorded, Mapping) and not hasattr(recorded, "dims") else _regions(recorded)
    if names is not None:
        require_known(names, regions)
    counts = {name: _count(array) for name, array in regions.items() if names is None or name in names}
    if not counts:
        raise InvalidActivityError(f"{label}: holds no numbers with an axis of stimuli and one of units")
    first = next(iter(counts))
    for name, count in counts.items():
        if count != counts[first]:
            raise InvalidActivityError(
                f"{label}[{name!r}]: has {count} stimuli, but {label}[{first!r}] has {counts[first]}: all must see the "
                "same"
            )
    return Source(
        label,
        counts[first],
        lambda start, stop: {name: _cut(regions[name], start, stop) for name in counts},
        names=names,
        kept=True,
    )


def _count(array: Any) -> int:
    stimulus, _ = named_axes(array)
    axis = 0 if stimulus is None else array.dims.index(stimulus)
    shape = np.shape(array)
    return int(shape[axis]) if shape else 0


def _cut(array: Any, start: int, stop: int) -> Any:
    stimulus, _ = named_axes(array)
    if stimulus is not None:
        return array.isel({stimulus: slice(start, stop)})
    return array[start:stop]


def _regions(recorded: Any) -> dict[str, Any]:
    """Take the variables that are regions out of an xarray object."""
    if not hasattr(recorded, "data_vars"):
        recorded = {str(recorded.name or "activity"): recorded}
    variables = {
        str(name): array
        for name, array in (recorded.data_vars if hasattr(recorded, "data_vars") else recorded).items()
        if array.dtype.kind in "fiub" and array.ndim > 1
    }
    named = {name: array for name, array in variables.items() if named_axes(array)[0] is not None}
    result: dict[str, Any] = {}
    for name, array in (named or variables).items():
        for region, part in _divided(name, array).items():
            if region in result:
                raise InvalidActivityError(f"recording: two regions are called {region!r}; rename one")
            result[region] = part
    return result


def _divided(name: str, array: Any) -> dict[str, Any]:
    """Divide a variable by its coordinate ``region``, in the order in which regions come."""
    if (
        "region" not in array.coords
        or array.coords["region"].ndim != 1
        or array.coords["region"].dims[0] in named_axes(array)
    ):
        return {name: array}
    labels = array.coords["region"]
    return {
        str(region): array.isel({labels.dims[0]: np.flatnonzero(labels.values == region)})
        for region in dict.fromkeys(labels.values.tolist())
    }


def npz_source(path: Path, names: tuple[str, ...] | None) -> Source:
    """Give the regions of an ``.npz`` file, an array each; nothing is unpickled.

    Raises
    ------
    MissingFileError, UnreadableFileError
        If there is no such file, or it is damaged, foreign, or holds Python objects.
    InvalidActivityError, ActivityTypeError, InvalidOptionError
        If what it holds cannot be compared.
    """
    return recorded_source(read_arrays(path), names, "recording")


def netcdf_source(path: Path, names: tuple[str, ...] | None) -> Source:
    """Give the regions of a netCDF-4 file, which is read a chunk of stimuli at a time.

    Raises
    ------
    MissingFileError, DataFileError
        If there is no such file, or it is damaged or foreign, or its numbers lie in other files.
    InvalidActivityError, ActivityTypeError, InvalidOptionError
        If what it holds cannot be compared.
    """
    import xarray as xr

    file = existing(path)
    if _format(file).startswith("isocortex recording"):
        import brainsim
        from compare.subjects.brain import counts_source

        return counts_source(brainsim.Recording.load(file), names)
    try:
        recorded = xr.open_dataset(file, engine="h5netcdf", decode_times=False, cache=False)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        raise DataFileError(f"{file}: not readable as netCDF-4 ({error})") from error
    if "layer_map" in recorded.attrs:
        raise ActivityTypeError(f"{file}: is a map of layers onto regions, no activity; compare.LayerMap.load reads it")
    source = recorded_source(recorded, names)

    def rows(start: int, stop: int) -> dict[str, Any]:
        try:
            return {name: array.load() for name, array in source.rows(start, stop).items()}
        except (OSError, RuntimeError, ValueError) as error:
            raise DataFileError(f"{file}: damaged, stimuli {start} to {stop - 1} cannot be read ({error})") from error

    return Source(source.label, source.stimuli, rows, names=names)


def _format(file: Path) -> str:
    """Check that the numbers lie in the file itself, and give what the file says of its format."""
    import h5py

    try:
        with h5py.File(file, "r") as group:
            for name in group:
                link = group.get(name, getlink=True)
                if not isinstance(link, h5py.HardLink):
                    raise DataFileError(f"{file}: {name!r} is a link to somewhere else, which is not followed")
                data = group[name]
                if isinstance(data, h5py.Dataset) and (
                    data.is_virtual or data.external or not _filters(data) <= FILTERS
                ):
                    raise DataFileError(f"{file}: the numbers of {name!r} lie in other files or need a plug-in")
            told = group.attrs.get("format", "")
            return told if isinstance(told, str) else ""
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        if isinstance(error, DataFileError):
            raise
        raise DataFileError(f"{file}: not readable as netCDF-4, truncated or something else ({error})") from error


def _filters(data: Any) -> set[int]:
    properties = data.id.get_create_plist()
    return {properties.get_filter(position)[0] for position in range(properties.get_nfilters())}
