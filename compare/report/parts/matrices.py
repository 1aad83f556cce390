"""Every layer and every region, by one measure: assignments, hierarchy, the matrix, every cell."""

from collections.abc import Mapping
from typing import Any

from compare.report.maps import against, cell, given, known_nulls, quantity
from compare.report.numbers import fixed, listed, measure_name
from compare.report.parts.cells import estimate_at, known_range, label_of, percent, resampling
from compare.report.table import Answer, Column, Estimate, Row, Table

__all__ = ["comparison_tables"]

TESTS = (("p", "p_value"), ("p uncorrected", "p_uncorrected"), ("q", "q_value"))


def comparison_tables(key: str, layer_map: Mapping[str, Any]) -> list[Table]:
    """Give what one measure says: assignments, hierarchy, its matrix, every cell."""
    return [
        assignments_table(key, layer_map),
        hierarchy_table(key, layer_map),
        matrix_table(key, layer_map),
        cells_table(key, layer_map),
    ]


def assignments_table(key: str, layer_map: Mapping[str, Any]) -> Table:
    """Give the layer of each region under each kind of assignment."""
    kinds, halves = layer_map.get("assignment") or {}, layer_map.get("held_out_half") or {}
    support = layer_map.get("support") or {}
    columns = [Column("Region", "name"), *(Column(kind, "answer") for kind in kinds)]
    columns += [Column("on held-out half", "answer")] if halves else []
    rows: list[Row] = []
    for region in layer_map["regions"] if kinds else []:
        cells: list[Any] = [region]
        for kind, chosen in kinds.items():
            share = (support.get(kind) or {}).get(region)
            note = "" if share is None else f"{fixed(100 * share, 0)} % of bootstraps"
            cells.append(Answer(chosen.get(region) or "cannot tell", note, bool(chosen.get(region))))
        if halves:
            half = halves.get(region) or {}
            value = half.get("similarity")
            cells.append(
                Answer(
                    half.get("layer") or "cannot tell", "" if value is None else fixed(value), bool(half.get("layer"))
                )
            )
        rows.append(tuple(cells))
    other = f"; on the held-out half, the {quantity(layer_map).lower()} of the layer that the other half chose"
    half_told = other if halves else ""
    return Table(
        f"assignments_{key}",
        f"assignments by {measure_name(key)}",
        f"Assignments by {measure_name(key)}: each region its best layer; no layer twice; layers in the order of the "
        "regions. Beneath, the share of bootstraps that choose the same"
        f"{half_told}.",
        columns,
        rows,
    )


def hierarchy_table(key: str, layer_map: Mapping[str, Any]) -> Table:
    """Give the scores of hierarchy."""
    rows = [
        (score, Estimate(e.get("value"), e.get("low"), e.get("high")), e.get("p_value"))
        for score, e in (layer_map.get("hierarchy") or {}).items()
    ]
    return Table(
        f"hierarchy_{key}",
        f"hierarchy by {measure_name(key)}",
        f"Do later regions go with deeper layers? Scores by {measure_name(key)}; rank correlations are 1 in the same "
        "order and −1 in reverse, a slope is in layers for each region. p: permutations of the regions' order.",
        [Column("Score", "name"), Column("Value", "estimate"), Column("p", "p")],
        rows,
    )


def matrix_table(key: str, layer_map: Mapping[str, Any]) -> Table:
    """Give the matrix as it stands in a paper: layers by regions."""
    layers, regions = layer_map["layers"], layer_map["regions"]
    ceiling = layer_map.get("ceiling") or {}
    strip: list[Row] = [("noise ceiling", *(known_range(ceiling.get(region)) for region in regions))] if ceiling else []
    return Table(
        f"matrix_{key}",
        f"layers by regions, {measure_name(key)}",
        f"{label_of(key, layer_map)}, with {percent(layer_map)} intervals{resampling(layer_map)}.",
        [Column("Layer", "name"), *(Column(region, "estimate") for region in regions)],
        [(layer, *(estimate_at(layer_map, layer, region) for region in regions)) for layer in layers],
        strip,
    )


def cells_table(key: str, layer_map: Mapping[str, Any]) -> Table:
    """Give one row a cell, with all that is known of it."""
    partial, nulls = given(layer_map), known_nulls(layer_map)
    columns = [Column("Layer", "name"), Column("Region", "name"), Column(quantity(layer_map), "estimate", 3)]
    tests = [(name, part) for name, part in TESTS if layer_map.get(part)]
    columns += [Column(name, "p") for name, _ in tests]
    columns += [Column("Best in bootstraps", "percent")] if layer_map.get("wins") else []
    columns += [Column(f"Given {listed(partial['given'])}", "estimate", 3)] if partial else []
    columns += [Column(against(layer_map, name), "gain", 3) for name in nulls]
    rows: list[Row] = []
    for layer in layer_map["layers"]:
        for region in layer_map["regions"]:
            cells: list[Any] = [layer, region, estimate_at(layer_map, layer, region)]
            cells += [cell(layer_map, part, layer, region) for _, part in tests]
            cells += [cell(layer_map, "wins", layer, region)] if layer_map.get("wins") else []
            cells += [estimate_at(layer_map, layer, region, partial)] if partial else []
            cells += [estimate_at(layer_map, layer, region, null, "difference") for null in nulls.values()]
            rows.append(tuple(cells))
    told = "p: permutations of the stimuli's labels, corrected for all cells by the largest" if tests else ""
    if layer_map.get("q_value"):
        told += "; q: share of false findings among the cells with a q as small or smaller"
    return Table(
        f"cells_{key}",
        f"every cell by {measure_name(key)}",
        f"{label_of(key, layer_map)} of every layer with every region, with {percent(layer_map)} intervals"
        f"{resampling(layer_map)}. {told}{'.' if told else ''}".strip(),
        columns,
        rows,
    )
