"""What similarities were held against: what each null keeps and destroys, and whether it is still active."""

from collections.abc import Mapping
from typing import Any

from compare.report.table import Column, Table

__all__ = ["nulls_tables"]


def nulls_tables(results: Mapping[str, Any]) -> list[Table]:
    """Give one row a null, and the rates of those that stand in for the brain."""
    nulls = results.get("nulls") or {}
    fired = {name: null["rates_hz"] for name, null in nulls.items() if null.get("rates_hz")}
    regions = [region["name"] for region in results["brain"]["regions"]] if fired else []
    own = results.get("rates_hz") or {}
    columns = [Column("Null", "name"), Column("Stands in for", "name"), Column("Keeps", "text")]
    return [
        Table(
            "nulls",
            "nulls",
            "What the similarities are held against. A difference from a null is due to what the null destroys.",
            [*columns, Column("Destroys", "text")],
            [(name, *(null.get(key) for key in ("side", "keeps", "destroys"))) for name, null in nulls.items()],
        ),
        Table(
            "null_rates",
            "rates of the nulls",
            "Mean rates in Hz of the units compared, in the brain and in what stands in for it. A null that falls "
            "silent differs by its silence too.",
            [Column("Region", "name"), *(Column(name, "number") for name in ["this brain", *fired])],
            [(region, own.get(region), *(null.get(region) for null in fired.values())) for region in regions],
        ),
    ]
