"""The brain and the network by themselves."""

from collections.abc import Mapping
from typing import Any

from compare.report.numbers import fixed, listed
from compare.report.table import Column, Estimate, Row, Table

__all__ = ["brain_table", "layers_table", "projections_table", "readout_table"]


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
