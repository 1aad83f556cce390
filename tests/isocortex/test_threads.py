"""Threads give the results of a loop, in its order."""

import threading

import pytest

from isocortex.errors import InvalidTypeError, InvalidValueError
from isocortex.threads import resolve_threads, run_on_threads


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_results_come_in_the_order_of_the_items(threads):
    """However many threads, the list is that of a loop, and each item is reported once."""
    seen = []

    results = run_on_threads(lambda item: item**2, range(20), threads, done=seen.append)

    assert results == [item**2 for item in range(20)]
    assert sorted(seen) == list(range(20))


def test_the_first_error_ends_the_work():
    """After an error no further item is begun."""
    begun = []
    gate = threading.Event()

    def work(item):
        begun.append(item)
        if item == 0:
            raise RuntimeError("item 0")
        gate.wait(0.05)

    with pytest.raises(RuntimeError, match="item 0"):
        run_on_threads(work, range(100), threads=2)

    assert len(begun) < 100


def test_thread_counts_below_one_are_refused():
    """Zero threads is a mistake that is named."""
    assert resolve_threads(3) == 3
    assert resolve_threads(None) >= 1
    with pytest.raises(InvalidValueError, match="threads: must be at least 1, got 0"):
        resolve_threads(0)
    with pytest.raises(InvalidTypeError, match=r"threads: must be a whole number, got 1\.5"):
        resolve_threads(1.5)


def test_calls_under_way_are_told_to_end():
    """After an error those that still run are asked to stop, once."""
    told = threading.Event()
    times = []

    def cancel():
        times.append(1)
        told.set()

    def work(item):
        if item == 0:
            raise RuntimeError("item 0")
        assert told.wait(30)

    with pytest.raises(RuntimeError, match="item 0"):
        run_on_threads(work, range(2), threads=2, cancel=cancel)

    assert times == [1]
