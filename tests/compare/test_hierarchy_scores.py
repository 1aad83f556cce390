"""Hierarchy scores: against scipy, against trying everything, the published p-value's slip, size, and coverage."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import kendalltau, pearsonr, spearmanr

from compare.errors import InvalidActivityError, InvalidOptionError
from compare.mapping.hierarchy import hierarchy_scores, unit_hierarchy
from compare.mapping.hierarchy.assigned_layer import assigned_layer_slope, mean_assigned_layer
from compare.mapping.hierarchy.brain_hierarchy import (
    best_candidate,
    correlation_p,
    layer_choices,
    spearman_of_counts,
)
from compare.mapping.hierarchy.layer_slope import layer_trend
from compare.mapping.hierarchy.orders import all_orders, order_p
from compare.mapping.hierarchy.rank_correlation import kendall, spearman
from compare.mapping.region_order import RegionOrder


def test_rank_correlations_are_scipys_with_ties_on_both_sides():
    """Depths and places may both be tied, as regions on one level are."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        depths, places = rng.integers(0, 4, 8).astype(float), rng.integers(0, 5, 8).astype(float)
        assert spearman(depths, places) == pytest.approx(spearmanr(depths, places).statistic)
        assert kendall(depths, places) == pytest.approx(kendalltau(depths, places).statistic)


def test_places_from_the_wiring_are_used():
    """Two regions on one level may have either layer: with their shared place the order is as clear as it can be."""
    matrix = np.eye(4)
    swapped = matrix[:, [0, 2, 1, 3]]
    places = np.array([1, 2.5, 2.5, 4])
    one, two = (hierarchy_scores(m, m[None], np.random.default_rng(0), places=places) for m in (matrix, swapped))

    for name in one:
        assert one[name]["value"] == pytest.approx(two[name]["value"])
        assert one[name]["p_value"] == pytest.approx(two[name]["p_value"])
    assert one["kendall"]["p_value"] == pytest.approx(2 / 24)
    with pytest.raises(InvalidOptionError, match="places: must be one number for each of 4 regions"):
        hierarchy_scores(matrix, matrix[None], np.random.default_rng(0), places=np.arange(3))


def test_the_layer_trend_is_a_regression_in_each_region():
    """A region's trend is the fitted slope of similarity on layer number; flat regions have none."""
    matrix = np.random.default_rng(1).normal(size=(6, 3))

    np.testing.assert_allclose(layer_trend(matrix), np.polyfit(range(6), matrix, 1)[0])
    np.testing.assert_allclose(layer_trend(np.ones((4, 2))), 0, atol=1e-12)


def test_the_layer_slope_is_unmoved_by_noise():
    """Over many noisy matrices its mean is its value without noise, as a rank correlation's is not."""
    rng = np.random.default_rng(6)
    matrix = np.multiply.outer(np.linspace(-1, 1, 5), np.linspace(-1, 1, 4)) / 10
    truth = hierarchy_scores(matrix, matrix[None], rng)["layer slope"]["value"]
    noisy = [
        hierarchy_scores(each, each[None], rng)["layer slope"]["value"]
        for each in matrix + 0.1 * rng.normal(size=(200, 5, 4))
    ]

    assert np.mean(noisy) == pytest.approx(truth, abs=3 * np.std(noisy) / np.sqrt(200))


def test_the_layer_slope_sees_what_no_best_layer_shows():
    """All regions have one best layer, yet later ones lean to later layers: only the slope tells."""
    best = np.array([0, 0, 0, 0, 9.0])
    lean = np.linspace(-1, 1, 4)
    matrix = best[:, None] + np.array([0.0, 1, 2, 3, 0])[:, None] * lean
    scores = hierarchy_scores(matrix, matrix[None], np.random.default_rng(0))

    assert np.isnan(scores["kendall"]["value"])
    assert scores["layer slope"]["value"] > 0


def test_every_order_is_tried_and_the_observed_counts():
    """The p-value is the share of all orders that are as good; beyond seven places, of 5000."""
    depths = np.array([0.0, 2, 1, 5])
    scores = np.array([spearmanr(depths, order).statistic for order in permutations(range(4))])
    expected = np.mean(scores >= spearmanr(depths, range(4)).statistic - 1e-12)

    assert order_p(lambda orders: spearman(depths, orders), np.arange(4.0), np.random.default_rng(0)) == expected
    sampled = all_orders(9, np.random.default_rng(0))
    assert sampled.shape == (5000, 9)
    assert sampled[0].tolist() == list(range(9))


