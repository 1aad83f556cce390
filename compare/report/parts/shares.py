"""How sure the assignment is: the shares of bootstraps in words and as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from compare.report.numbers import fixed, listed, measure_name
from compare.report.table import Answer, Column, Row, Table

__all__ = ["shares_answer", "shares_table"]


def shares_answer(shares: Mapping[str, Any] | None) -> str:
    """Say which regions are certain of one layer, between which layers the others are, and what the order costs."""
    if not shares:
        return ""
    named, among = shares["named"]["best"], shares["among"]["best"]
    sure = [f"{region} ({layer})" for region, layer in named.items() if layer]
    open_ = [f"{region} ({either(among[region])})" for region, layer in named.items() if not layer]
    level = f"{100 * shares['confidence']:g} % of the bootstraps"
    clauses = [f"Bootstraps agree on one layer for {listed(sure, 20)}" if sure else "Bootstraps agree on no region"]
    if open_:
        clauses.append(f"these layers share {level} for {listed(open_, 20)}")
    kept = shares["order_p"]
    if kept is not None:
        clauses.append(
            f"keeping the layers in the order of the regions gives up {fixed(shares['order_cost'], 3)} of "
            f"{measure_name(shares['measure'])} in all, and {fixed(100 * kept, 1)} % of random orders of the layers "
            "give up no more"
        )
    return "; ".join(clauses) + "."


def either(layers: Sequence[str]) -> str:
    """Join names by "or"."""
    return " or ".join(filter(None, [", ".join(layers[:-1]), *layers[-1:]]))


def shares_table(shares: Mapping[str, Any] | None) -> Table:
    """Give, for each region and kind of assignment, the layer, its share, chance, and between which layers it lies."""
    done = shares or {"kinds": [], "regions": [], "layers": [], "confidence": 0.95}
    level = f"{100 * done['confidence']:g} %"
    rows: list[Row] = []
    for k, kind in enumerate(done["kinds"]):
        for r, region in enumerate(done["regions"]):
            column = [row[r] for row in done["share"][k]]
            top = max(range(len(column)), key=column.__getitem__)
            named = done["named"][kind][region]
            answer = Answer(named) if named else Answer("cannot tell", certain=False)
            few = either(done["among"][kind][region])
            rows.append((region, kind, answer, column[top], done["chance"][k][top][r], done["entropy"][k][r], few))
    columns = [
        Column("Region", "name"),
        Column("Assignment", "name"),
        Column("Layer", "answer"),
        Column("Largest share", "percent"),
        Column("by chance", "percent"),
        Column("Entropy (bits)", "number"),
        Column(f"Layers of {level}", "text"),
    ]
    return Table(
        "shares",
        "assignments by bootstraps",
        "What the bootstraps assign: best layer; no layer twice (one-to-one); layers in the order of the regions "
        f"(ordered). Chance: the share if layers stood at random depths. Last, the fewest layers that have {level} "
        "of the bootstraps.",
        columns,
        rows,
    )
