"""Inputs from outside: what they are, that both engines play them alike, and that a session goes on with them."""

from dataclasses import replace

import numpy as np
import pytest

from brainsim.engine import (
    EquationError,
    Network,
    NetworkError,
    NeuronGroup,
    OrnsteinUhlenbeckInput,
    PoissonInput,
    Projection,
    Record,
    SparseConnections,
    SpikeGroup,
    SpikeInput,
    TimedInput,
    Trial,
    bundles,
    get_engine,
)

SIZE, DT = 20, 1e-4
CELL = NeuronGroup(
    "cells",
    SIZE,
    "dv/dt = (E_L - v) / tau + (I_s + I_x + I_y) / C : volt (unless refractory)\ndI_s/dt = -I_s / tau_s : amp",
    "exact",
    refractory=1e-3,
    parameters={
        "E_L": (-60e-3, "volt"),
        "tau": (20e-3, "second"),
        "tau_s": (3e-3, "second"),
        "C": (np.linspace(150e-12, 250e-12, SIZE), "farad"),
        "V_th": (-50e-3, "volt"),
        "V_reset": (-60e-3, "volt"),
    },
    initial={"v": -60e-3},
    external={"I_x": "amp", "I_y": "amp"},
)
RNG = np.random.default_rng(0)
INPUTS = (
    TimedInput(0, "I_x", np.array([[40e-12], [-20e-12], [90e-12]]), 70, start=30),
    OrnsteinUhlenbeckInput(0, "I_y", 30e-12, np.linspace(0, 90e-12, SIZE), 5e-3),
    TimedInput(0, "I_x", RNG.uniform(0, 60e-12, (5, SIZE)), 40, stop=333),
    PoissonInput(0, "I_s", RNG.uniform(100, 2000, (6, SIZE)), 8e-12, bin_steps=50),
    SpikeInput(0, "v", RNG.integers(0, 400, 60), RNG.integers(0, SIZE, 60), RNG.uniform(1e-3, 4e-3, 60)),
    OrnsteinUhlenbeckInput(0, "I_y", 0.0, 20e-12, 1e-3),
    PoissonInput(0, "v", np.array([[200.0], [900.0]]), 1e-3, bin_steps=200),
)
ALL = [Record(0, name, np.arange(SIZE)) for name in ("v", "I_s", "I_x", "I_y")]


def run(network, steps=250, engine="compiled", trial=(0, 0, 0), rates=None):
    """Run one trial."""
    return get_engine(engine).run(network, rates or {}, 1, steps, [Trial(*trial)], 3, records=ALL)


def test_both_engines_play_the_same_inputs():
    """All kinds of inputs at once, several on one variable: the same spikes, and potentials to the last digits."""
    network = Network((CELL,), inputs=INPUTS, dt=DT)
    compiled, reference = run(network), run(network, engine="brian2")

    for ours, theirs in zip(compiled.spikes[0][0], reference.spikes[0][0], strict=True):
        assert np.array_equal(ours, theirs)
    assert compiled.counts[0].sum() > SIZE
    for ours, theirs in zip(compiled.traces[2:], reference.traces[2:], strict=True):
        assert np.array_equal(ours, theirs)
    assert np.abs(compiled.traces[0] - reference.traces[0]).max() < 1e-13


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_a_session_goes_on_with_its_inputs(engine):
    """run(a), save, restore elsewhere and run(b) give what run(a + b) gives, wherever the cut is."""
    network = Network((CELL,), inputs=INPUTS, dt=DT)
    starts = [get_engine(engine).start(network, Trial(0, 5, 1), {}, 1, 3) for _ in range(3)]
    whole = starts[0].run(120, records=ALL)
    first = starts[1].run(57, records=ALL)
    starts[2].restore(starts[1].state())
    second = starts[2].run(63, records=ALL)

    assert "inputs/1/value" in starts[1].state()
    for one, two, both in zip(first.traces, second.traces, whole.traces, strict=True):
        assert np.array_equal(np.concatenate((one, two), axis=1), both)


