import dataclasses
import signal
from pathlib import Path

import numpy as np
import pytest

from brainsim.engine import (
    ConvolutionConnections,
    Network,
    NetworkError,
    NeuronGroup,
    PoissonInput,
    Projection,
    Record,
    RunResult,
    SourceGroup,
    SparseConnections,
    Trial,
    get_engine,
)
from brainsim.engine import program as program_module
from brainsim.engine.bundles import StateLayout, bundled
from brainsim.engine.codegen import compile_group
from isocortex.threads import run_on_threads

RNG = np.random.default_rng(0)
SHAPE = (6, 7, 2)
UNITS = int(np.prod(SHAPE))
CELLS = "dv/dt = (E_L - v + R * I_s) / tau : volt (unless refractory)\ndI_s/dt = -I_s / tau_s : amp"


def _network() -> Network:
    sources = SourceGroup("in", UNITS)
    cells = NeuronGroup(
        "cells",
        UNITS,
        CELLS,
        "exponential_euler",
        refractory=1.3e-3,
        parameters={
            "E_L": (-60e-3, "volt"),
            "R": (1e8, "ohm"),
            "tau": (RNG.uniform(9e-3, 11e-3, UNITS), "second"),
            "tau_s": (5e-3, "second"),
            "V_th": (-50e-3, "volt"),
            "V_reset": (-60e-3, "volt"),
        },
        initial={"v": -60e-3},
    )
    bank = RNG.uniform(0, 30e-12, (2, 2, 3, 3))
    wires = SparseConnections(
        np.arange(0, 10 * UNITS + 1, 10),
        RNG.integers(0, UNITS, 10 * UNITS),
        RNG.normal(0, 20e-12, 10 * UNITS),
        RNG.integers(1, 30, 10 * UNITS),
    )
    projections = (
        Projection(0, 1, "I_s", ConvolutionConnections(bank, SHAPE, SHAPE, 1, 1, delay=3)),
        Projection(1, 1, "I_s", wires),
    )
    return Network((sources, cells), projections, (PoissonInput(1, "I_s", 2000.0, 10e-12),), 2e-4)


NETWORK = _network()
RATES = {0: RNG.uniform(0, 300, (5, 4, UNITS))}
TRIALS = [Trial(stimulus, 10 + stimulus, trial) for stimulus in range(5) for trial in range(2)]
STEPS = 400


def run(trials: list[Trial] = TRIALS, **options: object) -> RunResult:
    """Run the network of this module."""
    return get_engine("compiled").run(NETWORK, RATES, 100, STEPS, trials, **{"seed": 1, "threads": 1, **options})  # type: ignore[arg-type]


def assert_same(one: RunResult, other: RunResult) -> None:
    """Every bit of two results."""
    for ours, theirs in zip(
        (*one.counts, *one.first, *one.traces), (*other.counts, *other.first, *other.traces), strict=True
    ):
        assert np.array_equal(ours, theirs)
    if one.spikes is not None and other.spikes is not None:
        for ours, theirs in zip(one.spikes, other.spikes, strict=True):
            for (steps, units), (other_steps, other_units) in zip(ours, theirs, strict=True):
                assert np.array_equal(steps, other_steps)
                assert np.array_equal(units, other_units)


@pytest.mark.parametrize("threads", [2, 4])
def test_threads_change_no_bit(threads: int) -> None:
    """One thread, two and four give the same spikes and traces."""
    record = [Record(1, "v", np.arange(5), 3)]
    assert_same(run(records=record), run(records=record, threads=threads))


def test_batches_and_order_change_no_bit() -> None:
    """A trial gives the same spikes alone, in another order and among others."""
    whole = run()
    order = RNG.permutation(len(TRIALS))
    shuffled = run([TRIALS[k] for k in order], threads=2)
    for group in range(2):
        assert np.array_equal(shuffled.counts[group], whole.counts[group][order])
        assert np.array_equal(shuffled.first[group], whole.first[group][order])
    alone = run([TRIALS[7]])
    assert alone.spikes is not None
    assert whole.spikes is not None
    for group in range(2):
        for part in (0, 1):
            assert np.array_equal(alone.spikes[group][0][part], whole.spikes[group][7][part])


def test_seed_stimulus_and_trial_matter_and_the_position_does_not() -> None:
    """Seed, stimulus id and trial give other spikes; the row of the rates has no part in the random numbers."""
    base = run([Trial(0, 0, 0)]).counts[0]
    for other in (run([Trial(0, 1, 0)]), run([Trial(0, 0, 1)]), run([Trial(0, 0, 0)], seed=2)):
        assert not np.array_equal(other.counts[0], base)
    swapped = {0: np.concatenate([RATES[0][1:2], RATES[0][:1]])}
    moved = get_engine("compiled").run(NETWORK, swapped, 100, STEPS, [Trial(1, 0, 0)], seed=1)
    assert np.array_equal(moved.counts[0], base)


@pytest.mark.parametrize("longest", [1, 7, 128])
def test_slices_change_no_bit(monkeypatch: pytest.MonkeyPatch, longest: int) -> None:
    """A trial that is interrupted for a look at Ctrl-C goes on as if it had not been."""
    record = [Record(1, "I_s", np.arange(9), 7)]
    whole = run(records=record)
    monkeypatch.setattr(program_module, "LONGEST_SLICE", longest)
    assert_same(run(records=record), whole)


