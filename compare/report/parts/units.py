"""Single units: what they say of the hierarchy, in words and as tables."""

from collections.abc import Mapping
from typing import Any

from compare.report.numbers import fixed, listed, p_value
from compare.report.table import Column, Estimate, Row, Table

__all__ = ["units_answer", "units_tables"]

SCORES = {
    "assigned layer slope": "layers gained a region (Güçlü and van Gerven 2015)",
    "encoding": "rank correlation of a region's place and its units' best layer",
    "decoding": "rank correlation of a layer's number and its units' best region",
    "brain hierarchy": "mean of encoding and decoding (Nonaka et al. 2021)",
}


def units_answer(units: Mapping[str, Any] | None) -> str:
    """Say whether units of later regions go with later layers."""
    if not units:
        return ""
    score = units["scores"]["brain hierarchy"]
    if score["value"] is None:
        return "No order of the layers can be read off single units: too few are predicted, or all by one layer."
    number = (
        f"brain hierarchy score {fixed(score['value'])} [{fixed(score['low'])}, {fixed(score['high'])}], "
        f"p {p_value(score['p_value'])}"
    )
    if score["low"] > 0 and score["p_value"] < 0.05:
        found = f"Yes: units of later regions are predicted best by later layers ({number})"
    elif score["high"] < 0:
        found = f"No: units of later regions are predicted best by earlier layers ({number})"
    else:
        found = f"One cannot tell from single units ({number})"
    none = [name for name, count in zip(units["regions"], units["mean_layer"]["units"], strict=True) if not count]
    return f"{found}.{f' No unit of {listed(none)} is predicted above chance.' if none else ''}"


def units_tables(units: Mapping[str, Any] | None) -> list[Table]:
    """Give the scores, and one row a region: its units by layer."""
    done = units or {"scores": {}, "regions": [], "layers": [], "mean_layer": {}, "of_each": 0, "folds": 0}
    means = done["mean_layer"]
    rows: list[Row] = [
        (
            region,
            Estimate(*(means[part][j] for part in ("value", "low", "high"))),
            means["units"][j],
            *(row[j] for row in done["encoding"]),
        )
        for j, region in enumerate(done["regions"])
    ]
    scores: list[Row] = [
        (name, Estimate(one["value"], one["low"], one["high"]), one["p_value"], SCORES[name])
        for name, one in done["scores"].items()
    ]
    return [
        Table(
            "unit_scores",
            "hierarchy scores over units",
            "Hierarchy scores over single units, with 95 % intervals over units. p: orders of the regions.",
            [Column("Score", "name"), Column("Value", "estimate"), Column("p", "p"), Column("What it is", "text")],
            scores,
        ),
        Table(
            "units",
            "units by layer",
            f"For up to {done['of_each']} units of each region, the layer that predicts them best (ridge, "
            f"{done['folds']}-fold cross-validated); units that no layer predicts above chance are left out.",
            [
                Column("Region", "name"),
                Column("Mean layer", "estimate"),
                Column("Units", "count"),
                *(Column(f"{i + 1} {name}", "count") for i, name in enumerate(done["layers"])),
            ],
            rows,
        ),
    ]
