"""Simulation: going on, looking in, saving, and going on in another process, all bit for bit."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import brainsim
from brainsim import (
    AMPA,
    GABA_A,
    LIF,
    Brain,
    CurrentDrive,
    Normal,
    OrnsteinUhlenbeckDrive,
    Poisson,
    PoissonDrive,
    Population,
    Projection,
    Record,
    Recording,
    RecordWeights,
    Region,
    Retina,
    Simulation,
    SpikeDrive,
    SpikeSource,
    Uniform,
    simulate,
    wiring,
)
from brainsim.encoders import Spikes
from brainsim.errors import (
    CheckpointFileError,
    Interrupted,
    KindError,
    MemoryLimitError,
    ModelError,
    ParameterError,
    StimulusError,
    UnknownNameError,
)
from brainsim.plasticity import STDP, RewardSTDP, TsodyksMarkram
from isocortex.errors import MissingFileError
from isocortex.files import read_arrays, write_arrays

CELL = LIF(C_m=200, tau_m=20, E_L=-65, V_th=Normal(-50, 1), V_reset=-65, t_ref=2)
RNG = np.random.default_rng(3)
SPOT, RING = RNG.random((8, 8, 1)), RNG.random((8, 8, 1))
DT = 0.5


def small(plastic=False):
    """Give a brain with a retina, drawn delays, background, and synapses that learn if they shall."""
    learns = {"plasticity": STDP(W_max=8, learning_rate=0.1), "name": "learns"} if plastic else {}
    tires = {"short_term": TsodyksMarkram(U=0.4, tau_rec=200, tau_facil=30), "name": "tires"} if plastic else {}
    return Brain(
        "small",
        [
            Region("retina", [Population(name, Poisson(), shape=(8, 8)) for name in ("ON", "OFF")]),
            Region(
                "V1",
                [Population("E", CELL, size=40, initial={"v": Uniform(-65, -50)}), Population("I", CELL, size=20)],
            ),
        ],
        [
            Projection("retina.ON", "V1.E", wiring.fixed_probability(0.2), AMPA(), weight=4, delay=2, **learns),
            Projection("retina.OFF", "V1.I", wiring.fixed_probability(0.3), AMPA(), weight=2, delay=1),
            Projection("V1.E", ["V1.E", "V1.I"], wiring.fixed_indegree(6), AMPA(), 1, Normal(4, 2, low=0.5), **tires),
            Projection("V1.I", "V1.E", wiring.fixed_total(90), GABA_A(), weight=Normal(3, 1, low=0)),
        ],
        [PoissonDrive("V1.E", rate=500, receptor=AMPA(), weight=1)],
        inputs={"retina": Retina(onset=10, sustained=0.5, max_rate=200)},
    )


RECORDS = [Record("V1.E", "v", [0, 5], every=2), Record("V1.E", "AMPA", every=5)]


@pytest.fixture(scope="module")
def brain():
    """Give the small brain, built once."""
    return small()


@pytest.fixture(scope="module")
def learner():
    """Give the small brain whose synapses learn and tire."""
    return small(plastic=True)


def assert_same(one: Recording, other: Recording):
    """Every spike, count and sample, and when they were."""
    assert (one.start_step, one.steps, one.populations) == (other.start_step, other.steps, other.populations)
    for name in one.populations:
        for ours, theirs in zip(one.spikes(name), other.spikes(name), strict=True):
            assert np.array_equal(ours, theirs)
        assert np.array_equal(one.spike_counts[name], other.spike_counts[name])
        assert np.array_equal(one.first_steps[name], other.first_steps[name])
    for mine, its in ((one.traces, other.traces), (one.synapse_traces, other.synapse_traces)):
        assert set(mine) == set(its)
        for key, trace in mine.items():
            assert np.array_equal(trace.values, its[key].values)
            assert np.array_equal(trace.steps() + one.start_step, its[key].steps() + other.start_step)


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_runs_add_up_to_what_simulate_gives(brain, engine):
    """Consecutive runs, joined, are one trial: spikes, counts, first spikes and samples."""
    whole = simulate(brain, SPOT[None], 60, DT, seed=4, stimulus_ids=[9], record=RECORDS, engine=engine)
    simulation = Simulation(brain, SPOT, DT, seed=4, stimulus_id=9, engine=engine)
    parts = [simulation.run(length, record=RECORDS) for length in (0.5, 13, 31.5, 15)]
    assert_same(Recording.join(parts), whole)
    assert [part.start for part in parts] == [0, 0.5, 13.5, 45]
    assert simulation.time == 60
    assert whole.spike_counts["V1.E"].sum() > 20


def test_times_are_absolute(brain):
    """A later run's spikes lie within it, and its counts are its own."""
    simulation = Simulation(brain, SPOT, DT)
    simulation.run(30)
    later = simulation.run(30, record=RECORDS)
    times, _ = later.spikes("retina.ON")
    assert times.min() >= 30
    assert times.max() < 60
    assert len(times) == later.spike_counts["retina.ON"].sum()
    assert np.allclose(later.trace("V1.E").time, np.arange(30, 60, 2) + DT)
    assert np.nanmin(later.first_spikes()["retina.ON"]) >= 30


