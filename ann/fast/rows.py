"""Sums over the rows of a table."""

from ann.fast.compiling import compiled

__all__ = ["add_rows"]


@compiled
def add_rows(rows, values, table):  # type: ignore[no-untyped-def]
    """Add each of `values` (place, feature) onto its row of `table`; NumPy's ``add.at`` is many times slower."""
    for place in range(rows.size):
        source, target = values[place], table[rows[place]]
        for k in range(source.size):
            target[k] += source[k]
