"""Currents from stimuli: who gets them, when, and what is refused."""

import numpy as np
import pytest

from brainsim import (
    Brain,
    Equations,
    IntegrateAndFire,
    Poisson,
    Population,
    Record,
    Region,
    Simulation,
    simulate,
    wiring,
)
from brainsim.encoders import Current, Rate
from brainsim.engine import NetworkError, NeuronGroup, StimulusInput, Trial, get_engine
from brainsim.engine.network import Network
from brainsim.errors import KindError, ModelError, ParameterError, StimulusError, UnknownNameError

DEAF = Equations("dx/dt = -x / tau : 1", threshold="x > 1", reset="x = 0", parameters={"tau": (20, "ms")})


def brain(encoder, *populations):
    """Make a brain of one region that an encoder feeds."""
    return Brain(
        "b", [Region("c", populations or [Population("E", IntegrateAndFire(), size=3)])], inputs={"c": encoder}
    )


def test_each_unit_gets_its_number_as_a_current():
    """The current is offset + gain x in pA, the last bin goes on, and it is recorded as I_drive."""
    x = np.arange(6.0).reshape(1, 2, 3)
    record = [Record("c.E", "I_drive")]
    trace = simulate(brain(Current(2, 1, bin=2)), x, duration=6, dt=1, record=record).trace("c.E", "I_drive")
    assert np.allclose(trace.values[0, 0], np.repeat(1 + 2 * x[0], [2, 4], axis=0), rtol=1e-14)


def test_only_the_named_populations_get_it():
    """`populations` leaves the other neurons of the region alone."""
    both = [Population(name, IntegrateAndFire(), size=3) for name in "EI"]
    counts = simulate(brain(Current(0.5, populations=["I"]), *both), np.ones((1, 3)), duration=20, dt=1).spike_counts
    assert counts["c.E"].sum() == 0 < counts["c.I"].sum()


def test_a_simulation_shows_one_current_after_another():
    """What is presented acts from then on, its bins counted from then; saved and loaded it goes on."""
    early, late = np.array([[0.9, 0.0, 0.3]] * 2), np.array([[0.0, 0.8, 0.3]] * 2)
    simulation = Simulation(brain(Current(bin=50)), early, dt=1)
    first = simulation.run(30).spike_counts["c.E"][0, 0]
    simulation.present(late)
    second = simulation.run(30).spike_counts["c.E"][0, 0]
    assert abs(first - [27, 0, 9]).max() <= 1
    assert abs(second - [0, 24, 9]).max() <= 1


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_a_saved_simulation_goes_on_with_its_current(tmp_path, engine):
    """The stimulus is part of the file, and so is where its bins stand."""
    x = np.random.default_rng(1).random((6, 3))
    simulation = Simulation(brain(Current(bin=5)), x, dt=1)
    simulation.run(12)
    simulation.save(tmp_path / "s.npz")
    expected = simulation.run(20).spikes("c.E")
    again = Simulation.load(tmp_path / "s.npz", engine=engine).run(20).spikes("c.E")
    assert all(np.array_equal(a, b) for a, b in zip(expected, again, strict=True))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: Current(gain="x"), KindError, "Current.gain"),
        (lambda: Current(offset=np.inf), ParameterError, "Current.offset"),
        (lambda: Current(bin=0), ParameterError, "Current.bin"),
        (lambda: Current(populations="E"), KindError, "Current.populations: must be names"),
        (lambda: brain(Current(populations=["F"])), UnknownNameError, "there are no neurons 'F'"),
        (lambda: brain(Current(), Population("P", Poisson(), size=3)), KindError, "must have a method rates"),
        (lambda: brain(Rate(), Population("E", IntegrateAndFire(), size=3)), ModelError, "no sources to encode for"),
        (lambda: brain(Current(), Population("E", DEAF, size=3)), ModelError, "do not use I_syn"),
        (lambda: brain(object()), KindError, "must have a method rates, spikes or currents"),
        (lambda: simulate(brain(Current()), np.ones((2, 4))), StimulusError, r"shape \(4,\)"),
        (lambda: simulate(brain(Current()), np.ones(3)), StimulusError, "2 dimensions or more"),
        (lambda: simulate(brain(Current()), [[np.nan] * 3]), StimulusError, "stimulus 0 holds NaN"),
        (lambda: simulate(brain(_Broken()), [None]), StimulusError, "currents must be finite"),
    ],
)
def test_what_cannot_be_a_current(build, error, message):
    """Each refusal names the part."""
    with pytest.raises(error, match=message):
        build()


