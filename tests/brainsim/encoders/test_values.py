"""Numbers as rates, latencies and population codes."""

import numpy as np
import pytest

from brainsim import Poisson, Population, SpikeSource
from brainsim.encoders import Latency, PopulationCode, Rate, Spikes
from brainsim.errors import KindError, ParameterError, StimulusError

RNG = np.random.default_rng(0)


def units(size, name="in", model=None):
    """Give a row of sources."""
    return {name: Population(name, model or Poisson(), size=size)}


def test_rates_are_affine_in_the_numbers():
    """Twice the distance from low is twice the rate above baseline; the ends are baseline and max_rate."""
    values = RNG.uniform(-2, 6, (4, 30))
    values[0, :2] = -2, 6
    rates = Rate(baseline=3, max_rate=43, low=-2, high=6).rates(values, units(30))["in"]

    assert rates[0, :2].tolist() == [3, 43]
    assert np.allclose(rates - 3, 5 * (values + 2))


def test_images_go_onto_populations_of_their_shape_or_onto_a_row():
    """A grid of units takes images of its shape, a row takes them in C order; both get the same numbers."""
    images = RNG.random((2, 3, 4, 1))
    populations = {"grid": Population("grid", Poisson(), shape=(3, 4)), **units(12, "row")}
    rates = Rate().rates(images, populations)

    assert np.array_equal(rates["grid"], images.reshape(2, 12) * 100)
    assert np.array_equal(rates["grid"], rates["row"])


def test_numbers_may_change_in_time():
    """With bins there is a rate a bin; the encoder says how long one lasts."""
    movie = RNG.random((2, 5, 3, 4))
    code = Rate(max_rate=10, bin=20)
    rates = code.rates(movie, {"grid": Population("grid", Poisson(), shape=(3, 4))})["grid"]

    assert code.bin == 20
    assert Rate().bin is None
    assert np.array_equal(rates, 10 * movie.reshape(2, 5, 12))


def test_stronger_units_fire_earlier():
    """First spikes are in the order of the numbers, between onset and onset + window, and each unit fires once."""
    values = RNG.random((3, 200))
    code = Latency(window=40, onset=7)
    for number, (times, fired) in enumerate(code.spikes(values, units(200, model=SpikeSource()))["in"]):
        assert np.array_equal(np.sort(fired), np.arange(200))
        assert np.array_equal(fired[np.argsort(times)], np.argsort(-values[number]))
        assert 7 <= times.min() < times.max() < 47
        assert np.allclose(1 - (times - 7) / 40, values[number, fired])


def test_units_without_a_number_stay_silent():
    """Whatever is at the lower end does not fire."""
    (times, fired), (none, nobody) = Latency().spikes([[0.0, 0.5, 0.0, 1.0], [0.0] * 4], units(4))["in"]

    assert fired.tolist() == [1, 3]
    assert times.tolist() == [25, 0]
    assert len(none) == len(nobody) == 0


def test_listed_spikes_are_given_as_they_are():
    """One population takes pairs, several take mappings of their names."""
    two = units(5, "a") | units(7, "b")
    given = [{"a": ([1.0, 2.5], [0, 4]), "b": ([], [])}, {"a": ([], []), "b": ([0.1], [6])}]
    fired = Spikes().spikes(given, two)

    assert fired["a"][0][0].tolist() == [1.0, 2.5]
    assert fired["b"][1][1].tolist() == [6]
    assert len(fired["a"]) == 2
    assert Spikes().spikes([([3.0], [1])], units(2))["in"][0][1].tolist() == [1]


@pytest.mark.parametrize("circular", [False, True])
def test_tuning_curves_are_gaussian_around_their_centres(circular):
    """On a line they are the formula; on a circle the same at every centre, the shorter way round."""
    code = PopulationCode(0, 180, width=15, baseline=2, max_rate=52, circular=circular)
    values = np.linspace(0, 180, 37)
    distance = np.abs(values[:, None] - code.centers(9))
    if circular:
        distance = np.minimum(distance, 180 - distance)

    assert np.allclose(code.rates(values, units(9))["in"], 2 + 50 * np.exp(-(distance**2) / (2 * 15**2)))


@pytest.mark.parametrize("circular", [False, True])
def test_a_population_code_decodes_back(circular):
    """From expected counts to half a step of the grid; from Poisson counts to the Cramer-Rao bound."""
    code = PopulationCode(-1, 1, width=0.15, baseline=1, max_rate=80, circular=circular)
    values = RNG.uniform(-0.8, 0.8, 300)
    rates = code.rates(values, units(40))["in"]
    step = np.diff(code.centers(40))[0] / 20

    assert np.abs(code.decode(rates * 0.5, duration=500) - values).max() <= step / 2 + 1e-12

    decoded = code.decode(RNG.poisson(rates * 0.5), duration=500)
    shifted = code.rates(values + 1e-6, units(40))["in"]
    information = (((shifted - rates) / 1e-6) ** 2 / rates * 0.5).sum(axis=1)
    efficiency = np.mean((decoded - values) ** 2 * information)
    assert efficiency == pytest.approx(1, abs=5 * np.sqrt(2 / 300))


