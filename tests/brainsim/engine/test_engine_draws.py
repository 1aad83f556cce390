import numpy as np
import pytest
from scipy import stats

from brainsim.engine import draws


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
        ),
    ],
)
def test_philox_gives_the_published_answers(counter: list[int], key: list[int], expected: list[int]) -> None:
    """Philox 4x32-10 agrees with the known answers of Random123."""
    assert [int(word) for word in draws.philox(*map(np.uint64, counter), *map(np.uint64, key))] == expected


def test_a_unit_draws_the_same_in_any_company() -> None:
    """A unit's numbers depend neither on how many units nor on how many steps are drawn."""
    key = draws.stream_key(1, 2, 3, "V1.E", "spikes")
    many = draws.words(key, 1000, 20)
    assert np.array_equal(draws.words(key, 37, 5), many[:5, :37])
    assert np.array_equal(draws.words(key, 130, 5, 15), many[15:, :130])


def test_each_unit_and_step_has_its_own_counter() -> None:
    """No word block is used twice: over 200,000 draws there are no more equal words than chance gives."""
    drawn = draws.words(draws.stream_key(0, 0, 0, "E", "spikes"), 2000, 100).ravel()
    expected = drawn.size**2 / 2**33
    assert drawn.size - len(np.unique(drawn)) < expected + 6 * np.sqrt(expected)


@pytest.mark.parametrize("axis", [0, 1])
def test_words_are_uniform_over_units_and_over_steps(axis: int) -> None:
    """Words are uniform, whether one unit is followed in time or all units in one step are looked at."""
    drawn = draws.words(draws.stream_key(5, 0, 1, "E", "spikes"), 4096, 4096) / 2.0**32
    line = drawn[7] if axis else drawn[:, 7]
    assert stats.kstest(line, "uniform").pvalue > 1e-3
    assert abs(drawn.mean() - 0.5) < 5 * np.sqrt(1 / 12 / drawn.size)


@pytest.mark.parametrize(
    "other",
    [
        (1, 0, 0, "E", "spikes"),
        (0, 1, 0, "E", "spikes"),
        (0, 0, 1, "E", "spikes"),
        (0, 0, 0, "I", "spikes"),
        (0, 0, 0, "E", "x"),
    ],
)
def test_streams_are_independent(other: tuple) -> None:
    """Seed, stimulus, trial, population and stream each give numbers uncorrelated with the rest."""
    one = draws.words(draws.stream_key(0, 0, 0, "E", "spikes"), 1000, 100).ravel().astype(float)
    two = draws.words(draws.stream_key(*other), 1000, 100).ravel().astype(float)
    assert abs(np.corrcoef(one, two)[0, 1]) < 5 / np.sqrt(one.size)


def test_neighbours_and_successive_steps_are_independent() -> None:
    """Numbers of neighbouring units, and of one unit in successive steps, are uncorrelated."""
    drawn = draws.words(draws.stream_key(2, 0, 0, "E", "spikes"), 1024, 512).astype(float)
    for one, two in ((drawn[:, 1:], drawn[:, :-1]), (drawn[1:], drawn[:-1]), (drawn[:, 16:], drawn[:, :-16])):
        assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < 5 / np.sqrt(one.size)


def test_poisson_spikes_have_their_rates_in_each_bin() -> None:
    """The share of steps with a spike is rate times dt, bin by bin, never at 0 Hz and always at one spike a step."""
    rates = np.array([[0.0, 50.0, 1000.0, 300.0], [10.0, 0.0, 1000.0, 20.0]])
    spikes = draws.poisson_spikes(draws.stream_key(0, 0, 0, "E", "spikes"), rates, 50_000, 100_000, 1e-3)
    for row, part in enumerate((spikes[:50_000], spikes[50_000:])):
        p = rates[row] * 1e-3
        assert np.all(np.abs(part.mean(axis=0) - p) <= 5 * np.sqrt(p * (1 - p) / 50_000))


def test_spikes_can_be_drawn_from_any_step() -> None:
    """What is drawn from a later step is what would have been drawn there; bins count from where they began."""
    key = draws.stream_key(0, 0, 0, "E", "spikes")
    rates = np.random.default_rng(0).uniform(0, 900, (6, 70))
    whole = draws.poisson_spikes(key, rates, 10, 100, 1e-3)
    assert np.array_equal(draws.poisson_spikes(key, rates, 10, 67, 1e-3, first=33), whole[33:])
    later = draws.poisson_spikes(key, rates, 10, 67, 1e-3, first=33, began=13)
    each_step = np.concatenate((np.zeros((13, 70)), rates.repeat(10, axis=0)))
    assert np.array_equal(later, draws.poisson_spikes(key, each_step, 1, 100, 1e-3)[33:])
