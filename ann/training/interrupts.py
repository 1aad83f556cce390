"""Ctrl-C between steps, never amid one, so that an interrupted model is whole."""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

__all__ = ["WholeSteps"]


class WholeSteps:
    """A context in which Ctrl-C that comes while a step is taken waits until it is done.

    Weights, velocities and generators would otherwise be left at different steps. Only the main thread is
    interrupted by Ctrl-C, so elsewhere this does nothing. Whatever handled Ctrl-C before goes on handling it.
    """

    def __init__(self) -> None:
        self._busy = False
        self._waiting: tuple[int, FrameType | None] | None = None
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if callable(before):
                self._before = before
                signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._busy and self._waiting is None:
            self._waiting = number, frame
        else:  # a second Ctrl-C is not kept waiting
            self._before(number, frame)

    def take(self, step: Callable[..., Any], *arguments: Any) -> Any:
        """Call `step`, and let a Ctrl-C that came meanwhile through behind it."""
        self._busy = True
        try:
            return step(*arguments)
        finally:
            self._busy = False
            if self._waiting is not None:
                (number, frame), self._waiting = self._waiting, None
                self._before(number, frame)
