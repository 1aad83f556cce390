"""Brains: what fits together, what is derived, what is refused."""

import brian2
import networkx as nx
import numpy as np
import pytest

from brainsim import (
    AMPA,
    GABA_A,
    LIF,
    Brain,
    Delta,
    ExponentialCurrent,
    Normal,
    Poisson,
    PoissonDrive,
    Population,
    Projection,
    Region,
    Retina,
    Uniform,
    atlas,
    wiring,
)
from brainsim.engine import ConvolutionConnections
from brainsim.errors import KindError, ModelError, ParameterError, UnknownNameError
from brainsim.lower import lower

CELL = LIF()
SOME = wiring.fixed_probability(0.1)


def region(name, *more):
    """Give a region of 40 excitatory and 10 inhibitory cells."""
    return Region(name, [Population("E", CELL, size=40), Population("I", CELL, size=10), *more], function="f")


def stream():
    """Give a brain of a retina and two regions with feedback."""
    retina = Region("retina", [Population("ON", Poisson(), shape=(6, 6))], function="light")
    return Brain(
        "stream",
        [retina, region("V1"), region("V2")],
        [
            Projection("retina.ON", ["V1.E", "V1.I"], SOME, AMPA(), weight=2, delay=3),
            Projection("V1.E", ["V1.I", "V2.E"], SOME, AMPA(), weight=2, delay=Normal(2, 0.5, low=0.5)),
            Projection("V1.I", "V1.E", SOME, GABA_A(), weight=Normal(5, 1, low=0), delay=1),
            Projection("V2.E", "V1.E", SOME, AMPA(), weight=1, delay=4, kind="feedback"),
        ],
        drives=[PoissonDrive("V2.E", 100, AMPA(), 1)],
        inputs={"retina": Retina()},
        seed=3,
    )


def same(a, b):
    """Tell whether two lowered projections are the same synapses."""
    pairs = zip((a.indptr, a.targets, a.weights, a.delays), (b.indptr, b.targets, b.weights, b.delays), strict=True)
    return all(np.array_equal(one, other) for one, other in pairs)


def test_populations_are_addressed_in_order():
    """Region, dot, population."""
    brain = stream()

    assert list(brain.populations) == ["retina.ON", "V1.E", "V1.I", "V2.E", "V2.I"]
    assert brain.populations["retina.ON"].units == 36
    assert brain.region("V1")["I"].units == 10


def test_excitatory_is_what_drives_towards_threshold():
    """From the receptors' reversal potentials; sources and cells that project nowhere count as excitatory."""
    brain = stream()

    assert brain.units("V1") == ("V1.E",)
    assert brain.units("V1", excitatory=False) == ("V1.I",)
    assert brain.units("V2", excitatory=None) == ("V2.E", "V2.I")
    assert brain.is_excitatory("retina.ON")
    assert brain.is_excitatory("V2.I")
    stated = Brain("s", [Region("a", [Population("x", CELL, size=3, excitatory=False)])])
    assert not stated.is_excitatory("a.x")


def test_kinds_follow_from_the_regions():
    """Lateral within a region, feedforward between regions, feedback where it is said."""
    assert [one.kind for one in stream().projections] == ["feedforward", "feedforward", "lateral", "feedback"]


def test_the_graph_has_regions_and_expected_synapses():
    """Synapses of an edge add up, delays are averaged over them."""
    graph = stream().graph

    assert isinstance(graph, nx.DiGraph)
    assert graph.nodes["V1"] == {"function": "f", "neurons": 50}
    assert graph.edges["retina", "V1"]["synapses"] == round(0.1 * 36 * 50)
    assert graph.edges["V2", "V1"] == {
        "receptors": ("AMPA",), "synapses": 160, "delay_ms": 4.0, "kind": "feedback", "feedback": True, "learning": ()
    }  # fmt: skip
    assert graph.edges["V1", "V1"]["receptors"] == ("AMPA", "GABA_A")
    assert graph.edges["V1", "V1"]["delay_ms"] == pytest.approx((2 * 40 + 1 * 40) / 80)


