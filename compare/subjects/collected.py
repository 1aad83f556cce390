"""Activity put together in memory, a chunk of stimuli at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError, MemoryLimitError
from compare.subjects.source import Source
from isocortex.progress import progress_bar

__all__ = ["checked_chunk", "chunks", "in_memory", "require_memory"]

TIMES = 3  # what computing a chunk takes, as a multiple of the chunk's activity


def in_memory(source: Source, chunk: int | None, progress: Any) -> dict[str, np.ndarray]:
    """Give all of a subject's activity.

    Raises
    ------
    MemoryLimitError
        If it will not fit.
    InvalidActivityError, ActivityTypeError, InvalidOptionError
        If it cannot be compared.
    """
    size = checked_chunk(chunk, source)
    if source.kept or size >= source.stimuli:
        return source.read(0, source.stimuli)
    result: dict[str, np.ndarray] = {}
    for start, stop, part in chunks(source, size, progress):
        if not start:
            whole = sum(array.nbytes for array in part.values()) * source.stimuli // stop
            require_memory(whole, source.label, "keep it on disk with out=, or choose layers=")
            result = {name: np.empty((source.stimuli, *rows.shape[1:]), rows.dtype) for name, rows in part.items()}
        for name, rows in part.items():
            result[name][start:stop] = rows
    return result


def chunks(source: Source, size: int, progress: Any = None) -> Iterator[tuple[int, int, dict[str, np.ndarray]]]:
    """Give the activity of `size` stimuli at a time: the first, the one after the last, ``{name: array}``.

    Raises
    ------
    InvalidActivityError
        If layers come and go, or change their size, from chunk to chunk.
    """
    shapes: dict[str, tuple[Any, ...]] = {}
    with progress_bar(source.stimuli, "stimuli", None if source.label == "brain" else progress) as advance:
        for start in range(0, source.stimuli, size):
            stop = min(start + size, source.stimuli)
            part = source.read(start, stop)
            found = {name: (*rows.shape[1:], rows.dtype) for name, rows in part.items()}
            shapes = shapes or found
            if found != shapes:
                differs = next(name for name in {**shapes, **found} if shapes.get(name) != found.get(name))
                raise InvalidActivityError(
                    f"{source.label}[{differs!r}]: differs in size between stimuli 0 and {start}; every stimulus must "
                    "give the same layers and units"
                )
            yield start, stop, part
            del part  # or two chunks would be held at once
            advance(stop - start)


def checked_chunk(chunk: int | None, source: Source) -> int:
    """Give how many stimuli are computed at a time.

    Raises
    ------
    InvalidOptionError
        If it is no whole number above 0.
    """
    if chunk is None:
        return max(source.step, 1)
    if isinstance(chunk, bool) or not isinstance(chunk, (int, np.integer)) or chunk < 1:
        raise InvalidOptionError(f"chunk: must be a whole number of stimuli, at least 1, got {chunk!r}")
    return int(chunk)


def require_memory(needed: int, what: str, remedy: str) -> None:
    """Refuse what will not fit, before it is taken.

    Raises
    ------
    MemoryLimitError
        Says how much is needed, how much is free, and what to do.
    """
    from brainsim.memory import available_bytes, readable

    available = available_bytes()
    if available is not None and needed > available:
        raise MemoryLimitError(f"{what}: needs about {readable(needed)}, {readable(available)} are free; {remedy}")
