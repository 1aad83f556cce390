"""Trophic levels: known graphs, the theory's identities, the ventral stream, and what cannot be ordered."""

import json

import networkx as nx
import numpy as np
import pytest

import brainsim
import compare
from compare.errors import ActivityTypeError, DataError, InvalidOptionError
from compare.mapping.region_order import trophic_levels


def test_a_chain_is_a_ladder():
    """Every projection of a chain leads one level up, whatever it weighs, in whatever order nodes are listed."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["IT", "V1", "LGN", "V4"])
    graph.add_weighted_edges_from([("LGN", "V1", 7), ("V1", "V4", 0.1), ("V4", "IT", 300)])
    order = compare.region_order(graph, weight="weight")

    assert order.regions == ("LGN", "V1", "V4", "IT")
    np.testing.assert_allclose(list(order.levels.values()), [0, 1, 2, 3], atol=1e-9)
    assert order.incoherence == pytest.approx(0, abs=1e-12)
    assert order.ties == ()


def test_a_skip_is_a_compromise():
    """With a projection past the middle, of equal weight, three regions stand two thirds apart (solved by hand)."""
    levels, incoherence = trophic_levels(np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]]))

    np.testing.assert_allclose(levels, [0, 2 / 3, 4 / 3])
    assert incoherence == pytest.approx(1 / 9)


def test_a_loop_has_no_direction():
    """All regions of a loop are on one level, and the incoherence is 1."""
    order = compare.region_order(nx.DiGraph([("a", "b"), ("b", "c"), ("c", "a")]), weight=None)

    assert order.ties == (("a", "b", "c"),)
    assert set(order.levels.values()) == {0.0}
    assert set(order.places.values()) == {2.0}
    assert order.incoherence == pytest.approx(1)


def test_levels_are_the_least_squares_solution():
    """No other levels let projections fail to lead one level up by less, nor is a constant seen."""
    rng = np.random.default_rng(0)
    weights = rng.exponential(size=(6, 6)) * (rng.random((6, 6)) < 0.6) * (1 - np.eye(6))
    levels, incoherence = trophic_levels(weights)
    source, target = np.nonzero(weights)
    root = np.sqrt(weights[source, target])
    design = np.zeros((len(source), 6))
    design[np.arange(len(source)), target] = root
    design[np.arange(len(source)), source] = -root
    fitted = np.linalg.lstsq(design, root, rcond=None)[0]

    np.testing.assert_allclose(levels, fitted - fitted.min(), atol=1e-9)
    assert incoherence == pytest.approx(((design @ fitted - root) ** 2).sum() / weights.sum())


def test_turning_all_projections_round_turns_the_order_round():
    """Levels of the reversed graph are the same counted from the top, with the same incoherence."""
    weights = np.random.default_rng(1).exponential(size=(5, 5)) * (1 - np.eye(5))
    up, down = trophic_levels(weights), trophic_levels(weights.T)

    np.testing.assert_allclose(down[0], up[0].max() - up[0], atol=1e-9)
    assert down[1] == pytest.approx(up[1])


def test_two_streams_tie():
    """Regions that the wiring puts side by side are told as one level and share their rank."""
    graph = nx.DiGraph([("V1", "MT"), ("V1", "V4"), ("MT", "PFC"), ("V4", "PFC")])
    order = compare.region_order(graph, weight=None)

    assert order.ties == (("MT", "V4"),)
    assert order.places == {"V1": 1, "MT": 2.5, "V4": 2.5, "PFC": 4}
    assert "on one level: MT, V4" in repr(order)


def test_the_ventral_stream_orders_itself():
    """The stream's own projections give the order that the anatomy books list, with and without feedback."""
    brain = brainsim.atlas.ventral_stream()
    order = compare.region_order(brain)

    assert order.regions == tuple(region.name for region in brain.regions)
    assert order.ties == ()
    assert order.incoherence < 0.5
    visual = compare.region_order(brain, regions=["IT", "V1", "V4"])
    assert visual.regions == ("V1", "V4", "IT")
    assert visual.levels["V1"] == 0


