"""Reading one comparison as the results hold it: cells by name, and what is known of a region.

A comparison is one entry of ``results["comparison"]``, what `compare.LayerMap.to_dict` gives: matrices are
[layer][region], and null stands wherever something could not be estimated.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = [
    "VISIBLE",
    "above",
    "against",
    "alike",
    "as_matrix",
    "best_rows",
    "bounded",
    "cell",
    "closer",
    "first_measure",
    "given",
    "known_nulls",
    "quantity",
    "strongest",
    "told_layers",
]


VISIBLE = 0.005
"""Differences below it are 0.00 on the page: with a shared simulation they can be certain and still mean nothing."""


def first_measure(comparison: Mapping[str, Any]) -> str:
    """Give the measure that the verdict rests on: RSA where it was taken, else the first."""
    return "rsa" if "rsa" in comparison else next(iter(comparison))


def as_matrix(nested: Any) -> np.ndarray:
    """Turn nested lists, in which null stands for not a number, into a float matrix (layer, region)."""
    return np.array(nested, dtype=float)


def cell(
    layer_map: Mapping[str, Any], part: str, layer: str, region: str, source: Mapping[str, Any] | None = None
) -> float | None:
    """Give one number of a matrix by the names of its row and column.

    Parameters
    ----------
    layer_map : mapping
        The comparison, which names rows and columns.
    part : str
        Name of the matrix, such as ``"low"``.
    layer, region : str
        Row and column.
    source : mapping, optional
        Where the matrix is, if not in `layer_map` itself: its partial similarities or one of its nulls.

    Returns
    -------
    float or None
    """
    matrix = (layer_map if source is None else source)[part]
    value = matrix[layer_map["layers"].index(layer)][layer_map["regions"].index(region)]
    return None if value is None else float(value)


def above(value: float | None) -> bool:
    """Say whether a lower end is known and above 0."""
    return value is not None and value > 0


def closer(layer_map: Mapping[str, Any]) -> bool:
    """Say whether a larger number of this comparison means closer; of a distance it does not."""
    return layer_map.get("greater_is_closer") is not False


def quantity(layer_map: Mapping[str, Any]) -> str:
    """Name what the cells hold."""
    return "Similarity" if closer(layer_map) else "Distance"


def against(layer_map: Mapping[str, Any], null: str) -> str:
    """Name a difference from a null: of distances it is how much closer, not how much more."""
    return f"{'Minus' if closer(layer_map) else 'Closer than'} {null}"


def told_layers(layer_map: Mapping[str, Any]) -> dict[str, str]:
    """Give the regions whose layer leads its runner-up, and is itself more similar than nothing.

    What a distance between unrelated ones would be is not 0; there the test by permutation alone decides.
    """
    best = (layer_map.get("assignment") or {}).get("best", {})
    return {
        region: best[region]
        for region in layer_map["regions"]
        if best.get(region) is not None
        and (not closer(layer_map) or above(cell(layer_map, "low", best[region], region)))
    }


def strongest(layer_map: Mapping[str, Any]) -> dict[str, str]:
    """Give the closest layer of every region, whether or not it is told apart from its runner-up.

    Rows that do not compete, such as the pixels, are passed over where the comparison says which these are.
    """
    values = as_matrix(layer_map["similarity"]) * (1 if closer(layer_map) else -1)
    if layer_map.get("wins"):
        compete = np.isfinite(as_matrix(layer_map["wins"]))
        values = np.where(compete | ~compete.any(axis=0), values, np.nan)
    known = np.where(np.isfinite(values), values, -np.inf)
    return {region: layer_map["layers"][known[:, j].argmax()] for j, region in enumerate(layer_map["regions"])}


def best_rows(layer_map: Mapping[str, Any]) -> dict[str, list[str]]:
    """Give for every region that is told the rows to mark: its layer, and those of the same activity."""
    groups = layer_map.get("same_activity") or []
    marked = {}
    for region, layer in told_layers(layer_map).items():
        same = [group for group in groups if layer in group]
        marked[region] = list(same[0]) if same else [layer]
    return marked


def alike(one: str, other: str, layer_map: Mapping[str, Any]) -> bool:
    """Say whether two layers are the same, or have the same activity."""
    return one == other or any(one in group and other in group for group in layer_map.get("same_activity") or [])


def given(layer_map: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Give the partial similarities, if anything was given and any of them could be estimated."""
    partial = layer_map.get("partial")
    if not partial or not partial.get("given") or not np.isfinite(as_matrix(partial["similarity"])).any():
        return None
    return dict(partial)


def known_nulls(layer_map: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Give the nulls of which any difference could be estimated."""
    nulls = layer_map.get("nulls") or {}
    return {name: null for name, null in nulls.items() if np.isfinite(as_matrix(null["difference"])).any()}


def bounded(layer_map: Mapping[str, Any]) -> list[str]:
    """Give the regions whose noise ceiling is known."""
    ceiling = layer_map.get("ceiling") or {}
    return [region for region in layer_map["regions"] if region in ceiling and None not in list(ceiling[region])]
