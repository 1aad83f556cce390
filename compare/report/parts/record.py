"""What it takes to get the results again."""

from collections.abc import Mapping
from typing import Any

from compare.report.table import Column, Table
from compare.report.tables import flat_settings, record

__all__ = ["plain_tables"]


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
