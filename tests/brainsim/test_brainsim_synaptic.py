"""Weights and delays of synapses: one number, one for each synapse, or drawn."""

import brian2
import numpy as np
import pytest

from brainsim import (
    AMPA,
    GABA_A,
    LIF,
    Brain,
    Delta,
    Normal,
    PoissonDrive,
    Population,
    Projection,
    Region,
    simulate,
    wiring,
)
from brainsim.engine import SparseConnections
from brainsim.errors import KindError, ModelError, ParameterError
from brainsim.lower import lower


def brain(projection, seed=1):
    """Give a brain of one region with a driven population and a second one."""
    region = Region("a", [Population("E", LIF(), size=5), Population("I", LIF(), size=4)])
    return Brain("b", [region], [projection], [PoissonDrive("a.E", 3000, AMPA(), 8.0)], seed=seed)


def pairs(rule, **synapses):
    """Give a projection of a.E onto a.I."""
    return Projection("a.E", "a.I", rule, AMPA(), **synapses)


def built(projection, **options):
    """Give the only projection's synapses."""
    return lower(brain(projection, **options), 0.1).projections[0].connections


def test_arrays_are_in_order_of_creation():
    """Sources ascend, and each source's targets: number 4 * i + j is the synapse from i to j."""
    weights, delays = np.arange(20.0), 0.1 * (1 + np.arange(20))

    connections = built(pairs(wiring.all_to_all(), weight=weights, delay=delays))

    assert connections.indptr.tolist() == [0, 4, 8, 12, 16, 20]
    assert connections.weights == pytest.approx(weights * 1e-9)
    assert connections.delays.tolist() == list(range(1, 21))


def test_an_array_goes_with_wiring_that_is_drawn():
    """The wiring follows from the seed, so an array fits the brain whose synapses were counted."""
    drawn = built(pairs(wiring.fixed_probability(0.5), weight=2))

    given = built(pairs(wiring.fixed_probability(0.5), weight=np.arange(drawn.synapses)))

    assert np.array_equal(given.targets, drawn.targets)
    assert given.weights == pytest.approx(np.arange(drawn.synapses) * 1e-9)
    with pytest.raises(ModelError, match=rf"delay: 2 numbers for {drawn.synapses} synapses"):
        built(pairs(wiring.fixed_probability(0.5), delay=[1, 2]))


@pytest.mark.parametrize(
    "rule", [wiring.fixed_total(30), wiring.fixed_total(9, multapses=False), wiring.fixed_indegree(3)]
)
def test_a_pathway_tells_its_synapses_before_it_is_built(rule):
    """Sources and targets are those that the engine gets, in the same order."""
    one = brain(pairs(rule))
    synapses = lower(one, 0.1).projections[0].connections.expand()

    wired = one.pathways[0].connect()

    assert np.array_equal(wired.indptr, synapses.indptr)
    assert np.array_equal(wired.targets, synapses.targets)


def test_an_array_multiplies_the_factors_of_the_wiring():
    """A matrix's entries and a filter's are multiplied by the weight of each synapse."""
    matrix = np.zeros((5, 4))
    matrix[0, 1], matrix[3, 2], matrix[3, 3] = 2, 3, 4

    assert built(pairs(wiring.from_matrix(matrix), weight=[1, 10, 100])).weights == pytest.approx([2e-9, 30e-9, 400e-9])


def test_a_convolution_with_a_weight_a_synapse_is_listed():
    """Positions no longer share their filters."""
    region = Region("a", [Population("x", LIF(), shape=(3, 3)), Population("y", LIF(), shape=(3, 3, 1))])
    rule = wiring.convolution(2 * np.ones((1, 1, 1, 1)))
    projection = Projection("a.x", "a.y", rule, AMPA(), weight=np.arange(9))

    connections = lower(Brain("b", [region], [projection]), 0.1).projections[0].connections

    assert isinstance(connections, SparseConnections)
    assert connections.weights == pytest.approx(2e-9 * np.arange(9))


