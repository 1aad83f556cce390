"""Whether results hold what a report needs, said by name before anything is drawn."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.report.errors import ResultsError
from isocortex.errors import nearest

__all__ = ["check_results"]

REQUIRED: dict[str, tuple[str, ...]] = {
    "isocortex": ("version",),
    "study": ("name",),
    "data": ("stimuli",),
    "network": ("layers",),
    "brain": ("regions",),
    "simulation": ("trials", "duration_ms"),
    "comparison": (),
}
FILE_NAME = re.compile(r"[A-Za-z0-9][\w-]*", re.ASCII)
MATRICES = ("similarity", "low", "high")


def check_results(results: Mapping[str, Any]) -> None:
    """Check that every required part is there; all others may be missing.

    Parameters
    ----------
    results : mapping
        The results of a study.

    Raises
    ------
    ResultsError
        If a part is missing or has another form; the message gives its full name.
    """
    if not isinstance(results, Mapping):
        raise ResultsError(f"results: must be a mapping, got {type(results).__name__}")
    for part, keys in REQUIRED.items():
        need(results, part, "results")
        if not isinstance(results[part], Mapping):
            raise ResultsError(f"results.{part}: must be a mapping, got {type(results[part]).__name__}")
        for key in keys:
            need(results[part], key, f"results.{part}")
    for part, key in (("network", "layers"), ("brain", "regions")):
        for i, entry in enumerate(results[part][key]):
            need(entry, "name", f"results.{part}.{key}[{i}]")
    if not results["comparison"]:
        raise ResultsError("results.comparison: is empty; a report needs at least one measure")
    for measure, layer_map in results["comparison"].items():
        if not FILE_NAME.fullmatch(str(measure)):
            raise ResultsError(
                f"results.comparison: {measure!r} names files, so it must be letters, digits, - and _ alone"
            )
        check_map(layer_map, f"results.comparison.{measure}")


def check_map(layer_map: Mapping[str, Any], where: str) -> None:
    """Check that the matrices of one comparison are there and fit its layers and regions."""
    for key in ("layers", "regions", *MATRICES):
        need(layer_map, key, where)
    shape = (len(layer_map["layers"]), len(layer_map["regions"]))
    if 0 in shape:
        raise ResultsError(f"{where}: needs at least one layer and one region, got {shape[0]} and {shape[1]}")
    check_shape(layer_map, MATRICES, shape, where)
    check_shape(layer_map, [key for key in ("wins", "p_value") if layer_map.get(key)], shape, where)
    if (layer_map.get("partial") or {}).get("given"):
        check_shape(layer_map["partial"], MATRICES, shape, f"{where}.partial")
    for name, null in (layer_map.get("nulls") or {}).items():
        check_shape(null, ("difference", "low", "high"), shape, f"{where}.nulls.{name}")


def check_shape(part: Mapping[str, Any], keys: Any, shape: tuple[int, int], where: str) -> None:
    """Check that matrices are numbers of one shape."""
    for key in keys:
        need(part, key, where)
        try:
            found = np.array(part[key], dtype=float).shape
        except (TypeError, ValueError) as error:
            raise ResultsError(f"{where}.{key}: must be a matrix of numbers ({error})") from error
        if found != shape:
            raise ResultsError(f"{where}.{key}: must be layers x regions = {shape}, got {found}")


def need(part: Mapping[str, Any], key: str, where: str) -> None:
    """Raise, naming the key and where it is missing, if `part` does not hold it."""
    if key not in part or part[key] is None:
        raise ResultsError(f"{where}.{key}: is missing; {nearest(key, map(str, part))}")
