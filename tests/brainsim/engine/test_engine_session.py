"""Sessions: going on in pieces, from a saved state, on the other engine, gives the very same bits."""

import dataclasses
import signal
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainsim.engine import (
    Interrupted,
    Network,
    NetworkError,
    NeuronGroup,
    PoissonInput,
    Projection,
    Record,
    RunResult,
    Session,
    SourceGroup,
    SparseConnections,
    Trial,
    get_engine,
)

ENGINES = ["compiled", "brian2"]
RNG = np.random.default_rng(8)
UNITS, DT = 30, 5e-4
CELLS = "dv/dt = (E_L - v + R * I_s) / tau : volt (unless refractory)\ndI_s/dt = -I_s / tau_s : amp"


def wires(sources: int, scale: float, delays: tuple[int, int]) -> SparseConnections:
    """Eight synapses a source, each with its own weight and delay."""
    count = 8 * sources
    targets = np.concatenate([RNG.choice(UNITS, 8, replace=False) for _ in range(sources)])
    return SparseConnections(
        np.arange(0, count + 1, 8), targets, RNG.normal(scale, 10e-12, count), RNG.integers(*delays, count)
    )


def network() -> Network:
    """Give sources, recurrent neurons with long delays and a refractory period longer than they, a background."""
    cells = NeuronGroup(
        "cells",
        UNITS,
        CELLS,
        refractory=6.3e-3,
        parameters={
            "E_L": (-60e-3, "volt"),
            "R": (1e8, "ohm"),
            "tau": (RNG.uniform(9e-3, 11e-3, UNITS), "second"),
            "tau_s": (5e-3, "second"),
            "V_th": (-50e-3, "volt"),
            "V_reset": (-60e-3, "volt"),
        },
        initial={"v": RNG.uniform(-60e-3, -50e-3, UNITS)},
    )
    projections = (
        Projection(0, 1, "I_s", wires(20, 60e-12, (0, 9))),
        Projection(1, 1, "I_s", wires(UNITS, 0.0, (1, 31))),
        Projection(1, 1, "v", wires(UNITS, 0.0, (3, 4))),
    )
    projections[2].connections.weights[:] *= 1e7  # type: ignore[index]
    return Network((SourceGroup("in", 20), cells), projections, (PoissonInput(1, "I_s", 500.0, 25e-12),), DT)


NETWORK = network()
RATES = {0: RNG.uniform(0, 120, (2, 3, 20))}
TRIAL = Trial(1, 7, 2)
RECORDS = (Record(1, "v", np.array([0, 3]), every=7), Record(1, "I_s", np.arange(UNITS), every=2))


def start(engine: str = "compiled", trial: Trial = TRIAL) -> Session:
    """Begin with the network of this module."""
    return get_engine(engine).start(NETWORK, trial, RATES, 40, seed=5)


def joined(parts: list[RunResult], of: Network = NETWORK) -> RunResult:
    """Give what the parts of a run add up to."""
    groups = range(len(of.groups))
    first = []
    for k in groups:
        steps = np.stack([part.first[k] for part in parts])
        earliest = np.where(steps < 0, np.iinfo(np.int32).max, steps).min(axis=0)
        first.append(np.where(np.all(steps < 0, axis=0), -1, earliest))
    spikes = []
    for k in groups:
        lists = [part.spikes[k][0] for part in parts if part.spikes]
        spikes.append([(np.concatenate([one for one, _ in lists]), np.concatenate([other for _, other in lists]))])
    return RunResult(
        tuple(sum(part.counts[k] for part in parts) for k in groups),  # type: ignore[misc]
        tuple(first),
        tuple(spikes),
        tuple(np.concatenate([part.traces[r] for part in parts], axis=1) for r in range(len(parts[0].traces))),
    )


def assert_same(one: RunResult, other: RunResult) -> None:
    """Every bit of two results of one trial."""
    assert one.spikes
    assert other.spikes
    for ours, theirs in zip(
        (*one.counts, *one.first, *one.traces), (*other.counts, *other.first, *other.traces), strict=True
    ):
        assert np.array_equal(ours, theirs)
    for ours, theirs in zip(one.spikes, other.spikes, strict=True):
        assert np.array_equal(ours[0][0], theirs[0][0])
        assert np.array_equal(ours[0][1], theirs[0][1])


@pytest.fixture(scope="module")
def whole() -> RunResult:
    """200 steps in one piece."""
    result = start().run(200, records=RECORDS)
    assert all(counts.sum() > 60 for counts in result.counts)
    return result


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 199), max_size=6, unique=True))
def test_pieces_add_up(whole: RunResult, cuts: list[int]) -> None:
    """However a run is cut, its pieces are the run: spikes, counts, first spikes and samples."""
    session = start()
    ends = [*sorted(cuts), 200]
    parts = [session.run(end - begin, records=RECORDS) for begin, end in zip([0, *ends], ends, strict=False)]
    assert_same(joined(parts), whole)