def test_feedback_is_left_out_and_told():
    """A declared feedback projection counts only on request, and then blurs the levels."""
    graph = nx.DiGraph([("V1", "V2"), ("V2", "V4")])
    graph.add_edge("V4", "V1", feedback=True)
    without, with_it = (compare.region_order(graph, weight=None, feedback=flag) for flag in (False, True))

    assert without.excluded == (("V4", "V1"),)
    assert "without feedback V4 -> V1" in repr(without)
    assert without.incoherence == pytest.approx(0, abs=1e-12)
    assert with_it.excluded == ()
    assert with_it.incoherence == pytest.approx(1)


def test_projections_within_a_region_say_nothing():
    """A loop from a region to itself changes neither levels nor incoherence."""
    order = compare.region_order(nx.DiGraph([("V1", "V2"), ("V1", "V1")]), weight=None)

    assert order.levels == {"V1": 0, "V2": pytest.approx(1)}
    assert order.incoherence == pytest.approx(0, abs=1e-12)


def test_a_mapping_is_sorted():
    """Arrays given by name come back in the wiring's order."""
    order = compare.region_order(nx.DiGraph([("V1", "V4"), ("V4", "IT")]), weight=None)

    assert list(order.sort({"IT": 3, "V1": 1})) == ["V1", "IT"]
    with pytest.raises(InvalidOptionError, match="order: has no place for 'V5'"):
        order.sort({"V5": 1})


def test_a_map_takes_the_order_of_the_wiring():
    """Regions given in any order are mapped in the wiring's, and those on one level share their place."""
    rng = np.random.default_rng(0)
    layers = {name: rng.normal(size=(40, 20)) for name in "abcd"}
    same = {"PFC": "d", "MT": "b", "V4": "c", "V1": "a"}
    regions = {name: layers[layer] + rng.normal(size=(40, 20)) for name, layer in same.items()}
    graph = nx.DiGraph([("V1", "MT"), ("V1", "V4"), ("MT", "PFC"), ("V4", "PFC")])
    order = compare.region_order(graph, weight=None)
    found = compare.map_layers(layers, regions, "cka", order=order, bootstrap=100, permutations=100)

    assert found.regions == ["V1", "MT", "V4", "PFC"]
    assert found.hierarchy["kendall"]["p_value"] == pytest.approx(2 / 24)
    assert found.hierarchy["kendall"]["value"] < 1  # tau-b: the tie of MT and V4 is none of b and c


def test_an_order_can_be_kept():
    """Plain data and back is the same order."""
    order = compare.region_order(nx.DiGraph([("a", "b"), ("a", "c")]), weight=None)

    assert compare.RegionOrder.from_dict(json.loads(json.dumps(order.to_dict()))) == order


@pytest.mark.parametrize(
    ("brain", "options", "error", "message"),
    [
        ([1], {}, ActivityTypeError, "got list"),
        (nx.Graph([("a", "b")]), {}, ActivityTypeError, "without directions"),
        (nx.DiGraph(), {}, DataError, "has no regions"),
        (nx.DiGraph([("a", "b"), ("c", "d")]), {"weight": None}, DataError, "no projection connects a with c, d"),
        (nx.DiGraph([("a", "b")]), {}, InvalidOptionError, "a -> b has no 'synapses'"),
        (nx.DiGraph([("a", "b", {"synapses": -1})]), {}, InvalidOptionError, "a -> b has synapses -1"),
        (nx.DiGraph([("a", "b")]), {"regions": ["c"]}, InvalidOptionError, "regions: there is no 'c'"),
        (nx.DiGraph([("a", "b")]), {"regions": []}, InvalidOptionError, "regions: is empty"),
    ],
)
def test_what_cannot_be_ordered_is_refused(brain, options, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        compare.region_order(brain, **options)


@pytest.mark.parametrize("weights", [np.ones((2, 3)), np.array([[0.0, -1], [0, 0]]), np.array([[0, np.nan], [0, 0]])])
def test_weights_are_a_matrix(weights):
    """Neither oblong nor negative nor unknown weights are taken."""
    with pytest.raises(DataError, match="weights: must be square"):
        trophic_levels(weights)
    assert trophic_levels(np.zeros((2, 2)))[1] == 0
