"""Onsets, propagation and concurrency where they were put in by hand."""

import dataclasses
import itertools

import numpy as np
import pytest
from made_recordings import recording_of

from brainsim import AMPA, LIF, Brain, Population, Projection, Region, analysis, wiring
from brainsim.errors import KindError, ModelError, ParameterError, UnknownNameError


def wave(onsets, stimuli=12, trials=2, units=100, steps=400, high=0.05, low=0.001, seed=0):
    """Give regions A, B, C ... whose rate rises at their onset (ms)."""
    generator = np.random.default_rng(seed)
    populations = {}
    for name, onset in zip("ABCDEF", onsets, strict=False):
        p = np.where(np.arange(steps) * 0.5 >= onset, high, low)
        populations[f"{name}.E"] = [
            [np.flatnonzero(generator.random(steps) < p) for _ in range(units)] for _ in range(stimuli * trials)
        ]
    return recording_of(populations, steps=steps, trials=trials)


def chain(names, feedback=()):
    """Give a brain whose regions feed each other forward in order, and back."""
    regions = [Region(name, [Population("E", LIF(), size=100)]) for name in names]
    forward = [Projection(f"{a}.E", f"{b}.E", wiring.one_to_one(), AMPA()) for a, b in itertools.pairwise(names)]
    back = [Projection(f"{a}.E", f"{b}.E", wiring.one_to_one(), AMPA(), kind="feedback") for a, b in feedback]
    return Brain("chain", regions, [*forward, *back])


def test_levels_are_the_longest_way_forward():
    """A short cut does not lower a level, feedback does not count, and what feeds each other shares one."""
    assert analysis.hierarchy_levels(chain("ABC", feedback=[("C", "A")])) == {"A": 0, "B": 1, "C": 2}
    regions = [Region(name, [Population("E", LIF(), size=2)]) for name in "ABCD"]
    ways = [("A", "B"), ("B", "C"), ("C", "B"), ("A", "D"), ("C", "D")]
    looped = Brain("b", regions, [Projection(f"{a}.E", f"{b}.E", wiring.one_to_one(), AMPA()) for a, b in ways])
    assert analysis.hierarchy_levels(looped) == {"A": 0, "B": 1, "C": 1, "D": 2}


def test_an_onset_is_found_whatever_comes_before():
    """A step at 60 ms, counted from the stimulus at 20 ms, whatever the units; silence has none."""
    recording = wave([60])

    assert analysis.onset_latency(recording, "A.E").median_ms == pytest.approx(60, abs=2.5)
    assert analysis.onset_latency(recording, "A.E", onset=20).median_ms == pytest.approx(40, abs=2.5)
    silent = analysis.onset_latency(recording_of([[[]]]))
    assert np.isnan(silent.median_ms)
    assert silent.responding_share == 0


@pytest.mark.parametrize("over", ["stimuli", "trials"])
def test_a_wave_is_followed_through_the_regions(over):
    """Onsets of 20, 50 and 80 ms lie in their intervals, and their order is the hierarchy's."""
    found = analysis.propagation(wave([20, 50, 80], trials=4, stimuli=6), over=over, bootstrap=200)

    assert found.regions == ("A", "B", "C")
    assert found.onset_ms == pytest.approx([20, 50, 80], abs=3)
    assert (found.low_ms <= found.onset_ms).all()
    assert (found.onset_ms <= found.high_ms).all()
    assert (found.high_ms - found.low_ms < 6).all()
    assert (found.rank_correlation, found.rank_low, found.rank_high) == (1, 1, 1)
    assert (found.over, found.per_stimulus_ms.shape) == (over, (6, 3))


def test_a_wave_that_runs_backwards_has_a_negative_rank():
    """The brain says where its regions stand, not the recording."""
    recording = wave([80, 50, 20])

    assert analysis.propagation(recording, chain("ABC"), bootstrap=100).rank_correlation == -1
    assert analysis.propagation(recording, levels={"A": 3, "B": 2, "C": 1}, bootstrap=100).regions == ("C", "B", "A")
    assert analysis.propagation(recording, levels={"A": 3, "B": 2, "C": 1}, bootstrap=100).rank_correlation == 1


def test_regions_at_once_have_an_interval_that_says_so():
    """Four regions with one onset: the rank correlation's interval holds 0; two regions have none."""
    found = analysis.propagation(wave([50, 50, 50, 50]), bootstrap=200)

    assert found.rank_low < 0 < found.rank_high
    assert np.isnan(analysis.propagation(wave([20, 50]), bootstrap=10).rank_correlation)


def test_a_region_that_does_not_answer_is_left_out():
    """NaN, and no part of the rank."""
    recording = wave([20, 50, 80, 110])
    quiet = dataclasses.replace(recording.spike_lists["B.E"], offsets=np.zeros(25, np.int64))
    quiet = dataclasses.replace(quiet, steps=quiet.steps[:0], units=quiet.units[:0])
    found = analysis.propagation(
        dataclasses.replace(recording, spike_lists={**recording.spike_lists, "B.E": quiet}), bootstrap=50
    )

    assert np.isnan(found.onset_ms).tolist() == [False, True, False, False]
    assert np.isnan(found.low_ms[1])
    assert found.rank_correlation == 1