def test_quantities_are_converted():
    """Brian2's units are taken for each synapse."""
    projection = pairs(wiring.one_to_one(), weight=[1, 2] * brian2.nS, delay=[1e-3, 2e-3] * brian2.second)

    assert projection.weight.tolist() == [1, 2]
    assert projection.delay.tolist() == [1, 2]
    with pytest.raises(ParameterError, match="must be in nS"):
        pairs(wiring.one_to_one(), weight=[1, 2] * brian2.mV)


def test_the_array_is_a_copy_that_nobody_changes():
    """A frozen projection does not change with somebody's array, and is not copied again by the next brain."""
    mine = np.ones(20)
    projection = pairs(wiring.all_to_all(), weight=mine)

    mine[:] = 7

    assert projection.weight.max() == 1
    assert not projection.weight.flags.writeable
    assert pairs(wiring.all_to_all(), weight=projection.weight).weight is projection.weight


def test_the_mean_tells_what_the_projection_does():
    """The graph shows the mean delay, and negative voltage steps inhibit."""
    delays = brain(pairs(wiring.all_to_all(), delay=np.linspace(1, 3, 20)))
    steps = brain(Projection("a.E", "a.I", wiring.all_to_all(), Delta(), weight=np.linspace(-2, 1, 20)))

    assert delays.graph.edges["a", "a"]["delay_ms"] == pytest.approx(2)
    assert delays.is_excitatory("a.E")
    assert not steps.is_excitatory("a.E")
    assert delays.memory() > brain(pairs(wiring.all_to_all())).memory()


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_one_for_all_and_the_same_for_each_are_the_same_spikes(engine):
    """Twenty times 12 nS and 1.5 ms is 12 nS and 1.5 ms."""
    once = brain(pairs(wiring.all_to_all(), weight=12.0, delay=1.5))
    each = brain(pairs(wiring.all_to_all(), weight=np.full(20, 12.0), delay=np.full(20, 1.5)))

    first, second = (simulate(one, duration=50, engine=engine) for one in (once, each))

    assert first.spikes("a.I")[0].size > 0
    for one, other in zip(first.spikes("a.I"), second.spikes("a.I"), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: pairs(wiring.all_to_all(), weight=[[1.0]]), ParameterError, r"weight: must be one number or an array"),
        (lambda: pairs(wiring.all_to_all(), weight=[[1.0], [1, 2]]), KindError, "rows of different lengths"),
        (lambda: pairs(wiring.all_to_all(), weight=["a"]), KindError, "must be numbers in nS"),
        (lambda: pairs(wiring.all_to_all(), weight=[1.0, np.nan]), ParameterError, "weight: must be finite"),
        (lambda: pairs(wiring.all_to_all(), weight=[1.0, -1]), ParameterError, "must not be negative, got -1 nS"),
        (lambda: pairs(wiring.all_to_all(), delay=[1.0, 0]), ParameterError, "delay: must be positive, got 0 ms"),
        (
            lambda: brain(pairs(wiring.all_to_all(), delay=[1.0, 2])),
            ModelError,
            r"a\.E -> a\.I\): delay: 2 numbers for 20 synapses",
        ),
        (
            lambda: Projection("a.E", ["a.E", "a.I"], wiring.all_to_all(), GABA_A(), weight=[1.0, 2]),
            ModelError,
            "needs a projection with one target, got 2",
        ),
        (
            lambda: built(pairs(wiring.all_to_all(), delay=np.r_[0.01, np.ones(19)])),
            ParameterError,
            "at least one step, got 0.01 ms",
        ),
        (
            lambda: built(pairs(wiring.all_to_all(), weight=Normal(1, 5))),
            ParameterError,
            "drew",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(build, error, message):
    """The message names the projection, the value and the remedy."""
    with pytest.raises(error, match=message):
        build()
