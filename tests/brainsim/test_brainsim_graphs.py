"""The brain as a graph of regions or populations, and as GraphML."""

import networkx as nx
import numpy as np
import pytest

from brainsim import AMPA, GABA_A, LIF, STDP, Brain, Population, Projection, Region, TsodyksMarkram, wiring
from brainsim.errors import ModelError, ParameterError
from brainsim.graphs import population_graph


def brain(function="edges", name="pair"):
    """Give two regions with feedback and inhibition."""
    cells = [Population("E", LIF(), shape=(4, 5)), Population("I", LIF(), size=5)]
    back = Projection("V2.E", "V1.E", wiring.fixed_total(7), AMPA(), 2.0, 4.0, kind="feedback", name="back")
    return Brain(
        name,
        [Region("V1", cells, function=function), Region("V2", cells)],
        [
            Projection("V1.E", "V2.E", wiring.all_to_all(), AMPA(), 1.5, np.linspace(1, 3, 400)),
            back,
            Projection("V1.I", "V1.E", wiring.fixed_indegree(2), GABA_A(), 5.0),
        ],
    )


def test_populations_are_nodes_and_projections_edges():
    """Means are shown where each synapse has its own value."""
    graph = population_graph(brain())

    assert graph.nodes["V1.E"] == {
        "region": "V1",
        "function": "edges",
        "model": "LIF",
        "shape": (4, 5),
        "neurons": 20,
        "excitatory": True,
    }
    assert graph.nodes["V1.I"]["excitatory"] is False
    assert graph.edges["V1.E", "V2.E", 0]["delay_ms"] == pytest.approx(2)
    assert graph.edges["V2.E", "V1.E", 0] == {
        "projection": "back",
        "wiring": "FixedTotal",
        "receptor": "AMPA",
        "synapses": 7,
        "weight": 2.0,
        "unit": "nS",
        "delay_ms": 4.0,
        "kind": "feedback",
        "learning": (),
    }


def test_learning_and_places_are_shown(tmp_path):
    """In the summary, on the edges of both graphs, and in GraphML as text."""
    sheet = Population("E", LIF(), shape=(3, 4), spacing=0.05)
    placed = Population("I", LIF(), size=2, positions=[[0, 0], [1, 1]])
    learned = Projection(
        "V1.E", "V1.I", wiring.all_to_all(), AMPA(), 1.0, plasticity=STDP(W_max=2.0), short_term=TsodyksMarkram()
    )
    plain = Projection("V1.I", "V1.E", wiring.all_to_all(), GABA_A(), 1.0)
    one = Brain("b", [Region("V1", [sheet, placed])], [learned, plain])

    text = one.summary()
    one.save_graph(tmp_path / "b.graphml")

    assert "3 x 4, 0.05 mm apart" in text
    assert "2, placed" in text
    assert text.splitlines()[-1] == "Projection(V1.E -> V1.I): STDP, TsodyksMarkram"
    assert one.graph.edges["V1", "V1"]["learning"] == ("STDP", "TsodyksMarkram")
    assert population_graph(one).edges["V1.E", "V1.I", 0]["learning"] == ("STDP", "TsodyksMarkram")
    assert nx.read_graphml(tmp_path / "b.graphml").edges["V1", "V1"]["learning"] == "STDP, TsodyksMarkram"


@pytest.mark.parametrize(("level", "nodes", "edges"), [("region", 2, 3), ("population", 4, 3)])
def test_graphml_comes_back(tmp_path, level, nodes, edges):
    """Another program reads the same nodes, edges and numbers; tuples have become text."""
    brain().save_graph(tmp_path / "brain.graphml", level)

    graph = nx.read_graphml(tmp_path / "brain.graphml")

    assert (graph.number_of_nodes(), graph.number_of_edges()) == (nodes, edges)
    synapses = sorted(data["synapses"] for *_, data in graph.edges(data=True))
    assert synapses == [7, 40, 400]
    shown = graph.nodes["V1" if level == "region" else "V1.E"]
    assert shown["function"] == "edges"
    assert shown["neurons"] == (25 if level == "region" else 20)
    if level == "population":
        assert shown["shape"] == "4 x 5"
    else:
        assert graph.edges["V2", "V1"]["feedback"] is True


def test_names_are_escaped(tmp_path):
    """What XML means is not what a name means."""
    brain(function='<edge & "corner">', name="β").save_graph(tmp_path / "brain.graphml")

    assert nx.read_graphml(tmp_path / "brain.graphml").nodes["V1"]["function"] == '<edge & "corner">'


def test_what_graphml_cannot_hold_is_refused(tmp_path):
    """Nothing is written."""
    with pytest.raises(ModelError, match=r"XML cannot hold the character '\\x00'"):
        brain(function="a\x00b").save_graph(tmp_path / "brain.graphml")
    with pytest.raises(ParameterError, match="level 'unit' is unknown; choose one of: population, region"):
        brain().save_graph(tmp_path / "brain.graphml", "unit")
    assert list(tmp_path.iterdir()) == []