def test_a_lesion_takes_out_all_that_led_there():
    """Projections lose the target, or go; nothing else changes."""
    brain = stream()
    lesioned = brain.without("V2")

    assert list(lesioned.populations) == ["retina.ON", "V1.E", "V1.I"]
    assert [one.targets for one in lesioned.projections] == [("V1.E", "V1.I"), ("V1.I",), ("V1.E",)]
    assert lesioned.drives == ()
    assert len(brain.projections) == 4
    assert brain.without_feedback().graph.has_edge("V2", "V1") is False


def test_what_remains_is_wired_as_before():
    """A lesion, or feedback switched off, redraws no synapse elsewhere."""
    whole, lesioned, forward = (
        lower(one, 0.1) for one in (stream(), stream().without("V2"), stream().without_feedback())
    )
    names = [(one.projection.source, one.target) for one in stream().pathways]

    for brain, network in ((stream().without("V2"), lesioned), (stream().without_feedback(), forward)):
        for pathway, projection in zip(brain.pathways, network.projections, strict=True):
            before = whole.projections[names.index((pathway.projection.source, pathway.target))]
            assert same(before.connections, projection.connections)


def test_what_remains_of_a_lesioned_brain_stays_what_it_was():
    """An inhibitory cell stays so without targets, and a receptor that is gone takes its initial value along."""
    source = Region("thalamus", [Population("E", CELL, size=4), Population("I", CELL, size=4)])
    target = Region("cortex", [Population("E", CELL, size=4, initial={"v": -60, "AMPA": 1})])
    brain = Brain(
        "pair",
        [source, target],
        [
            Projection("thalamus.E", "cortex.E", SOME, AMPA(), kind="feedback"),
            Projection("thalamus.I", "cortex.E", SOME, GABA_A()),
        ],
    )

    assert brain.without("cortex").units("thalamus") == brain.units("thalamus") == ("thalamus.E",)
    assert brain.without("thalamus").populations["cortex.E"].initial == {"v": -60}
    assert brain.without_feedback().populations["cortex.E"].initial == {"v": -60}


def test_the_seed_is_the_individual():
    """The same seed gives the same brain bit for bit; another one other synapses, weights and delays."""
    one, again, other = (lower(brain, 0.1) for brain in (stream(), stream(), stream().replace(seed=4)))

    for first, second, third in zip(one.projections, again.projections, other.projections, strict=True):
        assert same(first.connections, second.connections)
        assert not np.array_equal(first.connections.targets, third.connections.targets)
    assert [group.equations for group in one.groups[1:]] == [group.equations for group in other.groups[1:]]


def test_equal_projections_are_drawn_apart():
    """Two projections between the same populations do not share their synapses; a name gives its own seed."""
    populations = Region("a", [Population("E", CELL, size=50)])
    twice = [Projection("a.E", "a.E", SOME, AMPA(), name=name) for name in (None, None, "x")]

    network = lower(Brain("b", [populations], twice), 0.1)

    targets = [one.connections.targets for one in network.projections]
    assert not np.array_equal(targets[0], targets[1])
    assert not np.array_equal(targets[0], targets[2])


def test_lowering_is_in_si_and_in_steps():
    """Millivolt become volt, nanosiemens siemens, milliseconds seconds or steps."""
    cell = LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60, t_ref=5)
    brain = Brain(
        "si",
        [Region("a", [Population("E", cell, size=3, initial={"v": -55, "AMPA": [1.0, 2.0, 3.0]})])],
        [
            Projection("a.E", "a.E", wiring.from_matrix(2 * np.eye(3)), AMPA(), weight=6, delay=0.26),
            Projection("a.E", "a.E", wiring.one_to_one(), GABA_A(), weight=67, delay=1.5),
        ],
        drives=[PoissonDrive("a.E", [1, 2, 3], Delta(), weight=-0.1)],
    )

    network = lower(brain, 0.1)
    group = network.groups[0]

    assert network.dt == pytest.approx(1e-4)
    assert group.parameters["C_m"] == (pytest.approx(200e-12), "farad")
    assert group.parameters["g_L"] == (pytest.approx(10e-9), "siemens")
    assert group.parameters["V_th"] == (pytest.approx(-50e-3), "volt")
    assert group.parameters["tau_GABA_A"] == (pytest.approx(10e-3), "second")
    assert group.refractory == pytest.approx(5e-3)
    assert group.initial["v"] == pytest.approx(-55e-3)
    assert group.initial["AMPA"] == pytest.approx([1e-9, 2e-9, 3e-9])
    first, second = network.projections
    assert first.connections.weights == pytest.approx(12e-9)
    assert (first.connections.delays, second.connections.delays) == (3, 15)
    assert second.connections.weights == pytest.approx(67e-9)
    assert (network.inputs[0].variable, network.inputs[0].weight) == ("v", pytest.approx(-1e-4))
    assert network.inputs[0].rate.tolist() == [1, 2, 3]


