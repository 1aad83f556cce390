"""Intervals and counts of processes whose variability is known."""

import elephant.statistics
import numpy as np
import pytest
from made_recordings import recording_of

from brainsim import analysis
from brainsim.errors import MemoryLimitError, ModelError, ParameterError

STEPS, DT = 2_000_000, 0.1  # 200 s


def gamma_train(order, seed, mean=200.0):
    """Give the steps of a gamma process of an integer order with a mean interval of `mean` steps."""
    intervals = np.random.default_rng(seed).gamma(order, mean / order, size=int(STEPS / mean * 1.2))
    steps = np.cumsum(intervals).astype(np.int64)
    return np.unique(steps[steps < STEPS])


@pytest.fixture(scope="module")
def gammas():
    """Give gamma processes of order 1, 4 and 16, and a clock, 200 s each."""
    trains = [gamma_train(order, order) for order in (1, 4, 16)]
    return recording_of([[*trains, range(0, STEPS, 200)]], steps=STEPS, dt=DT)


def test_the_variation_of_a_gamma_process_is_that_of_its_order(gammas):
    """CV = 1 / sqrt(k), LV = 3 / (2k + 1), CV2 = 1 for a Poisson process; all are 0 for a clock."""
    orders = np.array([1, 4, 16])

    assert analysis.isi_cv(gammas, "a.E")[:3] == pytest.approx(1 / np.sqrt(orders), rel=0.03)
    assert analysis.isi_lv(gammas, "a.E")[:3] == pytest.approx(3 / (2 * orders + 1), rel=0.04)
    assert analysis.isi_cv2(gammas, "a.E")[0] == pytest.approx(1, rel=0.03)
    for measure in (analysis.isi_cv, analysis.isi_cv2, analysis.isi_lv):
        assert measure(gammas, "a.E")[3] == 0


