"""Synchrony, correlations and spectra of processes where they are known."""

import dataclasses

import numpy as np
import pytest
from made_recordings import recording_of

from brainsim import analysis
from brainsim.errors import KindError, MemoryLimitError, ModelError, ParameterError
from brainsim.recording import Trace


def poisson(units, rate, steps=40_000, dt=0.5, seed=0, trials=1, **more):
    """Give independent Poisson units; `rate` in Hz is a number or one a step."""
    generator = np.random.default_rng(seed)
    p = np.broadcast_to(np.asarray(rate) * dt / 1e3, steps)
    trains = [[np.flatnonzero(generator.random(steps) < p) for _ in range(units)] for _ in range(trials)]
    return recording_of(trains, steps=steps, dt=dt, trials=trials, **more)


def copies(units, share, steps=100_000, seed=1):
    """Give units that each copy the spikes of a common source with probability `share`."""
    generator = np.random.default_rng(seed)
    source = np.flatnonzero(generator.random(steps) < 0.01)
    return recording_of([[source[generator.random(source.size) < share] for _ in range(units)]], steps=steps)


def test_independent_units_have_a_synchrony_of_one():
    """Within 4 standard errors, sqrt(2 / bins); drawn units likewise."""
    recording = poisson(50, 20)

    bins = recording.duration / 3
    assert analysis.synchrony(recording)["a.E"] == pytest.approx(0.99, abs=4 * np.sqrt(2 / bins))
    assert analysis.synchrony(recording, "a.E", units=10)["a.E"] == pytest.approx(0.99, abs=4 * np.sqrt(2 / bins))


def test_units_that_fire_as_one_have_the_synchrony_of_their_number():
    """N copies of a Poisson process have N times its variance at N times its mean, squared: N; drawn ones as many."""
    recording = copies(30, 1.0)
    single = analysis.synchrony(copies(1, 1.0))["a.E"]

    assert analysis.synchrony(recording)["a.E"] == pytest.approx(30 * single)
    assert analysis.synchrony(recording, units=10)["a.E"] == pytest.approx(10 * single)
    assert np.isnan(analysis.synchrony(recording_of([[[]]]))["a.E"])


def with_potentials(values):
    """Give a recording with potentials (sample, unit)."""
    trace = Trace(values[None, None], np.arange(values.shape[1]), 1, "mV")
    return recording_of([[[]] * values.shape[1]], steps=len(values), traces={("a.E", "v"): trace})


def test_chi_is_one_for_one_and_falls_with_the_root_for_independent_potentials():
    """Golomb and Rinzel's limits."""
    noise = np.random.default_rng(3).normal(size=(20_000, 25))
    same = np.repeat(noise[:, :1], 25, axis=1)

    assert analysis.chi_synchrony(with_potentials(same), "a.E").item() == pytest.approx(1)
    assert analysis.chi_synchrony(with_potentials(noise), "a.E").item() == pytest.approx(1 / 5, rel=0.03)
    assert np.isnan(analysis.chi_synchrony(with_potentials(0 * noise), "a.E").item())


def test_copies_of_a_common_source_are_correlated_by_their_share():
    """Each unit copies with probability c, so counts correlate by c at any bin width; independent units by 0."""
    recording = copies(20, 0.3)

    for width in (1, 10):
        found = analysis.pairwise_correlation(recording, "a.E", width)
        assert found.shape == (190,)
        assert found.mean() == pytest.approx(0.3, abs=0.03)
    assert analysis.pairwise_correlation(poisson(20, 20), "a.E").mean() == pytest.approx(0, abs=0.01)
    assert analysis.pairwise_correlation(recording, "a.E", 10, units=5).shape == (10,)


def test_a_silent_unit_correlates_with_nobody():
    """NaN for its pairs, and for no other."""
    found = analysis.pairwise_correlation(recording_of([[[1, 5], [], [1, 7]]]), "a.E", 1)

    assert np.isnan(found).tolist() == [True, False, True]


