"""Assignments, margins and hierarchy scores: against trying everything, and against theory."""

import itertools

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from compare.inference.estimates import Estimate
from compare.mapping.assignment import best, one_to_one, ordered, support
from compare.mapping.candidates import find_candidates
from compare.mapping.hierarchy import hierarchy_scores
from compare.mapping.margins import best_minus_runner_up


def _total(matrix, choice):
    return sum(matrix[layer, region] for region, layer in enumerate(choice))


def _margins(matrix, draws):
    return best_minus_runner_up(Estimate(matrix, draws, None))


@pytest.mark.parametrize(("layers", "regions"), [(4, 3), (3, 4), (1, 3), (5, 1)])
def test_ordered_assignment_is_the_best_of_all_ordered_ones(layers, regions):
    """Dynamic programming finds the largest total of all non-decreasing assignments, for many matrices at once."""
    matrices = np.random.default_rng(0).normal(size=(30, layers, regions))
    every = [choice for choice in itertools.product(range(layers), repeat=regions) if list(choice) == sorted(choice)]

    for matrix, found in zip(matrices, ordered(matrices), strict=True):
        assert list(found) == sorted(found)
        assert _total(matrix, found) == pytest.approx(max(_total(matrix, choice) for choice in every))
        np.testing.assert_array_equal(ordered(matrix), found)


def test_one_to_one_assignment_is_the_best_of_all_permutations():
    """The linear assignment finds the largest total of all assignments that use no layer twice."""
    matrices = np.random.default_rng(1).normal(size=(20, 4, 3))

    for matrix, found in zip(matrices, one_to_one(matrices), strict=True):
        largest = max(_total(matrix, choice) for choice in itertools.permutations(range(4), 3))
        assert len(set(found)) == 3
        assert _total(matrix, found) == pytest.approx(largest)


def test_one_to_one_leaves_regions_out_where_layers_run_out():
    """Three regions, two layers: one region goes without."""
    assert sorted(one_to_one(np.array([[0.9, 0.1, 0.2], [0.3, 0.8, 0.1]]))) == [-1, 0, 1]


def test_best_is_the_largest_and_support_its_share():
    """Argmax over layers, and how often bootstraps agree."""
    boots = np.array([[[1.0], [0.0]], [[0.0], [1.0]], [[1.0], [0.5]], [[2.0], [0.5]]])

    np.testing.assert_array_equal(best(boots)[:, 0], [0, 1, 0, 0])
    assert support(np.array([0]), best(boots)) == 0.75


def test_margin_tells_what_is_far_ahead_and_not_what_is_tied():
    """One region with a clear best layer, one where two layers are equal but for noise."""
    rng = np.random.default_rng(0)
    mean = np.array([[0.9, 0.50], [0.5, 0.501], [0.1, 0.1]])
    clear, tied = _margins(mean, mean + 0.02 * rng.normal(size=(500, 3, 2)))

    assert (clear.best, clear.runner_up, clear.told_apart) == (0, 1, True)
    assert (tied.best, tied.runner_up, tied.told_apart) == (1, 0, False)
    assert clear.difference == pytest.approx(0.4)
    assert clear.low < 0.4 < clear.high


def test_margin_names_a_layer_by_chance_at_most_in_one_of_twenty():
    """With six equal layers and four regions, any layer at all is named in at most 5 % of data sets."""
    rng = np.random.default_rng(1)
    named = [
        any(margin.told_apart for margin in _margins(data, data + 0.1 * rng.normal(size=(200, 6, 4))))
        for data in 0.1 * rng.normal(size=(300, 6, 4))
    ]

    assert np.mean(named) <= 0.09  # 0.05 plus three standard errors of 300 repetitions


def test_a_single_layer_has_no_rival():
    """Nothing can be told where nothing competes."""
    (margin,) = _margins(np.ones((1, 1)), np.ones((10, 1, 1)))

    assert margin.runner_up is None
    assert not margin.told_apart