def test_neighbouring_intervals_are_compared_as_elephant_does(gammas):
    """CV, CV2 and LV of the same trains, to rounding."""
    trains = gammas.to_neo().segments[0].spiketrains
    for ours, theirs in (
        (analysis.isi_cv, elephant.statistics.cv),
        (analysis.isi_cv2, elephant.statistics.cv2),
        (analysis.isi_lv, elephant.statistics.lv),
    ):
        expected = [float(theirs(elephant.statistics.isi(train))) for train in trains]
        assert ours(gammas, "a.E") == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_drifting_rate_raises_the_global_variation_only():
    """A Poisson process whose rate changes fivefold halfway has CV > 1.2, CV2 and LV near 1."""
    generator = np.random.default_rng(1)
    rate = np.where(np.arange(STEPS) < STEPS // 2, 0.002, 0.01)
    recording = recording_of([[np.flatnonzero(generator.random(STEPS) < rate)]], steps=STEPS, dt=DT)

    assert analysis.isi_cv(recording, "a.E")[0] > 1.2
    assert analysis.isi_cv2(recording, "a.E")[0] == pytest.approx(1, abs=0.03)
    assert analysis.isi_lv(recording, "a.E")[0] == pytest.approx(1, abs=0.03)


def test_intervals_are_listed_trial_by_trial():
    """In ms, with their owners; none reaches from one trial into the next."""
    recording = recording_of([[[0, 4, 10], [3]], [[2], [1, 2]]], trials=2)
    intervals, units = analysis.inter_spike_intervals(recording, "a.E")

    assert (intervals.tolist(), units.tolist()) == ([2, 3, 0.5], [0, 0, 1])
    assert np.isnan(analysis.isi_cv2(recording, "a.E", least=2)).all()


def test_poisson_counts_vary_as_much_as_their_mean():
    """The Fano factor is 1 within 4 standard errors, sqrt(2 / (n - 1)), across trials and across windows alike."""
    generator = np.random.default_rng(2)
    trials = [[np.flatnonzero(generator.random(4000) < 0.01) for _ in range(50)] for _ in range(40)]
    recording = recording_of(trials, steps=4000, trials=40)
    for across, window, error in (("trials", None, 50 * 39), ("trials", 200, 50 * 390), ("windows", 100, 50 * 40 * 19)):
        factors = analysis.fano_factor(recording, "a.E", window, across)

        assert factors.dims == ("stimulus", "unit")
        assert float(factors.mean()) == pytest.approx(0.99, abs=4 * np.sqrt(2 / error))


def test_counts_in_long_windows_vary_as_the_square_of_the_intervals():
    """A gamma process of order 4 has a Fano factor of 1/4; a clock has almost none."""
    train = gamma_train(4, 7)
    recording = recording_of([[train, range(0, STEPS, 200)]], steps=STEPS, dt=DT)
    factors = analysis.fano_factor(recording, "a.E", 1000, "windows").values[0]

    assert factors[0] == pytest.approx(0.25, abs=4 * 0.25 * np.sqrt(2 / 199))
    assert factors[1] < 1e-9


def test_what_the_stimulus_does_is_no_variability_across_trials():
    """Spikes that are the same in every trial have a Fano factor of 0, however uneven in time; across windows not."""
    recording = recording_of([[range(100)]] * 3, trials=3)

    assert analysis.fano_factor(recording, "a.E", 50).values == pytest.approx(0)
    assert analysis.fano_factor(recording, "a.E", 50, "windows").item() == pytest.approx(100)


def test_units_without_spikes_have_no_factor():
    """NaN, not a warning."""
    recording = recording_of([[[], [1]], [[], [2]]], trials=2)

    assert np.isnan(analysis.fano_factor(recording, "a.E").values).tolist() == [[True, False]]


def test_rates_are_described_unit_by_unit():
    """Means, percentiles and the logarithm's moments of rates 0, 10, 20 and 40 Hz."""
    trains = [[[], range(0, 1000, 200), range(0, 1000, 100), range(0, 1000, 50)]]
    found = analysis.rate_distribution(recording_of(trains), "a.E")

    assert analysis.unit_rates(recording_of(trains))["a.E"].values.tolist() == [0, 10, 20, 40]
    assert (found.mean_hz, found.median_hz, found.silent_share) == (17.5, 15, 0.25)
    assert found.std_hz == pytest.approx(np.std([0, 10, 20, 40]))
    assert (found.low_hz, found.high_hz) == pytest.approx((1.5, 37))
    assert found.log_mean == pytest.approx(np.log(20))
    assert found.log_std == pytest.approx(np.log(2) * np.sqrt(2 / 3))
    assert np.isnan(analysis.rate_distribution(recording_of([[[]]]), "a.E").log_mean)


def two():
    """Give two trials of counts alone."""
    import dataclasses

    return dataclasses.replace(recording_of([[[1]], [[2]]], trials=2), spike_lists=None)


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda one: analysis.isi_lv(one, "a.E"), ModelError, "only counts were kept"),
        (lambda one: analysis.isi_cv2(one, "a.E", least=0), ModelError, "only counts were kept"),
        (lambda one: analysis.isi_cv(one, "a.E", least=0), ParameterError, "isi_cv: least: must be at least 1"),
        (lambda one: analysis.fano_factor(one, "a.E", 100), ModelError, "fano_factor: only counts were kept"),
        (lambda one: analysis.fano_factor(one, "a.E", across="units"), ParameterError, "across 'units' is unknown"),
        (
            lambda one: analysis.fano_factor(one, "a.E", across="windows"),
            ParameterError,
            "two windows to compare, got 1",
        ),
        (lambda one: analysis.fano_factor(one.select(trials=0), "a.E"), ParameterError, "two trials to compare, got 1"),
        (lambda one: analysis.fano_factor(one, "a.E", 0.1), ParameterError, "window must be whole steps"),
        (lambda one: analysis.rate_distribution(one, ["a.E", "a.E"]), ParameterError, "population: must be one"),
    ],
)
def test_questions_without_an_answer_are_refused(ask, error, message):
    """The message says what is missing."""
    with pytest.raises(error, match=message):
        ask(two())


def test_counts_that_will_not_fit_are_refused(monkeypatch):
    """Before any is counted; counts of whole trials suffice otherwise."""
    assert analysis.fano_factor(two(), "a.E").values.tolist() == [[0]]
    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 16)
    with pytest.raises(MemoryLimitError, match="fano_factor: needs about 32 B"):
        analysis.fano_factor(two(), "a.E")
