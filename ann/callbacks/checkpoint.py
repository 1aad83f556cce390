"""Writing a run to a file as it goes."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ann.callbacks.callback import Callback
from ann.callbacks.monitor import Monitor
from ann.errors import InvalidValueError
from ann.layers.layer import positive_integer
from isocortex.files import as_path

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["Checkpoint"]


class Checkpoint(Callback):
    """Saves the model with all of its training, whole or not at all, so that the run can be gone on with.

    The file holds weights, statistics, optimiser, generators, history and what the other callbacks remember (see
    `ann.io.save`). ``ann.io.load(path).fit(..., resume=True)`` goes on from there in another process, with the same
    bits as the run would have had. It is written after the other callbacks have had their turn.

    Parameters
    ----------
    path : path-like
        Where to; ``{epoch}`` (counted from 1) and numbers of the history such as ``{val_loss:.3f}`` are filled in.
        Without any, each file takes the place of the one before.
    save_best_only : bool
        Whether to write only when `monitor` is better than ever before.
    monitor, mode
        As in `EarlyStopping`.
    every : int
        Write after every so many epochs.

    Attributes
    ----------
    best : float or None
        The best of the watched number, with `save_best_only`.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If an argument is out of range, or the watched number or one that `path` names is not there.
    UnwritableFileError
        If the path cannot be written.
    """

    last = True

    def __init__(
        self,
        path: str | os.PathLike[str],
        save_best_only: bool = False,
        monitor: str = "val_loss",
        mode: str = "auto",
        every: int = 1,
    ):
        as_path(path, "Checkpoint.path")
        self.path = path
        self.save_best_only = bool(save_best_only)
        self.every = positive_integer(every, "Checkpoint.every")
        self._watched = Monitor("Checkpoint", monitor, mode)
        self.best: float | None = None

    def on_train_begin(self, model: "Network") -> None:
        """Forget an earlier run."""
        self.best = None

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float], model: "Network") -> None:
        """Write the file, if it is time to."""
        from ann.io import save

        if self.save_best_only:
            value = self._watched.read(logs, model)
            if not self._watched.better(value, self.best):
                return
            self.best = value
        elif (epoch + 1) % self.every and not (model.history and model.history.stopped):
            return
        save(model, self._filled(epoch, logs), training=True)

    def state(self) -> dict[str, Any]:
        """Give the best number."""
        return {"best": self.best}

    def restore(self, state: Mapping[str, Any], model: "Network") -> None:
        """Take it up."""
        self.best = None if state["best"] is None else float(state["best"])

    def _filled(self, epoch: int, logs: Mapping[str, float]) -> str:
        path = os.fspath(self.path)
        try:
            return path.format(**{**logs, "epoch": epoch + 1})
        except (LookupError, TypeError, ValueError, AttributeError, MemoryError, OverflowError) as error:
            known = ", ".join(["epoch", *logs])
            raise InvalidValueError(
                f"Checkpoint.path: {path!r} cannot be filled in ({error}); known: {known}"
            ) from None
