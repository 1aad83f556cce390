"""Parts of recordings, whole ones put together again, and the tables that they give."""

import dataclasses
import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_recordings import recording_of

from brainsim import Recording, analysis
from brainsim.errors import KindError, MemoryLimitError, ModelError, ParameterError, UnknownNameError
from brainsim.recording import Trace


def whole(seed=0, steps=400, every=7, units=3):
    """Give random spikes of two populations, two stimuli, two trials, with traces, from step 100 on."""
    generator = np.random.default_rng(seed)
    trials = [[np.flatnonzero(generator.random(steps) < 0.05) for _ in range(units)] for _ in range(4)]
    samples = -(-steps // every)
    return recording_of(
        {"a.E": trials, "b.I": trials[::-1]}, steps=steps, trials=2, start_step=100,
        traces={("a.E", "v"): Trace(generator.random((2, 2, samples, 2)), np.array([0, 2]), every, "mV")},
        synapse_traces={("p", "w"): Trace(generator.random((2, 2, samples, 1)), np.array([3]), every, "nS")},
    )  # fmt: skip


def assert_same(one, other):
    """Two recordings hold the same."""
    for name in ("start_step", "steps", "stimulus_ids", "trials", "populations"):
        assert getattr(one, name) == getattr(other, name)
    for name in one.populations:
        assert np.array_equal(one.spike_counts[name], other.spike_counts[name])
        assert np.array_equal(one.first_steps[name], other.first_steps[name])
        for field in ("offsets", "steps", "units"):
            assert np.array_equal(getattr(one.spike_lists[name], field), getattr(other.spike_lists[name], field))
    for key, trace in [*one.traces.items(), *one.synapse_traces.items()]:
        same = {**other.traces, **other.synapse_traces}[key]
        assert np.array_equal(trace.values, same.values)
        assert np.array_equal(trace.steps() + one.start_step, same.steps() + other.start_step)


@settings(max_examples=30, deadline=None)
@given(cuts=st.sets(st.integers(101, 499), max_size=4), seed=st.integers(0, 5))
def test_a_recording_cut_anywhere_and_joined_is_the_same(cuts, seed):
    """Spikes, counts, first spikes and samples, whatever the cuts."""
    recording = whole(seed)
    edges = [100, *sorted(cuts), 500]
    parts = [recording.between(begin * 0.5, end * 0.5) for begin, end in itertools.pairwise(edges)]

    assert_same(Recording.join(parts), recording)


def test_a_part_keeps_its_times():
    """What it holds lies between its ends, and is what the whole has there."""
    recording = whole()
    part = recording.between(100, 150)

    assert (part.start, part.end, part.duration) == (100, 150, 50)
    for name in recording.populations:
        for stimulus, trial in ((0, 0), (1, 1)):
            times, units = recording.spikes(name, stimulus, trial)
            inside = (times >= 100) & (times < 150)
            assert np.array_equal(part.spikes(name, stimulus, trial)[0], times[inside])
            assert np.array_equal(part.spikes(name, stimulus, trial)[1], units[inside])
    time = recording.trace("a.E")["time"].values
    assert np.array_equal(part.trace("a.E")["time"].values, time[(time > 100) & (time <= 150)])


def test_selected_stimuli_trials_and_populations_are_those_named():
    """In the order named, with their traces."""
    recording = whole()
    some = recording.select(stimuli=[1, 0], trials=1, populations="a.E")

    assert (some.stimulus_ids, some.trials, some.populations) == ((1, 0), 1, ("a.E",))
    assert np.array_equal(some.spikes("a.E", 0, 0)[0], recording.spikes("a.E", 1, 1)[0])
    assert np.array_equal(some.counts()["a.E"][1, 0], recording.counts()["a.E"][0, 1])
    assert np.array_equal(some.trace("a.E")[0, 0], recording.trace("a.E")[1, 1])
    assert np.array_equal(some.synapse_trace("p")[0, 0], recording.synapse_trace("p")[1, 1])
    assert recording.select(populations=["b.I"]).traces == {}


def test_segments_of_a_session_may_have_different_stimuli():
    """One stimulus after the other is one recording under the first one's identifier."""
    recording = recording_of([[[1, 5], [8]]], steps=10)
    after = dataclasses.replace(recording, start_step=10, stimulus_ids=(4,))
    joined = Recording.join([recording, after])

    assert joined.stimulus_ids == (0,)
    assert joined.spikes("a.E")[0].tolist() == [0.5, 2.5, 4, 5.5, 7.5, 9]
    assert joined.first_spikes()["a.E"].values.ravel().tolist() == [0.5, 4]


def test_bins_hold_every_spike_once():
    """Axes, times and sums; a last bin that is not full is left out."""
    recording = recording_of([[[0, 9, 10], [19]], [[], [999]]])
    binned = recording.binned(5)["a.E"]

    assert binned.dims == ("stimulus", "trial", "time", "unit")
    assert binned[0, 0, :2].values.tolist() == [[2, 0], [1, 1]]
    assert binned["time"].values[:3].tolist() == [0, 5, 10]
    assert np.array_equal(binned.sum("time"), recording.counts()["a.E"])
    assert recording.binned(150)["a.E"].sum() == 4


def test_a_smoothed_histogram_keeps_its_spikes():
    """A Gaussian of 3 ms around one spike has the height 1 / (sqrt(2 pi) 3 ms); a constant rate stays constant."""
    one = recording_of([[[500]]]).psth(smoothing=3)["a.E"][0]
    clock = recording_of([[range(1000)]]).psth(smoothing=20)["a.E"][0]

    assert one.values.max() == pytest.approx(1e3 / (np.sqrt(2 * np.pi) * 3), rel=1e-3)
    assert one["time"].values[one.values.argmax()] == 250
    assert one.values.sum() * 0.5e-3 == pytest.approx(1, abs=1e-4)
    assert clock.values == pytest.approx(np.full(1000, 2000.0))


def test_latencies_count_from_the_onset():
    """From the beginning, or from a later onset; NaN where no spike follows."""
    recording = dataclasses.replace(recording_of([[[2, 40], [10], []]]), start_step=100)

    assert recording.latencies()["a.E"].values.ravel()[:2].tolist() == [1, 5]
    later = recording.latencies(onset=55)["a.E"]
    assert later.attrs["units"] == "ms"
    assert later.values.ravel()[:2].tolist() == [15, 0]
    assert np.isnan(later.values.ravel()[2])


def test_spike_trains_are_the_spikes_unit_by_unit():
    """One array a unit, silent ones too."""
    assert [train.tolist() for train in recording_of([[[4, 8], [], [2]]]).spike_trains("a.E")] == [[2, 4], [], [1]]


def busy():
    """Give a million spikes of 2,000 units in 20 s."""
    generator = np.random.default_rng(0)
    steps = np.sort(generator.integers(0, 200_000, 1_000_000)).astype(np.int32)
    units = generator.integers(0, 2000, 1_000_000).astype(np.uint32)
    made = recording_of([[[] for _ in range(2000)]], steps=200_000, dt=0.1)
    from brainsim.recording import Spikes

    spikes = Spikes(np.array([0, 1_000_000]), steps, units)
    table = {"a.E": spikes.counts(2000)[None]}, {"a.E": spikes.first_steps(2000)[None]}
    return dataclasses.replace(made, spike_counts=table[0], first_steps=table[1], spike_lists={"a.E": spikes})


def test_a_spike_takes_eight_bytes():
    """And 8 a unit and trial: a dense table of these spikes would take 200 times as much."""
    assert busy().nbytes == 8 * 1_000_000 + 8 * 2000 + 16


@pytest.mark.parametrize(
    ("ask", "times"),
    [
        (lambda one: one.between(100, 19_900), 3),
        (lambda one: one.select(trials=0), 2),
        (lambda one: one.psth(5), 3),
        (lambda one: one.latencies(100), 3),
        (lambda one: one.spike_trains("a.E"), 6),
        (lambda one: one.to_neo(), 6),
        (lambda one: analysis.isi_cv(one, "a.E"), 12),
    ],
)
def test_nothing_takes_many_times_the_memory_of_its_spikes(ask, times):
    """The most that is taken while asking, in multiples of the spikes' own bytes."""
    recording = busy()
    ask(recording)  # what is imported on the way is not counted
    tracemalloc.start()
    ask(recording)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < times * recording.nbytes


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda one: one.between(0, 100), ParameterError, "must be within 50 to 250 ms, the start before the end"),
        (lambda one: one.between(100, 100), ParameterError, "start before the end, got 100 to 100 ms"),
        (lambda one: one.between(100.3, 120), ParameterError, "between: start: must be a whole number of steps"),
        (lambda one: one.between("a", 120), KindError, "between: start: must be a number in ms"),
        (lambda one: one.between(-1, 120), ParameterError, "must not be negative, got -1 ms"),
        (lambda one: dataclasses.replace(one, spike_lists=None).between(60, 70), ModelError, "only counts were kept"),
        (lambda one: one.select(stimuli=2), ParameterError, "select: stimuli must be from 0 to 1, got 2"),
        (lambda one: one.select(trials=[0, 0]), ParameterError, r"trials must be named once each, got \[0, 0\]"),
        (lambda one: one.select(stimuli=[]), ParameterError, "stimuli must be at least one, got none"),
        (lambda one: one.select(stimuli=0.5), KindError, "stimuli must be a whole number, got 0.5"),
        (lambda one: one.select(populations="a.X"), UnknownNameError, "no population 'a.X'"),
        (lambda one: one.binned(0.2), ParameterError, "binned: width must be whole steps"),
        (lambda one: one.psth(smoothing=-1), ParameterError, "psth: smoothing: must be positive, got -1 ms"),
        (lambda one: one.psth(smoothing=1e300), ParameterError, "from a tenth of a step to 200 ms, got 1e.300 ms"),
        (lambda one: one.psth(smoothing=1e-300), ParameterError, "smoothing must be from a tenth of a step"),
        (lambda one: one.trace(["a.E"], "v"), KindError, "trace: needs two names"),
        (lambda one: one.synapse_trace("p", ["w"]), KindError, "synapse_trace: needs two names"),
        (lambda one: one.psth(populations=[["a.E"]]), UnknownNameError, "no population"),
        (lambda one: one.latencies(250), ParameterError, "onset must be from 50 to before 250 ms, got 250 ms"),
        (lambda one: one.trace("a.E", "w"), UnknownNameError, "'a.E w' was not recorded; did you mean 'a.E v'"),
        (lambda one: one.synapse_trace("q"), UnknownNameError, "'q w' was not recorded; did you mean 'p w'"),
        (lambda one: Recording.join([]), KindError, "join: must be recordings, at least one"),
        (lambda one: Recording.join([one, 3]), KindError, "join: must be recordings"),
        (lambda one: Recording.join([one, one]), ModelError, "one ends at 250 ms, the next begins at 50 ms"),
    ],
)
def test_what_is_not_there_is_refused(ask, error, message):
    """The message names it."""
    with pytest.raises(error, match=message):
        ask(whole())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"brain": "other"}, "different brains"),
        ({"dt": 0.25}, "different steps dt"),
        ({"seed": 5}, "different seeds"),
        ({"stimulus_ids": (5, 6)}, "different stimuli"),
        ({"spike_lists": None}, "different settings of keep"),
        ({"traces": {}}, "different traces"),
        ({"traces": {("a.E", "v"): Trace(np.zeros((2, 2, 8, 2)), np.array([0, 1]), 7, "mV")}}, "of other units"),
        ({"traces": {("a.E", "v"): Trace(np.zeros((2, 2, 8, 2)), np.array([0, 2]), 7, "mV")}}, "do not go on every 7"),
    ],
)
def test_segments_that_do_not_go_on_are_not_joined(changes, message):
    """The message says what differs."""
    recording = whole()
    after = dataclasses.replace(recording, start_step=500, **changes)

    with pytest.raises(ModelError, match=message):
        Recording.join([recording, after])


def test_segments_too_long_for_their_steps_are_not_joined():
    """Steps are numbered with 31 bits."""
    long = dataclasses.replace(recording_of([[[1]]]), steps=2**30)
    parts = [dataclasses.replace(long, start_step=part * 2**30) for part in range(2)]

    with pytest.raises(ParameterError, match="are more than a recording numbers"):
        Recording.join(parts)


def test_bins_that_will_not_fit_are_refused(monkeypatch):
    """Before anything is taken."""
    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 1000)

    with pytest.raises(MemoryLimitError, match="binned: 9600 counts: needs about"):
        whole().binned(0.5)