def test_layers_of_one_geometry_are_one_candidate():
    """Equal layers share a group, baselines and silent layers have none, silent regions are left out."""
    similarity = np.array([[0.1, np.nan], [0.2, np.nan], [0.2, np.nan], [np.nan, np.nan]])
    among = np.array([[1, 0.5, 0.5, np.nan], [0.5, 1, 1, np.nan], [0.5, 1, 1, np.nan], [np.nan] * 4])
    boots = np.repeat(similarity[None], 10, axis=0)

    assert find_candidates(similarity, boots, among, set()).groups == ((0,), (1, 2))
    assert find_candidates(similarity, boots, among, {0}).groups == ((1, 2),)
    assert find_candidates(similarity, boots, among, set()).regions == (0,)


def test_what_is_undefined_in_many_bootstraps_is_no_candidate():
    """A region that is the same in every second bootstrap is left out, one that is in one of a hundred is not."""
    similarity = np.full((2, 2), 0.5)
    boots = np.full((100, 2, 2), 0.5)
    boots[::2, :, 0] = np.nan
    boots[0, :, 1] = np.nan

    assert find_candidates(similarity, boots, np.eye(2), set()).regions == (1,)


def test_hierarchy_scores_are_scipys_of_the_best_layers():
    """Spearman and Kendall of region order with depth of the best layer, ties included."""
    depths = [0, 2, 1, 2, 4]
    matrix = np.zeros((5, 5))
    matrix[depths, range(5)] = 1
    scores = hierarchy_scores(matrix, matrix[None].repeat(10, axis=0), np.random.default_rng(0))

    assert scores["spearman"]["value"] == pytest.approx(spearmanr(range(5), depths).statistic)
    assert scores["kendall"]["value"] == pytest.approx(kendalltau(range(5), depths).statistic)
    assert scores["mean depth slope"]["value"] == pytest.approx(np.polyfit(range(5), depths, 1)[0])
    assert scores["spearman"]["low"] == pytest.approx(scores["spearman"]["high"])


def test_a_perfect_hierarchy_has_the_smallest_p_that_there_is():
    """Of the 24 orders of four regions only one is perfect."""
    scores = hierarchy_scores(np.eye(4), np.eye(4)[None], np.random.default_rng(0))

    for name in ("spearman", "kendall", "mean depth slope"):
        assert scores[name]["p_value"] == pytest.approx(1 / 24)
    assert scores["kendall"]["value"] == pytest.approx(1)


def test_hierarchy_p_is_uniform_where_there_is_no_order():
    """Similarities without any order give p at or below 0.1 in about a tenth of data sets, eight regions too."""
    rng = np.random.default_rng(2)
    for regions in (5, 8):
        p_values = [
            hierarchy_scores(matrix, matrix[None], rng)["mean depth slope"]["p_value"]
            for matrix in rng.uniform(size=(200 if regions == 5 else 60, 6, regions))
        ]
        assert np.mean(np.array(p_values) <= 0.1) <= 0.23
        assert 0.35 < np.mean(p_values) < 0.65


def test_no_order_can_be_seen_in_too_little():
    """Two regions, or one layer for all regions, have no rank correlation."""
    two = hierarchy_scores(np.eye(2), np.eye(2)[None], np.random.default_rng(0))
    same = hierarchy_scores(np.array([[1.0] * 4, [0.5] * 4]), np.ones((3, 2, 4)), np.random.default_rng(0))

    assert all(np.isnan(score["value"]) for score in two.values())
    assert np.isnan(same["spearman"]["value"])
    assert np.isnan(same["kendall"]["p_value"])
    assert same["mean depth slope"]["value"] == pytest.approx(0)


def test_no_similarity_prefers_no_layer():
    """A region similar to nothing stands at the middle depth, so it does not tilt the slope."""
    matrix = np.full((3, 3), -0.1)

    assert hierarchy_scores(matrix, matrix[None], np.random.default_rng(0))["mean depth slope"]["value"] == 0
