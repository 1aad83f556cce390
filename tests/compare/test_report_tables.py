"""Tables: the same numbers on the page, as CSV with every digit, and as LaTeX in which no name is a command."""

import csv
import io
import json
import re

import pytest
from report_example import LAYERS, REGIONS, example_results

from compare.report.catalogue import tabulate
from compare.report.check import check_results
from compare.report.errors import ResultsError
from compare.report.page import render
from compare.report.table import Column, Estimate, Range, Table
from compare.report.table_files import as_csv, as_latex, escaped, write_tables
from compare.study.stages import STAGES


@pytest.fixture(scope="module")
def tables():
    """Give the tables of a whole study by name."""
    return {table.name: table for table in tabulate(example_results())}


def read(table):
    """Read a table's CSV."""
    return list(csv.DictReader(io.StringIO(as_csv(table))))


def test_every_cell_of_a_comparison_is_a_row(tables):
    """CSV holds the results' own digits, ends of intervals and tests beside them."""
    rsa = example_results()["comparison"]["rsa"]
    rows = read(tables["cells_rsa"])
    assert len(rows) == len(rsa["layers"]) * len(REGIONS)
    row = next(row for row in rows if (row["Layer"], row["Region"]) == ("conv2d_2", "V2"))
    assert [float(row[name]) for name in ("Similarity", "Similarity low", "Similarity high", "p")] == [
        rsa[part][4][3] for part in ("similarity", "low", "high", "p_value")
    ]
    assert float(row["Minus shuffled brain high"]) == rsa["nulls"]["shuffled brain"]["high"][4][3]
    assert float(row["Given pixels and position"]) == rsa["partial"]["similarity"][4][3]


def test_what_is_not_known_is_empty(tables):
    """Rows that do not compete have no share of wins: nothing stands there, not 0."""
    assert {row["Best in bootstraps"] for row in read(tables["cells_rsa"]) if row["Layer"] == "pixels"} == {""}


def test_q_values_are_told_where_there_are_any():
    """The q-value is a column of its own beside p, with what it means."""
    results = example_results()
    rsa = results["comparison"]["rsa"]
    rsa["q_value"] = [[0.001 * (i + j) for j in range(len(REGIONS))] for i in range(len(rsa["layers"]))]
    table = next(table for table in tabulate(results) if table.name == "cells_rsa")
    assert "false findings" in table.caption
    assert float(read(table)[-1]["q"]) == rsa["q_value"][-1][-1]


def test_intervals_say_what_they_generalise_to():
    """The caption names what another sample would be drawn of."""
    results = example_results()
    results["comparison"]["rsa"]["generalises_to"] = "stimuli and units"
    captions = {table.name: table.caption for table in tabulate(results)}
    assert "they generalise to other stimuli and units of the same kind" in captions["matrix_rsa"]
    assert "they generalise to other stimuli of the same kind" in captions["matrix_cka"]


def test_a_region_that_is_not_told_says_between_which(tables):
    """Cannot tell comes with the layers between which."""
    row = read(tables["regions"])[0]
    assert row["Layer"] == "cannot tell"
    assert row["Layer remark"] == "conv2d_1 or max_pooling2d_1?"


def test_the_ceiling_stands_beneath_the_matrix(tables):
    """A ceiling's ends stand where the intervals' ends do, after all layers."""
    rows = read(tables["matrix_rsa"])
    assert [row["Layer"] for row in rows] == ["pixels", "retina", *LAYERS, "noise ceiling"]
    assert (rows[-1]["V1"], rows[-1]["V1 low"]) == ("", "0.72")


def test_the_page_shows_every_table_and_links_to_its_files(tmp_path):
    """Whatever is in the folder of tables is on the page, and the study's folder claims it."""
    results = example_results()
    tables = tabulate(results)
    links = write_tables(tables, tmp_path / "tables")
    text = render(results, links=links)
    for table in tables:
        assert f'id="table-{table.name}"' in text
        for link in links[table.name]:
            assert f'href="{link["href"]}"' in text
            assert (tmp_path / link["href"]).is_file()
    assert len(list((tmp_path / "tables").iterdir())) == 2 * len(tables)
    assert "tables/" in STAGES[-1].writes


