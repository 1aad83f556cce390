"""The cochlea against the psychoacoustics it is built on."""

import itertools

import numpy as np
import pytest

from brainsim import Poisson, Population
from brainsim.encoders import Cochlea
from brainsim.errors import KindError, ParameterError, StimulusError

RATE = 16_000  # samples a second
NERVE = {"nerve": Population("nerve", Poisson(), size=40)}
EAR = Cochlea(RATE, low=100, high=6000, baseline=0, max_rate=100, compression=1)


def tone(frequency, duration=0.1, amplitude=0.5, silence=0.0):
    """Give a tone, after some silence."""
    time = np.arange(round(duration * RATE)) / RATE
    return np.concatenate((np.zeros(round(silence * RATE)), amplitude * np.sin(2 * np.pi * frequency * time)))


def test_centre_frequencies_are_evenly_spaced_in_erbs():
    """Between two neighbours lies the integral of 1 / ERB(f), the same for all; the ends are as given."""
    frequencies = EAR.frequencies(40)
    fine = [np.linspace(*pair, 2001) for pair in itertools.pairwise(frequencies)]
    widths = [np.trapezoid(1 / (24.7 * (4.37e-3 * f + 1)), f) for f in fine]

    assert frequencies[[0, -1]] == pytest.approx([100, 6000])
    # 21.4 is 1 / (24.7 * 4.37e-3) * ln(10) = 21.33, rounded as Glasberg and Moore print it.
    assert np.allclose(widths, widths[0], rtol=1e-6)


@pytest.mark.parametrize("frequency", [150.0, 440.0, 1000.0, 2500.0, 5000.0])
def test_a_tone_excites_the_channel_tuned_to_it(frequency):
    """The largest response is that of the nearest centre frequency on the ERB scale."""
    steady = EAR.rates([tone(frequency)], NERVE)["nerve"][0, 8:16].mean(axis=0)
    centres = EAR.frequencies(40)
    distance = np.abs(np.log10(1 + 0.00437 * centres) - np.log10(1 + 0.00437 * frequency))

    assert steady.argmax() == distance.argmin()


def test_a_tone_at_the_centre_passes_with_unit_gain():
    """Half of a sine of amplitude a has the mean a / pi: the rate, where nothing is compressed."""
    centre = EAR.frequencies(40)[20]
    rates = EAR.rates([tone(centre, 0.2)], NERVE)["nerve"][0, 10:35, 20]

    assert rates.mean() == pytest.approx(100 * 0.5 / np.pi, rel=0.01)


def test_the_equivalent_rectangular_bandwidth_is_that_of_the_ear():
    """White noise leaves a filter with the power that its ERB lets through."""
    from scipy import signal

    centre = EAR.frequencies(40)[20]
    taps, _ = signal.gammatone(centre, "fir", order=4, numtaps=3000, fs=RATE)
    bandwidth = RATE / 2 * np.sum(taps**2)  # of a filter with unit gain at its centre

    assert bandwidth == pytest.approx(24.7 * (1 + 0.00437 * centre), rel=0.01)


def test_responses_follow_the_onset_of_the_sound():
    """Silence gives the baseline; high channels answer within a bin or two, low ones later, as their filters ring."""
    ear = Cochlea(RATE, low=100, high=6000, baseline=5, max_rate=105, compression=1, bin=1)
    noise = np.random.default_rng(0).uniform(-1, 1, RATE // 5)
    rates = ear.rates([np.concatenate((np.zeros(RATE // 20), noise))], NERVE)["nerve"][0] - 5

    assert np.all(rates[:50] < 1e-9)
    half = [np.flatnonzero(rates[:, k] > rates[100:200, k].mean() / 2)[0] - 50 for k in range(40)]
    assert max(half[-10:]) <= 2
    assert np.mean(half[:8]) > np.mean(half[-8:]) + 2


def test_a_sound_dies_away():
    """The last bin, which goes on to the end of a trial, is the baseline; a shorter sound ends earlier."""
    rates = Cochlea(RATE, high=6000, baseline=7).rates([tone(500, 0.02), tone(500, 0.1)], NERVE)["nerve"]

    assert np.all(rates[:, -1] == 7)
    assert rates[0, 20:].max() < rates[1, 15].max()


@pytest.mark.parametrize("compression", [0.3, 1.0])
def test_compression_is_a_power_of_the_amplitude(compression):
    """Ten times the amplitude is 10 ** compression times the response."""
    ear = Cochlea(RATE, high=6000, baseline=0, max_rate=100, compression=compression)
    soft, loud = ear.rates([tone(800, amplitude=0.05), tone(800, amplitude=0.5)], NERVE)["nerve"]
    heard = loud > 1

    assert np.allclose(loud[heard] / soft[heard], 10**compression, rtol=1e-6)


def test_a_sound_means_the_same_alone_and_in_company():
    """Rates do not depend on what else is presented, but for silence at the end."""
    sounds = [tone(300, 0.05), tone(3000, 0.08)]
    alone = [EAR.rates([sound], NERVE)["nerve"][0] for sound in sounds]
    together = EAR.rates(sounds, NERVE)["nerve"]

    for one, both in zip(alone, together, strict=True):
        assert np.allclose(one[:-1], both[: len(one) - 1], atol=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample_rate": 0}, "Cochlea.sample_rate: must be positive"),
        ({"high": 8000}, "Cochlea.high: must be between low and half of the sample rate, got 8000 Hz"),
        ({"low": 7000, "high": 6000}, "Cochlea.high: must be between low"),
        ({"compression": 2, "high": 6000}, "Cochlea.compression: must be at most 1, got 2"),
        ({"bin": 0.01, "high": 6000}, "Cochlea.bin: must hold a sample at least, got 0.01 ms"),
        ({"max_rate": 1, "high": 6000}, "Cochlea.max_rate: must not be below baseline"),
    ],
)
def test_cochleas_that_cannot_be_are_refused(options, message):
    """The message names the parameter and the value."""
    with pytest.raises(ParameterError, match=message):
        Cochlea(**{"sample_rate": RATE, **options})


@pytest.mark.parametrize(
    ("sounds", "error", "message"),
    [
        ("abc", KindError, "must be sounds, .*, got str"),
        ([np.array([1, 2], np.int16)], KindError, "sound 0 must be floating-point .*, got int16; divide 16-bit"),
        (np.zeros((1, 3, 2)), StimulusError, r"sound 0 must be \(sample\), got shape \(3, 2\)"),
        ([tone(100), np.array([0.0, 1.5])], StimulusError, "sound 1 must lie between -1 and 1; rescale it"),
        ([np.array([np.nan])], StimulusError, "sound 0 must lie between -1 and 1"),
        ([], StimulusError, "stimuli are empty"),
    ],
)
def test_sounds_that_are_none_are_refused(sounds, error, message):
    """The message says which sound and how to mend it."""
    with pytest.raises(error, match=message):
        EAR.rates(sounds, NERVE)


def test_the_highest_frequency_follows_the_sample_rate():
    """By default the last unit answers to 8000 Hz, or to less where the sample rate carries less."""
    assert Cochlea(44_100).high == 8000
    assert Cochlea(16_000).high == 7200
    assert Cochlea(16_000).frequencies(10)[-1] == pytest.approx(7200)
