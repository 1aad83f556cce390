"""The page's parts on shares, single units and moments: what is asked gets an answer that the numbers bear."""

import copy
import json

import pytest
from report_example import example_results

from compare.report.catalogue import tabulate
from compare.report.gallery import plates
from compare.report.page import render
from compare.report.parts.moments import moments_answer
from compare.report.parts.shares import either, shares_answer
from compare.report.parts.units import units_answer
from compare.report.parts.wholes import brain_answer, matrices_answer, network_answer
from compare.report.tables import cell_notes
from compare.report.wording import verdict

PARTS = ("shares", "units", "moments")


@pytest.fixture
def results():
    """Give results of one's own."""
    return copy.deepcopy(example_results())


def test_every_part_has_question_answer_evidence_and_caveat(results):
    """A heading, an answer, a figure or table and a note stand in each section."""
    text = render(results)
    for part in PARTS:
        section = text[text.index(f'<section id="{part}-part">') :].split("</section>")[0]
        assert section.count("<h2>") == 1
        assert "?" in section.split("<table")[0]
        assert "<table" in section
        assert 'class="note"' in section
    assert {"shares", "units", "moments", "latencies"} <= {plate.name for plate in plates(results, {})}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_was_not_computed_is_absent(results, part):
    """Older results, and studies that leave it out, give a page without the section."""
    del results[part]
    text = render(results)
    assert f"{part}-part" not in text
    assert part not in {table.name for table in tabulate(results)}
    assert part not in {plate.name for plate in plates(results, {})}


def test_shares_say_who_is_sure_and_between_which_layers_others_are(results):
    """Regions that are sure are named with their layer, the others with all that share the bootstraps."""
    text = shares_answer(results["shares"])
    assert "agree on one layer for V1 (conv2d_1) and V4 (conv2d_2)" in text
    assert "V2 (conv2d_1, max_pooling2d_1 or conv2d_2)" in text
    assert "gives up 0.012 of RSA in all, and 17.0 % of random orders of the layers give up no more" in text
    results["shares"]["order_p"] = None
    assert "random orders" not in shares_answer(results["shares"])
    results["shares"]["named"]["best"] = dict.fromkeys(results["shares"]["regions"])
    assert shares_answer(results["shares"]).startswith("Bootstraps agree on no region")
    assert (either([]), either(["a"]), either(["a", "b"])) == ("", "a", "a or b")


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        ({}, "Yes: units of later regions are predicted best by later layers (brain hierarchy score 0.55 [0.47, 0.63]"),
        ({"p_value": 0.2}, "One cannot tell"),
        ({"low": -0.1}, "One cannot tell"),
        ({"value": -0.5, "low": -0.6, "high": -0.4, "p_value": 1.0}, "No: units of later regions"),
        (dict.fromkeys(("value", "low", "high", "p_value")), "No order of the layers can be read"),
    ],
)
def test_units_answer_as_interval_and_p_allow(results, changes, begins):
    """Yes needs an interval above 0 and a p below 0.05; what could not be estimated says so."""
    results["units"]["scores"]["brain hierarchy"] |= changes
    assert units_answer(results["units"]).startswith(begins)


def test_regions_without_a_predicted_unit_are_named(results):
    """A region none of whose units is predicted is told, not left out."""
    results["units"]["mean_layer"]["units"][1] = 0
    assert "No unit of V2 is predicted above chance" in units_answer(results["units"])


def test_moments_answer_region_by_region(results):
    """Later, earlier and unknown are told apart; what is not known is a dash in the table."""
    assert moments_answer(results["moments"]) == (
        "Later layers peak later in V1 (1.00 [0.50, 1.00]); one cannot tell whether later layers peak later in V4."
    )
    results["moments"]["regions"]["V1"]["hierarchy"] = {"value": -0.9, "low": -1.0, "high": -0.5, "p_value": 1.0}
    assert "later layers peak earlier in V1" in moments_answer(results["moments"]).lower().replace("v1", "V1")
    table = next(table for table in tabulate(results) if table.name == "moments")
    assert table.rows[3][4].value is None
    assert table.rows[0][4].value == 35


