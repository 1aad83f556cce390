"""The same bits whatever the threads, the company, the order and the cuts: everything that a brain can hold at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainsim import (
    AMPA,
    GABA_A,
    LIF,
    NMDA,
    AdaptiveThreshold,
    AdEx,
    Brain,
    CurrentDrive,
    Equations,
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
    Uniform,
    simulate,
    wiring,
)
from brainsim.plasticity import STDP, InhibitorySTDP, TsodyksMarkram

IMAGES = np.random.default_rng(0).random((5, 8, 8, 1))
IDS = [3, 1, 4, 15, 9]
DT, LENGTH = 0.25, 40.0
NOISY = """dv/dt = (-60*mV - v)/(15*ms) + (I_syn + I_0)/(200*pF) + 2*mV*xi/sqrt(15*ms) : volt (unless refractory)"""
RECORDS = [
    Record("V1.noisy", "v", [0, 9], every=0.5),
    Record("V1.threshold", "theta", every=1.25),
    Record("V1.adapting", "w", [3]),
    RecordWeights("learns", synapses=[0, 5, 17], every=2),
]


def everything():
    """Give a brain with noise, adaptation, drives, drawn delays, plastic and dynamic synapses, and a convolution."""
    cell = LIF(C_m=200, tau_m=15, E_L=-65, V_th=Normal(-52, 1), V_reset=-66, t_ref=1.7)
    noisy = Equations(NOISY, threshold="v > -50*mV", reset="v = -60*mV", t_ref=2, parameters={"I_0": (80.0, "pA")},
                      method="euler")  # fmt: skip
    populations = [
        Population("noisy", noisy, size=24),
        Population("threshold", AdaptiveThreshold(cell, increment=2, tau=50), shape=(4, 4, 3)),
        Population("adapting", AdEx(), size=20),
        Population("I", cell, size=12, initial={"v": Uniform(-65, -52)}),
    ]
    return Brain(
        "everything",
        [Region("retina", [Population(one, Poisson(), shape=(8, 8)) for one in ("ON", "OFF")]),
         Region("V1", populations)],
        [
            Projection("retina.ON", "V1.threshold", wiring.convolution(np.ones((3, 1, 3, 3)), 2), AMPA(), 4, 2),
            Projection("retina.OFF", "V1.noisy", wiring.fixed_probability(0.3), AMPA(), 1, Uniform(0.5, 9),
                       plasticity=STDP(W_max=3, learning_rate=0.1), name="learns"),
            Projection("V1.noisy", ["V1.adapting", "V1.I"], wiring.fixed_indegree(8), NMDA(), 6, Normal(3, 1, low=0.5)),
            Projection("V1.threshold", "V1.adapting", wiring.fixed_total(200), AMPA(), Normal(9, 2, low=0), 1.5,
                       short_term=TsodyksMarkram(U=0.5, tau_rec=100, tau_facil=20)),
            Projection("V1.I", "V1.noisy", wiring.all_to_all(), GABA_A(), 0.5, 1,
                       plasticity=InhibitorySTDP(W_max=5, learning_rate=0.1, target_rate=5)),
        ],
        [
            PoissonDrive("V1.adapting", rate=900, receptor=AMPA(), weight=2),
            CurrentDrive("V1.I", amplitude=np.linspace(0, 300, 5), bin=9),
            OrnsteinUhlenbeckDrive("V1.threshold", mean=60, sigma=90, tau=8),
        ],
        inputs={"retina": Retina(onset=5, sustained=0.4, max_rate=200)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def brain():
    """Give the brain, built once."""
    return everything()


@pytest.fixture(scope="module")
def whole(brain):
    """Give five stimuli of two trials, on one thread."""
    recording = simulate(brain, IMAGES, LENGTH, DT, trials=2, seed=6, record=RECORDS, threads=1, stimulus_ids=IDS)
    assert all(counts.sum() > 20 for counts in recording.spike_counts.values())
    return recording


def assert_same(one: Recording, other: Recording):
    """Every spike, count, first spike and sample."""
    for name in one.populations:
        assert np.array_equal(one.spike_counts[name], other.spike_counts[name])
        assert np.array_equal(one.first_steps[name], other.first_steps[name])
        for part in ("offsets", "steps", "units"):
            assert np.array_equal(getattr(one.spike_lists[name], part), getattr(other.spike_lists[name], part))
    for mine, its in ((one.traces, other.traces), (one.synapse_traces, other.synapse_traces)):
        for key, trace in mine.items():
            assert np.array_equal(trace.values, its[key].values), key


@pytest.mark.parametrize("threads", [2, 4])
def test_threads(brain, whole, threads):
    """One thread, two and four."""
    other = simulate(brain, IMAGES, LENGTH, DT, trials=2, seed=6, record=RECORDS, threads=threads, stimulus_ids=IDS)
    assert_same(other, whole)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.sampled_from(range(5)), min_size=1, max_size=5, unique=True), st.sampled_from([1, 2, 3]))
def test_company_and_order(brain, whole, chosen, threads):
    """Some stimuli in some order, under their ids, give what each gave among all: one alone, too."""
    ids = [IDS[k] for k in chosen]
    some = simulate(
        brain, IMAGES[chosen], LENGTH, DT, trials=2, seed=6, record=RECORDS, threads=threads, stimulus_ids=ids
    )
    assert_same(some, whole.select(stimuli=chosen))


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, int(LENGTH / DT) - 1), max_size=5, unique=True), st.data())
def test_cuts_and_checkpoints(brain, whole, tmp_path_factory, cuts, data):
    """However a trial is cut, with a checkpoint at any of the cuts, its pieces are the trial."""
    path = tmp_path_factory.mktemp("cuts") / "saved.npz"
    stimulus, trial = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 1))
    simulation = Simulation(brain, IMAGES[stimulus], DT, seed=6, stimulus_id=IDS[stimulus], trial=trial)
    ends, parts = [*sorted(cuts), int(LENGTH / DT)], []
    for begin, end in zip([0, *ends], ends, strict=False):
        if data.draw(st.booleans()):
            simulation.save(path)
            simulation = Simulation.load(path)
        parts.append(simulation.run((end - begin) * DT, record=RECORDS))
    assert_same(Recording.join(parts), whole.select(stimuli=stimulus, trials=trial))


@pytest.mark.slow
def test_brian2_spikes_alike_and_may_be_cut(brain, whole):
    """The reference engine gives the same spikes, and in pieces the bits that it gives in one."""
    pieces = Simulation(brain, IMAGES[0], DT, seed=6, stimulus_id=IDS[0], engine="brian2")
    parts = [pieces.run(length, record=RECORDS) for length in (3.25, 16, 20.75)]
    one = Simulation(brain, IMAGES[0], DT, seed=6, stimulus_id=IDS[0], engine="brian2").run(LENGTH, record=RECORDS)
    assert_same(Recording.join(parts), one)
    expected = whole.select(stimuli=0, trials=0)
    for name in one.populations:
        for part in ("steps", "units"):
            assert np.array_equal(getattr(one.spike_lists[name], part), getattr(expected.spike_lists[name], part))
