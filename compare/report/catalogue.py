"""Which tables a study gets: what the page shows, and what lies beside it as CSV and LaTeX."""

from collections.abc import Mapping
from typing import Any

from compare.report.parts.matrices import comparison_tables
from compare.report.parts.moments import moments_table
from compare.report.parts.nulls import nulls_tables
from compare.report.parts.record import plain_tables
from compare.report.parts.recovery import recovery_table
from compare.report.parts.regions import regions_table
from compare.report.parts.shares import shares_table
from compare.report.parts.subjects import brain_table, layers_table, projections_table, readout_table
from compare.report.parts.units import units_tables
from compare.report.table import Table

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
    tables += [*nulls_tables(results), shares_table(results.get("shares"))]
    tables += [*units_tables(results.get("units")), moments_table(results.get("moments"))]
    tables.append(recovery_table(results.get("recovery")))
    tables += [brain_table(results), projections_table(results["brain"]), layers_table(results["network"])]
    tables += [readout_table(results.get("readout")), *plain_tables(results)]
    return [table for table in tables if table.rows]