def test_pieces_add_up_on_brian2_too() -> None:
    """The reference engine goes on as if it had not stopped, and spikes as the compiled one does."""
    parts, session = [], start("brian2")
    for steps in (1, 13, 58, 128):
        parts.append(session.run(steps, records=RECORDS))
    ours = joined(parts)
    assert_same(dataclasses.replace(ours, traces=()), dataclasses.replace(start().run(200), traces=()))
    assert_same(ours, start("brian2").run(200, records=RECORDS))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_session_is_a_trial(engine: str) -> None:
    """A session spikes as the trial of an engine's run does."""
    trial = get_engine(engine).run(NETWORK, RATES, 40, 120, [TRIAL], 5, records=RECORDS)
    assert_same(start(engine).run(120, records=RECORDS), trial)


def split_network() -> Network:
    """Give 200 neurons, enough for four parts."""
    count = 200
    rng = np.random.default_rng(1)
    rows, synapses = np.arange(0, 20 * count + 1, 20), 20 * count
    wiring = SparseConnections(
        rows, rng.integers(0, count, synapses), rng.normal(0, 20e-12, synapses), rng.integers(1, 20, synapses)
    )
    cells = dataclasses.replace(
        NETWORK.groups[1],
        size=count,
        parameters={**NETWORK.groups[1].parameters, "tau": (rng.uniform(9e-3, 11e-3, count), "second")},  # type: ignore[union-attr]
        initial={"v": rng.uniform(-60e-3, -50e-3, count)},
    )
    return Network((cells,), (Projection(0, 0, "I_s", wiring),), (PoissonInput(0, "I_s", 800.0, 25e-12),), DT)


def test_a_network_on_several_threads_goes_on_as_on_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut, saved, and restored on another number of threads: the bits of one thread in one piece."""
    monkeypatch.setattr("brainsim.engine.bundles.SMALLEST_PART", 50)
    split, records = split_network(), [Record(0, "v", np.array([3, 70, 199]), every=3)]

    def begin(threads: int) -> Session:
        return get_engine("compiled").start(split, TRIAL, {}, 1, seed=5, threads=threads)

    whole = begin(1).run(160, records=records)
    first, second = begin(3), begin(2)
    parts = [first.run(steps, records=records) for steps in (11, 60)]
    second.restore(first.state())
    parts.append(second.run(89, records=records))
    assert_same(joined(parts, split), whole)
    assert whole.counts[0].sum() > 200


@pytest.mark.parametrize("saved", ENGINES)
@pytest.mark.parametrize("restored", ENGINES)
def test_a_state_goes_on_anywhere(saved: str, restored: str, whole: RunResult) -> None:
    """A state taken from one engine goes on, on either of them, with the spikes that would have come."""
    first = start(saved)
    first.run(97)
    state = first.state()
    other = start(restored)
    other.run(11)
    other.restore(state)
    assert other.step == 97
    if saved == restored:
        assert_same(other.run(103, records=RECORDS), first.run(103, records=RECORDS))
    rest = start(restored)
    rest.restore(state)
    spikes = rest.run(103).spikes
    assert spikes
    assert whole.spikes
    for ours, theirs in zip(spikes, whole.spikes, strict=True):
        late = theirs[0][0] >= 97
        assert np.array_equal(ours[0][0], theirs[0][0][late])
        assert np.array_equal(ours[0][1], theirs[0][1][late])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_state_is_what_it_was_taken_from(engine: str) -> None:
    """A state given back at once changes nothing, and is a copy."""
    session = start(engine)
    session.run(60)
    state = session.state()
    session.restore(state)
    for name, values in session.state().items():
        assert np.array_equal(values, state[name])
    session.run(5)
    assert not np.array_equal(session.get(1, "v"), state["variable/1/v"])


def test_another_stimulus_from_now_on() -> None:
    """Presented anew, bins count from now and random numbers become the trial's; both engines agree."""
    other = Trial(0, 3, 0)
    results = []
    for engine in ENGINES:
        session = start(engine)
        session.run(55)
        session.present(RATES, 40, other)
        results.append(session.run(90))
    assert_same(*results)
    alone = start(trial=other).run(145)
    assert alone.spikes
    assert results[0].spikes
    late = alone.spikes[0][0][0] >= 55
    assert not np.array_equal(alone.spikes[0][0][0][late], results[0].spikes[0][0][0])


def test_the_same_stimulus_again_at_once_changes_nothing() -> None:
    """The random numbers of a step depend on the trial and the step, not on when it was presented."""
    constant = {0: np.full((2, 20), 60.0)}
    sessions = [get_engine("compiled").start(NETWORK, TRIAL, constant, 1, seed=5) for _ in range(2)]
    for session in sessions:
        session.run(55)
    sessions[0].present(constant, 9, TRIAL)
    assert_same(*(session.run(80) for session in sessions))