def test_no_score_finds_an_order_where_there_is_none_more_often_than_alpha():
    """On random matrices p falls below 5 % at most that often (and ties and a grid of p make it fewer)."""
    rng = np.random.default_rng(3)
    below = []
    for matrix in rng.random((300, 5, 5)):
        scores = hierarchy_scores(matrix, matrix[None], rng)
        below.append([score["p_value"] <= 0.05 for score in scores.values()])

    assert (np.mean(below, axis=0) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 300)).all()


def test_the_p_value_of_a_correlation_is_students():
    """It is scipy's for every r and n; the published code's slip would drop the units that are predicted best."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 30))
    for mix in (0, 0.3, 5):
        found = pearsonr(x, y + mix * x)
        assert correlation_p(np.array(found.statistic), 30) == pytest.approx(found.pvalue, rel=1e-6)
    assert correlation_p(np.array([0.28, 0.99, 1.0]), 50) == pytest.approx([0.0489, 0, 0], abs=1e-4)
    with_the_slip = np.array([0.28, 0.99]) * np.sqrt(48 * (1 - np.array([0.28, 0.99]) ** 2))
    from scipy.stats import t

    np.testing.assert_allclose(2 * t.sf(with_the_slip, 48), [0.069, 0.34], atol=0.005)


def test_a_perfectly_predicted_unit_is_kept():
    """With Student's p a unit of r = 0.99 goes to its layer; chance and negative prediction go to none."""
    scores = np.array([[0.99, 0.05, -0.9, np.nan], [0.2, 0.10, -0.8, np.nan]])

    assert best_candidate(scores, 50).tolist() == [0, -1, -1, -1]


def test_counts_give_scipys_rank_correlation():
    """Counting units instead of listing them changes nothing, whatever the ties."""
    rng = np.random.default_rng(2)
    counts = rng.integers(0, 5, size=(3, 4))
    places = np.array([1, 2.5, 2.5, 4])
    layer, region = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))

    assert spearman_of_counts(counts, places) == pytest.approx(spearmanr(layer, places[region]).statistic)
    np.testing.assert_allclose(
        spearman_of_counts(counts, places[all_orders(4, rng)])[5],
        spearmanr(layer, places[all_orders(4, rng)[5]][region]).statistic,
    )
    assert np.isnan(spearman_of_counts(np.array([[3, 4]]), np.arange(2.0)))


def test_layers_are_chosen_with_both_ends():
    """Every choice has first and last layer; few layers are all taken; many give as many choices as asked for."""
    assert layer_choices(4, 5, 100, np.random.default_rng(0)) == [(0, 1, 2, 3)]
    many = layer_choices(30, 5, 50, np.random.default_rng(0))
    assert len(set(many)) == 50
    assert all(choice[0] == 0 and choice[-1] == 29 and len(set(choice)) == 5 for choice in many)


def test_the_assigned_slope_is_a_regression_over_regions_that_have_units():
    """It is the fitted line through the regions' means; a region to which nothing was assigned has no say."""
    counts = np.array([[8, 3, 0, 1], [2, 3, 0, 1], [0, 4, 0, 8]])
    means = mean_assigned_layer(counts)
    kept = [0, 1, 3]

    assert means[1] == pytest.approx(2.1)
    assert assigned_layer_slope(counts, np.arange(4.0)) == pytest.approx(np.polyfit(kept, means[kept], 1)[0])
    assert np.isnan(assigned_layer_slope(np.zeros((2, 3)), np.arange(3.0)))


@pytest.fixture(scope="module")
def planted():
    """Six layers that share nothing, and four regions made of the first, second, fourth and sixth."""
    rng = np.random.default_rng(0)
    layers = {f"layer{index}": rng.normal(size=(80, 8)) for index in range(6)}
    regions = {
        name: layers[layer] @ rng.normal(size=(8, 15)) / 3 + 0.5 * rng.normal(size=(80, 15))
        for name, layer in (("V1", "layer0"), ("V2", "layer1"), ("V4", "layer3"), ("IT", "layer5"))
    }
    return layers, regions


