"""What the command shows as a study goes: one line a stage with its time, and bars within long stages."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from isocortex.progress import Advance

__all__ = ["Display"]


class Display:
    """Draws a study's progress in the terminal; into a file it writes the lines alone.

    Parameters
    ----------
    console : rich.console.Console, optional
        Where to draw; standard output by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()
        self._progress.stop()

    def began(self, title: str) -> None:
        """Show that a stage is under way."""
        self._progress.add_task(title, total=None)

    def ended(self, title: str, seconds: float, taken_up: bool) -> None:
        """Leave one line for the stage."""
        self._clear()
        note = "  (from the earlier run)" if taken_up else ""
        self._console.print(f"{title:<52}{seconds:7.1f} s{note}", markup=False)

    def note(self, text: str) -> None:
        """Leave a line for the user."""
        self._console.print(text, markup=False)

    def bar(self, total: int, description: str) -> Advance:
        """Open a bar within the stage."""
        task = self._progress.add_task(description, total=total)
        return lambda count: self._progress.update(task, advance=count)

    def _clear(self) -> None:
        for task in self._progress.task_ids:
            self._progress.remove_task(task)
