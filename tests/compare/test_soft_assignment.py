"""Shares of bootstraps: against map_layers, against theory, what cannot be told, chance, and the order's p."""

import json
from itertools import permutations

import numpy as np
import pytest

import compare
from compare.errors import BiasWarning, InvalidActivityError, InvalidOptionError
from compare.mapping.assignment import ordered
from compare.mapping.region_order import RegionOrder
from compare.mapping.soft import _depth_shuffled, _entropy, _fewest, _shares
from compare.measures import CKA


@pytest.fixture(scope="module")
def data():
    """Four layers in a row, and three regions made of layers 0, 1 and 3."""
    rng = np.random.default_rng(0)
    layers, x = {}, rng.normal(size=(60, 12))
    for depth in range(4):
        x = np.tanh(x @ rng.normal(size=(x.shape[1], 40)) / 2)
        layers[f"layer{depth}"] = x
    regions = {
        name: layers[layer] @ rng.normal(size=(40, 60)) + rng.normal(size=(60, 60))
        for name, layer in (("V1", "layer0"), ("V4", "layer1"), ("IT", "layer3"))
    }
    return layers, regions


@pytest.fixture(scope="module")
def found(data):
    """Assign them."""
    return compare.soft_assignment(*data, "cka", bootstrap=300, seed=3)


def test_shares_are_the_wins_of_map_layers(data, found):
    """The same seed draws the same bootstraps, so the best layer's shares are those of the map."""
    layer_map = compare.map_layers(*data, "cka", bootstrap=300, permutations=100, seed=3)

    np.testing.assert_array_equal(found.share.sel(kind="best"), layer_map.wins)


def test_planted_layers_have_all_the_shares(found):
    """Each region's own layer has nearly all bootstraps under every constraint, and is named."""
    for kind in ("best", "one-to-one", "ordered"):
        assert found.named[kind] == {"V1": "layer0", "V4": "layer1", "IT": "layer3"}
        assert found.entropy.sel(kind=kind).max() < 0.2
    assert found.among["best"]["IT"] == ("layer3",)
    np.testing.assert_allclose(found.share.sum("layer"), 1)


def test_the_order_is_better_than_shuffled_depths(found):
    """The planted order costs nothing, which hardly any other order of the layers does."""
    assert found.order_cost == pytest.approx(0, abs=1e-9)
    assert found.order_p <= 4 / 24 + 1e-9  # layer2 may stand anywhere
    assert "keeping the order costs" in repr(found)


def test_two_like_layers_are_the_answer_together():
    """Of two layers at the same distance from a region neither is named, and the set holds both."""
    rng = np.random.default_rng(1)
    truth = rng.normal(size=(60, 30))
    layers = {name: truth + rng.normal(size=(60, 30)) for name in ("left", "right")} | {
        "far": rng.normal(size=(60, 30))
    }
    found = compare.soft_assignment(layers, {"V1": truth}, "cka", bootstrap=200)

    assert found.named["best"] == {"V1": None}
    assert found.among["best"] == {"V1": ("left", "right")}
    assert "V1: left or right" in repr(found)


def test_the_same_geometry_counts_as_one(data):
    """A flattened layer shares with the layer before, and the note says so."""
    layers, regions = data
    found = compare.soft_assignment(layers | {"flat": layers["layer3"].copy()}, regions, "cka", bootstrap=100)

    assert "flat" not in found.share["layer"].values
    assert any("layer3, flat: the same geometry" in note for note in found.notes)


def test_more_regions_than_layers_leave_some_without():
    """One-to-one assigns two layers to two of three regions; what is missing to 1 is going without."""
    rng = np.random.default_rng(0)
    layers = {name: rng.normal(size=(40, 20)) for name in "ab"}
    found = compare.soft_assignment(layers, {name: rng.normal(size=(40, 20)) for name in "xyz"}, "cka", bootstrap=100)
    one = found.share.sel(kind="one-to-one")

    assert float(one.sum()) == pytest.approx(2)
    assert (one.sum("layer") < 1 - 1e-9).any()


def test_distances_are_turned_round(data):
    """By a distance the closest layer is the smallest, and the shares are on it."""
    found = compare.soft_assignment(*data, "procrustes", bootstrap=100)

    assert found.share.sel(kind="best").idxmax("layer").values.tolist() == ["layer0", "layer1", "layer3"]


