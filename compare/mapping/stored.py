"""A layer map as plain values, as a table with named axes, and as a file."""

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import DataError
from compare.mapping.layer_map import MATRICES, LayerMap, NullComparison, PartialSimilarity
from isocortex.errors import UnreadableFileError
from isocortex.files import atomic_path, existing, read_json, write_json

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["from_dict", "load", "save", "to_dataset"]

NETCDF = (".nc", ".nc4", ".netcdf")
ABSENT: dict[str, Any] = {
    "measure": "", "label": "", "greater_is_closer": True, "bootstrap": 0, "permutations": 0, "stimuli": 0,
    "confidence": 0.95, "generalises_to": "stimuli",
    "drawn": "bootstraps",
}  # fmt: skip
"""What takes the place of a number or a word that is not there; matrices are NaN, mappings and lists empty."""


def from_dict(values: Mapping[str, Any]) -> LayerMap:
    """Give the `LayerMap` of which `LayerMap.to_dict` gave these values, as one entry of a study's results is.

    Layers, regions and similarity with its interval must be there; whatever else is missing is unknown.

    Raises
    ------
    DataError
        If the values are not those of a layer map; the message names the part.
    """
    if not isinstance(values, Mapping):
        raise DataError(f"LayerMap.from_dict: must be a mapping, got {type(values).__name__}")
    for part in ("layers", "regions", "similarity", "low", "high"):
        if not isinstance(values.get(part), list) or not values[part]:
            raise DataError(f"LayerMap.from_dict: {part}: is missing or no list; LayerMap.to_dict gives it")
    shape = (len(values["layers"]), len(values["regions"]))
    parts: dict[str, Any] = {name: _matrix(values, name, values.get(name), shape) for name in MATRICES}
    partial = values.get("partial") or {}
    parts["partial"] = (
        PartialSimilarity(
            tuple(partial["given"]),
            *(_matrix(values, f"partial.{name}", partial.get(name), shape) for name in ("similarity", "low", "high")),
        )
        if partial.get("given")
        else None
    )
    parts["nulls"] = {
        null: NullComparison(
            *(
                _matrix(values, f"nulls.{null}.{name}", matrices.get(name), shape)
                for name in ("similarity", "difference", "low", "high")
            )
        )
        for null, matrices in _mapping(values, "nulls").items()
    }
    parts["ceiling"] = {
        region: tuple(np.nan if end is None else float(end) for end in ends)
        for region, ends in _mapping(values, "ceiling").items()
    }
    parts["assignment"] = {"best": dict.fromkeys(values["regions"])} | _mapping(values, "assignment")
    parts["same_activity"] = tuple(tuple(group) for group in values.get("same_activity") or ())
    parts["notes"] = tuple(values.get("notes") or ())
    for field in fields(LayerMap):
        if field.name not in parts:
            value = values.get(field.name)
            parts[field.name] = ABSENT.get(field.name, {}) if value is None else _known(value)
    return LayerMap(**parts)


def to_dataset(found: LayerMap) -> "xr.Dataset":
    """Give every number of a map with named axes: layer, region, null, bound, score, assignment.

    Examples
    --------
    >>> import compare
    >>> x = np.random.default_rng(0).normal(size=(2, 40, 30))
    >>> found = compare.map_layers({"a": x[0], "b": x[1]}, {"V1": x[0]}, bootstrap=100, permutations=100)
    >>> float(to_dataset(found).similarity.sel(layer="a", region="V1"))
    1.0
    """
    import xarray as xr

    regions = found.regions
    data: dict[str, Any] = {name: getattr(found, name) for name in MATRICES}
    if found.partial is not None:
        data |= {f"partial_{name}": getattr(found.partial, name) for name in ("similarity", "low", "high")}
    if found.nulls:
        nulls = xr.IndexVariable("null", list(found.nulls))
        for name in ("similarity", "difference", "low", "high"):
            data[f"null_{name}"] = xr.concat([getattr(null, name) for null in found.nulls.values()], nulls)
    ends = [list(found.ceiling.get(region) or (np.nan, np.nan)) for region in regions]
    data["ceiling"] = xr.DataArray(ends, {"region": regions, "bound": ["lower", "upper"]}, ("region", "bound"))
    kinds = list(found.assignment)
    named = [[chosen.get(region) or "" for region in regions] for chosen in found.assignment.values()]
    data["assigned"] = xr.DataArray(named, {"assignment": kinds, "region": regions}, ("assignment", "region"))
    scores = {name: [score.get(part) for part in SCORE] for name, score in found.hierarchy.items()}
    if scores:
        numbers = np.array(list(scores.values()), dtype=np.float64)
        data["hierarchy"] = xr.DataArray(numbers, {"score": list(scores), "part": list(SCORE)}, ("score", "part"))
    about = {name: getattr(found, name) for name in ABSENT}
    about["greater_is_closer"] = int(found.greater_is_closer)
    about["notes"] = "\n".join(found.notes)
    if found.partial is not None:
        about["given"] = "\n".join(found.partial.given)
    return xr.Dataset(data, attrs=about)