@pytest.mark.parametrize("engine", ENGINES)
def test_state_variables_can_be_read_and_written(engine: str) -> None:
    """What is written is there, is what the next step begins from, and is checked."""
    session = start(engine)
    session.run(10)
    values = np.linspace(-59e-3, -51e-3, UNITS)
    session.set(1, "v", values)
    assert np.array_equal(session.get(1, "v"), values)
    other = start(engine)
    other.run(10)
    state = other.state()
    other.restore({**state, "variable/1/v": values})
    assert_same(session.run(40), other.run(40))
    for group, variable, given_values, message in (
        (1, "u", values, "cells has no state variable 'u'"),
        (0, "v", values, "group 0 is not a group of neurons"),
        (1, "v", values[1:], "cells.v: must be 30 finite values"),
        (1, "v", values * np.nan, "cells.v: must be 30 finite values"),
    ):
        with pytest.raises(NetworkError, match=message):
            session.set(group, variable, given_values)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"step": None}, "'step' is missing"),
        ({"more": np.zeros(1)}, "'more' is unknown"),
        ({"variable/1/v": np.zeros(UNITS - 1)}, "'variable/1/v' must be float64"),
        ({"variable/1/v": np.zeros(UNITS, dtype=int)}, "'variable/1/v' must be float64"),
        ({"variable/1/v": np.full(UNITS, np.inf)}, "'variable/1/v' must be finite"),
        ({"step": np.array([-1])}, "0 <= began <= step"),
        ({"began": np.array([91])}, "0 <= began <= step"),
        ({"spikes/1/units": np.zeros(0, dtype=np.uint32)}, "spikes of cells: .* steps, but 0 units"),
        ({"spikes/1/steps": np.array([89]), "spikes/1/units": np.array([UNITS])}, "units 0 to 29"),
        ({"spikes/1/steps": np.array([90]), "spikes/1/units": np.array([0])}, "in steps 60 to 89"),
        ({"spikes/1/steps": np.array([59]), "spikes/1/units": np.array([0])}, "in steps 60 to 89"),
        ({"spikes/1/steps": np.array([80, 80]), "spikes/1/units": np.array([3, 3])}, "each once"),
        ({"spikes/1/steps": np.array([81, 80]), "spikes/1/units": np.array([3, 3])}, "in order"),
        ({"spikes/1/steps": np.array([80]), "spikes/1/units": np.array([-1])}, "units 0 to 29"),
        ({"spikes/1/steps": np.zeros((1, 1), dtype=int)}, "must be int64"),
    ],
)
def test_a_state_of_something_else_is_refused(engine: str, change: dict, message: str) -> None:
    """What cannot be a state of this network is named, and nothing is taken over."""
    session = STARTED.setdefault(engine, start(engine))
    if session.step == 0:
        session.run(90)
    state = session.state()
    changed = {name: values for name, values in {**state, **change}.items() if values is not None}
    with pytest.raises(NetworkError, match=message):
        session.restore(changed)
    for name, values in session.state().items():
        assert np.array_equal(values, state[name])


STARTED: dict[str, Session] = {}


@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_session_cannot_run_is_refused(engine: str) -> None:
    """Steps, records, rates and trials that do not fit are named."""
    session = start(engine)
    with pytest.raises(NetworkError, match="steps: must be at least 1, got 0"):
        session.run(0)
    with pytest.raises(NetworkError, match="raise dt"):
        session.run(2**31)
    with pytest.raises(NetworkError, match=r"records\[0\]: cells has no state variable 'w'"):
        session.run(1, records=[Record(1, "w", np.array([0]))])
    with pytest.raises(NetworkError, match="units 0 to 29"):
        session.run(1, records=[Record(1, "v", np.array([UNITS]))])
    with pytest.raises(NetworkError, match="bin_steps: must be at least 1"):
        session.present(RATES, 0, TRIAL)
    with pytest.raises(NetworkError, match="at least 3 stimuli"):
        session.present(RATES, 1, Trial(2, 0, 0))
    with pytest.raises(NetworkError, match=r"Trial.stimulus: must not be negative, got -1"):
        session.present(RATES, 1, Trial(-1, 0, 0))
    assert session.step == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_progress_adds_up_to_the_steps(engine: str) -> None:
    """The callback hears of every step, in the thread that asked."""
    heard: list[int] = []
    threads = set()

    def advance(steps: int) -> None:
        heard.append(steps)
        threads.add(threading.current_thread())

    start(engine).run(70, advance=advance)
    assert sum(heard) == 70
    assert threads == {threading.current_thread()}


@pytest.mark.parametrize("engine", ENGINES)
def test_after_ctrl_c_a_session_goes_on(engine: str) -> None:
    """Interrupted, a run gives what it had; going on from there gives what was never interrupted."""
    session = start(engine)
    alarm = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(Interrupted) as caught:
            session.run(2**30, "spikes", [Record(1, "v", np.array([0]), every=50)])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, alarm)
    reached, part = session.step, caught.value.result
    assert 0 < reached < 2**30
    assert caught.value.reached.tolist() == [reached]
    assert part.traces[0].shape == (1, -(-reached // 50), 1)
    assert part.spikes
    assert part.spikes[1][0][0].max(initial=0) < reached
    ended = session.state()
    other = start(engine)
    undisturbed = other.run(reached, records=[Record(1, "v", np.array([0]), every=50)])
    assert_same(part, undisturbed)
    for name, values in other.state().items():
        assert np.array_equal(values, ended[name])