def test_the_order_may_come_from_the_wiring(data):
    """Regions given out of order are put in the wiring's."""
    layers, regions = data
    order = RegionOrder({"V1": 0.0, "V4": 1.0, "IT": 2.0}, 0.0, (), (), None)
    found = compare.soft_assignment(layers, dict(reversed(regions.items())), "cka", order=order, bootstrap=100)

    assert list(found.share["region"].values) == ["V1", "V4", "IT"]


def test_a_layer_that_a_measure_favours_is_not_named():
    """By plain CKA a layer of many units is closest to anything, in every bootstrap; it is not named for noise."""
    rng = np.random.default_rng(0)
    layers = {"narrow": rng.normal(size=(40, 5)), "wide": rng.normal(size=(40, 400))}
    with pytest.warns(BiasWarning):
        found = compare.soft_assignment(layers, {"V1": rng.normal(size=(40, 300))}, CKA(debiased=False), bootstrap=100)

    assert float(found.share.sel(kind="best", layer="wide").item()) > 0.99
    assert float(found.p_value.sel(layer="wide").item()) > 0.05
    assert found.named["best"] == {"V1": None}
    assert "V1: cannot tell" in repr(found)


def test_entropy_is_in_bits():
    """Even shares of four layers are two bits, one sure layer none, going without an outcome as others."""
    share = np.stack([np.full((4, 1), 0.25), np.eye(4)[:, :1], np.array([[0.25], [0.25], [0.0], [0.0]])])

    np.testing.assert_allclose(_entropy(share)[:, 0], [2, 0, 1.5])


def test_the_fewest_layers_are_taken():
    """The largest shares come first, until there is enough; none that has nothing."""
    names = list("abcd")

    assert _fewest(np.array([0.5, 0.04, 0.46, 0.0]), names, 0.95) == ("a", "c")
    assert _fewest(np.array([0.5, 0.04, 0.46, 0.0]), names, 0.97) == ("a", "b", "c")
    assert _fewest(np.array([0.3, 0.2, 0.0, 0.0]), names, 0.95) == ("a", "b")


def test_chance_is_the_mean_over_every_depth_order():
    """With three layers all six orders are tried: chance is the plain mean, p the share that costs no more."""
    rng = np.random.default_rng(2)
    matrix = rng.random((3, 4))
    chance, cost, p_value = _depth_shuffled(matrix, matrix[None], rng)
    orders = [matrix[list(order)] for order in permutations(range(3))]
    costs = [each.max(axis=0).sum() - each[ordered(each), np.arange(4)].sum() for each in orders]

    np.testing.assert_allclose(chance, np.mean([_shares(ordered(each[None]), 3) for each in orders], axis=0))
    assert cost == pytest.approx(costs[0])
    assert p_value == np.mean(np.array(costs) <= costs[0] + 1e-12)


def test_the_order_is_found_by_chance_no_more_often_than_alpha():
    """Where layers stand in no order, p falls below 5 % in at most about 5 of 100."""
    rng = np.random.default_rng(4)
    below = [
        _depth_shuffled(matrix, matrix[None], rng)[2] <= 0.05 for matrix in rng.random((300, 4, 4))
    ]  # fmt: skip

    assert np.mean(below) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 300)


def test_everything_is_plain_data(found):
    """What the report reads is JSON."""
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))

    assert np.shape(plain["share"]) == (3, 4, 3)
    assert plain["among"]["best"]["V1"] == ["layer0"]


def test_what_cannot_be_assigned_is_refused(data):
    """Too few bootstraps, an impossible confidence, and regions that are silent, have their errors."""
    layers, regions = data
    with pytest.raises(InvalidOptionError, match="bootstrap: must be a whole number of at least 100, got 10"):
        compare.soft_assignment(layers, regions, bootstrap=10)
    with pytest.raises(InvalidOptionError, match="permutations: must be a whole number"):
        compare.soft_assignment(layers, regions, permutations=10)
    with pytest.raises(InvalidOptionError, match="confidence: must lie between 0 and 1, got 95"):
        compare.soft_assignment(layers, regions, confidence=95)
    with pytest.raises(InvalidActivityError, match="no layer and region vary"):
        compare.soft_assignment(layers, {"V1": np.zeros((60, 4))}, "cka", bootstrap=100)
