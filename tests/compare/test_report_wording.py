"""The verdict says what the numbers allow, and no more."""

import copy

import numpy as np
import pytest
from report_example import REGIONS, example_results

import compare.report
from compare.report import verdict


def changed(**parts):
    """Give the example's results with parts of both comparisons replaced."""
    results = example_results()
    for layer_map in results["comparison"].values():
        layer_map.update(copy.deepcopy(parts))
    return results


def test_two_sentences_end_with_a_stop_and_speak_of_this_simulated_brain():
    """The verdict is two sentences about the brain that was simulated."""
    for results in (example_results(), changed(assignment={"best": dict.fromkeys(REGIONS)})):
        sentences = verdict(results)
        assert len(sentences) == 2
        assert all(sentence.endswith(".") and sentence[0].isupper() for sentence in sentences)
        assert "simulated brain" in sentences[0]


def test_every_match_carries_its_interval():
    """A layer is never named as a region's without similarity and interval."""
    results = example_results()
    rsa = results["comparison"]["rsa"]
    row, column = rsa["layers"].index("conv2d_1"), rsa["regions"].index("V1")
    numbers = [rsa[part][row][column] for part in ("similarity", "low", "high")]
    first = verdict(results)[0].replace("\N{NO-BREAK SPACE}", " ")
    assert "V1 is matched best by conv2d_1 ({:.2f} [{:.2f}, {:.2f}])".format(*numbers) in first
    assert "for retina, LGN and V2 we cannot tell" in first


def test_cannot_tell_is_an_answer():
    """Without any assignment the first sentence begins by saying so, and names no match."""
    first, second = verdict(changed(assignment={"best": dict.fromkeys(REGIONS)}))
    assert first.startswith("We cannot tell")
    assert "matched best" not in first
    assert "these matches" not in second


def test_a_layer_no_more_similar_than_nothing_is_not_told():
    """A lead between similarities around 0 is no match."""
    results = example_results()
    rsa = results["comparison"]["rsa"]
    rsa["low"] = np.full((len(rsa["layers"]), len(REGIONS)), -0.1).tolist()
    assert verdict(results)[0].startswith("We cannot tell")


@pytest.mark.parametrize(
    ("low", "high", "p", "words"),
    [
        (0.4, 0.9, 0.004, "later regions go with deeper layers (Kendall"),
        (0.4, 0.9, 0.3, "as so few regions might by chance"),
        (-0.1, 0.9, 0.2, "nor can we tell whether later regions go with deeper layers"),
        (-0.9, -0.2, 1.0, "later regions go with shallower layers"),
    ],
)
def test_hierarchy_is_claimed_only_as_far_as_interval_and_p_allow(low, high, p, words):
    """The order of regions and layers is told with its interval, and doubted where chance would do."""
    score = {"kendall": {"value": (low + high) / 2, "low": low, "high": high, "p_value": p}}
    assert words in verdict(changed(hierarchy=score))[0]


def test_no_hierarchy_no_clause():
    """Where no order could be estimated, none is spoken of."""
    missing = {"kendall": {"value": None, "low": None, "high": None, "p_value": None}}
    assert "deeper" not in verdict(changed(hierarchy=missing))[0]


def test_what_the_images_explain_is_said():
    """Where nothing is left given the controls, the images themselves can explain the match."""
    results = example_results()
    partial = results["comparison"]["rsa"]["partial"]
    partial["low"] = np.full_like(np.array(partial["low"]), -0.05).tolist()
    assert "nothing of these matches is distinguishable from 0" in verdict(results)[1]
    partial["low"][2][REGIONS.index("V1")] = 0.1
    second = verdict(results)[1]
    assert "stay above 0 in V1 but not in V4 and IT, where the images themselves can explain them" in second


def test_nulls_are_told_apart_by_their_intervals():
    """Each null is named with the regions in which the match exceeds it, and those in which it does not."""
    results = example_results()
    assert (
        "they exceed those with the untrained network and the shuffled brain in V4 and IT but not in V1"
        in (verdict(results)[1])
    )
    null = results["comparison"]["rsa"]["nulls"]["untrained network"]
    null["low"] = np.full_like(np.array(null["low"]), -0.01).tolist()
    second = verdict(results)[1]
    assert "nowhere do they exceed those with the untrained network" in second
    assert "they exceed those with the shuffled brain in V4 and IT but not in V1" in second