def test_parts_on_several_threads_play_the_same(monkeypatch):
    """A population that is split among threads gets, unit for unit, what it gets in one piece; so do its sources."""
    monkeypatch.setattr(bundles, "SMALLEST_PART", 64)
    size, rng = 300, np.random.default_rng(3)
    cells = replace(
        CELL, size=size, parameters={**CELL.parameters, "C": (rng.uniform(150e-12, 250e-12, size), "farad")}
    )
    inputs = (
        TimedInput(0, "I_x", rng.uniform(0, 60e-12, (5, size)), 40),
        OrnsteinUhlenbeckInput(0, "I_y", 30e-12, rng.uniform(0, 90e-12, size), 5e-3),
        PoissonInput(0, "I_s", rng.uniform(100, 2000, (6, size)), 8e-12, bin_steps=50),
        PoissonInput(0, "v", 300.0, 1e-3),
        SpikeInput(0, "v", rng.integers(0, 200, 900), rng.integers(0, size, 900), 2e-3),
    )
    wiring = SparseConnections(np.arange(size + 1), np.arange(size), 2e-3, 3)
    listed = tuple(np.unique(np.stack([rng.integers(0, 150, 400), rng.integers(0, size, 400)]), axis=1))
    whole = Network((cells, SpikeGroup("in", size)), (Projection(1, 0, "v", wiring),), inputs, DT)
    records = [Record(0, name, np.arange(size)) for name in ("v", "I_s", "I_x", "I_y")]
    one, three = (
        get_engine("compiled").run(whole, {1: [listed]}, 1, 200, [Trial(0, 0, 0)], 3, threads, records=records)
        for threads in (1, 3)
    )

    for ours, theirs in zip(one.traces, three.traces, strict=True):
        assert np.array_equal(ours, theirs)
    for ours, theirs in zip(one.spikes, three.spikes, strict=True):
        assert np.array_equal(ours[0][0], theirs[0][0])
        assert np.array_equal(ours[0][1], theirs[0][1])
    assert one.counts[0].sum() > size


def test_a_variable_follows_its_table():
    """Values begin at start, last bin_steps each, the last one until stop; inputs of one variable add up."""
    values = np.array([1.0, 2.0, 3.0])[:, None] * 1e-12
    inputs = (TimedInput(0, "I_x", values, 4, start=3, stop=20), TimedInput(0, "I_x", np.full((1, 1), 10e-12)))
    x = run(Network((CELL,), inputs=inputs, dt=DT), steps=24).traces[2][0]
    expected = 10 + np.concatenate((np.zeros(3), np.repeat([1, 2, 3], [4, 4, 9]), np.zeros(4)))

    assert np.allclose(x, expected[:, None] * 1e-12, rtol=1e-15)


def test_listed_events_add_up():
    """Two events of one unit in one step count twice; nothing reaches other units."""
    events = SpikeInput(0, "I_s", np.array([7, 2, 7]), np.array([3, 3, 3]), np.array([1e-12, 2e-12, 4e-12]))
    current = run(Network((CELL,), inputs=(events,), dt=DT), steps=12).traces[1][0]
    decay = np.exp(-DT / 3e-3)

    assert current[2, 3] == 2e-12
    assert current[7, 3] == pytest.approx(5e-12 + 2e-12 * decay**5, rel=1e-12)
    assert np.all(np.delete(current, 3, axis=1) == 0)


def test_an_input_is_the_same_in_any_company():
    """Taking one input away changes no random number of another, nor does a larger population."""
    alone = run(Network((CELL,), inputs=(INPUTS[1],), dt=DT)).traces[3]
    company = run(Network((CELL,), inputs=(INPUTS[0], INPUTS[1], INPUTS[3]), dt=DT)).traces[3]
    parameters = {**CELL.parameters, "C": (200e-12, "farad")}
    larger = replace(CELL, size=200, parameters=parameters)
    wide = replace(INPUTS[1], sigma=np.concatenate((INPUTS[1].sigma, np.zeros(180))))

    assert np.array_equal(alone, company)
    assert np.array_equal(alone, run(Network((larger,), inputs=(wide,), dt=DT)).traces[3])


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_listed_sources_spike_as_listed(engine):
    """A spike group's units spike in their steps, counted from when the stimulus is presented, and are delivered."""
    wiring = SparseConnections(np.array([0, 1, 2, 3]), np.array([0, 5, 9]), 10e-12, 4)
    network = Network((CELL, SpikeGroup("in", 3)), (Projection(1, 0, "I_s", wiring),), dt=DT)
    first = (np.array([0, 9, 9, 30]), np.array([2, 1, 0, 1]))
    second = (np.array([5]), np.array([2]))
    session = get_engine(engine).start(network, Trial(0, 0, 0), {1: [first, second]}, 1, 0)
    one = session.run(40, records=ALL[1:2])
    session.present({1: [first, second]}, 1, Trial(1, 1, 0))
    two = session.run(20, records=ALL[1:2])

    steps, units = one.spikes[1][0]
    assert steps.tolist() == [0, 9, 9, 30]
    assert units.tolist() == [2, 0, 1, 1]
    assert one.counts[1][0].tolist() == [1, 2, 1]
    assert one.first[1][0].tolist() == [9, 9, 0]
    assert [part.tolist() for part in two.spikes[1][0]] == [[45], [2]]
    assert np.argmax(one.traces[0][0] > 0, axis=0)[[0, 5, 9]].tolist() == [13, 13, 4]


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_only_inputs_set_an_external_variable(engine):
    """Without one it is 0; it can be read, and whoever would set it is told that it would be in vain."""
    session = get_engine(engine).start(Network((CELL,), inputs=INPUTS[:1], dt=DT), Trial(0, 0, 0), {}, 1, 0)
    traces = session.run(40, records=ALL).traces

    assert np.all(traces[3] == 0)
    assert np.array_equal(session.get(0, "I_x"), traces[2][0, -1])
    with pytest.raises(NetworkError, match=r"cells\.I_x: is set by inputs at the start of every step"):
        session.set(0, "I_x", np.ones(SIZE))


