"""Which tables a study gets: what the page shows, and what lies beside it as CSV and LaTeX."""

from collections.abc import Mapping
from typing import Any

from compare.report.figures.common import baselines
from compare.report.maps import cell, first_measure, given, known_nulls
from compare.report.numbers import fixed, listed, measure_name
from compare.report.table import Answer, Column, Estimate, Range, Row, Table
from compare.report.tables import flat_settings, record, region_rows

__all__ = ["tabulate"]


def tabulate(results: Mapping[str, Any]) -> list[Table]:
    """Give the tables that can be made of these results, in the order of the page.

    Parameters
    ----------
    results : mapping
        The results of a study.

    Returns
    -------
    list of Table
    """
    tables = [regions_table(results)]
    for key, layer_map in results["comparison"].items():
        tables += comparison_tables(key, layer_map)
    tables.append(recovery_table(results.get("recovery")))
    tables += [brain_table(results), projections_table(results["brain"]), layers_table(results["network"])]
    tables += [readout_table(results.get("readout")), *plain_tables(results)]
    return [table for table in tables if table.rows]


def regions_table(results: Mapping[str, Any]) -> Table:
    """Give one row a region: its layer, and what speaks for it."""
    key = first_measure(results["comparison"])
    layer_map = results["comparison"][key]
    rows, apart = region_rows(results, key), baselines(layer_map["layers"], results["network"])
    partial = given(layer_map)
    parts: list[tuple[Column, Any]] = [
        (Column("Region", "name"), lambda row: row["region"]),
        (Column("Layer", "answer"), lambda row: answer(row, apart)),
        (Column("Similarity", "estimate"), lambda row: as_estimate(row["similarity"])),
    ]
    if layer_map.get("ceiling"):
        parts.append((Column("Noise ceiling", "range"), lambda row: known_range(row["ceiling"])))
    if layer_map.get("best_minus_runner_up"):
        parts.append((Column("Lead over runner-up", "gain"), lambda row: as_estimate(row["lead"])))
    if partial:
        parts.append((Column(f"Given {listed(partial['given'])}", "estimate"), lambda row: as_estimate(row["partial"])))
    for name in known_nulls(layer_map):
        parts.append((Column(f"Minus {name}", "gain"), lambda row, name=name: as_estimate(row["nulls"][name])))
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
        f"Layer of each region: {label_of(key, layer_map)}.",
        [column for column, _ in parts],
        [tuple(read(row) for _, read in parts) for row in rows],
    )


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
    return Table(
        f"assignments_{key}",
        f"assignments by {measure_name(key)}",
        f"Assignments by {measure_name(key)}: each region its best layer; no layer twice; layers in the order of the "
        "regions. Beneath, the share of bootstraps that choose the same"
        f"{'; on the held-out half, the similarity of the layer that the other half chose' if halves else ''}.",
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
    columns = [Column("Layer", "name"), Column("Region", "name"), Column("Similarity", "estimate", 3)]
    tests = [(name, part) for name, part in TESTS if layer_map.get(part)]
    columns += [Column(name, "p") for name, _ in tests]
    columns += [Column("Best in bootstraps", "percent")] if layer_map.get("wins") else []
    columns += [Column(f"Given {listed(partial['given'])}", "estimate", 3)] if partial else []
    columns += [Column(f"Minus {name}", "gain", 3) for name in nulls]
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


TESTS = (("p", "p_value"), ("p uncorrected", "p_uncorrected"), ("q", "q_value"))


def recovery_table(recovery: Mapping[str, Any] | None) -> Table:
    """Give, for each planted layer, how often it was named, and what that would need."""
    done = recovery or {"stimuli": [], "layers": []}
    columns = [Column("Planted layer", "name"), *(Column(f"{count} stimuli", "estimate") for count in done["stimuli"])]
    columns += [Column("a wrong layer", "estimate")] if recovery else []
    columns += [Column(f"stimuli for {100 * level:g} %", "count") for level in done.get("levels") or []]
    rows: list[Row] = []
    for j, layer in enumerate(done["layers"]):
        shares = [ends(done["accuracy"], i, j) for i in range(len(done["stimuli"]))]
        needed = [level[-1][j] for level in done["needed"]]
        rows.append((layer, *shares, ends(done["wrong"], -1, j), *needed))
    return Table(
        "recovery",
        "planted layers",
        "Share of the planted regions whose layer is named, with Wilson's 95 % interval; the share for which a wrong "
        "one is named, with all stimuli; and the fewest of these numbers of stimuli from which on the layer is named "
        "that often (a dash: more than these).",
        columns,
        rows,
    )


def ends(shares: Mapping[str, Any], stimuli: int, planted: int) -> Estimate:
    """Give a share of repetitions with its interval, at the largest number of trials."""
    return Estimate(*(shares[part][stimuli][-1][planted] for part in ("value", "low", "high")))


def brain_table(results: Mapping[str, Any]) -> Table:
    """Give what is known of each region by itself."""
    latency = results.get("latency") or {}
    columns = [
        Column("Region", "name"),
        Column("Function", "name"),
        Column("Neurons", "count"),
        Column("excitatory", "count"),
        Column("inhibitory", "count"),
        Column("Receptive field (px)", "number", 1),
        Column("Mean rate (Hz)", "number", 1),
        Column("Lowest population (Hz)", "number", 1),
        Column("Silent", "percent"),
    ]
    keys = ["name", "function", "neurons", "excitatory", "inhibitory", "receptive_field_px", "mean_rate_hz"]
    keys += ["min_rate_hz_population", "silent_share"]
    columns += [Column("Onset (ms)", "estimate", 1), Column("Responding", "percent")] if latency else []
    order = results["brain"].get("order") or {}
    levels = order.get("levels") or {}
    columns += [Column("Trophic level", "number", 2)] if levels else []
    rows: list[Row] = []
    for region in results["brain"]["regions"]:
        onset = latency.get(region["name"]) or {}
        more = (
            (Estimate(onset.get("median_ms"), onset.get("low_ms"), onset.get("high_ms")), onset.get("responding_share"))
            if latency
            else ()
        )
        level = (levels.get(region["name"]),) if levels else ()
        rows.append((*(region.get(key) for key in keys), *more, *level))
    how = results["brain"]["regions"][0].get("receptive_field_method") if results["brain"]["regions"] else None
    return Table(
        "brain",
        "regions",
        "The regions. Rates are means over all units, stimuli and trials; silent are the units that never fired."
        f"{f' Receptive field: {how}.' if how else ''}{told_order(order)}",
        columns,
        rows,
    )


def told_order(order: Mapping[str, Any]) -> str:
    """Say what the levels are, and how far the wiring has a direction."""
    if not order.get("levels"):
        return ""
    text = " Trophic level: the regions' order as the wiring has it, feedback apart"
    if order.get("incoherence") is not None:
        text += f" (trophic incoherence {fixed(order['incoherence'])}: 0 layered, 1 without direction)"
    tied = "; ".join(listed(regions) for regions in order.get("ties") or [])
    return f"{text}; on one level: {tied}." if tied else f"{text}."


def projections_table(brain: Mapping[str, Any]) -> Table:
    """Give the projections."""
    keys = ("source", "target", "kind", "receptor", "synapses", "delay_ms")
    heads = [Column(name, "name") for name in ("From", "To", "Kind", "Receptor")]
    return Table(
        "projections",
        "projections",
        "Projections of the brain.",
        [*heads, Column("Synapses", "count"), Column("Delay (ms)", "number", 1)],
        [tuple(projection.get(key) for key in keys) for projection in brain.get("projections") or []],
    )


def layers_table(network: Mapping[str, Any]) -> Table:
    """Give the layers."""
    caption = "The layers."
    if network.get("held_out_accuracy") is not None:
        caption += f" Accuracy on held-out stimuli {fixed(100 * network['held_out_accuracy'], 1)} %"
        if network.get("untrained_accuracy") is not None:
            caption += f", before training {fixed(100 * network['untrained_accuracy'], 1)} %"
        caption += "."
    columns = [Column("Layer", "name"), Column("Kind", "name"), Column("Shape", "shape"), Column("Parameters", "count")]
    rows = [tuple(layer.get(key) for key in ("name", "kind", "shape", "parameters")) for layer in network["layers"]]
    return Table("layers", "layers", caption, columns, rows)


def readout_table(readout: Mapping[str, Any] | None) -> Table:
    """Give the accuracies of the readout."""
    done = readout or {}
    caption = "Accuracy of a linear readout"
    caption += f", {done['folds']}-fold cross-validated" if done.get("folds") else ""
    caption += f"; chance {fixed(100 * done['chance'], 1)} %" if done.get("chance") is not None else ""
    return Table(
        "readout",
        "readout",
        f"{caption}.",
        [Column("From", "name"), Column("Side", "name"), Column("Accuracy", "estimate")],
        [
            (row["name"], row["side"], Estimate(row["accuracy"], row.get("low"), row.get("high")))
            for row in done.get("rows") or []
        ],
    )


def plain_tables(results: Mapping[str, Any]) -> list[Table]:
    """Give what it takes to get the results again."""
    mark = results["study"].get("settings_hash")
    lists = {"settings": flat_settings(results["study"].get("settings") or {}), **record(results)}
    columns = [Column("Name", "name"), Column("Value", "name")]
    tables = []
    for name, rows in lists.items():
        title = name.capitalize()
        caption = f"Settings (hash {mark})" if name == "settings" and mark else title
        tables.append(Table(name, name, caption, columns, [(key, str(value)) for key, value in rows], plain=True))
    return tables


def estimate_at(
    layer_map: Mapping[str, Any],
    layer: str,
    region: str,
    source: Mapping[str, Any] | None = None,
    part: str = "similarity",
) -> Estimate:
    """Give a cell with its interval."""
    value, low, high = (cell(layer_map, name, layer, region, source) for name in (part, "low", "high"))
    return Estimate(value, low, high)


def as_estimate(given_: Mapping[str, Any] | None) -> Estimate | None:
    """Give an estimate that is a mapping as what a table holds."""
    return None if given_ is None else Estimate(given_["value"], given_["low"], given_["high"])


def known_range(ends: Any) -> Range | None:
    """Give the ends of a ceiling, or nothing where there is none."""
    return None if not ends or None in list(ends) else Range(*ends)


def label_of(key: str, layer_map: Mapping[str, Any]) -> str:
    """Give the measure in words, as the comparison itself says it."""
    return str(layer_map.get("label") or measure_name(key, axis=True))


def percent(layer_map: Mapping[str, Any]) -> str:
    """Give the nominal coverage of the intervals."""
    return f"{100 * (layer_map.get('confidence') or 0.95):g} %"


def resampling(layer_map: Mapping[str, Any]) -> str:
    """Say what the intervals come from, and what they generalise to."""
    if not layer_map.get("bootstrap"):
        return ""
    over = layer_map.get("generalises_to") or "stimuli"
    return f" from {layer_map['bootstrap']} bootstraps; they generalise to other {over} of the same kind"
