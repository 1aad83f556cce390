"""Wiring from lists of pairs, graphs and GraphML files."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from brainsim import LIF, Brain, Delta, Population, Projection, Region, simulate, wiring
from brainsim.errors import ConnectivityFileError, KindError, ModelError, ParameterError
from brainsim.lower import lower
from brainsim.wiring import Ends, graph
from isocortex.errors import MissingFileError

NOBODY = np.random.default_rng(0)


def ends(source, target, recurrent=False):
    """Give the ends of a projection called x."""
    return Ends((source,), (target,), recurrent, "x")


def listed(rule, source, target):
    """Give the synapses as (source, target, factor, delay)."""
    between = ends(source, target)
    rule.check(between)
    wired = rule.connect(between, NOBODY)
    one = np.ones(wired.synapses)
    factors, delays = (one if part is None else part for part in (wired.factors, wired.delays))
    return list(zip(wired.sources.tolist(), wired.targets.tolist(), factors.tolist(), delays.tolist(), strict=True))


def test_pairs_are_kept_source_by_source():
    """Within a source they stay in the order given, weights and delays with them; pairs may repeat."""
    rule = wiring.from_pairs([2, 0, 2, 2], [1, 3, 0, 1], weights=[1, 2, 3, 4], delays=[5, 6, 7, 8])

    assert listed(rule, 3, 4) == [(0, 3, 2, 6), (2, 1, 1, 5), (2, 0, 3, 7), (2, 1, 4, 8)]
    assert rule.factors == (1, 4)
    assert rule.mean_delay(ends(3, 4)) == 6.5
    assert rule.synapses(ends(3, 4)) == 4


def test_no_pairs_are_no_synapses():
    """An empty list is a projection that does nothing."""
    assert listed(wiring.from_pairs([], []), 2, 2) == []
    assert wiring.from_pairs([], [], weights=[], delays=[]).factors == (1.0, 1.0)
    assert wiring.from_pairs([], [], delays=[]).mean_delay(ends(1, 1)) == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 12), st.integers(0, 60))
def test_what_a_rule_has_drawn_can_be_listed_and_given_back(seed, source, target, n):
    """A network that was drawn, or learned, is written down exactly: the same rows in the same order."""
    between = ends(source, target)
    drawn = wiring.fixed_total(n).connect(between, np.random.default_rng(seed))

    again = wiring.from_pairs(drawn.sources, drawn.targets).connect(between, NOBODY)

    assert np.array_equal(again.indptr, drawn.indptr)
    assert np.array_equal(again.targets, drawn.targets)


@settings(max_examples=25, deadline=None)
@given(
    arrays(
        st.sampled_from([np.float64, np.float32, np.int16, np.bool_]),
        st.tuples(st.integers(1, 6), st.integers(1, 6)),
        elements=st.integers(0, 1),
    ),
    st.sampled_from(
        [np.array, sparse.csr_array, sparse.csc_matrix, sparse.coo_array, sparse.lil_matrix, np.ndarray.tolist]
    ),
)
def test_a_matrix_of_any_kind_is_itself(matrix, kind):
    """NumPy or SciPy, dense or sparse, whatever its numbers: the synapses are its entries that are not 0."""
    scaled = matrix * np.arange(1, matrix.size + 1, dtype=np.float64).reshape(matrix.shape)
    given_matrix = kind(scaled)

    found = listed(wiring.from_matrix(given_matrix), *matrix.shape)

    rows, columns = np.nonzero(scaled)
    assert [(i, j, w) for i, j, w, _ in found] == list(zip(rows, columns, scaled[rows, columns], strict=True))


def test_a_directed_graph_is_its_edges():
    """Nodes are units in the order in which the graph lists them; a loop is an autapse."""
    directed = nx.DiGraph()
    directed.add_nodes_from("abc")
    directed.add_edge("c", "a", weight=2.0, delay=1.5)
    directed.add_edge("a", "a", weight=3, delay=0)
    directed.add_edge("a", "b", weight=-1.0, delay=2)

    assert listed(wiring.from_graph(directed), 3, 3) == [(0, 0, 1, 1), (0, 1, 1, 1), (2, 0, 1, 1)]
    weighted = wiring.from_graph(directed, weight="weight", delay="delay")
    assert listed(weighted, 3, 3) == [(0, 0, 3, 0), (0, 1, -1, 2), (2, 0, 2, 1.5)]


def test_an_undirected_edge_leads_both_ways():
    """But a loop is one synapse."""
    undirected = nx.Graph([(0, 1, {"w": 4}), (1, 1, {"w": 5})])

    assert listed(wiring.from_graph(undirected, weight="w"), 2, 2) == [(0, 1, 4, 1), (1, 0, 4, 1), (1, 1, 5, 1)]


def test_parallel_edges_are_several_synapses():
    """A multigraph keeps them."""
    multi = nx.MultiDiGraph([(0, 1), (0, 1)])

    assert len(listed(wiring.from_graph(multi), 2, 2)) == 2


def test_a_graph_may_lead_from_one_population_to_another():
    """`sources` and `targets` say which node is which unit; an undirected edge leads one way then."""
    both = nx.Graph([("x", "p"), ("y", "q"), ("x", "q")])

    rule = wiring.from_graph(both, sources=["x", "y"], targets=["p", "q", "r"][:2])

    assert listed(rule, 2, 2) == [(0, 0, 1, 1), (0, 1, 1, 1), (1, 1, 1, 1)]
    with pytest.raises(ModelError, match=r"from_pairs is for \(source, target\) units \(2, 2\), got \(2, 3\)"):
        rule.check(ends(2, 3))


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 12), st.floats(0, 1), st.integers(0, 10**6), st.booleans())
def test_the_adjacency_of_a_graph_is_the_matrix_of_its_wiring(nodes, p, seed, directed):
    """As networkx itself writes it."""
    drawn = nx.gnp_random_graph(nodes, p, seed=seed, directed=directed)

    found = listed(wiring.from_graph(drawn), nodes, nodes)

    adjacency = nx.to_numpy_array(drawn)
    assert [(i, j) for i, j, *_ in found] == [tuple(pair) for pair in np.argwhere(adjacency).tolist()]


def test_graphml_gives_the_graph_that_was_written(tmp_path):
    """Weights, delays and the order of nodes come back."""
    drawn = nx.gnp_random_graph(8, 0.4, seed=1, directed=True)
    nx.set_edge_attributes(drawn, {edge: 0.5 + number for number, edge in enumerate(drawn.edges)}, "weight")
    nx.set_edge_attributes(drawn, {edge: number for number, edge in enumerate(drawn.edges)}, "delay")
    nx.write_graphml(drawn, tmp_path / "drawn.graphml")

    rule = wiring.from_graphml(tmp_path / "drawn.graphml", weight="weight", delay="delay")

    assert listed(rule, 8, 8) == listed(wiring.from_graph(drawn, "weight", "delay"), 8, 8)


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_spikes_follow_the_edges(engine):
    """A ring: one unit starts, the spike goes round with the delay of each edge."""
    ring = nx.DiGraph()
    ring.add_edges_from([(unit, (unit + 1) % 4, {"weight": 1.0 + unit, "delay": 2.0 + unit}) for unit in range(4)])
    start = [-50.0, -70.0, -70.0, -70.0]
    units = Population("E", LIF(V_th=-55, t_ref=2), size=4, initial={"v": start})
    rule = wiring.from_graph(ring, weight="weight", delay="delay")
    one = Brain("ring", [Region("a", [units])], [Projection("a.E", "a.E", rule, Delta(), weight=20)])

    times, fired = simulate(one, duration=30, engine=engine).spikes("a.E")

    assert fired[:5].tolist() == [0, 1, 2, 3, 0]
    assert np.diff(times[:5]) == pytest.approx([2, 3, 4, 5], abs=0.11)
    assert lower(one, 0.1).projections[0].connections.delays.tolist() == [20, 30, 40, 50]


def graphml(body, head=""):
    """Give the text of a GraphML file."""
    key = '<key id="w" for="edge" attr.name="weight" attr.type="double"/>'
    return f'<?xml version="1.0"?>{head}<graphml xmlns="http://graphml.graphdrawing.org/xmlns">{key}{body}</graphml>'


EDGE = '<graph edgedefault="directed"><node id="a"/><node id="b"/><edge source="a" target="b">{}</edge></graph>'
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (graphml(EDGE.format(""), LAUGHS), "declares a document type or entities"),
        (graphml(EDGE.format(""), LAUGHS).encode("utf-16"), "declares a document type|no XML"),
        (graphml(EDGE.format(""), '<!DOCTYPE x SYSTEM "file:///etc/passwd">'), "declares a document type"),
        (graphml(EDGE.format('<data key="w">heavy</data>')), "is no GraphML, or damaged"),
        (graphml(EDGE.format('<data key="z">1</data>')), "is no GraphML, or damaged"),
        (graphml('<graph edgedefault="directed"><hyperedge/></graph>'), "is no GraphML, or damaged"),
        (graphml("<a>" * 100 + "</a>" * 100), "nested more than 64 deep"),
        (graphml(""), "is no GraphML, or damaged"),
        ("<html></html>", "is no GraphML, or damaged"),
        (graphml(EDGE.format("")).replace("?>", " encoding='utf9'?>", 1), "damaged .unknown encoding|is no XML"),
        (graphml(EDGE.format(""))[:-30], "is no XML, or damaged"),
        (b"\x00\x01", "is no XML, or damaged"),
        (b"", "is no XML, or damaged"),
    ],
)
def test_graphml_that_is_none_is_refused(tmp_path, content, message):
    """One error, which names the file."""
    (tmp_path / "bad.graphml").write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(ConnectivityFileError, match=message) as raised:
        wiring.from_graphml(tmp_path / "bad.graphml", weight="weight")
    assert "bad.graphml" in str(raised.value)


def test_files_too_large_or_missing_are_refused(tmp_path, monkeypatch):
    """Before anything is parsed."""
    (tmp_path / "one.graphml").write_text(graphml(EDGE.format("")))
    monkeypatch.setattr(graph, "LARGEST", 100)

    with pytest.raises(ConnectivityFileError, match="more than the 100 that are read; give a matrix instead"):
        wiring.from_graphml(tmp_path / "one.graphml")
    with pytest.raises(MissingFileError, match="no such file"):
        wiring.from_graphml(tmp_path / "two.graphml")


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: wiring.from_pairs([0, 1], [0]), ParameterError, "targets: 1 units for 2 sources"),
        (
            lambda: wiring.from_pairs([[0]], [0]),
            ParameterError,
            r"sources: must be one unit number.*\(1, 1\)",
        ),
        (lambda: wiring.from_pairs([0.5], [0]), KindError, "sources: must be whole numbers, got float64"),
        (lambda: wiring.from_pairs([True], [0]), KindError, "sources: must be whole numbers, got bool"),
        (
            lambda: wiring.from_pairs([0], [-1]),
            ParameterError,
            r"from 0 to below 2\*\*32, got -1",
        ),
        (lambda: wiring.from_pairs([0], ["a"]), KindError, "targets: must hold real numbers"),
        (lambda: wiring.from_pairs([0], [0], weights=[1, 2]), ParameterError, "weights: must be one number or 1"),
        (lambda: wiring.from_pairs([0], [0], weights=[np.inf]), ParameterError, "weights: must be finite"),
        (lambda: wiring.from_pairs([0], [0], delays=[-1]), ParameterError, "delays: must not be negative, got -1 ms"),
        (lambda: wiring.from_pairs([0], [0], shape=3), KindError, r"shape: must be \(source units, target units\)"),
        (lambda: wiring.from_pairs([0], [0], shape=(0, 1)), ParameterError, "shape: must be at least 1"),
        (lambda: listed(wiring.from_pairs([0, 5], [0, 0]), 5, 1), ModelError, "source unit 5, but there are 5"),
        (lambda: listed(wiring.from_pairs([0], [3]), 5, 3), ModelError, "target unit 3, but there are 3"),
        (lambda: wiring.from_graph([[0, 1]]), KindError, "must be a graph of networkx, got list"),
        (lambda: wiring.from_graph(nx.Graph()), ParameterError, "sources: need at least one node"),
        (lambda: wiring.from_graph(nx.path_graph(2), weight="w"), ParameterError, "0 -> 1 has no attribute 'w'"),
        (lambda: wiring.from_graph(nx.Graph([(0, 1, {"w": "2"})]), weight="w"), KindError, "must be a number, got '2'"),
        (
            lambda: wiring.from_graph(nx.Graph([(0, 1, {"w": True})]), weight="w"),
            KindError,
            "must be a number, got True",
        ),
        (lambda: wiring.from_graph(nx.Graph([(0, 1, {"d": -1})]), delay="d"), ParameterError, "must not be negative"),
        (lambda: wiring.from_graph(nx.path_graph(2), sources=[0, 0]), ParameterError, "each once"),
        (lambda: wiring.from_graph(nx.path_graph(2), targets=[7]), ParameterError, "targets: the graph has no node 7"),
        (
            lambda: wiring.from_graph(nx.path_graph(3), sources=[0], targets=[1]),
            ModelError,
            "1 -> 2 leads from no",
        ),
    ],
)
def test_lists_that_cannot_be_used_are_refused(build, error, message):
    """The message names the list and the value."""
    with pytest.raises(error, match=message):
        build()