def test_counts_and_first_spikes_are_those_of_the_spikes() -> None:
    """Counts and first spikes follow from the spikes; keeping counts alone gives the same."""
    result, counts = run(), run(keep="counts")
    assert counts.spikes is None
    assert result.spikes is not None
    assert_same(result, counts)
    for group in range(2):
        for trial, (steps, units) in enumerate(result.spikes[group]):
            assert np.array_equal(np.bincount(units, minlength=UNITS), result.counts[group][trial])
            first = np.full(UNITS, -1)
            np.minimum.at(first, units, 0)
            for unit in np.unique(units):
                first[unit] = steps[units == unit][0]
            assert np.array_equal(first, result.first[group][trial])
            assert np.all(np.diff(steps) >= 0)
    assert result.counts[1].sum() > 100


def test_sources_follow_their_rates_bin_by_bin() -> None:
    """A source's spikes in each bin of time are as many as its rate says, for each stimulus."""
    network = Network((SourceGroup("in", 500),), dt=1e-3)
    rates = {0: np.array([[5.0, 80.0, 0.0], [200.0, 1.0, 20.0]])[:, :, None] * np.ones(500)}
    result = get_engine("compiled").run(network, rates, 300, 900, [Trial(0, 0, 0), Trial(1, 1, 0)], seed=0)
    assert result.spikes is not None
    for stimulus in range(2):
        steps, _ = result.spikes[0][stimulus]
        expected = rates[0][stimulus, :, 0] * 1e-3 * 300 * 500
        assert np.all(np.abs(np.bincount(steps // 300, minlength=3) - expected) <= 5 * np.sqrt(expected))


def test_the_last_bin_goes_on() -> None:
    """Constant rates hold for the whole trial, whatever the length of a bin."""
    network = Network((SourceGroup("in", 500),), dt=1e-3)
    result = get_engine("compiled").run(network, {0: np.full((1, 500), 20.0)}, 1, 500, [Trial(0, 0, 0)], seed=0)
    assert abs(result.counts[0].sum() - 5000) < 5 * np.sqrt(5000)


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"projections": (dataclasses.replace(NETWORK.projections[0], variable="AMPA"),)},
            r"projections\[0\]: cells has",
        ),
        ({"inputs": (dataclasses.replace(NETWORK.inputs[0], variable="u"),)}, r"inputs\[0\]: cells has"),
    ],
)
def test_unknown_variables(engine: str, change: dict, message: str) -> None:
    """A projection or input onto a variable that the target lacks is refused by both engines."""
    with pytest.raises(NetworkError, match=message):
        get_engine(engine).run(dataclasses.replace(NETWORK, **change), RATES, 100, 4, [Trial(0, 0, 0)], 0)


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_unknown_recorded_variable(engine: str) -> None:
    """A record of a variable that is not there is refused by both engines, and no trials give empty results."""
    with pytest.raises(NetworkError, match=r"records\[0\]: cells has no state variable 'u'"):
        get_engine(engine).run(NETWORK, RATES, 100, 4, [Trial(0, 0, 0)], 0, records=[Record(1, "u", np.array([0]))])
    none = get_engine(engine).run(NETWORK, RATES, 100, 4, [], 0, records=[Record(1, "v", np.array([0]))])
    assert none.counts[1].shape == (0, UNITS)
    assert none.traces[0].shape == (0, 4, 1)


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_progress_tells_of_every_step(engine: str) -> None:
    """The callback hears of all steps of all trials."""
    heard: list[int] = []
    get_engine(engine).run(NETWORK, RATES, 100, 4, TRIALS[:3], 0, threads=2, advance=heard.append)
    assert sum(heard) == 3 * 4


def test_a_projection_without_synapses_and_a_group_without_input() -> None:
    """Nothing arrives where there are no synapses, on both engines."""
    empty = SparseConnections(np.zeros(UNITS + 1, dtype=int), np.zeros(0, dtype=int), 1e-9, np.zeros(0, dtype=int))
    quiet = dataclasses.replace(NETWORK, projections=(Projection(0, 1, "I_s", empty),), inputs=())
    for engine in ("compiled", "brian2"):
        result = get_engine(engine).run(quiet, RATES, 100, 100, [Trial(0, 0, 0)], 0)
        assert result.counts[1].sum() == 0
        assert result.counts[0].sum() > 0


@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_ends_the_run(threads: int) -> None:
    """An interrupt stops the trials that have not begun, and reaches the caller."""
    heard: list[int] = []

    def interrupt(count: int) -> None:
        heard.append(count)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(threads=threads, advance=interrupt)
    assert len(heard) == 1


@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_ends_trials_under_way(threads: int) -> None:
    """An interrupt does not wait for trials of days to end."""
    steps, rates = 2**30, {0: np.zeros((5, 1, UNITS))}
    alarm = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    try:
        with pytest.raises(KeyboardInterrupt):
            get_engine("compiled").run(NETWORK, rates, steps, steps, TRIALS, 1, threads, "counts")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, alarm)


def test_threads_may_load_the_same_equations_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """None of them meets a module that another has only begun to load."""
    monkeypatch.setenv("ISOCORTEX_CACHE", str(tmp_path))
    group = dataclasses.replace(NETWORK.groups[1], equations=CELLS.replace("tau_s", "tau_other"))
    group = dataclasses.replace(
        group, parameters={name.replace("tau_s", "tau_other"): value for name, value in group.parameters.items()}
    )
    loaded = run_on_threads(lambda _: compile_group(group, NETWORK.dt).module.update.address, range(4), 4)
    assert len(set(loaded)) == 1


def test_a_brain_in_use_is_sorted_once() -> None:
    """Simulating the same network again sorts nothing again."""
    layout = StateLayout.of({1: ("v", "I_s")}, [UNITS, UNITS])
    one, other = (bundled(NETWORK, layout, lambda group, name: False, 1, 1) for _ in range(2))
    assert one is other