def test_decoding_a_circle_wraps():
    """Just below the end is next to the beginning."""
    code = PopulationCode(0, 360, width=20, circular=True)
    rates = code.rates([359.0, 1.0], units(36))["in"]

    assert code.decode(rates, duration=1000).tolist() == [359.0, 1.0]


ONE = {"in": Population("in", Poisson(), size=3)}


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: Rate(max_rate=1, baseline=2), ParameterError, "Rate.max_rate: must not be below baseline"),
        (lambda: Rate(low=1, high=1), ParameterError, "Rate.high: must be above low, got 1 and 1"),
        (lambda: Rate(bin=0), ParameterError, "Rate.bin: must be positive, got 0 ms"),
        (lambda: Rate(baseline=-1), ParameterError, "Rate.baseline: must not be negative"),
        (lambda: Rate().rates([[0, 1, 1.5]], ONE), StimulusError, "must lie between 0 and 1, got 0 to 1.5; rescale"),
        (lambda: Rate().rates([[0, 1, np.nan]], ONE), StimulusError, "stimulus 0 holds NaN or infinity"),
        (lambda: Rate().rates([[0, 1]], ONE), StimulusError, r"shape \(2,\), but population 'in' has shape \(3,\)"),
        (lambda: Rate().rates([0, 1, 1], ONE), StimulusError, r"must have 2 dimensions or more, got shape \(3,\)"),
        (lambda: Rate(bin=1).rates([[0, 1, 1]], ONE), StimulusError, "must have 3 dimensions or more"),
        (lambda: Rate().rates([["a"] * 3], ONE), KindError, "must be an array of real numbers"),
        (lambda: Rate().rates([[1.0], [1.0, 0.5]], ONE), StimulusError, "must all be of one shape"),
        (lambda: Rate().rates(np.zeros((0, 3)), ONE), StimulusError, r"stimuli first, got shape \(0, 3\)"),
        (
            lambda: Rate().rates(np.zeros((1, 3, 2)), {"g": Population("g", Poisson(), shape=(2, 3))}),
            StimulusError,
            r"shape \(3, 2\), but population 'g' has shape \(2, 3\)",
        ),
        (lambda: Latency(window=0), ParameterError, "Latency.window: must be positive"),
        (lambda: Latency(onset=-1), ParameterError, "Latency.onset: must not be negative"),
        (lambda: Latency(low=2), ParameterError, "Latency.high: must be above low"),
        (lambda: Latency().spikes([1.0, 0.0], ONE), StimulusError, "must have 2 dimensions or more"),
        (lambda: Latency().spikes([[2.0, 0, 0]], ONE), StimulusError, "must lie between 0 and 1"),
        (lambda: PopulationCode(width=0), ParameterError, "PopulationCode.width: must be positive"),
        (lambda: PopulationCode(max_rate=0), ParameterError, "max_rate: must be above baseline, got 0 Hz for both"),
        (lambda: PopulationCode(circular=1), KindError, "circular: must be True or False, got 1"),
        (lambda: PopulationCode().rates([[0.5]], ONE), StimulusError, r"one scalar each, got shape \(1, 1\)"),
        (lambda: PopulationCode().rates([1.5], ONE), StimulusError, "must lie between 0 and 1"),
        (lambda: PopulationCode().decode([-1, 2], 100), StimulusError, "must lie between 0 and inf"),
        (lambda: PopulationCode().decode([1, 2], 0), ParameterError, "decode: duration: must be positive"),
        (lambda: Spikes().spikes("abc", ONE), KindError, "must be a list of .times, units., got str"),
        (lambda: Spikes().spikes([[1, 2, 3]], ONE), KindError, "stimulus 0: must be a pair of"),
        (lambda: Spikes().spikes([([1.0], [3])], ONE), StimulusError, "unit 3, but population 'in' has 0 to 2"),
        (lambda: Spikes().spikes([([-1.0], [0])], ONE), ParameterError, "stimulus 0.times: must not be negative"),
        (lambda: Spikes().spikes([(1.0, [0])], ONE), KindError, "stimulus 0.times: must be a list of times"),
        (lambda: Spikes().spikes([([1.0], [0.5])], ONE), KindError, "stimulus 0.units: must be unit numbers"),
        (lambda: Spikes().spikes([([1.0], [-1])], ONE), ParameterError, "units: must not be negative, got -1"),
        (lambda: Spikes().spikes([([1.0, 2], [0, 1, 2])], ONE), ParameterError, "units: must be one number or 2"),
        (lambda: Spikes().spikes([{"x": ([], [])}], ONE), StimulusError, "has no spikes for population 'in', only"),
        (lambda: Spikes().spikes([([], [])], ONE | units(2, "b")), KindError, "must map the names"),
    ],
)
def test_what_cannot_be_encoded_is_refused(build, error, message):
    """The message names the encoder, the value and the remedy."""
    with pytest.raises(error, match=message):
        build()
