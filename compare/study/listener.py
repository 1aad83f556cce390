"""Who is told how a study gets on."""

from typing import Protocol

from isocortex.progress import Advance

__all__ = ["Bars", "Listener", "Silence"]


class Listener(Protocol):
    """What a study calls as it goes; the command draws it, a script may pass its own."""

    def began(self, title: str) -> None:
        """Hear that a stage begins."""

    def ended(self, title: str, seconds: float, taken_up: bool) -> None:
        """Hear that a stage is finished, or was finished in an earlier run and is taken up."""

    def note(self, text: str) -> None:
        """Hear a remark for the user."""

    def bar(self, total: int, description: str) -> Advance:
        """Open a progress bar within a stage, and give the function that advances it."""
        ...


class Silence:
    """Tells nobody."""

    def began(self, title: str) -> None:
        """Ignore it."""

    def ended(self, title: str, seconds: float, taken_up: bool) -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""

    def bar(self, total: int, description: str) -> Advance:
        """Count nothing."""
        return lambda count: None


class Bars(Silence):
    """Shows the progress of long stages as tqdm bars, in a terminal or a notebook."""

    def bar(self, total: int, description: str) -> Advance:
        """Open a bar that closes when it is full."""
        from tqdm.auto import tqdm

        shown = tqdm(total=total, desc=description)

        def advance(count: int) -> None:
            shown.update(count)
            if shown.n >= total:
                shown.close()

        return advance