class _Broken:
    def currents(self, stimuli, populations):
        return {name: np.full((1, one.units), np.inf) for name, one in populations.items()}


def test_what_the_engine_refuses():
    """A group that follows the stimulus has one such input, and needs finite values of its size."""
    cell = NeuronGroup("c", 2, "dv/dt = I / C : volt", "euler", external={"I": "amp"}, parameters=PARAMETERS)
    with pytest.raises(NetworkError, match="follows the stimulus once"):
        Network((cell,), inputs=(StimulusInput(0, "I"), StimulusInput(0, "I")))
    network = Network((cell,), inputs=(StimulusInput(0, "I"),))
    for rates, message in [
        ({}, "follows the stimulus and has no values"),
        ({0: np.ones((1, 3))}, "must be"),
        ({0: np.full((1, 2), np.nan)}, "must be finite"),
    ]:
        with pytest.raises(NetworkError, match=message):
            get_engine("compiled", network).run(network, rates, 1, 5, [Trial(0, 0, 0)], 0)


PARAMETERS = {"C": (1e-12, "farad"), "V_th": (1e-3, "volt"), "V_reset": (0.0, "volt")}


@pytest.mark.parametrize(
    ("rule", "shape", "target"),
    [
        (wiring.convolution(np.arange(-9.0, 9).reshape(2, 1, 3, 3)), (5, 4), (5, 4, 2)),
        (wiring.from_matrix(np.arange(12.0).reshape(3, 4)), (3,), (4,)),
        (wiring.pooling(2), (4, 4, 2), (2, 2, 2)),
    ],
)
def test_wiring_spreads_numbers_as_it_spreads_spikes(rule, shape, target):
    """The current is that of units that send their number over the rule's synapses."""
    x = np.random.default_rng(0).normal(size=(3, *shape))
    ends = wiring.Ends(shape, target, False, "test")
    wired = rule.connect(ends, np.random.default_rng(0))
    dense = np.zeros((ends.sources, ends.targets))
    np.add.at(dense, (wired.sources, wired.targets), 1.0 if wired.factors is None else wired.factors)
    cells = Population("E", IntegrateAndFire(), shape=target)
    given = Current(2, 1, wiring=rule, shape=shape).currents(x, {"E": cells})["E"]
    np.testing.assert_allclose(given, 1 + 2 * x.reshape(3, -1) @ dense)
    binned = Current(bin=1, wiring=rule, shape=shape).currents(x[None], {"E": cells})["E"]
    np.testing.assert_allclose(binned[0], x.reshape(3, -1) @ dense)


def test_what_wiring_refuses():
    """A rule comes with the shape of a stimulus, and fits both."""
    matrix = wiring.from_matrix(np.ones((3, 4)))
    cells = {"E": Population("E", IntegrateAndFire(), size=4)}
    with pytest.raises(ModelError, match="wiring and shape come together"):
        Current(wiring=matrix)
    with pytest.raises(KindError, match=r"must come from brainsim\.wiring"):
        Current(wiring=np.ones(3), shape=(3,))
    with pytest.raises(ModelError, match="from_matrix must be"):
        Current(wiring=matrix, shape=(2,)).currents(np.ones((1, 2)), cells)
    with pytest.raises(StimulusError, match="a stimulus is of shape"):
        Current(wiring=matrix, shape=(3,)).currents(np.ones((1, 2)), cells)