def test_a_cell_without_currents_gets_none():
    """Where only delta receptors arrive, I_syn is a parameter of 0 A."""
    network = lower(Brain("b", [Region("a", [Population("E", CELL, size=2)])]), 0.1)

    assert network.groups[0].parameters["I_syn"] == (0.0, "amp")
    assert network.groups[0].initial["v"] == pytest.approx(-70e-3)


def test_a_convolution_keeps_its_weights_once():
    """One bank whatever the size, unless weights or delays are drawn for each synapse."""
    regions = [Region("a", [Population("x", CELL, shape=(8, 8)), Population("y", CELL, shape=(8, 8, 2))])]

    def lowered(weight):
        projection = Projection("a.x", "a.y", wiring.convolution(np.ones((2, 1, 3, 3))), AMPA(), weight=weight)
        return lower(Brain("b", regions, [projection]), 0.1).projections[0].connections

    assert isinstance(lowered(2.0), ConvolutionConnections)
    assert lowered(2.0).bank.max() == pytest.approx(2e-9)
    assert np.std(lowered(Normal(2, 0.5, low=0)).weights) > 0
    assert lowered(Normal(2, 0.5, low=0)).synapses == lowered(2.0).synapses


def test_a_brain_is_built_once_for_a_time_step():
    """A second run of the same brain draws nothing anew."""
    brain = stream()

    assert lower(brain, 0.1) is lower(brain, 0.1)
    assert lower(brain, 0.1) is not lower(brain, 0.2)


def test_memory_is_estimated_before_anything_is_built():
    """The estimate is that of the arrays that are built, within a tenth."""
    brain = atlas.coba()
    taken = sum(
        sum(np.asarray(part).nbytes for part in (one.connections.indptr, one.connections.targets))
        for one in lower(brain, 0.1).projections
    )

    assert brain.memory() == pytest.approx(taken + 4000 * 4 * 8, rel=0.1)
    assert "MiB" in brain.summary()
    assert "cortex.I" in brain.summary()