def test_latex_has_as_many_cells_in_every_row(tables):
    """Columns, ampersands and rules fit, and every brace is closed."""
    for table in tables.values():
        text = as_latex(table)
        body = re.search(r"\\toprule\n(.*)\\bottomrule", text, flags=re.DOTALL)[1].splitlines()
        rows = [line for line in body if line.endswith(r"\\")]
        assert len(rows) == len(table.rows) + len(table.foot) + (not table.plain)
        assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {len(table.columns) - 1}
        bare = re.sub(r"\\[{}]", "", text)
        assert bare.count("{") == bare.count("}")


def test_names_are_no_commands_in_latex():
    """Whatever a layer is called, it is text: no command, no comment, no option of the row before."""
    hostile = "[\\input{/etc/passwd}]%$&#_^~<script>"
    text = as_latex(Table("t", "t", hostile, [Column(hostile, "name"), Column("x")], [(hostile, None)]))
    assert "\\input" not in text.replace("\\textbackslash{}input", "")
    assert "    {}[" in text
    assert re.sub(r"\\[%$&#_]|\$-\$", "", text).count("%") == 1  # the comment that names the package
    assert escaped("a\nb") == "a b"


def test_a_text_is_no_formula_in_a_spreadsheet():
    """A name that begins as a formula does is kept from being run; numbers stay numbers."""
    text = as_csv(Table("t", "t", "t", [Column("n", "name"), Column("x")], [("=1+1", -0.5)]))
    assert text == "n,x\r\n'=1+1,-0.5\r\n"


def test_latex_writes_what_a_paper_would():
    """Signs, intervals, shares, sizes and what is missing are written as on the page."""
    columns = [Column("a", "name"), Column("b", "gain"), Column("c", "range"), Column("d", "percent"), Column("e", "p")]
    columns += [Column("f", "shape"), Column("g", "count"), Column("h", "estimate")]
    rows = [
        ("x", Estimate(0.1, -0.05, 0.2), Range(0.5, 0.75), 0.125, 0.0001, [4, 4, 2], 12345, Estimate(0.5)),
        ("y",) + (None,) * 7,
    ]
    text = as_latex(Table("t", "t", "t", columns, rows))
    assert (
        r"x & +0.10 [$-$0.05, 0.20] & 0.50 to 0.75 & 12.5 \% & \textless{} 0.001 & "
        r"4 $\times$ 4 $\times$ 2 & 12345 & 0.50 \\" in text
    )
    assert "y" + " & --" * 7 in text
    assert as_csv(Table("t", "t", "t", columns, rows)).splitlines()[1:] == [
        "x,0.1,-0.05,0.2,0.5,0.75,0.125,0.0001,4 x 4 x 2,12345,0.5,,",
        "y" + "," * 12,
    ]


@pytest.mark.parametrize("name", ["../../evil", "a/b", "", ".hidden", "a b"])
def test_a_measure_that_is_no_name_for_a_file_is_refused(name):
    """Names of measures become names of files, so a stranger's results cannot lead out of the folder."""
    results = json.loads(json.dumps(example_results()))
    results["comparison"] = {name: results["comparison"]["rsa"]}
    with pytest.raises(ResultsError, match="names files"):
        check_results(results)


def test_the_wirings_order_stands_beside_the_regions(tables):
    """Levels, incoherence and ties are told where the wiring was read, and are absent where it was not."""
    rows = read(tables["brain"])
    assert [float(row["Trophic level"]) for row in rows] == [0, 1, 2, 3, 3, 4.25]
    assert "incoherence 0.12" in tables["brain"].caption
    assert "on one level: V2 and V4" in tables["brain"].caption
    results = example_results()
    del results["brain"]["order"]
    brain = next(table for table in tabulate(results) if table.name == "brain")
    assert "Trophic level" not in [column.title for column in brain.columns]
    assert "Trophic" not in brain.caption