def test_another_stimulus_is_seen_from_now_on(brain):
    """With the same noise another stimulus gives other spikes, and shown again in time nothing has changed."""
    one, other, same = (Simulation(brain, SPOT, DT, stimulus_id=2) for _ in range(3))
    for simulation in (one, other, same):
        simulation.run(20)
    other.present(RING, stimulus_id=2)
    counts = [simulation.run(20).spike_counts["retina.ON"] for simulation in (one, other, same)]
    assert np.array_equal(counts[0], counts[2])
    assert not np.array_equal(counts[0], counts[1])


def test_the_time_within_a_stimulus_counts_from_when_it_came():
    """The onset response comes again with every presentation."""
    retina = Retina(sustained=0.0, max_rate=300, decay=5, baseline=0)
    eye = Brain("eye", [Region("retina", [Population(one, Poisson(), shape=(8, 8)) for one in ("ON", "OFF")])],
                inputs={"retina": retina})  # fmt: skip
    simulation = Simulation(eye, SPOT, DT)
    first, rest = simulation.run(20), simulation.run(100).between(100, 120)
    simulation.present(SPOT, stimulus_id=1)
    again = simulation.run(20)
    counts = [sum(int(one.spike_counts[name].sum()) for name in one.populations) for one in (first, rest, again)]
    assert counts[0] > 4 * (counts[1] + 1)
    assert counts[2] > 4 * (counts[1] + 1)


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_state_is_read_and_written_in_public_units(brain, engine):
    """Set to the threshold's far side, every unit spikes in the next step; weights are those drawn."""
    simulation = Simulation(brain, SPOT, DT, engine=engine)
    assert np.all((simulation.state("V1.E") >= -65) & (simulation.state("V1.E") <= -50))
    simulation.set_state("V1.E", "v", -40.0)
    simulation.set_state("V1.E", "AMPA", np.full(40, 30.0))
    assert np.allclose(simulation.state("V1.E", "v"), -40)
    assert np.allclose(simulation.state("V1.E", "AMPA"), 30)
    assert simulation.run(DT).spike_counts["V1.E"].tolist() == [[[1] * 40]]
    assert np.all(simulation.weights("retina.ON -> V1.E") == 4)
    assert simulation.weights("V1.I -> V1.E").shape == (90,)


SUBPROCESS = """
import sys, brainsim
from brainsim import Record, RecordWeights
path, out, records, engine = sys.argv[1], sys.argv[2], eval(sys.argv[3]), sys.argv[4]
simulation = brainsim.Simulation.load(path, engine=engine)
simulation.run(25, record=records).save(out)
simulation.save(path)
"""


