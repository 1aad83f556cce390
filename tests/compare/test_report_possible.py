"""Whether the claim was possible: in words, as a table and a figure, and left out where it was not asked."""

import copy

import numpy as np
import pytest
from report_example import example_results, recovery

import compare
from compare.report import figures
from compare.report.catalogue import tabulate
from compare.report.gallery import plates
from compare.report.maps import strongest, told_layers
from compare.report.page import render
from compare.report.possible import possible
from compare.report.wording import verdict
from compare.settings import MeasureName, StudySettings
from compare.study.recovery import narrowed, noisiest


def shares(*right):
    """Give a recovery in which layers are named right in these shares, and never wrong."""
    part = {"value": [[list(right)]], "low": [[list(right)]], "high": [[list(right)]]}
    wrong = {"value": [[[0.0] * len(right)]]}
    return {
        "region": "V4",
        "layers": ["a", "b"][: len(right)],
        "stimuli": [60],
        "trials": [4],
        "repetitions": 4,
        "accuracy": part,
        "wrong": wrong,
    }


def test_the_words_say_for_which_layers_a_claim_was_possible():
    """All, some or none of the planted layers would have been named."""
    assert "Yes, in at least 90 % of the repetitions" in possible(shares(1.0, 0.9))
    assert "Yes, in all 4 repetitions, whichever" in possible(shares(1.0, 1.0))
    assert "or more for a, but not for b (50 %)" in possible(shares(1.0, 0.5))
    assert "Seldom: a (25 %) and b (50 %)" in possible(shares(0.25, 0.5))
    assert "A wrong layer is named in no repetition." in possible(shares(1.0, 0.9))
    assert possible(None) == ""


def test_the_example_names_one_wrong_layer_in_a_quarter():
    """What the counts hold is what is said: conv2d_1 always, max_pooling2d_1 in half, a wrong one in a quarter."""
    text = possible(recovery())
    assert "max_pooling2d_1 (50 %)" in text
    assert "at most 25 %" in text


def test_the_table_tells_shares_and_needs():
    """One row a planted layer: shares at each number of stimuli, and the stimuli that a claim would need."""
    table = next(table for table in tabulate(example_results()) if table.name == "recovery")
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["conv2d_1"][0].value == pytest.approx(0.75)
    assert rows["conv2d_1"][1].value == 1.0
    assert rows["conv2d_1"][3:] == (60, 60)
    assert rows["max_pooling2d_1"][3:] == (None, None)
    assert rows["max_pooling2d_1"][2].value == 0.25


def test_the_figure_is_the_confusion_matrix_of_the_library():
    """Counts of the planted layers stand in the cells, and the curve beside them has a point a number of stimuli."""
    figure = figures.draw_recovery(recovery())
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[:4] == ["4", "0", "0", "0"]
    assert any(len(line.get_xdata()) == 2 for line in figure.axes[1].lines)


def test_one_number_of_stimuli_needs_no_curve():
    """Where only one number of stimuli was tried, the confusion matrix stands alone."""
    done = recovery()
    done = done | {"stimuli": [60], "named": done["named"][1:]}
    assert len(figures.draw_recovery(done).axes) == 1


def test_what_was_not_asked_is_not_on_the_page():
    """Without recovery and ceilings there is neither a section nor a figure for them."""
    results = example_results()
    del results["recovery"]
    for layer_map in results["comparison"].values():
        del layer_map["ceiling"]
    names = {plate.name for plate in plates(results, {})}
    assert not {"recovery", "ceilings_rsa"} & names
    text = render(results)
    assert "Was the claim possible?" not in text


def test_the_page_asks_whether_the_claim_was_possible():
    """The section stands on the page with its words, its table and its caveat."""
    text = render(example_results())
    assert "Was the claim possible?" in text
    assert 'id="table-recovery"' in text
    assert "Notes: a note." in text


def test_the_noisiest_region_is_chosen_by_its_units():
    """Of regions that are reliable at all, the one with the least reliable units gives the noise."""
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(40, 1, 30))
    regions = {
        "clear": signal + 0.2 * rng.normal(size=(40, 4, 30)),
        "noisy": signal + 2.0 * rng.normal(size=(40, 4, 30)),
        "silent": np.zeros((40, 4, 30)),
    }
    name, trials = noisiest(regions, 0)
    assert name == "noisy"
    assert trials.shape == (40, 4, 30)
    assert noisiest({"silent": regions["silent"]}, 0)[0] is None


def test_wide_layers_are_narrowed_alike():
    """Layers of one width keep the same units, so that a Flatten stays equal to what it flattens."""
    wide = np.random.default_rng(0).normal(size=(5, 50, 60))
    assert narrowed(wide, 1).shape == (5, 2000)
    assert np.array_equal(narrowed(wide, 1), narrowed(wide.reshape(5, -1), 1))
    assert np.array_equal(narrowed(wide[:, 0], 1), wide[:, 0])


def test_study_files_know_every_measure():
    """A study may use every measure but those that need trials of the network, or read only parts of the stimuli."""
    from typing import get_args

    from compare.measures.named import NAMED

    assert set(get_args(MeasureName)) == set(NAMED) - {"stochastic-shape", "minibatch-cka"}
    for name in get_args(MeasureName):
        assert StudySettings(comparison={"measures": [name]}).comparison.measures == (name,)


def test_of_a_distance_the_smallest_is_closest():
    """A map of distances is read the other way round: closest layer, verdict, and pixels beside it."""
    results = example_results()
    distances = copy.deepcopy(results["comparison"]["rsa"])
    for part in ("similarity", "low", "high"):
        distances[part] = (1.5 - np.array(distances[part])).tolist()
    distances["low"], distances["high"] = distances["high"], distances["low"]
    distances |= {"greater_is_closer": False, "measure": "procrustes", "partial": None, "ceiling": None}
    rsa = results["comparison"]["rsa"]
    assert strongest(distances) == strongest(rsa)
    assert told_layers(distances) == told_layers(rsa)
    results["comparison"] = {"procrustes": distances}
    assert "V1 is matched best by conv2d_1" in verdict(results)[0]
    assert "the pixels themselves are as similar" not in verdict(results)[1]
    figure = figures.draw_similarity(distances, results["network"], "procrustes")
    assert figure.axes[0].get_title() == "Distance"


def test_a_map_of_distances_of_the_library_is_drawn():
    """What map_layers gives of a distance goes through the report's own reading."""
    x = np.random.default_rng(0).normal(size=(2, 40, 8))
    found = compare.map_layers(
        {"a": x[0], "b": x[1]}, {"V1": x[0] + 0.1}, measure="procrustes", bootstrap=100, permutations=100
    ).to_dict()
    assert strongest(found) == {"V1": "a"}
