"""What the calling thread does while others compute: it tells the progress and hears Ctrl-C."""

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Event

from isocortex.progress import Advance
from isocortex.threads import run_on_threads

__all__ = ["Watch"]


class Watch:
    """Between the thread that asked for a run and the threads that compute it.

    Ctrl-C raises its exception in the main thread, at any place. So the main thread only waits: those that compute end
    at a step's end, and what they leave is whole.
    """

    def __init__(self, advance: Advance | None = None) -> None:
        self.advance = advance
        self.cancelled = Event()
        self.steps: SimpleQueue[int] = SimpleQueue()

    def done(self, steps: int) -> None:
        """Tell, from a thread that computes, that it has done some steps."""
        self.steps.put(steps)

    def run(self, work: Callable[[int], None], items: Sequence[int], threads: int | None) -> None:
        """Do the work on every item, side by side.

        An exception of the work, of `advance`, or Ctrl-C ends all of it soon and is then raised.
        """
        run_on_threads(work, items, threads, cancel=self.cancelled.set, tick=self._tell)

    def _tell(self) -> None:
        steps = 0
        while not self.steps.empty():
            steps += self.steps.get()
        if steps and self.advance is not None:
            self.advance(steps)
