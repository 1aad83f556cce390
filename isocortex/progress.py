"""A progress bar that is a callback: the library reports, the caller decides what to show."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from isocortex.errors import InvalidTypeError

__all__ = ["Advance", "progress_bar"]

Advance = Callable[[int], None]
"""Called with how many items have been finished since the last call."""


@contextmanager
def progress_bar(
    total: int, description: str, progress: bool | Callable[[int, str], Advance] | None = None
) -> Iterator[Advance]:
    """Open a progress bar and give the function that advances it.

    Parameters
    ----------
    total : int
        How many items there are.
    description : str
        What is counted, shown before the bar.
    progress : bool or callable, optional
        ``True`` shows a tqdm bar, ``None`` and ``False`` none; a callable ``(total, description) -> advance`` lets
        the caller draw its own.

    Raises
    ------
    InvalidTypeError
        If `progress` is something else.

    Examples
    --------
    >>> with progress_bar(3, "trials") as advance:
    ...     advance(3)
    """
    if callable(progress):
        yield progress(total, description)
    elif progress is not None and not isinstance(progress, bool):
        raise InvalidTypeError(f"progress: must be True, False, None or a function, got {progress!r}")
    elif progress:
        from tqdm.auto import tqdm

        with tqdm(total=total, desc=description, unit_scale=total >= 10**5) as bar:
            yield lambda count: (bar.update(count), None)[1]
    else:
        yield lambda count: None