@pytest.mark.parametrize(
    ("engine", "other"),
    [
        ("compiled", "compiled"),
        pytest.param("brian2", "brian2", marks=pytest.mark.slow),
        pytest.param("compiled", "brian2", marks=pytest.mark.slow),
    ],
)
def test_another_process_goes_on_bit_for_bit(engine, other, brain, learner, tmp_path):
    """Saved, loaded by another process and run, it does what it would have done here; so does what that one saves.

    With plastic synapses only on the engine that it was saved from: engines bring them up to date at different steps.
    """
    same = engine == other
    simulation = Simulation(learner if same else brain, SPOT, DT, seed=4, stimulus_id=9, trial=3, engine=engine)
    simulation.run(35)
    simulation.present(RING, stimulus_id=1)
    simulation.run(10)
    path, out = tmp_path / "saved.npz", tmp_path / "recording.npz"
    simulation.save(path)
    records = RECORDS + [RecordWeights("learns", every=5)] * same
    arguments = [str(path), str(out), repr(records if same else []), other]
    subprocess.run([sys.executable, "-c", SUBPROCESS, *arguments], check=True)
    assert_same(Recording.load(out), simulation.run(25, record=records if same else []))
    again = Simulation.load(path)
    assert (again.time, repr(again)) == (70, f"Simulation('small' at 70 ms, engine={other!r})")
    if same:
        assert_same(again.run(20), simulation.run(20))


def test_listed_spikes_currents_and_noise_go_on(tmp_path):
    """Drives of every kind and listed spikes are where they were: saved and loaded, runs add up to one."""
    cells = Population("E", CELL, size=10)
    eye = Brain(
        "eye",
        [Region("ear", [Population("in", SpikeSource(), size=6)]), Region("A", [cells])],
        [Projection("ear.in", "A.E", wiring.all_to_all(), AMPA(), 3, Uniform(1, 9))],
        [
            CurrentDrive("A.E", amplitude=RNG.uniform(100, 400, (8, 10)), bin=10),
            OrnsteinUhlenbeckDrive("A.E", mean=50, sigma=80, tau=10),
            PoissonDrive("A.E", rate=RNG.uniform(100, 900, (6, 10)), receptor=GABA_A(), weight=0.5, bin=7),
            SpikeDrive("A.E", times=[5, 41, 55], units=[1, 2, 3], receptor=AMPA(), weight=9),
        ],
        inputs={"ear": Spikes()},
    )
    events = (RNG.uniform(0, 80, 40), RNG.integers(0, 6, 40))
    whole = simulate(eye, [events], 80, 0.1, record=[Record("A.E")])
    simulation = Simulation(eye, events)
    parts = []
    for length in (13.3, 0.1, 31.6, 35):
        simulation.save(tmp_path / "saved.npz")
        simulation = Simulation.load(tmp_path / "saved.npz")
        parts.append(simulation.run(length, record=[Record("A.E")]))
    assert_same(Recording.join(parts), whole)
    assert whole.spike_counts["A.E"].sum() > 10


def test_plastic_synapses_go_on(learner):
    """Runs add up with weights that change, which are recorded in their unit, as both engines have them."""
    records = [RecordWeights("learns", synapses=[0, 7, 50], every=4), *RECORDS]
    whole = simulate(learner, SPOT[None], 60, DT, record=records)
    simulation = Simulation(learner, SPOT, DT)
    before = simulation.weights("learns")
    assert_same(Recording.join([simulation.run(length, record=records) for length in (7, 33, 20)]), whole)
    trace = whole.synapse_trace("learns")
    after = simulation.weights("learns")
    assert trace.shape == (1, 1, 15, 3)
    assert trace.attrs["units"] == "nS"
    assert np.allclose(trace[0, 0, 0], before[[0, 7, 50]])
    assert not np.array_equal(before, after)
    reference = simulate(learner, SPOT[None], 60, DT, record=records, engine="brian2")
    assert np.array_equal(reference.spike_counts["V1.E"], whole.spike_counts["V1.E"])
    assert np.allclose(reference.synapse_trace("learns"), trace, rtol=1e-12)


