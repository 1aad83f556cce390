"""Stopping when training no longer helps."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.callbacks.callback import Callback
from ann.callbacks.monitor import Monitor, count

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["EarlyStopping"]


class EarlyStopping(Callback):
    """Stops when a quantity no longer improves, and always gives the model the weights of its best epoch.

    The best weights are restored whatever ended the training.

    Parameters
    ----------
    monitor : str
        Which number of the history to watch.
    patience : int
        After how many epochs without improvement to stop; 0 stops at the first of them, as 1 does.
    min_delta : float
        What counts as an improvement.
    mode : {"auto", "min", "max"}
        Whether smaller or larger is better; ``"auto"`` takes smaller for losses and errors, larger for the rest.

    Attributes
    ----------
    best_epoch : int or None
        The epoch, counted from 0, whose weights were restored.
    best : float or None
        The watched number at that epoch.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If an argument is out of range, or the watched number is not there.
    """

    def __init__(self, monitor: str = "val_loss", patience: int = 0, min_delta: float = 0.0, mode: str = "auto"):
        self.patience = count(patience, "EarlyStopping.patience")
        self.monitor = monitor
        self.min_delta = min_delta
        self.mode = mode
        self._watched = Monitor("EarlyStopping", monitor, mode, min_delta)
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.best_epoch: int | None = None
        self._weights: tuple[np.ndarray, np.ndarray] | None = None
        self._ended: tuple[np.ndarray, np.ndarray] | None = None  # those that the best took the place of

    def on_train_begin(self, model: "Network") -> None:
        """Forget an earlier run."""
        self._forget()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float], model: "Network") -> str | None:
        """Keep the weights if they are the best so far; say so when patience is at its end."""
        value = self._watched.read(logs, model)
        if self.best_epoch is None or self._watched.better(value, self.best):
            self.best, self.best_epoch = value, epoch
            self._weights = model.flat_weights.copy(), model.flat_statistics.copy()
        elif epoch - self.best_epoch >= max(self.patience, 1):
            return f"{self.monitor} has not improved since epoch {self.best_epoch + 1}"
        return None

    def on_train_end(self, model: "Network") -> None:
        """Restore the best weights; those that training ended with are kept for a run that goes on."""
        if self._weights is not None:
            self._ended = model.flat_weights.copy(), model.flat_statistics.copy()
            model.flat_weights[:], model.flat_statistics[:] = self._weights

    def state(self) -> dict[str, Any]:
        """Give the best epoch and its weights."""
        weights, statistics = self._weights or (None, None)
        ended = self._ended or (None, None)
        return {
            "best": self.best,
            "best_epoch": self.best_epoch,
            "weights": weights,
            "statistics": statistics,
            "ended_weights": ended[0],
            "ended_statistics": ended[1],
        }

    def restore(self, state: Mapping[str, Any], model: "Network") -> None:
        """Take them up.

        Raises
        ------
        KeyError, TypeError, ValueError
            If they are not there, or of another model.
        """
        self._forget()
        if state["best_epoch"] is not None:
            self.best, self.best_epoch = float(state["best"]), int(state["best_epoch"])
        if state["weights"] is not None:
            self._weights = (
                _same(state["weights"], model.flat_weights),
                _same(state["statistics"], model.flat_statistics),
            )
        if state.get("ended_weights") is not None:
            ended = state["ended_weights"], state["ended_statistics"]
            found = _same(ended[0], model.flat_weights), _same(ended[1], model.flat_statistics)
            model.flat_weights[:], model.flat_statistics[:] = found


def _same(stored: Any, own: np.ndarray) -> np.ndarray:
    if not isinstance(stored, np.ndarray) or stored.shape != own.shape or stored.dtype != own.dtype:
        raise ValueError(f"expects {own.shape} numbers of {own.dtype}")
    return stored.copy()
