"""Parts of a batch on threads, and BLAS on one while they run."""

import os
import sys
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info

import ann.fast  # noqa: F401
from ann.parallel import added, blas_on_one_thread, run_parts


def blas_threads():
    """Give how many threads each loaded BLAS uses."""
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_parts(threads):
    """Whatever the number of threads, every part is done once and the results stand in order."""
    assert run_parts(lambda number: number**2, range(20), threads) == [number**2 for number in range(20)]
    assert run_parts(abs, [], threads) == []


def test_several_threads_work_at_once():
    """Two parts that wait for each other both finish."""
    meeting = threading.Barrier(2, timeout=20)
    assert sorted(run_parts(lambda _: meeting.wait(), [0, 1], threads=2)) == [0, 1]


@pytest.mark.parametrize("culprit", [0, 3])
def test_an_error_in_a_part_is_raised(culprit):
    """An exception on any thread reaches the caller."""

    def fail(number):
        if number == culprit:
            raise ZeroDivisionError(number)

    with pytest.raises(ZeroDivisionError):
        run_parts(fail, range(4), threads=2)


def test_floating_point_settings_reach_the_threads():
    """What the caller says of overflow holds on every thread."""

    def overflow(_):
        return float(np.float32(3e38) * np.float32(10))

    with np.errstate(over="ignore"):
        assert run_parts(overflow, range(8), threads=3) == [np.inf] * 8
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        run_parts(overflow, range(8), threads=3)


def test_blas_is_held_to_one_thread_and_let_go():
    """Inside, nested too, every BLAS uses one thread; outside it uses as many as before."""
    before = blas_threads()
    with blas_on_one_thread, blas_on_one_thread:
        assert set(blas_threads()) == {1}
    assert blas_threads() == before


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_gets_threads_of_its_own():
    """A child process does not wait for threads that only its parent has."""
    run_parts(abs, [1, 2], threads=2)
    child = os.fork()
    if child == 0:
        os._exit(0 if run_parts(abs, [-1, -2, -3], threads=2) == [1, 2, 3] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("size", [0, 5, 2**15, 100_001])
def test_arrays_are_added_in_their_order(size):
    """The sum has the same bits whatever the number of threads: those of adding one array after the other."""
    arrays = [np.random.default_rng(seed).normal(size=size).astype(np.float32) for seed in range(5)]
    expected = arrays[0].copy()
    for array in arrays[1:]:
        expected += array
    for threads in (1, 2, 5):
        first = arrays[0].copy()
        total = added([first, *arrays[1:]], threads)
        assert total is first
        np.testing.assert_array_equal(total, expected)
    assert added([expected], 2) is expected