def test_a_null_that_is_more_similar_is_not_hidden():
    """Where the untrained network is more similar than the trained one, the verdict says so."""
    results = example_results()
    null = results["comparison"]["rsa"]["nulls"]["untrained network"]
    null["high"] = np.array(null["high"])
    null["high"][:, REGIONS.index("V4")] = -0.02
    null["low"] = np.array(null["low"])
    null["low"][:, REGIONS.index("V4")] = -0.1
    assert (
        "they exceed those with the untrained network in IT, fall below them in V4 and are not told from them in V1"
        in (verdict(results)[1])
    )
    null["low"][:] = -0.1
    null["high"][:] = -0.02
    assert "they fall below those with the untrained network in V1, V4 and IT" in verdict(results)[1]


def test_a_difference_that_the_page_shows_as_nothing_is_not_told():
    """An interval that leaves out 0 by a hair is no claim: the difference rounds to 0.00."""
    results = example_results()
    null = results["comparison"]["rsa"]["nulls"]["untrained network"]
    null |= {part: np.full((len(null["low"]), len(REGIONS)), -0.002).tolist() for part in ("low", "high", "difference")}

    assert "nowhere do they exceed those with the untrained network" in verdict(results)[1]


def test_pixels_as_similar_as_the_layer_are_mentioned():
    """A region to which the pixels are as similar as its layer is named."""
    results = example_results()
    assert "pixels themselves" not in verdict(results)[1]
    results["comparison"]["rsa"]["similarity"][0][REGIONS.index("V4")] = 0.99
    assert "in V4 the pixels themselves are as similar" in verdict(results)[1]


def test_without_controls_and_nulls_the_question_stays_open():
    """Nothing compared with, nothing claimed."""
    results = changed(partial={"given": [], "similarity": [], "low": [], "high": []}, nulls={})
    assert "stays open, for neither controls nor nulls were compared" in verdict(results)[1]


def test_other_measures_agree_disagree_or_cannot_tell():
    """The second measure is reported region by region; layers of one activity agree."""
    results = example_results()
    best = results["comparison"]["cka"]["assignment"]["best"]
    best |= {"V1": "dense_2", "V4": "flatten", "IT": None}
    low = results["comparison"]["cka"]["low"]
    low[-1][REGIONS.index("V1")] = 0.1
    assert verdict(results)[1].endswith(
        "debiased CKA agrees for V4, chooses another layer for V1 and cannot tell for IT."
    )


def test_one_region_and_one_measure_are_enough():
    """The smallest comparison gets a verdict too."""
    results = example_results()
    rsa = results["comparison"]["rsa"]
    rsa["regions"] = ["V1"]
    for key in ("similarity", "low", "high", "wins"):
        rsa[key] = [row[2:3] for row in rsa[key]]
    for part in (rsa["partial"], *rsa["nulls"].values()):
        part |= {key: [row[2:3] for row in part[key]] for key in part if key != "given"}
    results["comparison"] = {"rsa": rsa}
    first, second = verdict(results)
    assert "V1 is matched best by conv2d_1" in first
    assert "stay above 0 in V1" in second
    assert "cannot tell" not in first


def test_a_match_that_is_no_layer_is_called_so():
    """If the pixels were allowed to compete and won, they are not passed off as a layer."""
    results = example_results()
    results["comparison"]["rsa"]["assignment"]["best"]["retina"] = "pixels"
    assert "by pixels, no layer of the network," in verdict(results)[0]


def test_a_name_that_the_report_lacks_is_named():
    """Only what is public is there to be loaded."""
    with pytest.raises(AttributeError, match=r"'compare\.report' has no attribute 'verdicts'"):
        _ = compare.report.verdicts


def test_where_a_null_is_not_known_nothing_is_claimed():
    """A region that a null lacks is neither exceeded nor not exceeded; without any, the comparison is not known."""
    results = example_results()
    null = results["comparison"]["rsa"]["nulls"]["untrained network"]
    for part in ("difference", "low", "high"):
        for row in null[part]:
            row[REGIONS.index("V1")] = None
    second = verdict(results)[1]
    assert "exceed those with the untrained network in V4 and IT (not known in V1)" in second
    assert "those with the shuffled brain in V4 and IT but not in V1" in second
    for part in ("difference", "low", "high"):
        for row in null[part]:
            row[REGIONS.index("V4")] = row[REGIONS.index("IT")] = None
    assert "how those with the untrained network compare is not known" in verdict(results)[1]