def make(regions=None, projections=(), **options):
    """Build a brain of region a."""
    return Brain("b", regions or [region("a", Population("P", CELL, shape=(2, 2)))], projections, **options)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: Population("E", CELL), ModelError, r"Population\('E'\): give its size="),
        (lambda: Population("E", CELL, size=0), ParameterError, "size: must be at least 1, got 0"),
        (lambda: Population("E", CELL, size=3.5), KindError, "must be a whole number"),
        (lambda: Population("E", CELL, size=5, shape=(2, 2)), ModelError, "size 5 is not that of shape"),
        (lambda: Population("E", CELL, shape=7), KindError, "shape: must be"),
        (lambda: Population("E.x", CELL, size=1), ModelError, "Population.name"),
        (lambda: Population(3, CELL, size=1), KindError, "Population.name: must be a string"),
        (lambda: Population("E", "LIF", size=1), KindError, "model: must be a neuron model"),
        (lambda: Population("E", CELL, size=1, initial=3), KindError, "initial: must map"),
        (lambda: Population("E", Poisson(), size=1, initial={"v": 1}), ModelError, "no state variables"),
        (lambda: Region("a", []), ModelError, "need at least one"),
        (lambda: Region("a", [Population("E", CELL, size=1)] * 2), ModelError, "each name once"),
        (lambda: Population("E", CELL, size=2, initial={"v": [[1], [1, 2]]}), KindError, "rows of different lengths"),
        (lambda: Population("E", CELL, size=2, excitatory="yes"), KindError, "excitatory: must be True or False"),
        (lambda: Region("a", Population("E", CELL, size=1)), KindError, "must be a list of Population objects"),
        (lambda: region("a")[5], UnknownNameError, "has no population 5"),
        (lambda: Projection("a.E", 5, SOME, AMPA()), KindError, "Projection.target: must be one or several"),
        (lambda: Projection("a.E", "a.E", SOME, AMPA(), name=""), KindError, "Projection.name"),
        (lambda: Brain("b", region("a")), KindError, "Brain.regions: must be a list of Region objects"),
        (lambda: make(inputs=5), KindError, "Brain.inputs: must map"),
        (lambda: Region("a", ["E"]), KindError, "must hold Population objects"),
        (lambda: Region("a", [Population("E", CELL, size=1)], function=3), KindError, "function: must be a string"),
        (lambda: region("a")["X"], UnknownNameError, "has no population 'X'"),
        (lambda: Projection("a", "a.E", SOME, AMPA()), ModelError, "'region.population', got 'a'"),
        (lambda: Projection("a.E", [], SOME, AMPA()), ModelError, "at least one target"),
        (lambda: Projection("a.E", "a.E", 0.1, AMPA()), KindError, "wiring must come from"),
        (lambda: Projection("a.E", "a.E", SOME, "AMPA"), KindError, "receptor must be one"),
        (lambda: Projection("a.E", "a.E", SOME, AMPA(), weight=-1), ParameterError, "must not be negative, got -1 nS"),
        (lambda: Projection("a.E", "a.E", SOME, AMPA(), delay=0), ParameterError, "delay: must be positive, got 0 ms"),
        (lambda: Projection("a.E", "a.E", SOME, AMPA(), kind=np.zeros(2)), ParameterError, "kind array.* is unknown"),
        (lambda: Projection("a.E", "a.E", SOME, AMPA(), kind="back"), ParameterError, "did you mean 'feedback'"),
        (lambda: Brain("", [region("a")]), ModelError, "Brain.name"),
        (lambda: make([region("a"), region("a")]), ModelError, "each name once"),
        (lambda: make(["a"]), KindError, "Brain.regions: must hold Region objects"),
        (lambda: make(seed=-1), ValueError, "seed: must not be negative"),
        (lambda: make(projections=[Projection("a.E", "a.J", SOME, AMPA())]), UnknownNameError, "no population 'a.J'"),
        (lambda: make(projections=[Projection("b.E", "a.E", SOME, AMPA())]), UnknownNameError, "did you mean 'a.E'"),
        (
            lambda: make(projections=[Projection("a.E", "a.I", wiring.one_to_one(), AMPA())]),
            ModelError,
            "one size, got 40 and 10",
        ),
        (
            lambda: make(projections=[Projection("a.E", "a.I", SOME, AMPA(tau=tau)) for tau in (1, 2)]),
            ModelError,
            "a.I: .* two receptors of one name; give one of them another name=",
        ),
        (
            lambda: make(projections=[Projection("a.E", "a.I", SOME, AMPA(name="L"))]),
            ModelError,
            "would name 'E_L' a second time",
        ),
        (lambda: make(drives=[PoissonDrive("a.X", 1, AMPA(), 1)]), UnknownNameError, "no population 'a.X'"),
        (lambda: make(drives=[PoissonDrive("a.E", [1, 2], AMPA(), 1)]), ModelError, "2 values for 40 units"),
        (
            lambda: make([Region("a", [Population("E", CELL, size=2, initial={"NMDA": 1})])]),
            UnknownNameError,
            r"a.E.initial\['NMDA'\]: there is no such variable",
        ),
        (
            lambda: make([Region("a", [Population("E", CELL, size=2, initial={"v": [1, 2, 3]})])]),
            ParameterError,
            "must be one number or 2, got shape",
        ),
        (
            lambda: make([Region("a", [Population("E", CELL, size=2, initial={"v": float("nan")})])]),
            ParameterError,
            "must be finite",
        ),
        (lambda: make([Region("a", [Population("P", Poisson(), size=2)])]), ModelError, "take their rates from an enc"),
        (lambda: make(inputs={"a": Retina()}), ModelError, "no sources to encode for"),
        (lambda: make(inputs={"x": Retina()}), UnknownNameError, "has no region 'x'"),
        (lambda: make(inputs={"a": "retina"}), KindError, "must have a method rates"),
        (lambda: make().replace(sed=1), UnknownNameError, "did you mean 'seed'"),
        (lambda: make().without("V9"), UnknownNameError, "has no region 'V9'"),
        (lambda: make().without("a"), ModelError, "need at least one"),
        (lambda: make().is_excitatory("a.X"), UnknownNameError, "there is no population 'a.X'"),
        (
            lambda: stream().replace(projections=[Projection("V1.E", "retina.ON", SOME, AMPA())]),
            ModelError,
            "retina.ON holds sources, which receive nothing",
        ),
        (
            lambda: stream().replace(drives=[PoissonDrive("retina.ON", 1, AMPA(), 1)]),
            ModelError,
            "holds sources, which receive nothing",
        ),
        (
            lambda: lower(make(projections=[Projection("a.E", "a.I", SOME, AMPA(), delay=0.3)]), 0.5),
            ParameterError,
            "delay must be at least one step, got 0.3 ms with dt = 0.5 ms",
        ),
        (
            lambda: lower(make(projections=[Projection("a.E", "a.I", SOME, AMPA(), delay=1e300)]), 0.5),
            ParameterError,
            r"delay must be at most 500000 ms with dt = 0.5 ms, got 1e\+300 ms",
        ),
        (
            lambda: lower(make(projections=[Projection("a.E", "a.I", SOME, AMPA(), weight=Normal(1, 5))]), 0.5),
            ParameterError,
            "weight: must be at least 0, but .* drew",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused(build, error, message):
    """The message names the part and the value."""
    with pytest.raises(error, match=message):
        build()


def test_initial_values_are_a_copy():
    """Changing one's array afterwards changes no population; quantities are converted."""
    given = np.array([-60.0, -61.0])
    one = Brain("b", [Region("a", [Population("E", CELL, size=2, initial={"v": given})])])
    other = Brain("b", [Region("a", [Population("E", CELL, size=2, initial={"v": given * brian2.mV})])])
    given[:] = 0

    assert lower(one, 0.1).groups[0].initial["v"] == pytest.approx([-0.060, -0.061])
    assert np.array_equal(lower(one, 0.1).groups[0].initial["v"], lower(other, 0.1).groups[0].initial["v"])


def test_signed_factors_do_for_currents_only():
    """A matrix with negative entries is inhibition where weights are currents, and an error on a conductance."""
    signed = wiring.from_matrix([[0, -1], [1, 0]])

    assert Projection("a.E", "a.E", signed, ExponentialCurrent(1), weight=3).mean_weight == 0
    with pytest.raises(ParameterError, match="put inhibition on GABA_A"):
        Projection("a.E", "a.E", signed, AMPA(), weight=3)


@pytest.mark.parametrize("value", [-1, np.full(10, -1.0), Uniform(-2, -1), Normal(0, 1)])
def test_a_conductance_does_not_begin_negative(value):
    """Numbers and arrays are refused at once, distributions by what they drew."""
    cells = Population("E", LIF(), size=10, initial={"AMPA": value})
    with pytest.raises(ParameterError, match=r"r.E.initial\['AMPA'\]: must (not be negative|be at least 0)"):
        lower(Brain("b", [Region("r", [cells])], drives=[PoissonDrive("r.E", 10, AMPA(), 1)]), 0.1)


def test_a_brain_is_written_in_one_line():
    """It is what a notebook shows of its last line; `summary` says more."""
    cells = Population("E", LIF(), size=1000)
    assert repr(Brain("b", [Region("r", [cells])])) == "Brain('b': 1 regions, 1,000 units, 0 projections)"
