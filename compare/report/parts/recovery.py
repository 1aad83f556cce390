"""Was the claim possible: what is named for planted layers."""

from collections.abc import Mapping
from typing import Any

from compare.report.table import Column, Estimate, Row, Table

__all__ = ["recovery_table"]


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
