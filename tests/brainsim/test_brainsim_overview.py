"""Memory that a brain says it takes, beside what its arrays take when it is built."""

import gc
import tracemalloc

import networkx as nx
import numpy as np
import pytest

from brainsim import AMPA, LIF, STDP, Brain, Normal, Population, Projection, Region, TsodyksMarkram, Uniform, wiring
from brainsim.engine.program import Program
from brainsim.lower import lower

SHEET = {"shape": (20, 25), "spacing": 0.1}


def edges():
    """Give a graph with weights and delays."""
    graph = nx.gnp_random_graph(500, 0.1, seed=1, directed=True)
    for number, attributes in enumerate(attributes for *_, attributes in graph.edges(data=True)):
        attributes.update(w=1.0 + number % 3, d=2.0 + number % 7)
    return graph


RULES = {
    "one to one": wiring.one_to_one(),
    "all to all": wiring.all_to_all(),
    "probability": wiring.fixed_probability(0.2),
    "in-degree": wiring.fixed_indegree(100),
    "out-degree": wiring.fixed_outdegree(100),
    "total": wiring.fixed_total(50_000),
    "distinct total": wiring.fixed_total(50_000, multapses=False),
    "matrix": wiring.from_matrix(np.random.default_rng(0).random((500, 500)) * (np.arange(500) % 4 == 0)),
    "distance": wiring.distance_dependent(0.9, 0.6),
    "distance with delays": wiring.distance_dependent(0.9, 0.6, velocity=0.3),
    "graph": wiring.from_graph(edges()),
    "weighted graph": wiring.from_graph(edges(), "w", "d"),
    "pooling": wiring.pooling(2),
    "convolution": wiring.convolution(np.random.default_rng(0).random((4, 1, 7, 7))),
}
SYNAPSES = {
    "one for all": {},
    "weights drawn": {"weight": Normal(1.5, 0.2, low=0)},
    "weights and delays drawn": {"weight": Normal(1.5, 0.2, low=0), "delay": Normal(2, 0.5, low=1)},
    "delays of a long way": {"delay": Uniform(1, 60)},
    "learning": {"plasticity": STDP(W_max=5.0), "delay": 1.0},
    "dynamic": {"short_term": TsodyksMarkram(), "weight": 1.0, "delay": 1.0},
}

QUICK = {("total", kind) for kind in ("one for all", "delays of a long way", "learning")} | {
    (rule, "one for all") for rule in ("matrix", "convolution", "graph")
}


def brain(rule, **synapses):
    """Give two sheets wired by this rule, as large as it needs them."""
    shapes = {"convolution": ((40, 40), (40, 40, 4)), "pooling": ((80, 80), (40, 40, 1))}
    here, there = next((shapes[name] for name in shapes if rule is RULES[name]), (SHEET["shape"],) * 2)
    cells = [Population(name, LIF(), shape=shape, spacing=0.1) for name, shape in (("a", here), ("b", there))]
    return Brain("m", [Region("r", cells)], [Projection("r.a", "r.b", rule, AMPA(), **{"delay": 1.0, **synapses})])


def built(one):
    """Give the bytes that building a brain takes."""

    def everything():
        network = lower(one.replace(seed=1), 0.1)
        program = Program(network, 0)
        learning = [one.wiring for one in program.bundles if hasattr(one.wiring, "model") and one.wiring.model.on_post]
        return network, program, [one.back for one in learning]

    everything()  # compiled code is loaded once, and is none of the brain's
    gc.collect()
    tracemalloc.start()
    kept = everything()
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept[0].projections
    return taken


@pytest.mark.parametrize(
    ("rule", "synapses"),
    [
        pytest.param(rule, synapses, marks=[] if (rule, synapses) in QUICK else pytest.mark.slow)
        for rule in RULES
        for synapses in SYNAPSES
    ],
)
def test_the_estimate_is_what_is_built(rule, synapses):
    """Within a fifth for every rule, whether synapses share a weight, or have their own, or learn."""
    one = brain(RULES[rule], **SYNAPSES[synapses])

    taken = built(one)

    assert one.memory() == pytest.approx(taken, rel=0.2, abs=40_000)


@pytest.mark.parametrize("rule", ["in-degree", pytest.param("convolution", marks=pytest.mark.slow)])
def test_arrays_of_weights_and_delays_are_counted(rule):
    """One number a synapse, for both."""
    synapses = int(brain(RULES[rule]).pathways[0].synapses)
    one = brain(RULES[rule], weight=np.ones(synapses), delay=1.0 + np.arange(synapses) % 9)

    assert one.memory() == pytest.approx(built(one), rel=0.2)


def test_a_filter_is_kept_once_however_many_positions_share_it():
    """Four times as many positions, the same bytes of weights; each with a weight of its own, four times as many."""

    def bytes_of(side, **synapses):
        cells = [Population("a", LIF(), shape=(side, side)), Population("b", LIF(), shape=(side, side, 4))]
        projection = Projection("r.a", "r.b", RULES["convolution"], AMPA(), **synapses)
        unwired = Brain("m", [Region("r", cells)])
        one = Brain("m", [Region("r", cells)], [projection])
        state = 8 * 4 * side**2  # AMPA of the target
        return built(one) - built_units(unwired) - state

    def built_units(one):
        return 8 * sum(population.units for population in one.populations.values())

    shared = [bytes_of(side) for side in (20, 40)]
    own = [bytes_of(side, weight=Normal(1.5, 0.2, low=0)) for side in (20, 40)]
    assert max(shared) < 4 * 49 * 8 + 20_000
    assert own[1] == pytest.approx(4 * own[0], rel=0.15)
    assert own[1] > 50 * shared[1]


def test_variables_and_parameters_of_units_are_counted():
    """A receptor takes a variable of each unit, a threshold drawn for each unit takes one more."""
    plain, drawn = (Population("a", LIF(V_th=V_th), size=30_000) for V_th in (-50.0, Normal(-50, 1)))

    def region(cells):
        return Brain("m", [Region("r", [cells])], [Projection("r.a", "r.a", wiring.fixed_total(0), AMPA(), 1.0, 1.0)])

    for one in (region(plain), region(drawn)):
        assert one.memory() == pytest.approx(built(one), rel=0.2)
    assert region(drawn).memory() > region(plain).memory()