def test_a_reward_changes_weights():
    """A reward turns eligibility into weight at once, on both engines alike."""
    rule = RewardSTDP(W_max=10, learning_rate=0.1)
    pair = Brain(
        "pair",
        [Region("a", [Population("E", CELL, size=5, initial={"v": -45}), Population("F", CELL, size=5)])],
        [Projection("a.E", "a.F", wiring.all_to_all(), AMPA(), 8, 1, plasticity=rule, name="learns")],
    )
    changes = []
    for engine in ("compiled", "brian2"):
        simulation = Simulation(pair, engine=engine)
        simulation.run(20)
        before = simulation.weights("learns")
        simulation.reward(1.0)
        changes.append(simulation.weights("learns") - before)
        simulation.run(1)
    assert np.all(changes[0] > 0)
    assert np.allclose(*changes, rtol=1e-9)
    with pytest.raises(ModelError, match="no projection has plasticity=RewardSTDP"):
        Simulation(small(), SPOT, DT).reward(1.0)


@pytest.fixture(scope="module")
def living(brain):
    """Give a simulation that has begun."""
    simulation = Simulation(brain, SPOT, DT)
    simulation.run(5)
    return simulation


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda one: Simulation("brain"), KindError, "brain must be a Brain, got str"),
        (lambda one: Simulation(one.brain, SPOT, dt=0), ParameterError, "dt: must be positive"),
        (lambda one: Simulation(one.brain, SPOT, seed=-1), ValueError, "seed"),
        (lambda one: Simulation(one.brain, SPOT, stimulus_id=-1), ParameterError, "stimulus_id"),
        (lambda one: Simulation(one.brain, SPOT, trial=0.5), KindError, "trial"),
        (lambda one: Simulation(one.brain, SPOT, engine="brian"), ParameterError, "engine 'brian' is unknown; did you"),
        (lambda one: Simulation(one.brain), StimulusError, "needs stimuli for retina"),
        (lambda one: Simulation(one.brain, SPOT[None]), StimulusError, "got shape"),
        (lambda one: one.run(0), ParameterError, "Simulation.run: duration: must be positive"),
        (lambda one: one.run(0.7), ParameterError, "must be a whole number of steps of 0.5 ms, got 0.7 ms"),
        (lambda one: one.run(2e9), ParameterError, "more than 2147483647 steps"),
        (lambda one: one.run(1, keep="all"), ParameterError, "Simulation.run: keep 'all' is unknown"),
        (lambda one: one.run(1, keep=np.zeros(2)), KindError, "Simulation.run: keep must be one of 'spikes', 'counts'"),
        (lambda one: one.run(1, progress="yes"), TypeError, "progress: must be True, False, None or a function"),
        (lambda one: one.run(1, record=[Record(["V1.E"])]), KindError, "names must be text"),
        (lambda one: one.run(1, record=[Record("V1.E", np.zeros(2))]), KindError, "names must be text"),
        (lambda one: one.run(1, record=[RecordWeights(3)]), KindError, "RecordWeights.3.: names must be text"),
        (lambda one: one.run(1, record=[Record("V1.E", "u")]), UnknownNameError, "there is no such variable"),
        (lambda one: one.run(1, record=[Record("V1.E", units=[40])]), ParameterError, "units must be from 0 to 39"),
        (lambda one: one.run(1, record=[Record("V1.E", units=[-1])]), ParameterError, "units must be from 0 to 39"),
        (lambda one: one.run(1, record=[RecordWeights("x")]), UnknownNameError, "there is no projection 'x'"),
        (lambda one: one.run(1, record=[RecordWeights("V1.I -> V1.E")]), ModelError, "its weights are constant"),
        (lambda one: one.present(None), StimulusError, "needs stimuli"),
        (lambda one: one.present(SPOT, stimulus_id=-2), ParameterError, "Simulation.present: stimulus_id"),
        (lambda one: one.state("V1.X"), UnknownNameError, "no population 'V1.X'; did you mean 'V1"),
        (lambda one: one.state("V1.E", "u"), UnknownNameError, "V1.E has no variable 'u'"),
        (lambda one: one.state("retina.ON"), ModelError, "the units of retina.ON have no state variables"),
        (lambda one: one.set_state("V1.E", "AMPA", -1), ParameterError, "V1.E.AMPA: must not be negative, got -1 nS"),
        (lambda one: one.set_state("V1.E", "v", np.zeros(3)), ParameterError, r"Simulation.set_state: V1.E.v"),
        (lambda one: one.set_state("V1.E", "v", np.nan), ParameterError, r"Simulation.set_state: V1.E.v"),
        (lambda one: one.weights("V1.E"), UnknownNameError, "no projection 'V1.E'; choose one of: V1.E -> V1.E"),
        (lambda one: one.reward(np.inf), ParameterError, "Simulation.reward: amount"),
        (lambda one: Simulation.load("x.npz", engine="nest"), ParameterError, "engine 'nest' is unknown"),
    ],
)
def test_what_cannot_be_asked_is_refused(living, ask, error, message):
    """The message names the argument and the value, and the simulation stands where it stood."""
    with pytest.raises(error, match=message):
        ask(living)
    assert living.time == 5


