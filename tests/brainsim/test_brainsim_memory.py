"""How much memory there is."""

from pathlib import Path

import pytest

from brainsim import memory
from brainsim.errors import MemoryLimitError


def test_what_is_available_is_less_than_what_there_is():
    """Where the platform says it at all."""
    available = memory.available_bytes()
    if available is None:
        pytest.skip("this platform does not say")
    total = next(int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if "MemTotal" in line)

    assert 0 < available <= total * 1024


def test_a_platform_that_does_not_say_stops_nobody(monkeypatch):
    """Unknown is not too little."""
    monkeypatch.setattr(memory.Path, "read_text", lambda *args, **options: "")

    assert memory.available_bytes() is None
    memory.require(2**60, "x", "y")


def test_too_much_is_refused(monkeypatch):
    """The message has the need, what there is, and the remedy."""
    monkeypatch.setattr(memory, "available_bytes", lambda: 2**20)

    memory.require(2**20, "simulate", "use fewer trials")
    with pytest.raises(MemoryLimitError, match=r"simulate: needs about 3.0 GiB, 1.0 MiB are free; use fewer trials"):
        memory.require(3 * 2**30, "simulate", "use fewer trials")


def test_sizes_are_readable():
    """From bytes to tebibytes."""
    assert [memory.readable(size) for size in (5, 2048, 3 * 2**40)] == ["5 B", "2.0 KiB", "3.0 TiB"]