def network(*inputs, **changes):
    """Build a network of the cells with these inputs."""
    return Network((replace(CELL, **changes),), inputs=inputs, dt=DT)


ONE = np.ones((1, 1))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: network(TimedInput(0, "v", ONE)), NetworkError, "needs an external variable of cells, got 'v'"),
        (lambda: network(PoissonInput(0, "I_x", 1.0, 1.0)), NetworkError, "needs a state variable of cells, got 'I_x'"),
        (lambda: network(TimedInput(0, "I_x", np.ones(3))), NetworkError, r"must be \(bin, 20\) or \(bin, 1\), got"),
        (lambda: network(TimedInput(0, "I_x", ONE, 0)), NetworkError, "a bin must last at least 1 step, got 0"),
        (lambda: network(TimedInput(0, "I_x", ONE * np.nan)), NetworkError, "values: must be finite"),
        (lambda: network(TimedInput(0, "I_x", ONE, 1, 5, 4)), NetworkError, "needs 0 <= start <= stop, got 5 and 4"),
        (lambda: network(OrnsteinUhlenbeckInput(0, "I_x", 0, -1, 1)), NetworkError, "sigma: must be finite and at lea"),
        (lambda: network(OrnsteinUhlenbeckInput(0, "I_x", 0, 1, 0)), NetworkError, "tau: must be finite and at least"),
        (lambda: network(OrnsteinUhlenbeckInput(0, "I_x", np.ones(3), 1, 1)), NetworkError, "must be one number or 20"),
        (lambda: network(PoissonInput(0, "v", -ONE, 1.0, 5)), NetworkError, "rate: must be finite and at least 0"),
        (lambda: network(SpikeInput(0, "v", [1], [20], 1.0)), NetworkError, "units must be from 0 to 19"),
        (lambda: network(SpikeInput(0, "v", [-1], [2], 1.0)), NetworkError, "steps must not be negative"),
        (lambda: network(SpikeInput(0, "v", [1.5], [2], 1.0)), NetworkError, "must be whole numbers, one of each"),
        (lambda: network(SpikeInput(0, "v", [1], [2], np.ones(2))), NetworkError, "weights: must be one number or 1"),
        (
            lambda: run(network(external={"I_x": "amp", "v": "volt", "I_y": "amp"})),
            EquationError,
            "'v' has an equation",
        ),
        (lambda: run(network(external={"I_x": "amps", "I_y": "amp"})), EquationError, "unit 'amps' is not known"),
        (lambda: run(network(external={"I_x": "amp", "I_y": "amp", "exp": "1"})), EquationError, "has a meaning"),
        (
            lambda: Network(
                (CELL,), (Projection(0, 0, "I_x", SparseConnections(np.zeros(21, int), np.zeros(0, int), 1.0, 1)),)
            ),
            NetworkError,
            "'I_x' of cells is set by inputs alone",
        ),
    ],
)
def test_inputs_that_do_not_fit_are_refused(build, error, message):
    """The message names the input and the value."""
    with pytest.raises(error, match=message):
        build()


@pytest.mark.parametrize(
    ("spikes", "message"),
    [
        ({}, "in .group 1. is a source and has no spikes"),
        ({1: []}, "must be a list of .steps, units., one a stimulus, for 1 stimuli"),
        ({1: [([0, 0], [1, 1])]}, "stimulus 0: unit 1 spikes twice in step 0; take one of them out, or lower dt"),
        ({1: [([0], [3])]}, "units must be from 0 to 2"),
        ({1: [([-1], [0])]}, "steps must not be negative"),
        ({1: [([0.5], [0])]}, "must be whole numbers"),
        ({1: [([0, 1], [0])]}, "must be whole numbers, one each a spike"),
    ],
)
def test_lists_of_spikes_that_cannot_be_are_refused(spikes, message):
    """The message names the group, the stimulus and the unit."""
    with pytest.raises(NetworkError, match=message):
        run(Network((CELL, SpikeGroup("in", 3)), dt=DT), rates=spikes)
