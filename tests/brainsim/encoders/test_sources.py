"""Sources in a brain: what an encoder says is what they do, on both engines."""

import numpy as np
import pytest

from brainsim import (
    LIF,
    Brain,
    ExponentialCurrent,
    Poisson,
    Population,
    Projection,
    Record,
    Region,
    SpikeEncoder,
    SpikeSource,
    simulate,
    wiring,
)
from brainsim.encoders import Cochlea, Latency, PopulationCode, Rate, Spikes, Tokens
from brainsim.errors import KindError, ModelError, ParameterError, StimulusError

ENGINES = ["compiled", "brian2"]


def listening(encoder, model=None, size=20, weight=400.0):
    """Give sources, each with a cell that it drives."""
    ear = Region("ear", [Population("x", model or Poisson(), size=size)])
    cells = Region("cells", [Population("x", LIF(), size=size)])
    synapses = Projection("ear.x", "cells.x", wiring.one_to_one(), ExponentialCurrent(2), weight=weight, delay=1.5)
    return Brain("listening", [ear, cells], [synapses], inputs={"ear": encoder})


STIMULI = {
    "rate": (Rate(max_rate=300), None, np.random.default_rng(0).random((2, 20))),
    "movie": (Rate(max_rate=300, bin=10), None, np.random.default_rng(0).random((2, 3, 20))),
    "population code": (PopulationCode(max_rate=400), None, [0.2, 0.7]),
    "tokens": (Tokens(["yes", "no"], bin=20, active=0.5), None, ["yes no", "no"]),
    "cochlea": (Cochlea(8000, high=3000), None, 0.5 * np.sin(np.arange(400)[None] * [[0.3], [0.9]])),
    "latency": (Latency(window=30), SpikeSource(), np.random.default_rng(1).random((2, 20))),
    "spikes": (Spikes(), SpikeSource(), [([1, 5, 5.02, 44], [3, 3, 4, 0]), ([], [])]),
}


@pytest.mark.parametrize("name", STIMULI)
def test_both_engines_hear_the_same(name):
    """Sources and the cells behind them spike alike, for every encoder."""
    encoder, model, stimuli = STIMULI[name]
    brain = listening(encoder, model)
    ours, theirs = (simulate(brain, stimuli, duration=50, engine=engine) for engine in ENGINES)

    assert ours.spike_counts["ear.x"].sum() > 3
    for population in brain.populations:
        for stimulus in (0, 1):
            one, two = ours.spikes(population, stimulus=stimulus), theirs.spikes(population, stimulus=stimulus)
            assert np.array_equal(one[0], two[0])
            assert np.array_equal(one[1], two[1])


@pytest.mark.parametrize("dt", [0.1, 0.5])
def test_listed_spikes_are_fired_in_the_step_that_holds_them(dt):
    """A spike's time is the start of its step; its effect comes the delay later."""
    times, units = np.array([0.0, 3.3, 7.26, 12.0]), np.array([2, 0, 2, 1])
    brain = listening(Spikes(), SpikeSource(), weight=10)
    recording = simulate(brain, [(times, units)], 20, dt, record=[Record("cells.x", "ExponentialCurrent")])
    fired, who = recording.spikes("ear.x")
    current = recording.trace("cells.x", "ExponentialCurrent").values[0, 0]

    assert np.allclose(fired, np.floor(times / dt + 1e-9) * dt)
    assert np.array_equal(who, units)
    assert np.flatnonzero(current[:, 0])[0] == round((fired[1] + 1.5) / dt)


def test_latencies_are_those_of_the_code():
    """First spikes of sources come when the code says, to a step; stimuli are told apart."""
    values = np.random.default_rng(2).random((3, 50))
    recording = simulate(listening(Latency(40, onset=5), SpikeSource(), 50), values, duration=50)
    expected = np.floor((5 + 40 * (1 - values)) / 0.1 + 1e-3) * 0.1

    assert np.allclose(recording.first_steps["ear.x"][:, 0] * 0.1, expected)


def test_sources_of_both_kinds_may_stand_side_by_side():
    """Regions take their stimuli from a mapping, one its rates and another its spikes."""
    regions = [Region("eye", [Population("x", Poisson(), size=5)]), Region("ear", [Population("x", SpikeSource(), 5)])]
    brain = Brain("both", regions, inputs={"eye": Rate(max_rate=10_000), "ear": Spikes()})
    stimuli = {"eye": np.eye(5)[:2], "ear": [([1.0], [4]), ([2.0, 3.0], [0, 1])]}
    counts = simulate(brain, stimuli, duration=5).spike_counts

    assert counts["eye.x"][:, 0].tolist() == [[50, 0, 0, 0, 0], [0, 50, 0, 0, 0]]
    assert counts["ear.x"][:, 0].tolist() == [[0, 0, 0, 0, 1], [1, 1, 0, 0, 0]]


class Says(SpikeEncoder):
    """An encoder that gives what it was told to."""

    def __init__(self, given):
        self.given = given

    def spikes(self, stimuli, populations):
        """Give it."""
        return self.given


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (None, KindError, "its spikes must map populations to arrays, got None"),
        ({}, ModelError, "its encoder gives no spikes for ear.x"),
        ({"x": 3}, KindError, "ear.x: spikes must be a list of .times, units., one a stimulus, got 3"),
        ({"x": []}, StimulusError, "ear.x: stimuli are empty"),
        ({"x": [1]}, KindError, "ear.x: spikes of stimulus 0 must be a pair"),
        ({"x": [([1.0], [20])]}, StimulusError, "ear.x: stimulus 0 has a spike of unit 20, of 0 to 19"),
        ({"x": [([-1.0], [2])]}, ParameterError, "ear.x: stimulus 0.times: must not be negative"),
        (
            {"x": [([3.0, 1.0, 1.05], [2, 7, 7])]},
            StimulusError,
            "stimulus 0 lets unit 7 spike twice in the step of 0.1 ms at 1 ms; take one of them out, or lower dt",
        ),
    ],
)
def test_spikes_that_cannot_be_are_refused(given, error, message):
    """The message names the population, the stimulus and the unit."""
    with pytest.raises(error, match=message):
        simulate(listening(Says(given), SpikeSource()), [0], duration=5)


@pytest.mark.parametrize(
    ("encoder", "model", "message"),
    [
        (
            Rate(),
            SpikeSource(),
            r"must have a method spikes\(stimuli, populations\), which the SpikeSource units of ear",
        ),
        (Latency(), Poisson(), r"must have a method rates\(stimuli, populations\), which the Poisson units of ear.x"),
    ],
)
def test_an_encoder_must_suit_its_sources(encoder, model, message):
    """Rates are for Poisson units, spikes for listed ones."""
    with pytest.raises(KindError, match=message):
        listening(encoder, model)


def test_sources_need_an_encoder():
    """The message says which, and what it takes."""
    with pytest.raises(ModelError, match=r"ear\.x: SpikeSource units take their spikes from an encoder"):
        Brain("deaf", [Region("ear", [Population("x", SpikeSource(), size=2)])])
