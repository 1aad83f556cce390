"""LaTeX tables as a strict reader reads them, which knows the commands, the modes and the columns that TeX would."""

import string

import numpy as np
import pytest
from latex_reader import LatexError, read_table
from report_example import example_results

from compare.report.catalogue import tabulate
from compare.report.table import Answer, Column, Estimate, Range, Table
from compare.report.table_files import as_latex

TABLES = {table.name: table for table in tabulate(example_results())}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_of_a_study_is_sound(name):
    """Each has all rows, heads and foot; the first column reads as the names that went in."""
    table = TABLES[name]
    rows = read_table(as_latex(table))
    assert len(rows) == len(table.rows) + len(table.foot) + (not table.plain)
    if not table.plain:
        assert rows[0][0] == table.columns[0].title
    first = [row[0] for row in (*table.rows, *table.foot)]
    assert [row[0] for row in rows[not table.plain :]] == first


def test_whatever_is_typed_is_text():
    """All of ASCII, in any order, in names, remarks and captions, and accents, Greek and signs come through."""
    rng = np.random.default_rng(0)
    letters = [
        *string.printable,
        *"äßéñçøŁ",
        *"αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ",
        *"±≤≥≠≈→←∞µ°×·−–—…“”‘’²½\u00a0\u2009",
    ]
    for _ in range(60):
        one, two, three = ("".join(rng.choice(letters, size=12)) for _ in range(3))
        table = Table(
            "t",
            one,
            f"x{two}",
            [Column(three, "name"), Column(one, "text"), Column("x", "answer")],
            [(one, two, Answer(three))],
        )
        assert len(read_table(as_latex(table))) == 2


@pytest.mark.parametrize(
    "name", ["", "[1]", "*", "\\\\", "$$", "&", "%", "{", "}", '"a', "\\end{table}", "a\n\nb", "''", "~^"]
)
def test_names_that_would_break_a_row_do_not(name):
    """A name that looks like an option, a comment or a row's end is read as text, and one row stays one row."""
    columns = [Column(name, "name"), Column("b", "estimate"), Column("c", "range")]
    rows = read_table(
        as_latex(Table("t", "t", "t", columns, [(name, Estimate(-0.5, -1, None), Range(-1, 1)), (name, None, None)]))
    )
    assert [len(row) for row in rows] == [3, 3, 3]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (r" \\", ""),
        ("&", "& &"),
        (r"\_", "_"),
        (r"\%", "%"),
        (r"\toprule", r"\hline"),
        (r"\end{tabular}", ""),
        ("{tabular}{lr}", "{tabular}{lrr}"),
        ("{tabular}{lr}", "{tabular}{lx}"),
        (r"\caption{50", r"\caption{50}"),
        ("0.51", "$0.51"),
        ("0.51", "≥ 0.51"),
        ("0.51", r"\unknown{}"),
        ("conv", "[conv"),
        ("tab:t", "tab t"),
    ],
)
def test_the_reader_is_strict(good, bad):
    """What TeX would stumble over is refused, so that the tests above can fail."""
    columns = [Column("Layer", "name"), Column("RSA")]
    text = as_latex(Table("t", "t", "50 %", columns, [("conv_1", 0.512)]))
    assert read_table(text) == [["Layer", "RSA"], ["conv_1", "0.51"]]
    assert good in text
    with pytest.raises((LatexError, ValueError)):
        read_table(text.replace(good, bad, 1))
