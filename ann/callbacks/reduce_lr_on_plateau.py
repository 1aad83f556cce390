"""A learning rate that falls when training no longer helps."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ann.callbacks.callback import Callback
from ann.callbacks.learning_rate_scheduler import constant_rate, set_rate
from ann.callbacks.monitor import Monitor, count
from ann.checks import finite_number
from ann.errors import InvalidValueError

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(Callback):
    """Multiplies the learning rate by `factor` when a quantity has not improved for `patience` epochs.

    Parameters
    ----------
    monitor, mode
        As in `EarlyStopping`.
    factor : float
        Above 0 and below 1.
    patience : int
        After how many epochs without improvement; 0 takes the first of them, as 1 does.
    min_delta : float
        What counts as an improvement.
    cooldown : int
        How many epochs after a reduction are not counted.
    min_lr : float
        Below which the rate is not reduced.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If an argument is out of range, the watched number is not there, or the optimiser follows a schedule.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ):
        if not 0 < finite_number(factor, "ReduceLROnPlateau.factor") < 1:
            raise InvalidValueError(f"ReduceLROnPlateau.factor: must lie between 0 and 1, got {factor!r}")
        if not finite_number(min_lr, "ReduceLROnPlateau.min_lr") >= 0:
            raise InvalidValueError(f"ReduceLROnPlateau.min_lr: must not be negative, got {min_lr!r}")
        self.factor = factor
        self.patience = count(patience, "ReduceLROnPlateau.patience")
        self.cooldown = count(cooldown, "ReduceLROnPlateau.cooldown")
        self.min_lr = min_lr
        self._watched = Monitor("ReduceLROnPlateau", monitor, mode, min_delta)
        self._forget()

    def _forget(self) -> None:
        self._best: float | None = None
        self._waited = 0
        self._resting = 0

    def on_train_begin(self, model: "Network") -> None:
        """Forget an earlier run."""
        constant_rate(model, "ReduceLROnPlateau")
        self._forget()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float], model: "Network") -> None:
        """Reduce the rate at the end of patience."""
        value = self._watched.read(logs, model)
        if self._resting:
            self._resting -= 1
            self._waited = 0
        if self._watched.better(value, self._best):
            self._best, self._waited = value, 0
        elif not self._resting:
            self._waited += 1
            rate = constant_rate(model, "ReduceLROnPlateau")
            if self._waited >= max(self.patience, 1) and rate > self.min_lr:
                set_rate(model, max(rate * self.factor, self.min_lr), "ReduceLROnPlateau")
                self._resting, self._waited = self.cooldown, 0

    def state(self) -> dict[str, Any]:
        """Give the best number, and how long ago it was."""
        return {"best": self._best, "waited": self._waited, "resting": self._resting}

    def restore(self, state: Mapping[str, Any], model: "Network") -> None:
        """Take them up."""
        self._best = None if state["best"] is None else float(state["best"])
        self._waited, self._resting = int(state["waited"]), int(state["resting"])
