import mpmath
import numpy as np
import pytest
from numba import njit
from scipy import stats

from brainsim.engine.draws import stream_key
from brainsim.engine.normals import fill_normals, minus_two_log, normals, normals_operation, pair
from brainsim.engine.trial import run_steps

KEY = stream_key(0, 0, 0, "V1.E", "noise xi")


@njit
def extremes(key: np.ndarray, chunks: int, steps: int, limits: np.ndarray) -> np.ndarray:
    """Count how many normals lie beyond each limit, on either side."""
    beyond, drawn = np.zeros((2, limits.size), np.int64), np.empty(64)
    for step in range(steps):
        for chunk in range(chunks):
            fill_normals(chunk, step, key, drawn)
            for z in drawn:
                for k in range(limits.size):
                    beyond[0, k] += z < -limits[k]
                    beyond[1, k] += z > limits[k]
    return beyond


def test_known_answers() -> None:
    """The bits of the first numbers of a stream, which are the same on every machine."""
    drawn = normals(KEY, 70, 2)
    assert [drawn[place].hex() for place in ((0, 0), (0, 16), (0, 69), (1, 0), (1, 40))] == [
        "-0x1.ec263abf2a45cp-2",
        "-0x1.0405cb9c70ab9p+0",
        "-0x1.57e4416b5b48fp-5",
        "-0x1.4fd365d0b5297p+0",
        "0x1.47074e3e4afa1p-4",
    ]


def test_the_pair_of_box_and_muller() -> None:
    """Radius and angle of each pair are those of its two words, to 4e-16, from the smallest radius to the largest."""
    words = np.random.default_rng(0).integers(0, 2**32, (400, 2))
    words[:6] = [[0, 0], [2**32 - 1, 2**32 - 1], [2**31, 2**30], [2**32 - 2, 2**31 - 1], [1, 2**30 - 1], [2**31 - 1, 5]]
    for first, second in words.tolist():
        with mpmath.workdps(40):
            radius = mpmath.sqrt(-2 * mpmath.log((first + mpmath.mpf(0.5)) / 2**32))
            angle = mpmath.pi / 2 * ((second % 2**30 + mpmath.mpf(0.5)) / 2**30 - mpmath.mpf(0.5))
            x, y = mpmath.cos(angle), mpmath.sin(angle)
            x, y = (y, x) if second >> 30 & 1 else (x, y)
            sign = -1 if second >> 31 else 1
            expected = [float(sign * radius * x), float(sign * radius * y)]
        assert np.allclose(pair(first, second), expected, rtol=4e-16, atol=4e-16 * float(radius))


def test_the_logarithm_is_accurate_where_it_vanishes() -> None:
    """Words near 2**32 give radii near 0, whose relative error stays below 4e-16."""
    for x in (0.5, 1.5, 2.0**31, 3e9, 2.0**32 - 100.5, 2.0**32 - 1.5, 2.0**32 - 0.5):
        with mpmath.workdps(40):
            expected = float(-2 * mpmath.log(mpmath.mpf(x) / 2**32))
        assert minus_two_log(x) == pytest.approx(expected, rel=4e-16)


def test_no_number_is_infinite_and_each_has_its_mirror_image() -> None:
    """Turning a pair by half a circle (the highest bit of the second word) changes both signs and no bit else."""
    words = np.random.default_rng(1).integers(0, 2**32, (100, 2))
    words[:4] = [[0, 0], [0, 2**32 - 1], [2**32 - 1, 0], [2**32 - 1, 2**32 - 1]]
    for first, second in words.tolist():
        one, other = pair(first, second), pair(first, second ^ 2**31)
        assert np.isfinite(one).all()
        assert max(map(abs, one)) < 6.77
        assert one == tuple(-z for z in other)


def test_numbers_are_normal() -> None:
    """Kolmogorov-Smirnov over units and over steps, and moments up to the fourth within five standard errors."""
    z = normals(KEY, 1024, 1000)
    assert stats.kstest(z[17], "norm").pvalue > 1e-3
    assert stats.kstest(z[:, 17], "norm").pvalue > 1e-3
    n = z.size
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((z**power).mean() - mean) < 5 * np.sqrt(variance / n)


def test_tails_up_to_five_sigma() -> None:
    """Of 100 million numbers as many lie beyond 1, 2, 3, 4 and 5 as should, on either side."""
    limits, n = np.arange(1.0, 6.0), 64 * 1600 * 1000
    expected = stats.norm.sf(limits) * n
    beyond = extremes(stream_key(4, 0, 0, "E", "noise"), 1600, 1000, limits)
    assert np.all(np.abs(beyond - expected) < 4.5 * np.sqrt(expected))


def test_a_unit_draws_the_same_in_any_company() -> None:
    """A unit's numbers depend neither on how many units, nor on how many steps are drawn, nor on where one begins."""
    many = normals(KEY, 1000, 20)
    assert np.array_equal(normals(KEY, 37, 5), many[:5, :37])
    assert np.array_equal(normals(KEY, 130, 5, 15), many[15:, :130])


def test_units_and_steps_are_independent() -> None:
    """Numbers, and their squares, of units that share a radius or a counter, and of successive steps are unrelated."""
    z = normals(stream_key(2, 0, 0, "E", "noise"), 1024, 512)
    for shift in (1, 16, 32, 48, 64):
        for one, two in ((z[:, shift:], z[:, :-shift]), (z[shift:], z[:-shift])):
            bound = 5 / np.sqrt(one.size)
            assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < bound
            assert abs(np.corrcoef(one.ravel() ** 2, two.ravel() ** 2)[0, 1]) < bound
            assert abs(np.corrcoef(one.ravel(), two.ravel() ** 2)[0, 1]) < bound


def test_compiled_code_draws_the_same() -> None:
    """The operation of a trial gives the numbers that Python is given."""
    out = np.zeros(128)
    operation = normals_operation(KEY, out)
    functions = np.array([operation.function.address])
    run_steps(functions, np.array([operation.arguments.ctypes.data]), 3, 4, 0)
    assert np.array_equal(out, normals(KEY, 128, 1, 3)[0])