def test_results_that_will_not_fit_are_refused(living, monkeypatch):
    """Before anything is taken; then the simulation stands where it stood."""
    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 100_000)
    with pytest.raises(MemoryLimitError, match=r"results of 1 trials of 'small': needs about .* of which traces"):
        living.run(1000, record=[Record("V1.E")])
    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 1000)
    with pytest.raises(MemoryLimitError, match=r"brain 'small': needs about .* its state"):
        Simulation(living.brain, SPOT, DT)
    assert living.time == 5


def changed(path, text=None, arrays=None):
    """Write a saved simulation anew with something changed."""
    held = read_arrays(path)
    described = json.loads(held["simulation"].tobytes())
    described.update(text or {})
    held["simulation"] = np.frombuffer(json.dumps(described).encode(), dtype=np.uint8)
    held.update(arrays or {})
    write_arrays(path, {name: values for name, values in held.items() if values is not None})


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-2000]), "not readable"),
        (lambda path: path.write_bytes(b"PK"), "not readable"),
        (lambda path: write_arrays(path, {"x": np.zeros(3)}), "no saved simulation"),
        (lambda path: small().save(path), "no saved simulation"),
        (lambda path: changed(path, {"format": "other"}), "is of format 'other'"),
        (lambda path: changed(path, {"version": 2}), "is of version 2, written by isocortex"),
        (lambda path: changed(path, {"dt": -1.0}), "dt must be a positive number"),
        (lambda path: changed(path, {"dt": 0.25}), "builds another network"),
        (lambda path: changed(path, {"seed": 1.5}), "seed must be a whole number"),
        (lambda path: changed(path, {"bin_steps": 0}), "bin_steps: must be at least 1"),
        (lambda path: changed(path, {"engine": "__import__"}), "engine '__import__' is unknown"),
        (lambda path: changed(path, {"network": "0"}), "builds another network"),
        (lambda path: changed(path, {"brain": {}}), "holds no brain"),
        (lambda path: changed(path, {"brain": None}), "holds no brain"),
        (lambda path: changed(path, arrays={"state/step": None}), "'step' is missing"),
        (lambda path: changed(path, arrays={"state/variable/2/v": np.zeros(3)}), "must be float64"),
        (lambda path: changed(path, arrays={"state/variable/2/v": np.full(40, np.nan)}), "must be finite"),
        (lambda path: changed(path, arrays={"state/step": np.array([2**40])}), "0 <= began <= step"),
        (lambda path: changed(path, arrays={"rates/0": None}), "is a source and has none"),
        (lambda path: changed(path, arrays={"rates/0": np.zeros((2, 64))}), "rates of group 0 must be"),
        (lambda path: changed(path, arrays={"rates/0": np.full((1, 64), -1.0)}), "not negative"),
        (lambda path: changed(path, arrays={"rates/x": np.zeros((1, 64))}), "damaged"),
    ],
)
def test_damaged_foreign_and_hostile_files_are_refused(living, tmp_path, damage, message):
    """Whatever is wrong with a file, it is named, and nothing of it is executed."""
    path = tmp_path / "saved.npz"
    living.save(path)
    damage(path)
    with pytest.raises(CheckpointFileError, match=message) as caught:
        Simulation.load(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    """A missing file is missing, not damaged."""
    with pytest.raises(MissingFileError, match="no such file"):
        Simulation.load(tmp_path / "none.npz")


INTERRUPTED = """
import sys, numpy as np, brainsim
from brainsim.errors import Interrupted
brain = brainsim.atlas.coba()
simulation = brainsim.Simulation(brain, seed=2)
simulation.run(20)
go = lambda total, name: lambda steps: print("go", flush=True)
try:
    simulation.run(1e7, progress=go)
except Interrupted as stopped:
    part = stopped.recording
else:
    sys.exit("was not interrupted")
assert part.start == 20 and part.end == simulation.time, (part.start, part.end, simulation.time)
rest = simulation.run(10)
other = brainsim.Simulation(brain, seed=2)
whole = other.run(simulation.time)
both = brainsim.Recording.join([part, rest])
for name in whole.populations:
    times, units = whole.spikes(name)
    late = times > 19.99
    assert np.array_equal(both.spikes(name)[0], times[late]) and np.array_equal(both.spikes(name)[1], units[late])
print("interrupted after", part.duration, "ms")
"""


def interrupt(code, *, after):
    """Run code in another process, press Ctrl-C some seconds after it says go, and give what it prints."""
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    assert child.stdout
    assert child.stdout.readline() == "go\n"
    time.sleep(after)
    child.send_signal(signal.SIGINT)
    printed, errors = child.communicate(timeout=120)
    assert child.returncode == 0, errors
    return printed


def test_ctrl_c_keeps_what_was_recorded_and_the_simulation_goes_on():
    """A signal in the middle of a run of hours: the part is there, and going on gives what was never interrupted."""
    assert "interrupted after" in interrupt(INTERRUPTED, after=0.5)


TRIALS = """
import sys, numpy as np, brainsim
from brainsim.errors import Interrupted
brain = brainsim.atlas.coba()
trials, duration = {trials}, {duration}
go = lambda total, name: lambda steps: print("go", flush=True)
try:
    brainsim.simulate(brain, duration=duration, trials=trials, seed=1, threads=2, progress=go)
except Interrupted as stopped:
    part, said = stopped.recording, str(stopped)
else:
    sys.exit("was not interrupted")
assert part.trials < trials or part.duration < duration
alone = brainsim.simulate(brain, duration=min(part.duration, 20), trials=part.trials, seed=1)
for name in alone.populations:
    for trial in range(part.trials):
        times, units = part.spikes(name, trial=trial)
        early = times < alone.duration
        assert np.array_equal(times[early], alone.spikes(name, trial=trial)[0])
        assert np.array_equal(units[early], alone.spikes(name, trial=trial)[1])
print(part.trials, part.duration, said)
"""


@pytest.mark.parametrize(
    ("trials", "duration", "said"),
    [(4000, 20, "of 4000 trials"), pytest.param(2, 1e6, "steps of the first", marks=pytest.mark.slow)],
)
def test_ctrl_c_keeps_the_trials_that_were_finished(trials, duration, said):
    """Of many trials those that were finished, of a long one what it had reached: as if no more had been asked for."""
    printed = interrupt(TRIALS.format(trials=trials, duration=duration), after=0.7)
    assert f"simulate: interrupted after {printed.split('after ')[1].split()[0]}" in printed
    assert said in printed


def test_nothing_done_is_no_recording(brain, monkeypatch):
    """Interrupted before a step was done there is nothing to keep."""

    def advance(total, description):
        raise KeyboardInterrupt

    simulation = Simulation(brain, SPOT, DT)
    with pytest.raises(KeyboardInterrupt):
        simulation.run(10, progress=advance)
    assert simulation.time == 0
    assert Interrupted(None, "nothing").recording is None
    assert brainsim.errors.Interrupted is Interrupted
