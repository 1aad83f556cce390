"""A table, told once: the page shows it, and it lies beside the page as CSV and LaTeX."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Answer", "Column", "Estimate", "Kind", "Range", "Row", "Table"]

Kind = Literal["name", "text", "number", "count", "percent", "p", "estimate", "gain", "range", "answer", "shape"]

LONG = 5  # rows beyond which sorting is of use


@dataclass(frozen=True)
class Estimate:
    """A number and the ends of its interval; None is what is not known."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Range:
    """From here to there, both known; among estimates, what bounds them."""

    least: float
    most: float


@dataclass(frozen=True)
class Answer:
    """A layer's name, or that one cannot tell, with a remark."""

    text: str
    note: str = ""
    certain: bool = True


@dataclass(frozen=True)
class Column:
    """What stands in a column.

    Parameters
    ----------
    title : str
        Its head.
    kind : str
        ``"name"``, ``"text"`` (words that may take several lines), ``"number"``, ``"count"``, ``"percent"`` (of a
        share), ``"p"``, ``"estimate"`` (an `Estimate`), ``"gain"`` (an `Estimate` with its sign), ``"range"`` (a
        `Range`), ``"answer"`` (an `Answer`), ``"shape"`` (sizes).
    places : int
        Decimals, on the page and in LaTeX; CSV has all of them.
    """

    title: str
    kind: Kind = "number"
    places: int = 2


Row = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """A table; its first column names the rows.

    Parameters
    ----------
    name : str
        Of its files and its anchor.
    title : str
        What it is, in a few words.
    caption : str
        Intelligible without the text around it.
    columns : sequence of Column
        What stands in them.
    rows : sequence of tuple
        A cell a column; None is what is not known.
    foot : sequence of tuple
        Rows that stay at the bottom however the others are sorted.
    plain : bool
        Whether it is a list of names and texts, without heads.
    """

    name: str
    title: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    foot: Sequence[Row] = ()
    plain: bool = False

    @property
    def sortable(self) -> bool:
        """Whether it is long enough to be sorted."""
        return not self.plain and len(self.rows) > LONG

    @property
    def stacked(self) -> bool:
        """Whether intervals stand beneath their values: where they are many."""
        return sum(column.kind in ("estimate", "gain") for column in self.columns) > 2
