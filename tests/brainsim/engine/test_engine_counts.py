import numpy as np
import pytest
from scipy import stats

from brainsim.engine.counts import CountSearch, CountTable, counts_of, poisson_counts
from brainsim.engine.draws import stream_key
from brainsim.engine.operation import Operation
from brainsim.engine.trial import run_steps

KEY = stream_key(0, 0, 0, "E", "input 0")


def added(operation: Operation, variable: np.ndarray, steps: int) -> np.ndarray:
    """Run the operation for some steps from step 0: what it has added in each, (step, unit)."""
    functions, arguments = np.array([operation.function.address]), np.array([operation.arguments.ctypes.data])
    total = [variable.copy()]
    for step in range(steps):
        run_steps(functions, arguments, step, step + 1, 0)
        total.append(variable.copy())
    return np.diff(total, axis=0)


@pytest.mark.parametrize("mean", [0.0, 1e-3, 0.2, 2.0, 30.0, 900.0])
def test_poisson_counts_follow_their_distribution(mean: float) -> None:
    """Counts have the mean and variance of a Poisson distribution, and its probabilities (chi-squared)."""
    table = counts_of(np.full((1, 200), mean), 1)
    counts = poisson_counts(stream_key(0, 0, 0, "E", "input 0"), table, 200, 500).ravel()
    assert abs(counts.mean() - mean) <= 5 * np.sqrt(mean / counts.size)
    assert abs(counts.var() - mean) <= 5 * np.sqrt((mean + 3 * mean**2) / counts.size)
    values = np.arange(counts.max() + 2)
    expected = stats.poisson.pmf(values, mean) * counts.size
    frequent = expected > 10
    observed = np.bincount(counts, minlength=len(values))[frequent]
    surprise = ((observed - expected[frequent]) ** 2 / expected[frequent]).sum()
    assert stats.chi2.sf(surprise, max(frequent.sum(), 1)) > 1e-4


def test_each_unit_has_its_own_mean_count() -> None:
    """A table of different means gives each unit its own."""
    means = np.array([0.1, 5.0, 0.1, 60.0])
    table = counts_of(means[None], 1)
    counts = poisson_counts(stream_key(3, 0, 0, "E", "input 0"), table, 4, 20_000)
    assert np.all(np.abs(counts.mean(axis=0) - means) < 5 * np.sqrt(means / 20_000))


@pytest.mark.parametrize("mean", [0.0, 0.3, 3.0, 40.0])
def test_one_mean_for_all_is_counted_alike(mean: float) -> None:
    """A bin of one mean, which few limits let count in vectors, gives what a table for each unit gives."""
    one, each = CountTable.of(np.full((1, 1), mean), 1), CountSearch.of(np.full((1, 200), mean), 1)
    variable = np.zeros(200)
    expected = poisson_counts(KEY, each, 200, 20)
    assert np.array_equal(added(one.operation(KEY, 1.0, variable, None), variable, 20), expected)


@pytest.mark.parametrize("mean", [0.0, 1e-3, 0.2, 2.0, 30.0, 650.0])
def test_searched_counts_are_those_of_a_table(mean: float) -> None:
    """Adding up probabilities finds the count that a table holds."""
    means = np.full((1, 1000), mean)
    table, search = CountTable.of(means, 1), CountSearch.of(means, 1)
    assert np.array_equal(poisson_counts(KEY, table, 1000, 50), poisson_counts(KEY, search, 1000, 50))


def test_the_largest_word_has_a_count() -> None:
    """The search ends for every word, though probabilities add up to 1 only within rounding."""
    words = np.array([0.0, 1.0, 2.0**31, 2.0**32 - 2, 2.0**32 - 1])
    for mean in (0.0, 1e-9, 3.7, 699.0):
        means = np.full((1, 5), mean)
        counts = CountSearch.of(means, 1).search(words, 0)
        assert np.all(np.diff(counts) >= 0)
        assert counts[-1] <= mean + 8 * np.sqrt(mean) + 20


@pytest.mark.parametrize("kind", [CountTable, CountSearch])
@pytest.mark.parametrize("various", [False, True])
def test_compiled_counts_are_the_same(kind: type, various: bool) -> None:
    """The operation adds, bin by bin, weight times the counts that NumPy finds; the last bin goes on."""
    size, means = 150, np.random.default_rng(0).gamma(1.0, 3.0, (4, 150))
    means = means if various else np.repeat(means[:, :1], 1 if kind is CountTable else 150, axis=1)
    counts, variable = kind.of(means, 5), np.zeros(size)
    expected = poisson_counts(KEY, counts, size, 30)
    assert np.array_equal(added(counts.operation(KEY, 0.5, variable, None), variable, 30), 0.5 * expected)
    assert np.array_equal(poisson_counts(KEY, counts, size, 12, first=18), expected[18:])


@pytest.mark.parametrize("kind", [CountTable, CountSearch])
def test_a_part_of_the_units_draws_what_they_draw_in_the_whole(kind: type) -> None:
    """The operation on units from the 64th on gives them what the operation on all does."""
    for means in (np.random.default_rng(0).gamma(1.0, 3.0, (4, 150)), np.full((1, 150), 2.0), np.full((1, 1), 2.0)):
        if means.shape[1] > 1 or kind is CountTable:
            counts, whole, part = kind.of(means, 5), np.zeros(150), np.zeros(86)
            expected = added(counts.operation(KEY, 0.5, whole, None), whole, 30)[:, 64:]
            assert np.array_equal(added(counts.operation(KEY, 0.5, part, None, 64), part, 30), expected)


@pytest.mark.parametrize("kind", [CountTable, CountSearch])
def test_inactive_units_take_nothing(kind: type) -> None:
    """Where a mask is given, units that are 0 in it stay as they are; the others get what they would get anyway."""
    counts, variable, active = kind.of(np.full((1, 100), 2.0), 1), np.zeros(100), np.arange(100, dtype=np.uint8) % 2
    expected = poisson_counts(KEY, counts, 100, 20) * active
    assert np.array_equal(added(counts.operation(KEY, 1.0, variable, active), variable, 20), expected)


def test_too_many_rates_for_a_table_are_searched() -> None:
    """A rate of its own for 70,000 units in two bins needs no table."""
    means = np.random.default_rng(1).uniform(0, 1, (2, 70_000))
    assert isinstance(counts_of(means, 1), CountSearch)
    assert isinstance(counts_of(means[:, :1000], 1), CountTable)
    counts = poisson_counts(KEY, counts_of(means, 10), 70_000, 20)
    assert abs(counts[:10].sum() - 10 * means[0].sum()) < 5 * np.sqrt(10 * means[0].sum())
