"""Activity put together in memory, a chunk of stimuli at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from compare.checks import is_count
from compare.errors import InvalidActivityError, InvalidOptionError
from compare.room import require_memory
from compare.subjects.source import Source
from isocortex.progress import progress_bar

__all__ = ["chunks", "in_memory", "planned"]

FILL = 2**30  # bytes of activity that are computed at a time, where nothing else is asked for


def in_memory(source: Source, chunk: int | None, progress: Any) -> dict[str, np.ndarray]:
    """Give all of a subject's activity.

    Raises
    ------
    MemoryLimitError
        If it will not fit; asked of one stimulus, before the others are computed.
    InvalidActivityError, ActivityTypeError, InvalidOptionError
        If it cannot be compared.
    """
    if source.kept:
        checked_chunk(chunk)
        return source.read(0, source.stimuli)
    size, one = planned(source, chunk)
    require_memory(one * (source.stimuli + size), source.label, "keep it on disk with out=, or choose layers=")
    if size >= source.stimuli:
        return source.read(0, source.stimuli)
    result: dict[str, np.ndarray] = {}
    for start, stop, part in chunks(source, size, progress):
        if not start:
            result = {name: np.empty((source.stimuli, *rows.shape[1:]), rows.dtype) for name, rows in part.items()}
        for name in list(part):
            result[name][start:stop] = part.pop(name)
    return result


def planned(source: Source, chunk: int | None) -> tuple[int, int]:
    """Give how many stimuli are computed at a time, and how many bytes of activity one of them has.

    By default as many as the subject says, but no more than fill a GiB. Of a brain, whose simulation asks for its
    memory by itself, the bytes are not known beforehand: 0.

    Raises
    ------
    InvalidOptionError
        If `chunk` is no whole number above 0.
    """
    size = checked_chunk(chunk)
    if source.label == "brain":
        return min(size or source.step, source.stimuli), 0
    found = source.rows(0, 1)  # not checked yet: what is wrong with it is told with that of all others
    one = sum(np.asarray(rows).nbytes for name, rows in found.items() if source.names is None or name in source.names)
    return min(size or min(source.step, max(FILL // max(one, 1), 1)), source.stimuli), one


def chunks(source: Source, size: int, progress: Any = None) -> Iterator[tuple[int, int, dict[str, np.ndarray]]]:
    """Give the activity of `size` stimuli at a time: the first, the one after the last, ``{name: array}``.

    Whoever takes it empties the mapping, or two chunks are held at once.

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
            advance(stop - start)


def checked_chunk(chunk: int | None) -> int | None:
    """Give how many stimuli are asked for at a time, None where nothing is said.

    Raises
    ------
    InvalidOptionError
        If it is no whole number above 0.
    """
    if chunk is None:
        return None
    if not is_count(chunk, 1):
        raise InvalidOptionError(f"chunk: must be a whole number of stimuli, at least 1, got {chunk!r}")
    return int(chunk)