def bursts(starts, length=20, stimuli=40, bins=60, seed=0):
    """Give regions with one burst a stimulus: `starts` (stimulus, region) in bins of 5 ms, `length` bins long."""
    populations = {}
    for position, name in enumerate("ABCD"[: starts.shape[1]]):
        trains = []
        for stimulus in range(stimuli):
            inside = (starts[stimulus, position] + np.arange(length)) % bins
            trains.append([np.sort(inside) * 10 + unit for unit in range(5)])
        populations[f"{name}.E"] = trains
    return recording_of(populations, steps=bins * 10)


def test_regions_that_work_independently_are_together_by_chance():
    """Three regions active for a third of the time: P(at least two) = 3 p^2 (1 - p) + p^3 = 7 / 27."""
    starts = np.random.default_rng(0).integers(0, 60, size=(40, 3))
    found = analysis.concurrency(bursts(starts), shifts=300)

    assert found.mean_active == pytest.approx(1)
    assert found.expected_share == pytest.approx(7 / 27, abs=0.01)
    assert found.parallel_share == pytest.approx(7 / 27, abs=0.08)
    assert found.p_value > 0.05
    assert found.expected_low < found.parallel_share < found.expected_high


def test_regions_that_work_together_are_more_together_than_by_chance():
    """All at once: a third of the time three are active, else none."""
    found = analysis.concurrency(bursts(np.full((40, 3), 10)), shifts=200)

    assert found.time_share == pytest.approx([2 / 3, 0, 0, 1 / 3])
    assert found.parallel_share == pytest.approx(1 / 3)
    assert found.parallel_share > found.expected_high
    assert found.p_value == pytest.approx(2 / 201)


def test_regions_that_work_in_turn_are_never_together():
    """One after the other: less than by chance."""
    found = analysis.concurrency(bursts(np.tile([0, 20, 40], (40, 1))), shifts=200)

    assert found.time_share == pytest.approx([0, 1, 0, 0])
    assert found.parallel_share == 0 < found.expected_low
    assert found.active.dims == ("stimulus", "time", "region")
    assert (found.number.values == 1).all()
    assert found.number["time"].values[:2].tolist() == [0, 5]


def test_a_threshold_in_hertz_is_the_same_for_all():
    """A region that never reaches it is never active."""
    recording = wave([50, 50], high=0.05)

    assert analysis.concurrency(recording, threshold=50, shifts=10).mean_active == pytest.approx(2 * 0.75, abs=0.05)
    assert analysis.concurrency(recording, threshold=5000, shifts=10).mean_active == 0


def test_regions_are_what_they_are_said_to_be():
    """By the brain, by name, or by what stands before the dot."""
    recording = wave([20, 50, 80])

    assert analysis.propagation(recording, {"low": "A.E", "high": ["B.E", "C.E"]}, bootstrap=5).regions == (
        "low",
        "high",
    )
    assert analysis.concurrency(recording, chain("ABCX"), shifts=5).active["region"].values.tolist() == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda one: analysis.onset_latency(one, onset=200), ParameterError, "onset must be from 0 to before 200 ms"),
        (lambda one: analysis.onset_latency(one, height=2), ParameterError, "height must be at most 1, got 2"),
        (lambda one: analysis.onset_latency(one, window=0.7), ParameterError, "onset_latency: window must be whole"),
        (lambda one: analysis.onset_latency(one, bootstrap=0), ParameterError, "bootstrap: must be at least 1"),
        (lambda one: analysis.propagation(one, "A"), KindError, "regions must be a Brain or map names"),
        (lambda one: analysis.propagation(one, {}), ParameterError, "propagation: there is no region"),
        (lambda one: analysis.propagation(one, {"A": "A.X"}), UnknownNameError, "no population 'A.X'"),
        (lambda one: analysis.propagation(one, levels={"A": 1}), UnknownNameError, "levels has no region 'B'"),
        (lambda one: analysis.propagation(one, over="units"), ParameterError, "over 'units' is unknown"),
        (lambda one: analysis.propagation(one, over="trials"), ParameterError, "over trials needs at least two"),
        (lambda one: analysis.concurrency(one, {"A": "A.E"}), ParameterError, "needs at least two regions"),
        (lambda one: analysis.concurrency(one, height=2), ParameterError, "concurrency: height must be at most 1"),
        (lambda one: analysis.concurrency(one, threshold=0), ParameterError, "threshold: must be positive"),
        (lambda one: analysis.concurrency(one, shifts=0), ParameterError, "shifts: must be at least 1"),
        (
            lambda one: analysis.propagation(dataclasses.replace(one, spike_lists=None)),
            ModelError,
            "propagation: only counts were kept",
        ),
    ],
)
def test_questions_without_an_answer_are_refused(ask, error, message):
    """The message says what is missing."""
    with pytest.raises(error, match=message):
        ask(wave([20, 50], stimuli=2, trials=1, units=2))
