"""What happens around an epoch of training: the record of it, and stopping early."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError
from isocortex.errors import nearest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ann.network import Network

__all__ = ["Callback", "EarlyStopping", "History"]


class History:
    """The record of a training run.

    Attributes
    ----------
    history : dict of str to list of float
        One number an epoch: ``"loss"`` (the running mean over the batches, as the weights moved), the metrics, and
        ``"val_loss"`` and so on where there are validation data.
    epochs : int
        How many epochs were finished.
    validation_rows : numpy.ndarray or None
        Which rows `validation_split` kept for validation.
    stopped : str or None
        Why training ended before its last epoch.
    """

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.validation_rows: np.ndarray | None = None
        self.stopped: str | None = None

    @property
    def epochs(self) -> int:
        """How many epochs were finished."""
        return len(self.history.get("loss", ()))

    def append(self, logs: Mapping[str, float]) -> None:
        """Add the numbers of one epoch."""
        for name, value in logs.items():
            self.history.setdefault(name, []).append(float(value))

    def plot(self, ax: "Axes | None" = None, what: str = "loss") -> "Axes":
        """Draw a quantity against the epoch, training beside validation; see `ann.plots.training_curves`."""
        from ann.plots import training_curves

        return training_curves(self.history, ax=ax, what=what)


class Callback:
    """Called around every epoch; override what is needed."""

    def on_train_begin(self, model: "Network") -> None:
        """Is called before the first epoch."""

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float], model: "Network") -> str | None:
        """Is called after every epoch, counted from 0; a text says why to stop."""
        return None

    def on_train_end(self, model: "Network") -> None:
        """Is called after the last epoch, also when training was stopped or interrupted."""


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
        Whether smaller or larger is better; ``"auto"`` takes smaller for a loss and larger for anything else.

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
        if isinstance(patience, bool) or not isinstance(patience, (int, np.integer)):
            raise InvalidTypeError(f"EarlyStopping.patience: must be a number of epochs, got {patience!r}")
        if patience < 0:
            raise InvalidValueError(f"EarlyStopping.patience: must not be negative, got {patience}")
        if min_delta < 0:
            raise InvalidValueError(f"EarlyStopping.min_delta: must not be negative, got {min_delta}")
        if mode not in ("auto", "min", "max"):
            raise InvalidValueError(f"EarlyStopping.mode: unknown {mode!r}; {nearest(mode, ('auto', 'min', 'max'))}")
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta
        self.mode = mode
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.best_epoch: int | None = None
        self._weights: Any = None

    def on_train_begin(self, model: "Network") -> None:
        """Forget an earlier run."""
        self._forget()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float], model: "Network") -> str | None:
        """Keep the weights if they are the best so far; say so when patience is at its end."""
        if self.monitor not in logs:
            raise InvalidValueError(f"EarlyStopping.monitor: no {self.monitor!r} here; {nearest(self.monitor, logs)}")
        value = logs[self.monitor]
        larger_is_better = self.mode == "max" or (self.mode == "auto" and not self.monitor.endswith("loss"))
        gain = 0.0 if self.best is None else (value - self.best if larger_is_better else self.best - value)
        # Anything is better than NaN, which a small validation set may give in one epoch and not in the next.
        if self.best is None or self.best_epoch is None or np.isnan(self.best) or gain > self.min_delta:
            self.best, self.best_epoch = value, epoch
            self._weights = model.flat_weights.copy(), model.flat_statistics.copy()
        elif epoch - self.best_epoch >= max(self.patience, 1):
            return f"{self.monitor} has not improved since epoch {self.best_epoch + 1}"
        return None

    def on_train_end(self, model: "Network") -> None:
        """Restore the best weights."""
        if self._weights is not None:
            model.flat_weights[:], model.flat_statistics[:] = self._weights
            self._weights = None
