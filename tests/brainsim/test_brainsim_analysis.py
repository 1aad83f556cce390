"""Analysis against spike trains whose answer is known."""

import dataclasses

import numpy as np
import pytest
from made_recordings import recording_of

from brainsim import Recording, analysis, plots
from brainsim.errors import KindError, ModelError, ParameterError, UnknownNameError


def test_rates_and_silence():
    """Ten spikes of two units in half a second are 10 Hz a unit; the third never spikes."""
    recording = recording_of([[range(0, 500, 100), range(0, 500, 100), []]])

    assert analysis.mean_rates(recording) == {"a.E": pytest.approx(10 / 3 / 0.5)}
    assert analysis.silent_share(recording, "a.E") == {"a.E": pytest.approx(1 / 3)}


def test_a_clock_has_a_variation_of_zero_and_poisson_of_one():
    """Within 5 standard errors; a unit with too few intervals has none."""
    generator = np.random.default_rng(0)
    poisson = np.flatnonzero(generator.random(200_000) < 0.01)
    recording = recording_of([[range(0, 200_000, 100), poisson, [3, 9]]], steps=200_000)

    clock, random, few = analysis.isi_cv(recording, "a.E")

    assert clock == pytest.approx(0, abs=1e-9)
    assert random == pytest.approx(np.sqrt(0.99), abs=5 / np.sqrt(2 * len(poisson)))
    assert np.isnan(few)


def test_intervals_do_not_reach_across_trials():
    """A unit that spikes once a trial has no interval."""
    recording = recording_of([[[10]], [[20]], [[400]]], trials=3)

    assert np.isnan(analysis.isi_cv(recording, "a.E", least=1)).all()


def test_the_histogram_counts_every_spike_once():
    """Rates times time give back the spikes, stimulus by stimulus."""
    recording = recording_of([[[0, 9, 10], [19]], [[], [999]]])

    rates = analysis.psth(recording, "a.E", bin_width=5)

    assert rates.dims == ("stimulus", "time")
    assert rates.values.sum(axis=1) * 2 * 5e-3 == pytest.approx([4, 1])
    assert rates.values[0, :3] == pytest.approx([200, 200, 0])
    assert rates["time"].values[:2].tolist() == [0, 5]
    assert rates.values[1, -1] == pytest.approx(100)


def test_latency_is_the_median_of_first_spikes():
    """Units that stay silent do not count; the interval is the bootstrap's."""
    recording = recording_of([[[20, 30], [40], []], [[60], [80], []], [[], [], []]])

    latency = analysis.response_latency(recording)

    assert latency.per_stimulus[:2].tolist() == [10, 30]
    assert np.isnan(latency.per_stimulus[2])
    assert latency.median_ms == 20
    assert (latency.low_ms, latency.high_ms) == (10, 30)
    assert latency.responding_share == pytest.approx(4 / 9)
    assert analysis.response_latency(recording, quantile=0).per_stimulus[0] == 10


def test_latency_asks_for_more_than_the_baseline():
    """At 10 Hz in half a second five spikes are expected; only a count beyond 5 + 3 sqrt(5) is an answer."""
    recording = recording_of([[range(0, 60, 10), range(100, 250, 10)]])

    latency = analysis.response_latency(recording, "a.E", baseline=10)

    assert (latency.median_ms, latency.responding_share) == (50, 0.5)
    assert np.isnan(analysis.response_latency(recording, "a.E", baseline=100).median_ms)


def test_latency_takes_the_background_out():
    """A response at 200 Hz from 50 ms on has its median at 50 + 1000 ln 2 / 200 ms, spontaneous spikes or not."""
    generator = np.random.default_rng(4)
    time = np.arange(1000) * 0.5
    for rate in (0.0, 20.0):
        p = (rate + 200 * (time >= 50)) * 5e-4
        trains = [[np.flatnonzero(generator.random(1000) < p).tolist() for _ in range(2000)]]

        latency = analysis.response_latency(recording_of(trains), "a.E", baseline=rate)

        assert latency.median_ms == pytest.approx(50 + 1e3 * np.log(2) / 200, abs=0.6)
        assert latency.responding_share == 1


def without_spikes():
    """Give a recording of counts alone."""
    whole = recording_of([[[1], [2]]])
    return Recording("m", 0.5, 1000, (0,), 1, 0, whole.spike_counts, whole.first_steps)


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda: analysis.mean_rates(without_spikes(), "a.X"), UnknownNameError, "no population 'a.X'"),
        (lambda: analysis.isi_cv(without_spikes(), "a.E"), ModelError, "only counts were kept"),
        (lambda: analysis.psth(without_spikes(), "a.E"), ModelError, "only counts were kept"),
        (
            lambda: analysis.psth(recording_of([[[1]]]), "a.E", 600),
            ParameterError,
            "whole steps of 0.5 ms, up to 500 ms, got 600 ms",
        ),
        (
            lambda: analysis.psth(recording_of([[[1]]]), "a.E", 0.1),
            ParameterError,
            "whole steps of 0.5 ms, up to 500 ms, got 0.1 ms",
        ),
        (lambda: analysis.response_latency(without_spikes(), quantile=2), ParameterError, "quantile must be between"),
        (lambda: analysis.response_latency(without_spikes(), bootstrap=0), ParameterError, "bootstrap: must be at"),
        (lambda: analysis.response_latency(without_spikes(), baseline=-1), ParameterError, "baseline: must not be"),
    ],
)
def test_questions_without_an_answer_are_refused(ask, error, message):
    """The message says what is missing."""
    with pytest.raises(error, match=message):
        ask()


def test_a_recording_that_begins_later_has_absolute_times():
    """Spikes, first spikes and bins of a second half come after those of the first; latencies count from its start."""
    later = dataclasses.replace(recording_of([[[2, 6]]]), start_step=1000)

    assert later.spikes("a.E")[0].tolist() == [501, 503]
    assert later.first_spikes()["a.E"].item() == 501
    assert analysis.psth(later, "a.E", 5)["time"].values[0] == 500
    assert analysis.response_latency(later).median_ms == 1
    assert (later.start, later.end) == (500, 1000)


@pytest.mark.parametrize("measure", [
    analysis.mean_rates, analysis.unit_rates, analysis.silent_share, analysis.synchrony, analysis.response_latency,
    analysis.onset_latency, analysis.propagation, analysis.concurrency,
])  # fmt: skip
def test_what_is_no_recording_is_refused(measure):
    """By one sentence, whichever measure is asked."""
    with pytest.raises(KindError, match="must be a Recording, as simulate gives, got float"):
        measure(3.5)


@pytest.mark.parametrize("measure", [
    analysis.psth, analysis.isi_cv, analysis.isi_cv2, analysis.isi_lv, analysis.inter_spike_intervals,
    analysis.fano_factor, analysis.rate_distribution, analysis.chi_synchrony, analysis.cross_correlation,
    analysis.pairwise_correlation, analysis.power_spectrum, plots.raster, plots.psth, plots.isi_histogram, plots.traces,
    plots.weights_over_time,
])  # fmt: skip
def test_what_has_no_populations_is_refused(measure):
    """The same of measures of one population, and of plots."""
    with pytest.raises(KindError, match="must be a Recording, as simulate gives, got str"):
        measure("rec", "a.E")