SCORE = ("value", "low", "high", "p_value")


def save(found: LayerMap, path: str | os.PathLike[str]) -> None:
    """Write a map as JSON, or as netCDF where the path ends in ``.nc``; whole or not at all.

    Raises
    ------
    DataError
        If the path ends otherwise.
    UnwritableFileError
        If it cannot be written.
    """
    suffix = _suffix(path)
    if suffix == ".json":
        write_json(path, found.to_dict())
        return
    import json

    dataset = to_dataset(found).assign_attrs(layer_map=json.dumps(found.to_dict(), ensure_ascii=False))
    with atomic_path(path) as temporary:
        dataset.to_netcdf(temporary, engine="h5netcdf")


def load(path: str | os.PathLike[str]) -> LayerMap:
    """Read a map that `save` wrote.

    Raises
    ------
    MissingFileError, UnreadableFileError
        If there is no such file, or it is damaged.
    DataError
        If it holds something else.
    """
    if _suffix(path) == ".json":
        return from_dict(read_json(path))
    import json

    import h5netcdf

    file = existing(path)
    try:
        with h5netcdf.File(file, "r") as stored:
            text = stored.attrs.get("layer_map")
        values = None if text is None else json.loads(str(text))
    except (OSError, ValueError, RuntimeError, KeyError, RecursionError) as error:
        raise UnreadableFileError(f"{file}: not readable as netCDF ({error})") from error
    if values is None:
        raise DataError(f"{file}: holds no layer map; LayerMap.save writes one")
    return from_dict(values)


def _suffix(path: str | os.PathLike[str]) -> str:
    suffix = Path(path).suffix.lower()
    if suffix != ".json" and suffix not in NETCDF:
        raise DataError(f"{path}: must end in .json or .nc, got {suffix or 'no suffix'!r}")
    return suffix


def _matrix(values: Mapping[str, Any], name: str, nested: Any, shape: tuple[int, int]) -> "xr.DataArray":
    """Make a matrix with named axes of nested lists; None is NaN, and a matrix that is missing is all NaN."""
    import xarray as xr

    try:
        array = np.full(shape, np.nan) if nested is None else np.array(nested, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"LayerMap.from_dict: {name}: must be a matrix of numbers ({error})") from error
    if array.shape != shape:
        raise DataError(f"LayerMap.from_dict: {name}: must be layers x regions = {shape}, got {array.shape}")
    axes = {
        "layer": [str(layer) for layer in values["layers"]],
        "region": [str(region) for region in values["regions"]],
    }
    return xr.DataArray(array, coords=axes, dims=("layer", "region"))


def _mapping(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = values.get(name) or {}
    if not isinstance(part, Mapping):
        raise DataError(f"LayerMap.from_dict: {name}: must be a mapping, got {type(part).__name__}")
    return dict(part)


def _known(value: Any) -> Any:
    """Give plain values with NaN where a number is missing; a name that is missing stays None."""
    if isinstance(value, Mapping):
        return {key: np.nan if item is None and key not in WORDS else _known(item) for key, item in value.items()}
    return value


WORDS = ("best", "runner_up", "layer")
"""Keys whose value is a name, so that None is no number."""