def delayed(lag_steps, trials=3, steps=100_000):
    """Give a population, and another that repeats half of its spikes later, beside spikes of its own."""
    generator = np.random.default_rng(5)
    first, second = [], []
    for _ in range(trials):
        one = np.flatnonzero(generator.random(steps) < 0.02)
        own = np.flatnonzero(generator.random(steps) < 0.01)
        copy = one[generator.random(one.size) < 0.5] + lag_steps
        first.append([one])
        second.append([np.union1d(copy[copy < steps], own)])
    return recording_of({"a.E": first, "b.E": second}, steps=steps, trials=trials)


def test_the_correlation_peaks_at_the_delay():
    """At the lag by which the second follows; seen from the second, at minus that lag."""
    found = analysis.cross_correlation(delayed(24), "a.E", "b.E", 40, bin_width=0.5)
    back = analysis.cross_correlation(delayed(24), "b.E", "a.E", 40, bin_width=0.5)

    assert found["lag"].values[found.values.argmax()] == 12
    # Copies of half of the spikes: cov = 0.5 p, variances p and (0.5 + 0.5) p.
    assert found.values.max() == pytest.approx(0.5, abs=0.03)
    assert back.values == pytest.approx(found.values[::-1])
    assert np.abs(found.values[:60]).max() < 0.03


def test_the_correlation_with_itself_is_one_at_lag_zero():
    """And symmetric; a Poisson process is correlated with itself at no other lag."""
    found = analysis.cross_correlation(poisson(5, 20), "a.E", max_lag=20)

    assert found.sel(lag=0).item() == pytest.approx(1)
    assert found.values == pytest.approx(found.values[::-1])
    assert np.abs(np.delete(found.values, 20)).max() < 0.03


def test_fourier_sums_are_the_direct_ones():
    """The definition, written as two loops."""
    recording = delayed(3, trials=2, steps=200)
    counts = [recording.binned(0.5)[name].values[0, :, :, 0].astype(float) for name in ("a.E", "b.E")]
    one, other = (table - table.mean(axis=1, keepdims=True) for table in counts)
    scale = np.sqrt((one**2).mean() * (other**2).mean())
    found = analysis.cross_correlation(recording, "a.E", "b.E", max_lag=5, bin_width=0.5)

    for lag, value in zip(range(-10, 11), found.values, strict=True):
        pairs = [one[trial, t] * other[trial, t + lag] for trial in range(2) for t in range(200) if 0 <= t + lag < 200]
        assert value == pytest.approx(sum(pairs) / (200 - abs(lag)) / 2 / scale, abs=1e-12)


@pytest.mark.parametrize("predictor", ["shift", "shuffle"])
def test_predictors_take_the_stimulus_out(predictor):
    """Two populations that follow one rate correlate; against other trials nothing is left, but a true delay is."""
    rate = 20 * (1 + np.sin(np.arange(4000) * 0.5e-3 * 2 * np.pi * 5))
    one, other = (poisson(20, rate, steps=4000, trials=30, seed=seed) for seed in (1, 2))
    both = dataclasses.replace(
        one,
        spike_counts={**one.spike_counts, "b.E": other.spike_counts["a.E"]},
        first_steps={**one.first_steps, "b.E": other.first_steps["a.E"]},
        spike_lists={**one.spike_lists, "b.E": other.spike_lists["a.E"]},
    )

    raw = analysis.cross_correlation(both, "a.E", "b.E", 20, 2)
    corrected = analysis.cross_correlation(both, "a.E", "b.E", 20, 2, predictor)

    assert raw.sel(lag=0).item() > 0.2
    assert np.abs(corrected.values).max() < 0.03
    kept = analysis.cross_correlation(delayed(24), "a.E", "b.E", 40, 0.5, predictor)
    assert kept.values.max() == pytest.approx(0.5, abs=0.03)


def test_a_rate_that_swings_has_a_peak_at_its_frequency():
    """A rate r (1 + m sin(2 pi f t)) has a line of r^2 m^2 / 2 at f on the flat density 2 r / N."""
    time = np.arange(40_000) * 0.5e-3
    recording = poisson(100, 20 * (1 + 0.5 * np.sin(2 * np.pi * 37.3 * time)))
    spectrum = analysis.power_spectrum(recording, "a.E", segment=1000)
    (peak,) = analysis.spectral_peaks(spectrum)
    line = spectrum.where((spectrum["frequency"] > 33) & (spectrum["frequency"] < 42), 0).sum().item()

    assert peak.frequency_hz == pytest.approx(37.3, abs=0.2)
    assert line - 9 * spectrum.attrs["poisson_level"] == pytest.approx(20**2 * 0.5**2 / 2, rel=0.1)
    assert spectrum.attrs["poisson_level"] == pytest.approx(2 * 20 / 100, rel=0.02)
    assert float(np.median(spectrum)) == pytest.approx(spectrum.attrs["poisson_level"], rel=0.1)


