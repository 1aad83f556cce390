"""Memory that is used again is never used twice at once."""

import numpy as np

from ann import room


def address(array):
    """Give where an array's memory begins."""
    return array.__array_interface__["data"][0]


def test_memory_comes_back_when_the_last_view_is_gone():
    """A new array takes the memory of one that nobody looks at, and of no other."""
    first = room.empty((100, 1000), "float64")
    view, where = first[3:, ::2], address(first)
    del first
    second = room.empty((100, 1000), "float64")
    assert not np.shares_memory(second, view)
    del view
    third = room.empty((200, 1000), "float32")
    assert address(third) == where


def test_kept_memory_is_bounded(monkeypatch):
    """Beyond the bound the blocks are forgotten, and arrays in use keep their numbers."""
    monkeypatch.setattr(room, "MOST_BYTES", 2**20)
    monkeypatch.setattr(room, "_blocks", {})
    arrays = [room.empty((2**17,), "float32") for _ in range(10)]
    for index, array in enumerate(arrays):
        array[:] = index
    assert sum(length * len(blocks) for length, blocks in room._blocks.items()) <= 2**20
    assert [array.mean() for array in arrays] == list(range(10))


def test_small_arrays_and_shapes_are_numpys():
    """Small arrays are NumPy's own; shape, type and order are those asked for."""
    assert room.empty((3,), "float32").base is None
    made = room.empty_like(np.ones((50, 4, 500), np.float32).transpose(2, 1, 0))
    assert made.shape == (500, 4, 50)
    assert made.dtype == np.float32
    assert made.flags.c_contiguous
    assert made.flags.writeable


def test_large_arrays_begin_on_a_line_of_the_cache():
    """So that no vector of 64 bytes lies across two lines."""
    arrays = [room.empty((count,), "float32") for count in (20_000, 50_000, 20_000)]
    assert [address(array) % 64 for array in arrays] == [0, 0, 0]
