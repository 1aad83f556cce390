"""A model as a table and as a graph: what they say, and how the graph is drawn."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")
import matplotlib.pyplot as plt
import networkx as nx
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

import ann
from ann import layers
from ann.errors import InvalidTypeError, NotCompiledError
from ann.plots.layered import layered


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def branching():
    """Give a graph with a layer that stands twice, a way round three layers, and a layer that takes an array twice."""
    inputs = ann.Input((6,))
    shared = layers.Dense(6, activation="relu", name="shared")
    hidden = shared(layers.BatchNormalization(name="norm")(shared(inputs)))
    joined = layers.Add(name="around")([inputs, hidden])
    doubled = layers.Concatenate(name="doubled")([joined, joined])
    return ann.Model(inputs, layers.Dense(2, name="out")(doubled), name="branching")


def test_the_graph_knows_layers_weights_and_positions():
    """A layer that returns names its first place, statistics are counted, and an edge says which input it is."""
    graph = branching().graph
    assert list(graph) == ["input", "shared", "norm", "shared (2)", "around", "doubled", "out"]
    assert nx.is_directed_acyclic_graph(graph)
    assert graph.nodes["shared (2)"] == {
        "kind": "Dense",
        "layer": "shared",
        "shape": (6,),
        "parameters": 0,
        "statistics": 0,
    }
    assert graph.nodes["norm"]["statistics"] == 12
    assert graph.edges["input", "around"]["positions"] == (0,)
    assert graph.edges["shared (2)", "around"]["positions"] == (1,)
    assert graph.edges["around", "doubled"]["positions"] == (0, 1)
    assert sum(count for _, count in graph.nodes(data="parameters")) == branching().flat_weights.size


def test_the_summary_of_a_graph():
    """Numbers stand flush right, each layer says what it takes, and statistics are told beside the total."""
    model = branching()
    assert str(model.summary()).splitlines() == [
        "branching",
        "-" * 85,
        "layer       kind                output of one stimulus  parameters  takes",
        "-" * 85,
        "input       Input               (6,)                             0",
        "shared      Dense               (6,)                            42  input",
        "norm        BatchNormalization  (6,)                            12  shared",
        "shared (2)  Dense               (6,)                             0  norm",
        "around      Add                 (6,)                             0  input, shared (2)",
        "doubled     Concatenate         (12,)                            0  around",
        "out         Dense               (2,)                            26  doubled",
        "-" * 85,
        "total                           0.00 MiB, float32               80",
        "and 12 statistics, which no gradient moves",
    ]


def test_a_summary_shows_itself():
    """At the end of a notebook's cell it is the table, as it is when printed; a chain needs no column of sources."""
    model = ann.Sequential([layers.Dense(2, input_shape=(3,))])
    assert repr(model.summary()) == str(model.summary())
    assert "takes" not in model.summary()
    assert "statistics" not in model.summary()


def boxes(ax):
    """Give what stands in the boxes of a drawing, by the name of the layer."""
    return {patch.get_gid(): patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)}


def test_a_drawing_has_a_box_a_layer_and_an_arrow_an_edge():
    """Boxes do not overlap, stand below what they take from, tell kind and weights; one that returns is dashed."""
    model = branching()
    ax = ann.plots.network_graph(model)
    found = boxes(ax)
    assert set(found) == set(model.graph)
    assert sum(isinstance(patch, FancyArrowPatch) for patch in ax.patches) == model.graph.number_of_edges()
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    for a, b in model.graph.edges:
        assert found[a].get_y() < found[b].get_y()
    assert found["shared (2)"].get_linestyle() in ("--", "dashed")
    texts = [text.get_text() for text in ax.texts]
    assert "shared\nDense (6,)\n42 parameters" in texts
    assert "shared (2)\nDense (6,)\nthose of shared" in texts
    assert "input\n(6,)" in texts


def test_arrows_pass_beside_layers():
    """The way round three layers keeps clear of their boxes."""
    ax = ann.plots.network_graph(branching())
    found = boxes(ax)
    ways = [patch.get_path() for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    points = np.concatenate([path.interpolated(20).vertices for path in ways])
    for box in found.values():
        left, top, width, height = box.get_x(), box.get_y(), box.get_width(), box.get_height()
        inside = (points[:, 0] > left + 0.01) & (points[:, 0] < left + width - 0.01)
        inside &= (points[:, 1] > top + 0.05) & (points[:, 1] < top + height - 0.05)
        assert not inside.any()


def test_a_drawing_goes_where_it_is_wanted():
    """A given Axes is used and given back, with text that fits; a model without a shape says what to do."""
    _, ax = plt.subplots(figsize=(2, 2))
    assert ann.plots.network_graph(branching(), ax) is ax
    small = ax.texts[0].get_fontsize()
    assert small < ann.plots.network_graph(branching()).texts[0].get_fontsize()
    with pytest.raises(InvalidTypeError, match="draws a Sequential or a Model, got int"):
        ann.plots.network_graph(3)
    with pytest.raises(NotCompiledError, match="does not know its input shape"):
        ann.plots.network_graph(ann.Sequential([layers.Dense(1)]))


def test_rows_have_few_crossings_and_chains_are_straight():
    """Branches that could cross do not, a chain stands in one column, and neighbours keep their distance."""
    crossed = nx.DiGraph([("a", "c"), ("a", "d"), ("b", "e"), ("b", "f"), ("r", "a"), ("r", "b")])
    crossed.add_edges_from([("f", "z"), ("d", "y"), ("c", "y"), ("e", "z")])
    places, _ = layered(crossed)
    level = sorted("cdef", key=lambda name: places[name][0])
    assert set(level[:2]) in ({"c", "d"}, {"e", "f"})
    assert min(np.diff([places[name][0] for name in level])) > 1.1
    straight, ways = layered(nx.path_graph(6, nx.DiGraph))
    assert len({round(x, 9) for x, _ in straight.values()}) == 1
    assert len(ways) == 5