def test_what_a_user_named_is_no_markup_there(results):
    """Names of layers and regions are escaped in the answers too."""
    hostile = "<b>x</b>"
    text = (
        json.dumps({part: results[part] for part in PARTS}).replace("conv2d_1", hostile).replace('"V2"', f'"{hostile}"')
    )
    results |= json.loads(text)
    assert hostile not in render(results)


def test_many_nulls_are_counted_instead_of_listed(results):
    """Up to three nulls have columns; of more, the table says how many of the known ones the similarity exceeds."""
    rsa = results["comparison"]["rsa"]
    for name in ("rewired brain", "third"):
        rsa["nulls"][name] = copy.deepcopy(rsa["nulls"]["shuffled brain"])
    regions = next(table for table in tabulate(results) if table.name == "regions")
    at = [column.title for column in regions.columns].index("Above nulls")
    assert not any(column.title.startswith("Minus") for column in regions.columns)
    assert {row[at] for row in regions.rows} <= {f"{count} of 4" for count in range(5)}
    rsa["nulls"]["third"]["low"] = [[None] * 6 for _ in rsa["layers"]]
    regions = next(table for table in tabulate(results) if table.name == "regions")
    assert all(row[at].endswith("of 3") for row in regions.rows)


def test_rates_of_nulls_stand_beside_the_brains(results):
    """A null that stands in for the brain shows whether it still fires; one of the network has no rates."""
    table = next(table for table in tabulate(results) if table.name == "null_rates")
    assert [column.title for column in table.columns] == ["Region", "this brain", "shuffled brain"]
    assert all(row[2] == row[1] / 2 for row in table.rows)
    assert "shuffled brain: some stays as it is" in render(results)


def test_every_other_part_answers_what_it_asks(results):
    """The parts on similarity, brain and network say in a sentence what their figures show."""
    assert matrices_answer(results).startswith("By RSA, largest for retina with ")
    assert "pairs are more alike than chance" in matrices_answer(results)
    assert "Rows that are no layers do not compete: pixels and retina" in matrices_answer(results)
    assert brain_answer(results).startswith("Onset latencies rise from the first region to the last (6 to 62 ms)")
    assert "10 % of a region's units never fire (IT)" in brain_answer(results)
    assert "names 95.3 % of the held-out images right, before training 9.8 %" in network_answer(results)
    assert "read out best from V2 (86 %)" in network_answer(results)
    results["latency"]["IT"]["median_ms"] = 1.0
    assert "Onset latencies do not rise throughout" in brain_answer(results)


def test_what_is_not_known_is_not_answered(results):
    """Without latencies, rates, readout and accuracy there is no sentence about them."""
    results["brain"]["regions"] = [{"name": region["name"]} for region in results["brain"]["regions"]]
    del results["latency"], results["readout"], results["network"]["held_out_accuracy"]
    assert brain_answer(results) == ""
    assert network_answer(results) == ""


def test_remarks_that_count_silent_units_are_folded(results):
    """What a reader must know stands open; long lists of units that never vary are behind a line that counts them."""
    results["notes"] = ["rsa: V1 (regions): 5 of 9 units never vary; left out", "something else"]
    text = render(results)
    assert "What was left out of comparisons, and why (1 remarks)" in text
    assert text.index("something else") < text.index("What was left out") < text.index("5 of 9 units never vary")


def test_of_distances_the_words_are_about_closeness(results):
    """A distance is called one, a null is beaten by being closer, and a perfect copy reaches the lower end."""
    for layer_map in results["comparison"].values():
        layer_map["greater_is_closer"] = False
    tables = {table.name: table for table in tabulate(results)}
    for name in ("regions", "cells_rsa"):
        titles = [column.title for column in tables[name].columns]
        assert "Distance" in titles
        assert "Similarity" not in titles
        assert "Closer than shuffled brain" in titles
    captions = {plate.name: plate.caption for plate in plates(results, {})}
    assert "would reach the lower end" in captions["ceilings_rsa"]
    assert "positive is closer than the null" in captions["nulls_rsa"]
    second = verdict(results)[1]
    assert "closer than" in second
    assert "exceed" not in second
    assert "fall below" not in second
    notes = cell_notes("rsa", results["comparison"]["rsa"])
    assert "closer than shuffled brain" in notes["cell-rsa-null1-3-3"]
