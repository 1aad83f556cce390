"""Region by region: the layer of each, and what speaks for it."""

from collections.abc import Mapping
from typing import Any

from compare.report.figures.common import baselines
from compare.report.maps import VISIBLE, above, against, first_measure, given, known_nulls, quantity
from compare.report.numbers import listed, measure_name
from compare.report.parts.cells import as_estimate, known_range, label_of
from compare.report.table import Answer, Column, Table
from compare.report.tables import region_rows

__all__ = ["regions_table"]

ABREAST = 3  # nulls beyond which each has no column of its own


def regions_table(results: Mapping[str, Any]) -> Table:
    """Give one row a region: its layer, and what speaks for it."""
    key = first_measure(results["comparison"])
    layer_map = results["comparison"][key]
    rows, apart = region_rows(results, key), baselines(layer_map["layers"], results["network"])
    partial = given(layer_map)
    parts: list[tuple[Column, Any]] = [
        (Column("Region", "name"), lambda row: row["region"]),
        (Column("Layer", "answer"), lambda row: answer(row, apart)),
        (Column(quantity(layer_map), "estimate"), lambda row: as_estimate(row["similarity"])),
    ]
    if layer_map.get("ceiling"):
        parts.append((Column("Noise ceiling", "range"), lambda row: known_range(row["ceiling"])))
    if layer_map.get("best_minus_runner_up"):
        parts.append((Column("Lead over runner-up", "gain"), lambda row: as_estimate(row["lead"])))
    if partial:
        parts.append((Column(f"Given {listed(partial['given'])}", "estimate"), lambda row: as_estimate(row["partial"])))
    nulls, counted = list(known_nulls(layer_map)), ""
    if len(nulls) > ABREAST:
        counted = " Above a null: the interval of the difference is above 0, and the difference more than 0.00."
        parts.append((Column("Above nulls", "name"), above_nulls))
        nulls = []
    for name in nulls:
        parts.append((Column(against(layer_map, name), "gain"), lambda row, name=name: as_estimate(row["nulls"][name])))
    for other in results["comparison"]:
        if other != key:
            parts.append(
                (
                    Column(f"By {measure_name(other)}", "name"),
                    lambda row, other=other: row["others"][other] or "cannot tell",
                )
            )
    return Table(
        "regions",
        "region by region",
        f"Layer of each region: {label_of(key, layer_map)}.{counted}",
        [column for column, _ in parts],
        [tuple(read(row) for _, read in parts) for row in rows],
    )


def above_nulls(row: Mapping[str, Any]) -> str:
    """Say how many of the nulls, of those that are known there, the similarity exceeds."""
    known = [null for null in row["nulls"].values() if null["low"] is not None]
    return f"{sum(above(null['low']) and null['value'] >= VISIBLE for null in known)} of {len(known)}"


def answer(row: Mapping[str, Any], apart: set[str]) -> Answer:
    """Say which layer goes with a region, or between which one cannot tell."""
    layer, runner_up = row["layer"], row["runner_up"]
    if not layer:
        return Answer("cannot tell", f"{row['about']}{f' or {runner_up}' if runner_up else ''}?", certain=False)
    if row["alike"]:
        return Answer(layer, f"same activity: {listed(row['alike'])}")
    if layer in apart:
        return Answer(layer, "no layer of the network")
    return Answer(layer, f"before {runner_up}" if runner_up else "")
