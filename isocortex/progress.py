"""A progress bar that is a callback: the library reports, the caller decides what to show."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from isocortex.errors import InvalidTypeError

__all__ = ["Advance", "progress_bar"]

Advance = Callable[[int], None]
"""Called with how many items have been finished since the last call; its method ``note(text)``, where it has one, says
what stands beside the bar, and ``tell(text)``, where it has one, shows that at once, from whatever thread."""


@contextmanager
def progress_bar(
    total: int, description: str, progress: bool | Callable[[int, str], Advance] | None = None
) -> Iterator[Advance]:
    """Open a progress bar and give the function that advances it.

    Parameters
    ----------
    total : int
        How many items there are; 0 where nobody knows.
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

        with tqdm(total=total or None, desc=description, unit_scale=total >= 10**5) as bar:
            yield _Shown(bar)
    else:
        yield lambda count: None


class _Shown:
    """A tqdm bar as what is advanced."""

    def __init__(self, bar: Any):
        self.bar = bar

    def __call__(self, count: int) -> None:
        self.bar.update(count)

    def note(self, text: str) -> None:
        """Show a text beside the bar, when it is next drawn."""
        self.bar.set_postfix_str(text, refresh=False)

    def tell(self, text: str) -> None:
        """Show a text beside the bar at once."""
        self.bar.set_postfix_str(text, refresh=True)