def test_the_spectrum_of_poisson_units_is_flat():
    """Its integral is the variance of the rate, and it has no peak."""
    recording = poisson(50, 20)
    spectrum = analysis.power_spectrum(recording, "a.E", segment=500)
    rate = recording.psth(1)["a.E"].values

    assert analysis.spectral_peaks(spectrum) == []
    assert float(spectrum.sum()) * 2 == pytest.approx(rate.var(), rel=0.05)


def test_peaks_are_looked_for_between_the_frequencies_named():
    """The highest first; nothing where nothing fires."""
    time = np.arange(40_000) * 0.5e-3
    swing = 1 + 0.4 * np.sin(2 * np.pi * 10 * time) + 0.2 * np.sin(2 * np.pi * 80 * time)
    spectrum = analysis.power_spectrum(poisson(200, 20 * swing), "a.E", segment=1000)

    assert [round(peak.frequency_hz) for peak in analysis.spectral_peaks(spectrum)] == [10, 80]
    assert [round(peak.frequency_hz) for peak in analysis.spectral_peaks(spectrum, low=40)] == [80]
    silent = recording_of([[[]]])
    assert analysis.spectral_peaks(analysis.power_spectrum(silent, "a.E")) == []


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda one: analysis.synchrony(one, bin_width=400), ParameterError, "at least two bins of 400 ms, got 1"),
        (lambda one: analysis.synchrony(one, units=0), ParameterError, "units: must be at least 1"),
        (lambda one: analysis.cross_correlation(one, "a.E", max_lag=500), ParameterError, "less than the 500 ms"),
        (lambda one: analysis.cross_correlation(one, "a.E", predictor="jitter"), ParameterError, "'jitter' is unknown"),
        (lambda one: analysis.cross_correlation(one, "a.E", predictor="shift"), ParameterError, "at least two trials"),
        (lambda one: analysis.pairwise_correlation(one, "a.E", units=1), ParameterError, "units: must be at least 2"),
        (lambda one: analysis.pairwise_correlation(one, "b.E"), ParameterError, "b.E has 1"),
        (lambda one: analysis.power_spectrum(one, "a.E", segment=5), ParameterError, "8 to 500 bins of 1 ms, got 5"),
        (lambda one: analysis.power_spectrum(one, "a.E", bin_width=50), ParameterError, "8 to 10 bins of 50 ms, got 2"),
        (lambda one: analysis.spectral_peaks([1, 2]), KindError, "must be a spectrum from power_spectrum, got list"),
        (
            lambda one: analysis.spectral_peaks(analysis.power_spectrum(one, "a.E"), low=490, high=495),
            ParameterError,
            "at least three frequencies, got",
        ),
        (
            lambda one: analysis.chi_synchrony(with_potentials(np.zeros((5, 1))), "a.E"),
            ModelError,
            "at least two units and two samples",
        ),
        (
            lambda one: analysis.cross_correlation(dataclasses.replace(one, spike_lists=None), "a.E"),
            ModelError,
            "cross_correlation: only counts were kept",
        ),
    ],
)
def test_questions_without_an_answer_are_refused(ask, error, message):
    """The message says what is missing."""
    with pytest.raises(error, match=message):
        ask(recording_of({"a.E": [[[1], [5]]], "b.E": [[[2]]]}))


def test_counts_that_will_not_fit_are_refused(monkeypatch):
    """Before any is counted; a count that never changes correlates with nothing."""
    assert np.isnan(analysis.cross_correlation(recording_of([[[]]]), "a.E").values).all()
    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 16)
    with pytest.raises(MemoryLimitError, match="pairwise_correlation: needs about"):
        analysis.pairwise_correlation(recording_of([[[1], [2]]]), "a.E")