def test_planted_units_are_found(planted):
    """Nearly all units go to the layer that they were made from, and every score has the smallest p there is."""
    found = unit_hierarchy(*planted, bootstrap=200)

    np.testing.assert_allclose(found.mean_layer["value"], [1, 2, 4, 6], atol=0.3)
    assert found.encoding.values[[0, 1, 3, 5], [0, 1, 2, 3]].tolist() == pytest.approx([15] * 4, abs=2)
    for name in ("assigned layer slope", "encoding", "brain hierarchy"):
        score = found.scores[name]
        assert score["p_value"] == pytest.approx(1 / 24)
        assert 0.8 < score["low"] <= score["value"] <= score["high"]
    assert found.decoding.sel(layer="layer2").sum() <= 2  # goes to no region
    assert "V4: mean layer 4" in repr(found) or "V4: mean layer 3.9" in repr(found)


def test_regions_turned_round_turn_the_scores_round(planted):
    """An order from the wiring decides, not the order in which regions are given."""
    layers, regions = planted
    names = ["IT", "V4", "V2", "V1"]
    order = RegionOrder(dict(zip(names, range(4), strict=True)), 0.0, (), (), None)
    found = unit_hierarchy(layers, regions, order=order, bootstrap=100)

    assert list(found.encoding["region"].values) == names
    assert found.scores["brain hierarchy"]["value"] < -0.8
    assert found.scores["brain hierarchy"]["p_value"] == 1


def test_noise_is_assigned_to_nothing():
    """Unrelated units are hardly ever predicted above chance, and give no order."""
    rng = np.random.default_rng(1)
    layers = {name: rng.normal(size=(60, 5)) for name in "abc"}
    regions = {name: rng.normal(size=(60, 30)) for name in "xyz"}
    found = unit_hierarchy(layers, regions, bootstrap=100)

    assert int(found.encoding.sum()) <= 0.25 * 90  # the best of three: no more than 1 - 0.975 ** 3 expected
    assert not found.scores["brain hierarchy"]["p_value"] < 0.05


def test_intervals_of_the_unit_scores_cover():
    """Units drawn from a population whose score is known: 95 % intervals hold it 90 to 98 times in 100."""
    from compare.mapping.hierarchy.of_units import _counts, _drawn_anew

    rng = np.random.default_rng(5)
    share = np.array([[0.6, 0.3, 0.1], [0.3, 0.4, 0.3], [0.1, 0.3, 0.6]])
    truth = spearman_of_counts(share, np.arange(3.0)), assigned_layer_slope(share, np.arange(3.0))
    region = np.repeat(np.arange(3), 40)
    held = np.zeros(2)
    for _ in range(200):
        layer = np.concatenate([rng.choice(3, 40, p=share[:, column]) for column in range(3)])
        drawn = _counts((layer, region, region), (3, 3), _drawn_anew(region, 200, rng))
        for index, score in enumerate((spearman_of_counts, assigned_layer_slope)):
            low, high = np.quantile(score(drawn, np.arange(3.0)), [0.025, 0.975])
            held[index] += low <= truth[index] <= high
    assert (held / 200 >= 0.90).all()
    assert (held / 200 <= 0.99).all()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"bootstrap": 5}, InvalidOptionError, "bootstrap: must be a whole number of at least 100, got 5"),
        ({"layer_units": 0}, InvalidOptionError, "layer_units"),
        ({"alpha": 5}, InvalidOptionError, "alpha: must lie between 0 and 1, got 5"),
        ({"method": "lasso"}, InvalidOptionError, "lasso"),
    ],
)
def test_bad_numbers_are_refused(planted, change, error, message):
    """Each option has its range."""
    with pytest.raises(error, match=message):
        unit_hierarchy(*planted, **change)


def test_what_has_no_order_is_refused(planted):
    """Two regions, or other stimuli, give no score."""
    layers, regions = planted
    with pytest.raises(InvalidActivityError, match="6 layers and 1 regions: an order needs 2 and 3"):
        unit_hierarchy(layers, {"V1": regions["V1"]})
    with pytest.raises(InvalidActivityError, match="all must see the same"):
        unit_hierarchy(layers, {name: x[:70] for name, x in regions.items()})
