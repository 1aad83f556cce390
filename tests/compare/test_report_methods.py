"""The methods paragraph says what was done, with numbers, seeds, versions and sources, and nothing that was not."""

from typing import get_args

from report_example import example_results

from compare.report.methods import CITATIONS, methods
from compare.settings import MeasureName


def test_numbers_seeds_and_versions_are_told():
    """Stimuli, trials, bootstraps, what intervals generalise to, seeds and versions stand in it."""
    text = methods(example_results())
    for part in (
        "60 images",
        "4 trials of 150 ms",
        "1000 bootstraps over stimuli",
        "they generalise to other stimuli of the same kind",
        "seeds data 2453432753317015950",
        "numpy 2.3.1",
        "isocortex 0.1.0",
    ):
        assert part in text


def test_measures_and_corrections_are_cited():
    """Each measure comes with where it was defined; p is told as corrected, q only where there is one."""
    results = example_results()
    text = methods(results)
    assert "RSA (correlation distance, Spearman) (Kriegeskorte et al. 2008" in text
    assert "Song et al. 2012" in text
    assert "Nichols and Holmes 2002" in text
    assert "Benjamini" not in text
    results["comparison"]["rsa"] |= {"q_value": results["comparison"]["rsa"]["p_value"], "permutations": 500}
    text = methods(results)
    assert "500 permutations" in text
    assert "Benjamini and Hochberg 1995" in text
    assert set(CITATIONS) == set(get_args(MeasureName))


def test_what_was_not_done_is_not_told():
    """Without tests, ceilings and planted layers there is no word of them."""
    results = example_results()
    assert "each layer was planted 4 times as a region of 80 units" in methods(results)
    assert "Noise ceilings" in methods(results)
    del results["recovery"]
    for layer_map in results["comparison"].values():
        del layer_map["p_value"], layer_map["ceiling"]
    text = methods(results)
    assert not [word for word in ("planted", "p-values", "ceiling") if word in text]


def test_the_later_parts_are_told_with_their_numbers():
    """Shares, units, moments and what nulls keep come with counts, folds and bins; without them nothing is said."""
    results = example_results()
    text = methods(results)
    for part in (
        "the untrained network keeps architecture; the shuffled brain keeps neurons",
        "share of 1000 bootstraps over stimuli",
        "Up to 100 units of each region",
        "5-fold cross-validated",
        "bins of 10 ms over 40 stimuli and one trial of each, with 200 bootstraps over stimuli and 200 permutations",
    ):
        assert part in text
    for part in ("nulls", "shares", "units", "moments"):
        del results[part]
    text = methods(results)
    assert not any(word in text for word in ("keeps", "How sure", "Up to", "bins of"))


def test_where_intervals_come_from_is_told_for_each_measure():
    """Bootstraps of stimuli for measures that can weigh them, halves and left-out stimuli for others."""
    results = example_results()
    first, second = results["comparison"]
    results["comparison"][second]["drawn"] = "halves"
    text = methods(results)

    assert "bootstraps over stimuli, in which a pair of a stimulus with itself never enters (for RSA)" in text
    assert "halves of the stimuli, drawn without replacement, and from leaving out one and two (for" in text
    results["comparison"][first]["drawn"] = "halves"
    assert "bootstraps over stimuli, in which" not in methods(results)
